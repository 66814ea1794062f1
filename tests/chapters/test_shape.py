"""Every chapter has the shape that the course promises its readers."""

from __future__ import annotations

import ast
import re

import pytest

from tests.chapters.reading import Chapter, Directive, code_lines, has_sentence, nodes, read_directives, tags
from tests.conftest import PAGES

ALL = [Chapter(page) for page in PAGES]
# The front page of a week, its exercise and its take-away frame the chapters; reference pages are looked up.
FRAMES = {"index", "exercise", "take-away"}
CHAPTERS = [
    chapter
    for chapter in ALL
    if re.search(r"/(start|week\d)/", chapter.page) and chapter.path.stem not in FRAMES
]
WITH_CODE = [chapter for chapter in ALL if chapter.has_code]
LONGEST_CELL = 8
LONGEST_REMEMBER = 5
SHORTEST_ALT = 15

every_page = pytest.mark.parametrize("chapter", ALL, ids=lambda chapter: chapter.page)
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.page)
every_page_with_code = pytest.mark.parametrize("chapter", WITH_CODE, ids=lambda chapter: chapter.page)


@every_page
def test_a_page_has_one_title_and_a_description(chapter: Chapter) -> None:
    code = {line for block in chapter.directives for line in block.lines if block.is_code}
    titles = [line for line in chapter.source.splitlines() if line.startswith("# ") and line not in code]
    assert len(titles) == 1, titles
    description = chapter.front_matter["myst"]["html_meta"]["description"]
    assert 80 <= len(description) <= 160, f"{len(description)} characters: {description}"
    assert description.endswith(".")


@every_page_with_code
def test_a_page_with_code_names_its_kernel(chapter: Chapter) -> None:
    assert chapter.front_matter["jupytext"]["text_representation"]["format_name"] == "myst"
    assert chapter.front_matter["kernelspec"]["name"] == "python3"


@every_page_with_code
def test_a_cell_is_short(chapter: Chapter) -> None:
    long = {
        chapter.place(cell): code_lines(cell.source)
        for cell in chapter.code
        if not tags(cell) & {"hide-input", "remove-cell"} and not 1 <= code_lines(cell.source) <= LONGEST_CELL
    }
    assert long == {}


@every_page_with_code
def test_a_cell_is_introduced_by_a_sentence(chapter: Chapter) -> None:
    seen = [cell for cell in chapter.cells if "remove-cell" not in tags(cell)]
    bare = [
        chapter.place(cell)
        for before, cell in zip([None, *seen], seen, strict=False)
        if cell.cell_type == "code"
        and not (before is not None and before.cell_type == "markdown" and has_sentence(before.source))
    ]
    assert bare == []


@every_page_with_code
def test_a_cell_has_only_the_tags_that_the_book_knows(chapter: Chapter) -> None:
    known = {"remove-cell", "raises-exception", "hide-input"}
    assert {chapter.place(cell): tags(cell) - known for cell in chapter.code if tags(cell) - known} == {}


@every_page_with_code
def test_a_notebook_can_do_without_the_cells_that_the_page_hides(chapter: Chapter) -> None:
    hidden = [cell.source for cell in chapter.code if "remove-cell" in tags(cell)]
    shown = [cell.source for cell in chapter.code if "remove-cell" not in tags(cell)]
    only_hidden = bound(hidden) - bound(shown)
    assert only_hidden & used(shown) == set()


@every_page_with_code
def test_a_figure_has_a_caption_a_name_and_a_description(chapter: Chapter) -> None:
    lacking = []
    for cell in chapter.code:
        shown = cell.metadata.get("mystnb")
        if shown is None:
            continue
        figure, image = shown.get("figure", {}), shown.get("image", {})
        complete = figure.get("caption", "").strip() and figure.get("name", "").startswith("fig-")
        if not complete or len(image.get("alt", "")) < SHORTEST_ALT:
            lacking.append(chapter.place(cell))
    assert lacking == []


@every_page
def test_the_numbers_in_the_prose_come_from_the_run(chapter: Chapter) -> None:
    glued = chapter.glued
    assigned = bound([cell.source for cell in chapter.code if "remove-cell" not in tags(cell)])
    assert sorted({name for name in glued if glued.count(name) > 1}) == [], "glued twice"
    assert chapter.spoken - set(glued) == set(), "said, but never glued"
    assert set(glued) - chapter.spoken == set(), "glued, but never said"
    # A notebook has no hidden cells and shows the name in place of the number: the reader must be able to look it up.
    assert set(glued) - assigned == set(), "no visible cell makes a variable of this name"


