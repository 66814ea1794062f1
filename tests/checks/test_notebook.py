"""`course check`: a learner's own run of the visible checks, and the file to hand in."""

from __future__ import annotations

import json
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import pytest

from course_utils import submission
from course_utils.checks import run_notebook
from course_utils.checks.report import REPORT_FILE
from course_utils.errors import CourseError, UsageError
from tests.exercises.classroom import Answer, answered, released

PARTLY = """
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    return weight - learning_rate * weight_slope, bias
"""


def write(folder: Path, notebook: dict[str, Any], name: str = "week1.ipynb") -> Path:
    path = folder / name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def light(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook without Keras and its two parts, so that it runs in a second."""
    cells = [cell for cell in notebook["cells"] if "-model" not in cell["id"]]
    for cell in cells:
        if cell["id"] == "import":
            cell["source"] = "import numpy as np"
    return {**notebook, "cells": cells}


def test_the_checks_of_a_notebook_are_gathered(tmp_path: Path) -> None:
    path = write(
        tmp_path, light(answered(Answer("ada", "", 0, "", {"solve-update": PARTLY}))), "my copy (1).ipynb"
    )
    before = path.read_bytes()
    report = run_notebook(path)
    assert not report.passed
    earned = {one.name: one.earned for one in report.reports}
    assert earned["week1.predict"] == 2
    assert earned["week1.update"] == 1
    assert earned["week1.build_model"] == 0
    assert len(earned) == 10
    said = str(report)
    assert "✓ Part 3, predict" in said
    assert "moves the bias: 4: the bias has not moved" in said
    assert "the check did not run: is its cell still there?" in said
    assert report.errors == ()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name], "the last cell must not ask or write"


def test_a_cell_that_stops_is_named(tmp_path: Path) -> None:
    notebook = light(released())
    notebook["cells"].insert(
        3, {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "source": "1 / 0"}
    )
    report = run_notebook(write(tmp_path, notebook))
    assert report.errors == ("cell 4 with ZeroDivisionError: division by zero",)
    assert sum(one.earned for one in report.reports) == 0


def test_what_is_not_an_exercise_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        run_notebook(tmp_path / "nothing.ipynb")
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"cannot be read as a notebook .*: give the path of your \.ipynb file"):
        run_notebook(tmp_path / "broken.ipynb")
    other = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    with pytest.raises(CourseError, match="not an exercise of this course"):
        run_notebook(write(tmp_path, other))


def test_a_submission_holds_the_notebook_and_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, released(), "my copy (1).ipynb")
    write(tmp_path, {"cells": []}, "notes.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", lambda _: " ada ")
    made = submission.make()
    assert made == tmp_path / "week1-ada.zip"
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["week1.ipynb", "submission.json"]
        assert json.loads(archive.read("week1.ipynb")) == released()
        assert json.loads(archive.read("submission.json")) == {"assignment": "week1", "student": "ada"}


@pytest.mark.parametrize("student", ["", "../ada", "a b", "a..b", "ada.", "-ada", "a" * 65, "ädä"])
def test_an_id_that_cannot_be_a_folder_is_refused(tmp_path: Path, student: str) -> None:
    with pytest.raises(UsageError, match="is no student id"):
        submission.make(write(tmp_path, released()), student)


def test_nothing_is_handed_in_while_a_notebook_is_graded_or_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, released())
    for name in ("NBGRADER_EXECUTION", REPORT_FILE):
        with monkeypatch.context() as patch:
            patch.setenv(name, "autograde")
            assert submission.make(path, "ada") is None
    assert submission.make(path, "ada") is not None


def test_in_colab_the_open_notebook_is_packed_and_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloaded: list[str] = []
    colab = types.ModuleType("google.colab")
    colab._message = types.SimpleNamespace(  # type: ignore[attr-defined]
        blocking_request=lambda request, timeout_sec: (
            {"ipynb": released()} if request == "get_ipynb" else None
        )
    )
    colab.files = types.SimpleNamespace(download=downloaded.append)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.chdir(tmp_path)
    made = submission.make(student="ada")
    assert made == tmp_path / "week1-ada.zip"
    assert downloaded == [str(made)]


def test_the_checks_need_neither_sphinx_nor_nbgrader_nor_jupyter() -> None:
    import subprocess

    code = (
        "import sys\n"
        "from course_utils.checks import check, week_checks, run_notebook\n"
        "from course_utils import submission\n"
        "week_checks('week1')\n"
        "heavy = {'sphinx', 'nbgrader', 'jupyter_core', 'nbclient', 'nbformat', 'tensorflow', 'keras', 'matplotlib'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
