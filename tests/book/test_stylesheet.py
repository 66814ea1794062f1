"""The one style sheet of the site keeps what a page may come to need, and nothing else."""

from __future__ import annotations

from pathlib import Path

from course_utils.book.stylesheet import _purged
from tests.conftest import ROOT

CSS = """\
.shown { color: red; }
.shown[data-verdict="right"] { color: green; }
.shown[open] { color: blue; }
.nowhere { color: grey; }
.nowhere[data-verdict] { color: black; }
"""


def test_what_scripts_mark_keeps_its_rules_and_what_no_page_has_goes(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<p class="shown">Words.</p>', encoding="utf-8")
    kept = _purged(ROOT, CSS, [page])

    assert '.shown[data-verdict="right"]' in kept
    assert ".shown[open]" in kept
    assert "nowhere" not in kept
