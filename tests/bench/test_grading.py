"""The measurement of grading runs the real tools, and says which bar is missed."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.bench.grading import environments, table
from course_utils.bench.grading.tools import NBGRADER, OTTER, OURS, Few, Programs, Row
from course_utils.errors import UsageError
from tests.conftest import ROOT

PLAIN = Row("week1", NBGRADER, 1, 10, 40.0, 42.0, 600_000_000, None, (30.0,) * 10, Few(1, 5.8, None))
ALONE = Row("week1", OURS, 1, 10, 8.0, 8.0, 900_000_000, 4.0, (30.0,) * 10, Few(1, 2.0, 0.4))
WELL = replace(ALONE, jobs=2, wall=4.5, memory=1_000_000_000, few=Few(2, 2.1, 0.8))


def results(*week: Row) -> table.Results:
    return table.Results(week, (replace(ALONE, exercise="light"),), 0.2)


def test_a_light_class_is_measured_with_nbgrader_and_with_ours() -> None:
    programs = Programs(Path(sys.executable).parent)
    plain, ours = table.measure(ROOT, "light", programs, [(NBGRADER, 1, 2), (OURS, 1, 2)])

    assert plain.scores == ours.scores == (4.0, 2.0)
    assert 0 < ours.wall < plain.wall
    assert 0 < ours.cpu < plain.cpu
    assert plain.memory > 30e6
    assert ours.memory > 30e6
    assert plain.cells is None
    assert ours.cells is not None
    assert 0 < ours.cells < ours.wall
    assert ours.few is not None
    assert plain.few is not None
    assert 0 < ours.few.cells < ours.few.wall < plain.few.wall
    assert (ours.few.students, plain.few.students) == (1, 1)


def test_a_missed_bar_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "cores", lambda: 2)
    assert table.faults_of(results(PLAIN, ALONE, WELL)) == []
    slow = replace(WELL, wall=5.1)
    assert table.faults_of(results(PLAIN, ALONE, slow)) == [
        "Week 1: 7.8 times nbgrader's throughput, under 8.",
        "Week 1: 0.62 s a submission a core beyond the cells, over 0.5 s.",
    ]
    few = [replace(one, students=9) for one in (PLAIN, ALONE, slow)]
    assert table.faults_of(results(*few)) == [], "the start is too large a part of it"
    other = replace(WELL, scores=(30.0,) * 9 + (0.0,))
    assert "do not give the same points" in table.faults_of(results(PLAIN, ALONE, other))[0]


def test_the_start_of_a_run_is_no_part_of_a_submission_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "cores", lambda: 2)
    rows = [PLAIN, ALONE, WELL]
    later = replace(WELL, wall=WELL.wall + 3, few=replace(WELL.few, wall=WELL.few.wall + 3))
    assert table.further(later, rows) == pytest.approx(table.further(WELL, rows))
    assert table.beyond(later, rows) == pytest.approx(table.beyond(WELL, rows) + 3 * 2 / 10)
    assert table.further(replace(WELL, students=2), rows) is None
    assert table.further(replace(WELL, jobs=4), rows) is None


def test_the_page_of_the_book_has_every_row_and_what_they_agree_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "cores", lambda: 2)
    otter = replace(PLAIN, tool=OTTER, wall=60.0, scores=(30.0,) * 9 + (12.0,))
    text = table.page_text(results(PLAIN, otter, ALONE, WELL))
    assert (
        "| nbgrader autograde | 10 | 1 | 40.0 s | 4.00 s | 1.0 × | 42.0 s | 600 MB | 3.60 s | 3.40 s |"
        in text
    )
    assert "| course grade | 10 | 2 | 4.5 s | 0.45 s | 8.9 × | 8.0 s | 1,000 MB | 0.50 s | 0.20 s |" in text
    assert "gave every student the same points. Otter-Grader" in text
    assert "agreed on 9 of 10" in text
    assert "takes 100 MB of memory" in text


def test_what_cannot_be_measured_is_refused_with_the_cure() -> None:
    with pytest.raises(UsageError, match="no tool abacus: choose from ours, nbgrader, otter"):
        table.grading(tools=["abacus"], root=ROOT)
    with pytest.raises(UsageError, match="--students is a number from 1"):
        table.grading(0, root=ROOT)


def test_otter_computes_with_the_versions_of_the_course() -> None:
    locks = [
        path.read_text(encoding="utf-8") for path in (environments.OTTER_LOCK, ROOT / "requirements.txt")
    ]
    for name in ("tensorflow", "keras", "numpy"):
        ours, theirs = (re.findall(rf"(?m)^{name}==(\S+)", lock) for lock in locks)
        assert ours == theirs
