"""The gallery: every demo of the book as a card, with its picture and the pages on which it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.book.gallery import places
from course_utils.widgets import modules
from tests.book.conftest import Build
from tests.conftest import ROOT

TOC = """\
format: jb-book
root: book/page
parts:
  - caption: Week 1
    chapters:
      - file: book/week1/chapter
      - file: book/lab/counter
"""
DEMO = """\
# {title}

:::{{demo}} counter
:alt: {alt}
Press the button.
:::
"""
GALLERY = """\
# The gallery

:::{gallery}
counter | Counting | Press a button and see a number grow.
:::
"""


@pytest.fixture
def two_pages(book: Path) -> Path:
    """A book whose one demo runs in a chapter and on a page of the laboratory."""
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    for page, title in (("week1/chapter", "A chapter"), ("lab/counter", "The counter")):
        file = book / "book" / f"{page}.md"
        file.parent.mkdir()
        file.write_text(DEMO.format(title=title, alt=f"A button in {title.lower()}."), encoding="utf-8")
    return book


@pytest.mark.usefixtures("two_pages")
def test_a_card_shows_the_picture_and_leads_to_the_laboratory_and_the_chapter(build: Build) -> None:
    built = build(GALLERY)
    (card,) = built.page().select("ul.demo-gallery > li")

    links = [(link["href"], link.get_text()) for link in card.select("a")]
    assert links == [("lab/counter.html", "Counting"), ("week1/chapter.html", "A chapter")]
    assert [image["alt"] for image in card.select("img")] == ["A button in the counter."] * 2
    assert "see a number grow." in card.get_text()
    assert "counting" not in built.warnings.lower()


@pytest.mark.usefixtures("two_pages")
@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("counter: Counting", "is not “name | Title | A sentence.”"),
        ("abacus | Counting | Slide the beads.", "no page of the book has the demo “abacus”"),
    ],
)
def test_a_line_that_names_no_demo_is_a_warning(build: Build, line: str, complaint: str) -> None:
    warnings = build(
        GALLERY.replace("counter | Counting | Press a button and see a number grow.", line)
    ).warnings
    assert complaint in warnings
    assert "page.md:9" in warnings


def test_a_page_that_changes_changes_what_is_known_of_it(two_pages: Path) -> None:
    root_page, chapter = two_pages / "book" / "page.md", two_pages / "book" / "week1" / "chapter.md"
    root_page.write_text(GALLERY, encoding="utf-8")
    assert [place.page for place in places(two_pages)["counter"]] == [
        "book/week1/chapter",
        "book/lab/counter",
    ]
    chapter.write_text("# A chapter without its demo\n", encoding="utf-8")
    assert [place.page for place in places(two_pages)["counter"]] == ["book/lab/counter"]


def test_the_book_s_gallery_has_every_demo_that_ships_and_each_has_a_page() -> None:
    gallery = (ROOT / "book" / "lab" / "gallery.md").read_text(encoding="utf-8")
    listed = [line.split(" | ")[0] for line in gallery.splitlines() if line.count(" | ") == 2]
    assert sorted(listed) == modules.available()
    assert sorted(places(ROOT)) == modules.available()
