"""What runs is the instructor's notebook with the student's answers, whatever became of the student's own file."""

from __future__ import annotations

from typing import Any

import pytest

from course_utils.grading.jobs import Kind, Limits
from course_utils.grading.parsing import HandedCell, HandedNotebook
from course_utils.grading.rebuild import NotThisNotebook, Rebuilt, rebuild
from course_utils.grading.trusted import CheckCall, TrustedCell, TrustedNotebook, check_calls

IMPORTS = TrustedCell("imports", "imports", "code", "import math", locked=True)
ANSWER = TrustedCell("answer", "answer", "code", "# write here", locked=False, solution=True)
TEST = TrustedCell("test", "test", "code", "assert answer == 42", locked=True, grade=True, points=2.0)
ESSAY = TrustedCell(
    "essay", "essay", "markdown", "Your words", locked=False, grade=True, solution=True, points=3.0
)
NOTEBOOK = TrustedNotebook("hw", (IMPORTS, ANSWER, TEST, ESSAY))


def code(source: str, grade_id: str = "", **more: Any) -> HandedCell:
    return HandedCell("code", source, grade_id, **more)


def text(source: str, grade_id: str = "", **more: Any) -> HandedCell:
    return HandedCell("markdown", source, grade_id, **more)


HONEST = (
    text("# Title"),
    code("import math", "imports"),
    code("answer = 42", "answer"),
    code("assert answer == 42", "test"),
    text("Because.", "essay"),
)


def build(*cells: HandedCell) -> Rebuilt:
    return rebuild(NOTEBOOK, HandedNotebook(cells))


def sources(rebuilt: Rebuilt) -> list[str]:
    return [cell.source for cell in rebuilt.cells]


def test_an_honest_notebook_stays_as_it_was_handed_in() -> None:
    rebuilt = build(*HONEST)
    assert sources(rebuilt) == ["# Title", "import math", "answer = 42", "assert answer == 42", "Because."]
    assert rebuilt.flags == ()
    job = rebuilt.job("hw/ada/hw", Limits(), {}, {}, {})
    assert [(cell.id, cell.kind) for cell in job.cells] == [
        ("imports", Kind.LOCKED),
        ("answer", Kind.STUDENT),
        ("test", Kind.TEST),
    ]


def test_only_where_it_is_called_on_hidden_inputs_is_a_check_judged_on_them() -> None:
    calls = {"first": (CheckCall("week1.predict", False),), "second": (CheckCall("week1.predict", True),)}
    checks = [
        TrustedCell(name, name, "code", "…", locked=True, grade=True, points=1.0, calls=made)
        for name, made in calls.items()
    ]
    rebuilt = rebuild(
        TrustedNotebook("hw", (ANSWER, *checks)), HandedNotebook((code("answer = 42", "answer"),))
    )
    cells = rebuilt.job("hw/ada/hw", Limits(), {}, {}, {}).cells
    assert [(cell.checks, cell.hidden) for cell in cells] == [
        ((), ()),
        (("week1.predict",), ()),
        (("week1.predict",), ("week1.predict",)),
    ]


def test_a_changed_or_retyped_test_is_the_instructors_again() -> None:
    rebuilt = build(
        code("math = None", "imports"),
        text("answer = 42", "answer"),
        code("pass", "test"),
        text("x", "essay"),
    )
    assert sources(rebuilt) == ["import math", "answer = 42", "assert answer == 42", "x"]
    assert rebuilt.cells[1].run is Kind.STUDENT
    said = " ".join(rebuilt.flags)
    assert "imports, test" in said
    assert "another type" in said


def test_missing_cells_are_put_back_in_their_places() -> None:
    rebuilt = build(code("answer = 42", "answer"))
    assert [cell.id for cell in rebuilt.cells] == ["imports", "answer", "test", "essay"]
    assert rebuilt.cells[3].missing
    assert "were missing and put back: imports, test, essay" in rebuilt.flags[0]


def test_a_missing_answer_does_not_undo_what_another_cell_of_the_student_defines() -> None:
    rebuilt = build(code("import math", "imports"), code("answer = 42"), code("x", "test"), text("", "essay"))
    assert [cell.source for cell in rebuilt.cells if cell.run][:2] == ["import math", "answer = 42"]
    answer = next(cell for cell in rebuilt.cells if cell.id == "answer")
    assert answer.missing
    assert answer.run is None


