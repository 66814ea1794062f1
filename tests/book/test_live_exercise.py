"""The live-exercise directive: what a page, paper and a notebook show of it, and the mistakes that it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.book.live_exercise import check_names
from course_utils.book.notebooks import notebook_text
from tests.book.conftest import FRONT, Build

GOOD = """\
# A page

```{live-exercise} double
:title: Twice as much & more
:week: week3
function double(x) {
  return x;
}
--- task
Make `double(x)` return *twice* its argument.
--- checks
check("double(3) is 6", async () => close(await call("double", [3]), 6));
check("\\"much\\" too: </script>", async () => close(await call("double", [1e9]), 2e9));
--- hint
Two times $x$.
--- solution
function double(x) {
  return 2 * x;
}
--- why
A product.
```
"""


def test_the_page_shows_the_task_the_code_the_checks_and_two_folded_boxes(build: Build) -> None:
    built = build(GOOD)
    section = built.page().select_one("section.live-exercise")

    assert built.warnings == ""
    assert section["data-exercise"] == "double"
    assert section["data-page"] == "book/page"
    assert section["data-week"] == "week3"
    assert section.select_one(".live-exercise-head").get_text() == "Exercise: Twice as much & more"
    assert "return x;" in section.select_one(".live pre").get_text()
    assert section.select_one(".live")["data-group"] == "exercise-double"
    assert section.select_one(".live")["data-backend"] == "wasm"
    names = [name.get_text() for name in section.select(".live-check-name")]
    assert names == ["double(3) is 6", '"much" too: </script>']
    hint, solution = section.select("details.folded")
    assert hint.summary.get_text().strip() == "Hint"
    assert "2 * x" in solution.pre.get_text()
    assert "A product." in solution.get_text()
    assert not hint.has_attr("open")
    assert not solution.has_attr("open")


def test_the_checks_reach_the_script_as_they_were_written(build: Build) -> None:
    script = build(GOOD).page().select_one(".live-checks script[type='application/json']")
    code = json.loads(script.string)

    assert code == GOOD.split("--- checks\n")[1].split("\n--- hint")[0]


def test_the_exercise_counts_in_its_week_and_not_as_a_live_cell(build: Build) -> None:
    built = build(GOOD + "\n:::{progress}\n:::\n")
    [row] = built.page().select("tr[data-keys]")

    assert (row["data-kind"], row["data-total"]) == ("exercise", "2")
    assert row.a["href"].endswith("#exercise-double")
    assert built.page().select_one(".course-progress-title").get_text() == "Week 3"


def test_on_paper_everything_is_there_in_plain_blocks(build: Build) -> None:
    text = build(GOOD, "text").text()

    words = [
        "Exercise: Twice as much & more",
        "Make \"double(x)\" return *twice* its argument.",
        "return x;",
        "What is checked",
        "double(3) is 6",
        "Two times",
        "return 2 * x;",
        "A product.",
    ]  # fmt: skip
    places = [text.replace("“", '"').replace("”", '"').find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)
    assert "check(" not in text
    assert r"\begin{sphinxadmonition}{note}{Solution}" in build(GOOD, "latex").latex()


def test_a_notebook_has_it_as_plain_blocks(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/page\nparts: []\n", encoding="utf-8")
    (tmp_path / "book").mkdir()
    page = tmp_path / "book" / "page.md"
    page.write_text(f"{FRONT}{GOOD}\n```{{code-cell}} python\n1\n```\n", encoding="utf-8")
    cells = json.loads(notebook_text(tmp_path, "book/page"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)

    assert "**Exercise: Twice as much & more** (on the course's page, which checks it)" in text
    assert "```javascript\nfunction double(x) {\n  return x;\n}\n```" in text
    assert "- double(3) is 6" in text
    assert "<summary>Solution</summary>" in text
    assert "check(" not in text


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (":title: Twice as much & more\n", "", "the option :title: is missing"),
        (":week: week3", ":week: Week 3", "“Week 3” is no week"),
        ("--- hint\nTwo times $x$.\n", "", "the section “--- hint” is missing"),
        ("--- hint", "--- hints", "“--- hints” begins no section here"),
        ("--- hint\nTwo times $x$.\n", "--- hint\n", "the section “--- hint” is empty"),
        ('check("', 'test("', "there is no check"),
        ("{live-exercise} double", "{live-exercise} Double", "is not a cell's name"),
    ],
)
def test_a_mistake_is_reported_at_the_page(build: Build, before: str, after: str, complaint: str) -> None:
    assert before in GOOD
    built = build(GOOD.replace(before, after))

    assert complaint in built.warnings
    assert "page.md:" in built.warnings


def test_two_exercises_of_one_name_are_reported(build: Build) -> None:
    assert "give each cell its own name" in build(GOOD + GOOD.split("\n\n", 1)[1]).warnings


def test_names_of_checks_are_read_from_the_beginnings_of_lines() -> None:
    code = 'check("a", f);\n  check("inside", f);\ncheck("b \\"c\\"", async () => {\n});'

    assert check_names(code) == ["a", 'b "c"']
