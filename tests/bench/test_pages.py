"""`course bench lighthouse` measures pages of the built site, and fails where one is below the bar."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.bench import lighthouse
from course_utils.errors import UsageError
from tests.conftest import ROOT

SOUND = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><meta name="description" content="A page for a test.">
<link rel="icon" href="data:,"></head><body><main><h1>A page</h1><p>Words.</p></main></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A checkout with one built page."""
    (tmp_path / "_toc.yml").write_text(
        "root: book/index\nparts:\n  - chapters:\n      - file: book/pale\n", encoding="utf-8"
    )
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    pages = tmp_path / "_build" / "html" / "book"
    pages.mkdir(parents=True)
    (tmp_path / "_build" / "html" / "robots.txt").write_text("User-agent: *\n", encoding="utf-8")
    (pages / "index.html").write_text(SOUND, encoding="utf-8")
    pale = SOUND.replace("<p>", '<img src="gone.png"><p style="color: #ccc">').replace('lang="en"', "")
    (pages / "pale.html").write_text(pale, encoding="utf-8")
    return tmp_path


def test_a_sound_page_passes_and_an_unsound_one_fails(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lighthouse(["index"], json=True, root=site) == 0
    (scores,) = json.loads(capsys.readouterr().out)
    assert set(scores) == {"page", "performance", "accessibility", "best-practices", "seo"}
    assert scores["accessibility"] == 100
    assert lighthouse(["pale"], root=site) == 1
    shown = capsys.readouterr()
    assert "book/pale" in shown.out
    assert "Below 95: book/pale" in shown.err


def test_a_page_that_was_not_built_is_named(site: Path) -> None:
    (site / "_build" / "html" / "book" / "pale.html").unlink()
    with pytest.raises(UsageError, match=r"pale\.html does not exist: build the site"):
        lighthouse(["pale"], root=site)
