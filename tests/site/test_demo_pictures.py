"""The pictures that stand for demos until they are started."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from course_utils.book import pictures
from course_utils.errors import CourseError, UsageError
from tests.conftest import ROOT

DEMOS = sorted(path.stem for path in (ROOT / "book" / "_static" / "demos").glob("*.js"))


@pytest.mark.parametrize("theme", pictures.THEMES)
@pytest.mark.parametrize("name", sorted({*DEMOS, *pictures.SCENES}))
def test_every_demo_has_a_small_picture_in_both_themes(root: Path, name: str, theme: str) -> None:
    path = root / "book" / "_static" / "demos" / f"{name}.{theme}.webp"
    assert path.stat().st_size <= pictures.MOST_BYTES
    with Image.open(path) as picture:
        assert picture.format == "WEBP"
        assert picture.width >= 700
        shades = picture.convert("L").histogram()
    assert (shades.index(max(shades)) > 128) == (theme == "light")


def test_every_scene_is_of_a_demo() -> None:
    assert {scene.demo or name for name, scene in pictures.SCENES.items()} == set(DEMOS)
    assert set(DEMOS) <= set(pictures.SCENES)


def test_a_demo_that_does_not_come_to_its_scene_is_named(
    browser: Browser, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "STATE_SECONDS", 1)
    monkeypatch.setitem(pictures.SCENES, "line-fit", pictures.Scene(until="The line flew away"))
    with pytest.raises(CourseError, match=r"line-fit was not taken: in 1 s .* said “The line flew away”"):
        pictures._shoot(browser, root, "line-fit", "light", 1.0)


def test_a_picture_shows_the_state_of_its_scene(
    browser: Browser, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pictures._shoot(browser, root, "line-fit", "light", 1.0)
    monkeypatch.setitem(pictures.SCENES, "line-fit", pictures.Scene(presses=("Run",), until="Settled"))
    after = pictures._shoot(browser, root, "line-fit", "light", 1.0)
    assert before != after
    small = pictures._compress(after, 32)
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.width == pictures.WIDTH - 32


def test_a_demo_that_is_not_there_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="There is no demo “nothing”"):
        list(pictures.take(root, ["nothing"]))


def test_a_demo_that_throws_is_named(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "book" / "_static"
    for name in ("demos", "lab"):
        (folder / name).mkdir(parents=True)
    (folder / "lab" / "lab.css").write_text("")
    (folder / "demos" / "broken.js").write_text("throw new Error('no such thing'); export default {};")
    with pytest.raises(CourseError, match=r"The demo broken did not start: .*no such thing"):
        pictures.open_demo(browser, tmp_path, "broken")