def test_of_copies_the_first_counts_and_copied_tests_are_dropped() -> None:
    rebuilt = build(
        *HONEST[:3],
        code("answer = 41", "answer"),
        code("assert answer == 42", "test"),
        code("print('my own test')", "test"),
        text("Because.", "essay"),
        text("Or not.", "essay"),
    )
    assert sources(rebuilt) == [
        "# Title",
        "import math",
        "answer = 42",
        "answer = 41",
        "assert answer == 42",
        "Because.",
        "Or not.",
    ]
    copies = [cell for cell in rebuilt.cells if cell.trusted is None]
    assert [cell.run for cell in copies] == [None, Kind.STUDENT, None]
    assert "copied" in rebuilt.flags[0]


def test_cells_that_were_moved_run_in_the_exercises_order_and_own_cells_stay_where_they_were() -> None:
    rebuilt = build(
        code("assert answer == 42", "test"),
        code("helper = 1"),
        code("answer = 41 + helper", "answer"),
        code("import math", "imports"),
        text("Because.", "essay"),
    )
    assert sources(rebuilt) == [
        "import math",
        "answer = 41 + helper",
        "assert answer == 42",
        "helper = 1",
        "Because.",
    ]
    assert any("moved" in flag for flag in rebuilt.flags)


def test_answers_that_lost_their_mark_are_found_by_the_ids_of_their_cells() -> None:
    rebuilt = build(
        code("import math", id="imports"),
        code("answer = 42", id="answer"),
        code("assert answer == 42", id="test"),
        text("Because.", id="essay"),
    )
    assert rebuilt.cells[[cell.id for cell in rebuilt.cells].index("answer")].source == "answer = 42"
    assert any("found by their ids: answer, essay" in flag for flag in rebuilt.flags)


def test_another_notebook_is_not_taken_for_this_one() -> None:
    with pytest.raises(NotThisNotebook, match="another notebook"):
        build(code("print('my diary')"), text("Dear diary", "page-1"))


def test_an_unknown_grade_id_makes_a_cell_of_the_students_own() -> None:
    rebuilt = build(*HONEST, code("answer = 43", "invented"))
    last = rebuilt.cells[-1]
    assert (last.source, last.trusted, last.run) == ("answer = 43", None, Kind.STUDENT)


def test_ids_are_unique_whatever_the_student_chose() -> None:
    rebuilt = build(
        *HONEST, code("a", id="answer"), code("b", id="same"), code("c", id="same"), code("d", id="no good!")
    )
    assert len({cell.id for cell in rebuilt.cells}) == len(rebuilt.cells)
    ids = [cell.cell_id for cell in rebuilt.cells]
    assert len(set(ids)) == len(ids)
    assert all(cell.cell_id == cell.trusted.id for cell in rebuilt.cells if cell.trusted)


def test_the_seed_is_the_students_own_and_always_the_same() -> None:
    first, again, other = (
        build(*HONEST).job(key, Limits(), {}, {}, {}).seed for key in ("hw/ada/hw", "hw/ada/hw", "hw/bob/hw")
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        (
            'from course_utils.checks import check\n\ncheck("w.a", globals())\n### BEGIN HIDDEN TESTS\n'
            'from course_utils.checks import hidden_check\nhidden_check("w.a", globals())\n### END HIDDEN TESTS',
            (CheckCall("w.a", False), CheckCall("w.a", True)),
        ),
        (
            'from course_utils.checks import hidden_check\nhidden_check("w.a", globals())',
            (CheckCall("w.a", True),),
        ),
        ('check("w.a", globals())', ()),
        ('from course_utils.checks import check\nx = check("w.a", globals())', ()),
        ('from course_utils.checks import check\ncheck("w.a", globals())\nassert x == 1', ()),
        ('from course_utils.checks import check\ncheck("w.a", {"x": 1})', ()),
        ('from course_utils.checks import check as look\nlook("w.a", globals())', ()),
        ('from elsewhere import check\ncheck("w.a", globals())', ()),
        ("this is no Python", ()),
    ],
)
def test_a_check_cell_is_one_that_only_calls_checks(source: str, calls: tuple[CheckCall, ...]) -> None:
    assert check_calls(source) == calls


def test_an_import_in_a_locked_cell_counts_for_the_check_cells() -> None:
    assert check_calls('check("w.a", globals())', frozenset({"check"})) == (CheckCall("w.a", False),)
