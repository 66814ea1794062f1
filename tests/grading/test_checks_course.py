"""An assignment with checks of the course: judged outside, on hidden inputs that leave no trace, check by check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from course_utils import grading
from course_utils.checks.registry import find
from course_utils.errors import CourseError
from course_utils.grading.records import read_reports, read_run
from tests.exercises.classroom import ROOT, SECRET, reference
from tests.exercises.test_marks import hidden_numbers
from tests.grading.classroom import cell
from tests.grading.ordinary import generate, notebook

CHECKS = ("week1.predict", "week1.update")
RIGHT = {name: reference()[f"solve-{name.split('.')[1]}"] for name in CHECKS}
POINTS = {name: find(name).points for name in CHECKS}


def check_cell(name: str) -> str:
    return (
        f'from course_utils.checks import check\n\ncheck("{name}", globals())\n### BEGIN HIDDEN TESTS\n'
        f'from course_utils.checks import hidden_check\n\nhidden_check("{name}", globals())\n### END HIDDEN TESTS'
    )


def hand_in(course: Path, student: str, **answers: str) -> None:
    made = json.loads((course / "release" / "hw" / "hw.ipynb").read_text())
    for one in made["cells"]:
        one["source"] = {**RIGHT, **answers}.get(f"week1.{one['id']}", one["source"])
    folder = course / "submitted" / student / "hw"
    folder.mkdir(parents=True)
    (folder / "hw.ipynb").write_text(json.dumps(made))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Numbers alone, without TensorFlow: two checks of week 1."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COURSE_CLASS_SECRET", SECRET)
    folder = tmp_path / "course"
    cells = [cell("code", "imports", "import numpy as np", locked=True)]
    for name in CHECKS:
        short = name.split(".")[1]
        cells.append(
            cell("code", short, f"### BEGIN SOLUTION\n{RIGHT[name]}\n### END SOLUTION", solution=True)
        )
        cells.append(
            cell("code", f"check-{short}", check_cell(name), grade=True, locked=True, points=POINTS[name])
        )
    (folder / "source" / "hw").mkdir(parents=True)
    (folder / "source" / "hw" / "hw.ipynb").write_text(json.dumps(notebook(*cells)))
    private = ROOT / "solutions" / "week1" / "private"
    shutil.copytree(
        private, folder / "solutions" / "week1" / "private", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'x'\n")
    generate(folder, "hw")
    hand_in(folder, "ada")
    hand_in(folder, "bob", **{"week1.update": "def update(*arguments):\n    return 0, 0"})
    return folder


def scores(grades: grading.ClassGrades) -> dict[str, tuple[str, float | None]]:
    return {result.student: (str(result.status), result.score) for result in grades.results}


def test_checks_are_judged_and_their_reports_kept_and_no_hidden_number_anywhere(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grades = grading.grade(course, "hw")
    most = sum(POINTS.values())
    print(grades.lines())
    assert scores(grades)["ada"] == ("graded", most), grades.lines()
    assert scores(grades)["bob"][1] < most, grades.lines()
    made = json.loads((course / "autograded" / "bob" / "hw" / "hw.ipynb").read_text())
    by_id = {one["id"]: one for one in made["cells"]}
    reports = read_reports(by_id["check-predict"])
    assert [(report.name, report.hidden, report.passed) for report in reports] == [
        ("week1.predict", False, True),
        ("week1.predict", True, True),
    ]
    assert not read_reports(by_id["check-update"])[-1].passed
    assert read_run(made).status == "graded"
    outputs = by_id["check-predict"]["outputs"]
    assert outputs[-1]["data"]["text/plain"] == [repr(POINTS["week1.predict"])]
    del made["metadata"]  # it holds numbers of its own: seconds
    text = json.dumps(made) + "".join(path.read_text(encoding="utf-8") for path in grades.reports)
    assert not [number for number in hidden_numbers("week1") if number in text]

    assert {status for status, _ in scores(grading.grade(course, "hw")).values()} == {"unchanged"}
    monkeypatch.setenv("COURSE_CLASS_SECRET", "the secret of another year")
    assert {status for status, _ in scores(grading.grade(course, "hw")).values()} == {"graded"}
    monkeypatch.delenv("COURSE_CLASS_SECRET")
    with pytest.raises(CourseError, match="run `course class new`"):
        grading.grade(course, "hw")
