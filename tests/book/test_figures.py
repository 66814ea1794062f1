"""Executed figures have a dark version, and every picture has its size."""

from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from course_utils.book.figures import darken, size_of
from course_utils.plots import COLORS, DARK_COLORS
from tests.book.conftest import Build, Built, build_book

SVG = f"""\
<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="460.8pt" height="259.2pt" viewBox="0 0 460.8 259.2">
<rect width="100" height="100" style="fill: {COLORS["paper"]}"/>
<path d="M 0 0 L 9 9" style="stroke: {COLORS["blue"].upper()}; fill: #abcdef"/>
</svg>
"""


def with_output(book: Path, svg: str = SVG, **config: object) -> Built:
    """Build a page whose only cell has drawn *svg* as a figure with a caption."""
    bundle = {"image/svg+xml": svg, "text/plain": "<Figure>"}
    output = nbformat.v4.new_output("display_data", data=bundle)
    cell = nbformat.v4.new_code_cell("plot()", outputs=[output], execution_count=1)
    cell.metadata["mystnb"] = {
        "figure": {"caption": "The loss falls.", "name": "fig-loss"},
        "image": {"alt": "A falling line."},
    }
    heading = nbformat.v4.new_markdown_cell("# A page\n\nSee {numref}`fig-loss`.")
    notebook = nbformat.v4.new_notebook(cells=[heading, cell])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, book / "book" / "page.ipynb")
    return build_book(book, **config)


def test_an_executed_figure_has_a_light_and_a_dark_version(book: Path) -> None:
    built = with_output(book)
    light, dark = built.page().select("figure img")

    assert (light["class"], dark["class"]) == (["only-light"], ["only-dark"])
    assert light["alt"] == dark["alt"] == "A falling line."
    assert built.warnings == ""


def test_the_dark_version_swaps_the_courses_colours_and_no_others(book: Path) -> None:
    built = with_output(book)
    light, dark = (
        (built.out / "book" / image["src"]).resolve().read_text()
        for image in built.page().select("figure img")
    )

    assert COLORS["blue"].upper() in light
    assert DARK_COLORS[COLORS["blue"]] in dark
    assert DARK_COLORS[COLORS["paper"]] in dark
    assert not any(colour in dark.lower() for colour in DARK_COLORS)
    assert "#abcdef" in dark


def test_the_caption_is_no_sibling_of_a_hidden_picture(book: Path) -> None:
    """The theme hides a figcaption that follows a hidden image."""
    figure = with_output(book).page().select_one("figure#fig-loss")

    assert figure.select(":scope > img") == []
    assert figure.figcaption.get_text().split()[:2] == ["Fig.", "1"]


def test_figures_have_their_size_in_pixels(book: Path) -> None:
    sizes = [(image["width"], image["height"]) for image in with_output(book).page().select("figure img")]

    assert sizes == [("614", "346")] * 2


def test_a_wide_figure_can_keep_its_words_readable_on_a_phone(book: Path) -> None:
    (wide,) = with_output(book).page().select("figure .themed-picture-wide")

    assert wide["style"] == "--picture-width: 614px"
    # the theme and the course's own script give a tab stop to what has this class, while it scrolls
    assert "pst-scrollable-table-container" in wide["class"]


def test_a_figure_that_a_phone_can_show_does_not_scroll(book: Path) -> None:
    page = with_output(book, SVG.replace("460.8pt", "400pt")).page()

    assert page.select_one("figure .themed-picture")["class"] == ["themed-picture"]


def test_of_the_first_figure_a_light_page_does_not_load_the_dark_one(book: Path) -> None:
    light, dark = with_output(book).page().select("figure img")

    assert "loading" not in light.attrs
    assert dark["loading"] == "lazy"


def test_latex_and_text_have_the_light_version_only(book: Path) -> None:
    overrides = [("latex", "image/svg+xml", 5), ("text", "image/svg+xml", 5)]
    latex = with_output(book, builder="latex", nb_mime_priority_overrides=overrides).latex()
    text = with_output(book, builder="text", nb_mime_priority_overrides=overrides).text()

    assert latex.count("includegraphics") == 1
    assert ".dark" not in latex
    assert "The loss falls." in text


def test_pictures_load_when_they_are_near_but_for_the_first(build: Build, book: Path) -> None:
    for name in ("one", "two"):
        Image.new("RGB", (30, 20)).save(book / "book" / f"{name}.png")
    page = build("# A page\n\n![One](one.png)\n\n```{image} two.png\n:alt: Two\n:width: 50%\n```\n").page()
    one, two = page.select("img")

    assert "loading" not in one.attrs
    assert two["loading"] == "lazy"
    assert (two["width"], two["height"], two["style"]) == ("30", "20", "width: 50%")


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('<svg width="72pt" height="1in">', (96, 96)),
        ('<svg viewBox="0 0 40 30">', (40, 30)),
        ('<svg width="100%" height="100%" viewBox="0,0,40.4,30">', (40, 30)),
        ("<svg>", None),
    ],
)
def test_sizes_of_svg_files_are_read(tmp_path: Path, root: str, size: tuple[int, int] | None) -> None:
    file = tmp_path / "picture.svg"
    file.write_text(f"{root}</svg>", encoding="utf-8")

    assert size_of(file) == size


def test_a_file_that_is_no_picture_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"nothing")

    assert size_of(tmp_path / "picture.png") is None


@given(st.lists(st.sampled_from([*DARK_COLORS, "#123456", "text"])))
def test_colours_are_swapped_all_at_once(words: list[str]) -> None:
    swapped = darken(" ".join(words), DARK_COLORS).split()

    assert swapped == [DARK_COLORS.get(word, word) for word in words]
