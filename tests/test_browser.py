"""The browser is found where it is, installed where it is not, and its absence is told with the cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils import browser
from course_utils.errors import CourseError


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without any Chromium; programs can be put into the folder `bin`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.delenv("COURSE_CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "MAC_APPLICATIONS", ())
    browser._starts.cache_clear()
    yield programs
    browser._starts.cache_clear()


def put(path: Path, status: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho Chromium 1.2.3\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_none_is_told_with_the_cure() -> None:
    with pytest.raises(CourseError, match=r"install one \(apt-get install chromium"):
        browser.chromium_path()


def test_the_one_that_was_chosen_comes_first(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare_machine / "chromium")
    chosen = put(bare_machine / "my-own")
    monkeypatch.setenv("COURSE_CHROMIUM", str(chosen))
    assert browser.chromium_path() == chosen


def test_a_chosen_one_that_does_not_start_is_named(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bare_machine / "chromium")
    monkeypatch.setenv("COURSE_CHROMIUM", str(put(bare_machine / "my-own", status=1)))
    with pytest.raises(CourseError, match="my-own, which does not start"):
        browser.chromium_path()


def test_the_newest_download_comes_before_the_system(bare_machine: Path) -> None:
    put(bare_machine / "chromium")
    downloads = bare_machine.parent / "playwright"
    put(downloads / "chromium-1208" / "chrome-linux64" / "chrome")
    newest = put(downloads / "chromium-1255" / "chrome-linux64" / "chrome")
    assert browser.chromium_path() == newest


def test_a_download_without_its_libraries_is_passed_over(bare_machine: Path) -> None:
    put(bare_machine.parent / "playwright" / "chromium-1255" / "chrome-linux64" / "chrome", status=127)
    system = put(bare_machine / "google-chrome")
    assert browser.chromium_path() == system


def test_the_next_way_is_tried_where_one_fails(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def install(command: list[str]) -> bool:
        tried.append(command[0])
        if command[0] == "second":
            put(bare_machine / "chromium")
        return command[0] != "first"

    monkeypatch.setattr(browser, "_installers", lambda: iter([["first"], ["second"], ["third"]]))
    monkeypatch.setattr(browser, "_install", install)
    assert browser.ensure_chromium() == bare_machine / "chromium"
    assert tried == ["first", "second"]


def test_an_installation_that_fails_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_installers", lambda: iter([["/bin/false"], ["/nowhere"]]))
    with pytest.raises(
        CourseError, match="could not be installed here: install it with your package manager"
    ):
        browser.ensure_chromium()


@pytest.mark.parametrize(("root", "sandbox"), [(True, False), (False, True)])
def test_the_sandbox_is_left_only_as_root(monkeypatch: pytest.MonkeyPatch, root: bool, sandbox: bool) -> None:
    monkeypatch.setattr(browser, "_is_root", lambda: root)
    assert ("--no-sandbox" not in browser.flags()) is sandbox