@every_chapter
def test_a_chapter_begins_with_what_one_can_do_after_it(chapter: Chapter) -> None:
    boxes = chapter.named("objectives")
    assert len(boxes) == 1, f"write one :::{{objectives}} box into {chapter.page}.md, above the first ## heading"
    for option in (":minutes:", ":builds-on:"):
        assert any(line.startswith(option) for line in boxes[0].lines), f"give the objectives a line {option} …"
    assert sum(line.startswith("- ") for line in boxes[0].text) >= 2, "list two objectives or more"
    sections = chapter.source.split("\n## ")
    assert len(sections) > 1, f"divide {chapter.page}.md by ## headings"
    assert "{objectives}" in sections[0], "the objectives stand above the first ## heading"


@every_chapter
def test_a_chapter_has_something_to_play_with(chapter: Chapter) -> None:
    assert chapter.named("demo"), f"put a :::{{demo}} into {chapter.page}.md"


@every_chapter
def test_a_chapter_says_what_goes_wrong(chapter: Chapter) -> None:
    assert chapter.named("goes-wrong"), f"write a :::{{goes-wrong}} box into {chapter.page}.md"


@every_chapter
def test_a_chapter_asks_three_to_five_questions(chapter: Chapter) -> None:
    assert chapter.named("quiz"), f"write a ::::{{quiz}} into {chapter.page}.md"
    for quiz in chapter.named("quiz"):
        questions = [question for question in chapter.named("question") if question.inside is quiz]
        assert 3 <= len(questions) <= 5, f"{chapter.page}.md:{quiz.line}: {len(questions)} questions"


@every_chapter
def test_a_chapter_gives_exercises_with_a_hint_and_a_solution(chapter: Chapter) -> None:
    exercises = chapter.named("try-it")
    assert exercises, f"write a :::{{try-it}} with a :::{{hint}} and a :::{{solution}} into {chapter.page}.md"
    for exercise in exercises:
        help_at_hand = {kind.name for kind in helps(chapter.directives, exercise)}
        lacking = {"hint", "solution"} - help_at_hand
        assert not lacking, f"{chapter.page}.md:{exercise.line}: this exercise lacks a {' and a '.join(lacking)}"


@every_chapter
def test_a_chapter_ends_with_a_few_lines_to_remember(chapter: Chapter) -> None:
    boxes = chapter.named("remember")
    assert len(boxes) == 1, f"write one :::{{remember}} box at the end of {chapter.page}.md"
    points = [line for line in boxes[0].text if re.match(r"^\s*([-*]|\d+\.) ", line)]
    assert 1 <= len(points or boxes[0].text) <= LONGEST_REMEMBER, "one to five lines to remember"


@every_chapter
def test_a_chapter_links_its_words_to_the_glossary(chapter: Chapter) -> None:
    linked = "{term}`" in chapter.source
    assert linked, f"link a word of {chapter.page}.md to the glossary, as in {{term}}`neuron`"


@every_chapter
def test_a_chapter_leads_to_the_graded_exercise(chapter: Chapter) -> None:
    if "/start/" in chapter.page:
        leads = "week1/" in chapter.source
    else:
        leads = bool(re.search(r"\{doc\}`([^`]*<)?(\./)?exercise>?`", chapter.source))
    assert leads, f"link {chapter.page}.md to the graded work: week1/… from Start, {{doc}}`exercise` from a week"


def helps(directives: list[Directive], exercise: Directive) -> list[Directive]:
    """The boxes that belong to an exercise: those inside it, or those that follow it before another one."""
    after = [one for one in directives if one.line > exercise.line]
    until = next((one.line for one in after if one.name == "try-it"), float("inf"))
    return [one for one in after if one.line < until and one.name in {"hint", "solution"}]


def bound(sources: list[str]) -> set[str]:
    """The names that code gives a value to."""
    found: set[str] = set()
    for node in nodes(sources):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def used(sources: list[str]) -> set[str]:
    """The names that code reads."""
    return {
        node.id for node in nodes(sources) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def test_names_are_told_by_what_is_done_with_them() -> None:
    sources = ["import numpy as np", "from a import b\nc = np.mean(d)", "%pip install x\ndef f(): return c"]
    assert bound(sources) == {"np", "b", "c", "f"}
    assert used(sources) == {"np", "d", "c"}


def test_directives_are_read_with_their_nesting() -> None:
    text = "::::{quiz} a\n:::{question} Why?\n- [x] So\n:::\n::::\n```python\n:::{fake}\n```\n"
    quiz, question, block = read_directives(text)
    assert question.inside is quiz
    assert (block.name, block.is_code, block.lines) == ("python", True, [":::{fake}"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A sentence leads.", True),
        ("## Only a heading", False),
        ("A sentence, but then\n\n## Only a heading", False),
        ("(label)=\n## Heading", False),
        (":::{goes-wrong} Title\nA box.\n:::", False),
        (":::{goes-wrong} Title\nA box.\n:::\n\nProvoke it.", True),
    ],
)
def test_a_box_alone_introduces_nothing(text: str, expected: bool) -> None:
    assert has_sentence(text) is expected


def test_comments_and_blank_lines_are_not_counted() -> None:
    assert code_lines("# a\n\nb = 1\n  # c\nd = 2") == 2
