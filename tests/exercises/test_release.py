"""What reaches the students: exactly what the solutions make, and nothing that is private."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from course_utils import grading, install_cell
from course_utils.checks import week_checks
from course_utils.checks.registry import WEEKS
from course_utils.errors import CourseError
from tests.exercises.classroom import ROOT, make_course, nbgrader, released

every_week = pytest.mark.parametrize("week", WEEKS)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of the first week alone, since each release goes over every assignment."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    course = make_course(tmp_path / "course")
    for folder, week in itertools.product(("solutions", "exercises"), WEEKS):
        if week != "week1":
            shutil.rmtree(course / folder / week)
    return course


def test_exercises_are_what_the_solutions_make() -> None:
    assert grading.release(ROOT, check=True) == [
        f"exercises/{week} is what solutions/{week} makes." for week in WEEKS
    ]


def source(week: str) -> dict[str, Any]:
    """The instructor's notebook."""
    return json.loads((ROOT / "solutions" / week / f"{week}.ipynb").read_text(encoding="utf-8"))


def test_a_release_repeated_changes_no_byte_and_a_stale_exercise_is_named(course: Path) -> None:
    grading.release(course)
    notebook = course / "exercises" / "week1" / "week1.ipynb"
    bundle = course / "_build" / "bundles" / "week1.zip"
    before = notebook.read_bytes(), bundle.read_bytes()
    grading.release(course)
    assert (notebook.read_bytes(), bundle.read_bytes()) == before
    notebook.write_bytes(before[0].replace(b"A candle burns", b"A candle is lit"))
    (course / "exercises" / "week1" / "extra.txt").write_text("not from the solutions")
    with pytest.raises(
        CourseError, match=r"week1/extra\.txt, exercises/week1/week1\.ipynb; run `course release`"
    ):
        grading.release(course, check=True)
    grading.release(course)
    assert notebook.read_bytes() == before[0]
    assert not (course / "exercises" / "week1" / "extra.txt").exists()


def test_the_repository_s_address_is_filled_in_and_does_not_count_as_a_change(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/a-course")
    notebook = course / "exercises" / "week1" / "week1.ipynb"
    assert grading.release(course, check=True)
    grading.release(course)
    assert "git+https://github.com/someone/a-course@main" in notebook.read_text(encoding="utf-8")
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert grading.release(course, check=True)
    before = notebook.read_bytes()
    grading.release(course)
    assert notebook.read_bytes() == before, "where no address is known, the one there stays"


@every_week
def test_the_first_cell_is_that_of_every_notebook_of_the_course(week: str) -> None:
    first = next(cell for cell in released(week)["cells"] if cell["cell_type"] == "code")
    code = "".join(first["source"])
    assert code == install_cell.filled(install_cell.address_in(code), week)


def test_nothing_private_is_released_by_nbgrader_itself(course: Path) -> None:
    for name in ("private", "wrong"):
        (course / "solutions" / "week1" / name / "canary.txt").write_text("canary")
    nbgrader(course, "generate_assignment", "week1", "--force")
    assert [path.name for path in (course / "exercises" / "week1").rglob("*") if path.is_file()] == [
        "week1.ipynb"
    ]
    # The same release without the line that protects: the canary sings, so this test can fail.
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('    "private",\n', ""))
    nbgrader(course, "generate_assignment", "week1", "--force")
    assert (course / "exercises" / "week1" / "private" / "canary.txt").exists()


@every_week
def test_the_released_notebook_holds_no_solution_and_no_hidden_test(week: str) -> None:
    text = json.dumps(released(week))
    assert "raise NotImplementedError()" in text
    for word in ("SOLUTION", "HIDDEN", "hidden_check", "history.history", "np.std(values), np", "canary"):
        assert word not in text
    for cell in source(week)["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            solution = re.search(r"### BEGIN SOLUTION\n(.*?)### END", "".join(cell["source"]), re.S)
            assert solution
            assert solution[1].strip() not in "\n".join("".join(c["source"]) for c in released(week)["cells"])


def test_the_bundle_holds_the_exercise_alone(course: Path) -> None:
    grading.release(course)
    with zipfile.ZipFile(course / "_build" / "bundles" / "week1.zip") as bundle:
        assert bundle.namelist() == ["week1/week1.ipynb"]


@every_week
def test_notebooks_hold_no_output_have_their_own_cell_ids_and_name_the_kernel(week: str) -> None:
    for notebook in (source(week), released(week)):
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(set(ids)) == len(ids)
        assert not any(re.fullmatch(r"[0-9a-f]{8}", name) for name in ids), (
            "a random id changes with each save"
        )
        assert all(not cell.get("outputs") for cell in notebook["cells"])
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"


@every_week
def test_points_in_the_notebook_are_those_of_the_checks(week: str) -> None:
    checks = week_checks(week)
    cells = {cell["id"]: "".join(cell["source"]) for cell in released(week)["cells"]}
    points = {}
    for cell in released(week)["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            name = re.search(r'check\("([\w.]+)", globals\(\)\)$', cells[cell["id"]])
            assert name
            points[name[1]] = about["points"]
            title = cells[cell["id"].replace("check-", "about-")].splitlines()[0]
            assert f"({about['points']} points)" in title
            assert checks[name[1]].title.split(", ")[1] in title
    assert points == {name: check.points for name, check in checks.items()}
    assert f" parts and {sum(points.values()):g} points" in cells["title"]


def test_the_notebook_of_week_1_counts_its_parts() -> None:
    assert len(week_checks("week1")) == 10
    assert "There are ten parts" in "".join(released()["cells"][0]["source"])


@every_week
def test_the_exercise_imports_only_the_course_numpy_keras_and_what_comes_with_python(week: str) -> None:
    imported = set()
    for cell in source(week)["cells"]:
        if cell["cell_type"] == "code" and cell["id"] != "install":
            imported |= set(re.findall(r"(?m)^(?:from|import) (\w+)", "".join(cell["source"])))
    others = imported - sys.stdlib_module_names
    assert {"course_utils"} <= others <= {"course_utils", "keras", "numpy"}


@every_week
def test_the_first_code_cell_does_nothing_outside_colab(week: str) -> None:
    code = "".join(next(cell["source"] for cell in released(week)["cells"] if cell["id"] == "install"))
    lines = code.splitlines()
    guard = next(
        number for number, line in enumerate(lines) if line.startswith('if "google.colab" in sys.modules')
    )
    assert all(line.startswith("    ") for line in lines[guard + 1 :])
    assert any(line.strip().startswith("%pip install") for line in lines[guard + 1 :])


@every_week
def test_sections_that_checks_point_to_exist(week: str) -> None:
    for check in week_checks(week).values():
        page, _, section = check.chapter.partition("#")
        headings = re.findall(r"(?m)^#+ (.*)$", (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8"))
        assert section in {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}, (
            check.name
        )


def test_a_release_says_which_assignments_there_are(course: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no assignment 'week9'.*there are: week1"):
        grading.release(course, ["week9"])
    shutil.rmtree(course / "exercises")
    with pytest.raises(CourseError, match=r"exercises/week1/week1\.ipynb.*; run `course release`"):
        grading.release(course, check=True)
