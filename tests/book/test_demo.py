"""The demo directive: a real picture before Start, and a build that fails on what could not start."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.book.conftest import Build, build_book

GOOD = """\
# A page

:::{demo} counter
:alt: A button and a "number".
:data: {"from": 3, "words": "it's <here>"}
Press the button and watch the **number**.
:::
"""


def test_the_figure_names_its_module_and_its_data(build: Build) -> None:
    built = build(GOOD)
    figure = built.page().select_one("figure.demo#demo-counter")

    assert figure["data-demo"] == "counter"
    assert json.loads(figure["data-model"]) == {"from": 3, "words": "it's <here>"}
    assert built.warnings == ""


def test_the_pictures_have_their_size_their_words_and_exist(build: Build) -> None:
    built = build(GOOD)
    light, dark = built.page().select("figure.demo img")

    assert light["class"] == ["only-light"]
    assert dark["class"] == ["only-dark"]
    # The first demo may be in sight at once; a page that is dark loads its picture when it shows it.
    assert (light["loading"], dark["loading"]) == ("eager", "lazy")
    for image in (light, dark):
        assert image["alt"] == 'A button and a "number".'
        assert (image["width"], image["height"]) == ("640", "360")
        assert (built.out / "book" / image["src"]).resolve().is_file()


def test_the_caption_is_no_sibling_of_a_hidden_picture(build: Build) -> None:
    """The theme hides a figcaption that follows a hidden image."""
    figure = build(GOOD).page().select_one("figure.demo")

    assert figure.figcaption.strong.get_text() == "number"
    assert figure.select(":scope > img") == []


def test_without_javascript_a_sentence_stands_in_for_the_button(build: Build) -> None:
    figure = build(GOOD).page().select_one("figure.demo")

    assert "hidden" in figure.select_one(".demo-bar").attrs
    assert "Turn on JavaScript" in figure.noscript.get_text()
    assert figure.select_one(".demo-status")["aria-live"] == "polite"


def test_a_second_demo_of_the_same_name_has_its_own_id(build: Build) -> None:
    figures = build(GOOD + "\n" + GOOD.split("\n\n", 1)[1]).page().select("figure.demo")

    assert [figure["id"] for figure in figures] == ["demo-counter", "demo-counter-2"]


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_other_builders_describe_the_picture(build: Build, builder: str) -> None:
    built = build(GOOD, builder)
    written = built.text() if builder == "text" else built.latex()

    assert "Press the button" in written
    assert "This demo runs on the course" in written
    assert built.warnings == ""


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("{demo} counter", "{demo} nothing", "the module demos/nothing.js is not in html_static_path"),
        ("{demo} counter", "{demo} ../counter", "is not a demo's name"),
        (':alt: A button and a "number".', "", "the option :alt: is missing"),
        ('"from": 3', '"from": three', ":data: is not valid JSON"),
        ('{"from": 3, "words": "it\'s <here>"}', "[3]", ":data: must be a JSON object"),
        ("Press the button and watch the **number**.", "", "the caption is missing"),
    ],
)
def test_a_mistake_is_reported_at_the_page_and_line(
    build: Build, before: str, after: str, complaint: str
) -> None:
    assert before in GOOD
    built = build(GOOD.replace(before, after))

    assert "page.md:9: WARNING: demo: " in built.warnings
    assert complaint in built.warnings
    assert BeautifulSoup(str(built.page()), "html.parser").select("figure.demo") == []


def test_a_missing_picture_is_reported(build: Build, book: Path) -> None:
    (book / "book/_static/demos/counter.dark.webp").unlink()

    assert "the fallback picture demos/counter.dark.webp" in build(GOOD).warnings


def test_a_page_may_ask_for_another_of_the_demo_s_pictures(build: Build, book: Path) -> None:
    demos = book / "book/_static/demos"
    for theme in ("light", "dark"):
        (demos / f"counter.{theme}.webp").rename(demos / f"counter-three.{theme}.webp")
    text = GOOD.replace(":data:", ":picture: counter-three\n:data:")

    figure = build(text).page().select_one("figure.demo")

    sources = [image["src"] for image in figure.select("img")]
    assert sources == [f"../_static/demos/counter-three.{theme}.webp" for theme in ("light", "dark")]
    assert figure["data-demo"] == "counter"


def test_a_mistake_is_reported_again_by_the_next_build(build: Build, book: Path) -> None:
    build(GOOD.replace(":alt:", ":data:").replace(':data: {"', ':alt: {"'))

    assert "is not valid JSON" in build_book(book).warnings
