"""The progress directive: what there is to do, collected from all pages and written where it is asked for."""

from __future__ import annotations

from pathlib import Path

from tests.book.conftest import FRONT, Build, build_book

QUIZ = """\
# One neuron & one line

::::{quiz} one-neuron
:::{question} What does the bias do?
- [x] It moves the line.

  So it does.
- [ ] It tilts the line.

  That is the weight's job.
:::
::::
"""
TREE = """\
# The book

```{toctree}
:caption: "Week 1: lines"
week1/index
week1/neuron
```

```{toctree}
progress
```
"""


def write(book: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        path = book / "book" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(FRONT + text, encoding="utf-8")


def test_every_quiz_is_listed_under_its_week_and_page(book: Path) -> None:
    write(
        book,
        {
            "page": TREE,
            "week1/index": "# Week 1\n\n:::{progress} week1\n:::\n",
            "week1/neuron": QUIZ,
            "progress": "# Progress\n\n:::{progress}\n:::\n",
        },
    )
    built = build_book(book)
    shown = built.page("book/progress")

    assert built.warnings == ""
    assert [title.get_text() for title in shown.select(".course-progress-title")] == ["Week 1: lines"]
    assert shown.select_one("tbody th a")["href"] == "week1/neuron.html"
    assert shown.select_one("tbody th").get_text() == "One neuron & one line"
    row = shown.select_one("tr[data-keys]")
    assert (row["data-keys"], row["data-total"]) == ('["book/week1/neuron#quiz-one-neuron"]', "1")
    assert row.a["href"] == "week1/neuron.html#quiz-one-neuron"
    line = built.page("book/week1/index").select_one(".course-progress-line")
    assert line["data-items"] == '[["quiz", ["book/week1/neuron#quiz-one-neuron"], 1]]'
    assert line.a["href"] == "../progress.html"


def test_the_list_follows_when_only_another_page_has_changed(book: Path) -> None:
    pages = {"page": TREE.replace("week1/index\n", ""), "progress": "# Progress\n\n:::{progress}\n:::\n"}
    write(book, {**pages, "week1/neuron": QUIZ})
    build_book(book)
    write(book, {"week1/neuron": QUIZ.replace("{quiz} one-neuron", "{quiz} lines")})

    assert "quiz-lines" in build_book(book).page("book/progress").select_one("tr[data-keys]")["data-keys"]


def test_a_sentence_stands_in_print(build: Build) -> None:
    text = build("# Progress\n\n:::{progress}\n:::\n\n:::{progress} week1\n:::\n", "text").text()

    assert text.count("The course’s site shows here") + text.count("The course's site shows here") == 1


def test_a_week_that_is_none_is_reported(build: Build) -> None:
    assert "“Week 1” is not a week's name" in build("# A page\n\n:::{progress} Week 1\n:::\n").warnings


def test_a_week_with_nothing_to_do_has_no_line(build: Build) -> None:
    built = build("# A page\n\n:::{progress} week7\n:::\n")

    assert built.page().select(".course-progress-line") == []
    assert built.warnings == ""
