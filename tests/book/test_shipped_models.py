"""What pages say of the shipped models comes from their cards: a role, a table and a figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.book.shipped_models import FOLDER, cards, lost, told
from course_utils.plots import COLORS, DARK_COLORS
from tests.book.conftest import Build
from tests.conftest import ROOT

CARD = {
    "name": "tiny",
    "parameters": 1234,
    "test_accuracy": 0.9876,
    "data": {"test": 10_000},
    "shipped": {"quantize": "uint8", "bytes": 2345},
    "forms": [
        {
            "to": "tfjs-layers",
            "quantize": "none",
            "bytes": 9000,
            "test_accuracy": 0.9876,
            "difference": 1.2e-7,
        },
        {
            "to": "tfjs-layers",
            "quantize": "uint8",
            "bytes": 2345,
            "test_accuracy": 0.9874,
            "difference": 0.04,
        },
        {"to": "litert", "quantize": "full-int8", "bytes": 2000, "test_accuracy": 0.9879, "difference": 0.1},
    ],
}


@pytest.fixture
def with_card(book: Path) -> Path:
    folder = book / FOLDER / "tiny"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps(CARD), encoding="utf-8")
    return book


@pytest.mark.usefixtures("with_card")
def test_a_page_says_what_the_card_says(build: Build) -> None:
    page = build("It has {card}`tiny parameters` of them in {card}`tiny shipped.bytes` bytes.").page()
    assert "It has 1,234 of them in 2,345 bytes." in page.text


@pytest.mark.usefixtures("with_card")
@pytest.mark.parametrize("asked", ["tiny nothing", "other parameters", "tiny forms", "tiny"])
def test_what_no_card_says_is_a_warning(build: Build, asked: str) -> None:
    assert f"no card says “{asked}”" in build(f"It has {{card}}`{asked}`.").warnings


@pytest.mark.usefixtures("with_card")
def test_the_table_has_a_row_for_each_form(build: Build) -> None:
    page = build(":::{quantisation-table} tiny\n:::").page()
    rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in page.select("tbody tr")]
    assert rows == [
        ["tfjs-layers", "none", "9,000", "98.76 %", "0", "1e-7"],
        ["tfjs-layers", "uint8", "2,345", "98.74 %", "+2", "4e-2"],
        ["litert", "full-int8", "2,000", "98.79 %", "−3", "1e-1"],
    ]


@pytest.mark.usefixtures("with_card")
def test_a_table_of_an_unknown_model_is_a_warning(build: Build) -> None:
    assert "there is no shipped model huge" in build(":::{quantisation-table} huge\n:::").warnings


@pytest.mark.usefixtures("with_card")
def test_the_figure_is_there_light_and_dark_with_its_caption(build: Build) -> None:
    text = ":::{quantisation-figure}\n:name: fig-sizes\n:alt: Bars.\nThe *sizes*.\n:::\n\nSee {numref}`fig-sizes`."
    built = build(text)
    page = built.page()
    assert built.warnings == ""
    images = page.select("figure img")
    assert [image["alt"] for image in images] == ["Bars.", "Bars."]
    light, dark = ((built.out / "book" / image["src"]).read_text(encoding="utf-8") for image in images)
    assert COLORS["ink"] in light
    assert DARK_COLORS[COLORS["ink"]] in dark
    assert COLORS["ink"] not in dark
    assert page.select_one("figcaption em").text == "sizes"
    assert "See Fig. 1" in page.text


def test_a_value_is_told_for_people() -> None:
    assert told(CARD, "test_accuracy") == "98.76 %"
    assert told(CARD, "forms.litert.full-int8.bytes") == "2,000"
    assert told(CARD, "shipped.quantize") == "uint8"
    assert told(CARD, "forms.tfjs-layers.none.difference") == "1.2e-07"


def test_a_form_may_lose_nothing_or_win() -> None:
    assert [lost(CARD, form) for form in CARD["forms"]] == ["0", "+2", "−3"]


def test_the_cards_are_found_by_name(with_card: Path) -> None:
    assert list(cards(with_card)) == ["tiny"]


README = """\
# A tiny model

Model card of `tiny`.

## Data

Nothing but noise.

| class | recall |
| --- | --- |
| 0 | 0.5 |

## Limits

- It knows nothing.
"""


def test_the_cards_stand_on_a_page_under_the_model_s_name(with_card: Path, build: Build) -> None:
    card = {
        **CARD,
        "title": "A tiny model",
        "command": "course train tiny --seed 0",
        "data": {"test": 10_000, "source": "noise"},
    }
    (with_card / FOLDER / "tiny" / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (with_card / FOLDER / "tiny" / "README.md").write_text(README, encoding="utf-8")
    built = build("# Models\n\n:::{models-table}\n:::\n\n:::{model-cards}\n:::\n")

    section = built.page().select_one("section#tiny")
    assert section.select_one("h2").get_text().startswith("A tiny model")
    assert section.select_one("table").get_text().split() == ["class", "recall", "0", "0.5"]
    assert [bold.get_text() for bold in section.select("strong")] == ["Data", "Limits"]
    row = [cell.get_text().strip() for cell in built.page().select("table")[0].select("tbody td")]
    assert row == [
        "A tiny model",
        "1,234",
        "2,345",
        "98.76 %",
        "10,000 of noise",
        "course train tiny --seed 0",
    ]
    assert built.warnings == ""


def test_every_shipped_model_has_a_readme_that_names_its_command() -> None:
    for name, card in cards(ROOT).items():
        readme = (ROOT / FOLDER / name / "README.md").read_text(encoding="utf-8")
        assert f"`course train {name} " in readme
        assert card["name"] == name
