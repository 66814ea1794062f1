"""The table of what a network changes is read from the chapters' own code."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from course_utils import data
from course_utils.book.offline import NEEDS, chapters, needs
from tests.book.conftest import Build
from tests.conftest import ROOT

TOC = "root: book/page\nparts: [{caption: One, chapters: [{file: book/real}, {file: book/plain}]}]\n"
# Drawn by the course, in a module that also loads something real; and the usual rows, which COURSE_DATA alone has.
NOT_FETCHED = {"small_clothes", "usual_breast_cancer"}
CELL = "# {title}\n\nProse on data.things().\n\n```{{code-cell}} python\n{code}\n```\n"


@pytest.fixture
def with_chapters(book: Path) -> Path:
    (book / "_toc.yml").write_text(TOC, encoding="utf-8")
    for name, code in (("real", "digits = data.digits(flat=True)"), ("plain", "print(1)")):
        text = CELL.format(title=name.title(), code=code)
        (book / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    return book


@pytest.mark.usefixtures("with_chapters")
def test_a_chapter_that_takes_something_real_has_a_line_and_the_others_are_counted(build: Build) -> None:
    built = build("# A page\n\n:::{offline-table}\n:::\n\n```{toctree}\nreal\nplain\n```\n")
    page = built.page()
    [line] = page.select("table tbody tr")
    assert [cell.get_text(strip=True) for cell in line.select("td")] == [
        "Real",
        "MNIST",
        "scikit-learn’s digits",
    ]
    assert line.select_one("a")["href"].endswith("real.html")
    assert "Chapters with code that compute the same with a network and without one: 1." in page.get_text()


def test_every_loader_that_may_go_to_the_network_is_known() -> None:
    for name in data.__all__:
        loader = getattr(data, name)
        if not inspect.isfunction(loader) or name == "fetch":
            continue
        module = inspect.getmodule(loader)
        if any(hasattr(module, way) for way in ("sources", "find")) and name not in NOT_FETCHED:
            assert needs(f"x = data.{name}()"), f"{name} is missing from NEEDS"


def test_a_call_is_found_and_a_word_is_not() -> None:
    assert [need.real for need in needs("network = backbones.general() or backbones.gestures()")] == [
        "MobileNet's features"
    ]
    assert needs("network = backbones.gestures()\npictures = {}") == []


def test_each_need_says_what_stands_in() -> None:
    assert all(need.real and need.instead for need in NEEDS)


def test_the_course_s_own_chapters_are_told_apart() -> None:
    found = chapters(ROOT)
    assert [need.real for need in found["book/week3/photographs"]] == ["CIFAR-10"]
    assert found["book/week1/one-neuron"] == []
    assert found["book/week4/detection"]
    assert [need.real for need in found["book/week4/judging-text"]] == [
        "ToxBlock, a judge trained on Wikipedia's comments"
    ]
    assert [need.real for need in found["book/week4/style-transfer"]] == ["MobileNet's maps"]
    assert [need.real for need in found["book/week5/cats-and-dogs"]] == ["CIFAR-10", "MobileNetV2's features"]
    assert sum(map(bool, found.values())) >= 20
