"""A class of its own for tests: a temporary course folder, students who answer, and nbgrader to grade them."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.checks.registry import WEEKS, week_checks

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a fixed secret for tests"
_BLANK = "raise NotImplementedError()"


@dataclass(frozen=True)
class Answer:
    """One student's answers: source by solution cell, over those of the reference, and what must come of them."""

    student: str
    name: str
    score: float
    phrase: str
    cells: dict[str, str]
    blank: bool = False
    week: str = "week1"


def wrong_answers(week: str = "week1") -> list[Answer]:
    """Return the wrong and partial answers that lie beside the solution."""
    return [_read_answer(path, week) for path in sorted((ROOT / "solutions" / week / "wrong").glob("*.py"))]


def _read_answer(path: Path, week: str) -> Answer:
    head, *parts = path.read_text(encoding="utf-8").split("# %% ")
    about = tomllib.loads("\n".join(line.removeprefix("# ") for line in head.splitlines()))
    cells = {part.splitlines()[0].strip(): "\n".join(part.splitlines()[1:]).strip() for part in parts}
    blank = about.get("blank", False)
    return Answer(path.stem, about["name"], about["score"], about["phrase"], cells, blank, week)


def whole_class() -> list[Answer]:
    """Return the reference solution of every exercise, and the wrong answers to each."""
    answers = []
    for week in WEEKS:
        checks = week_checks(week).values()
        first = f"{next(iter(checks)).points:g}"
        total = sum(check.points for check in checks)
        phrase = f"{first} of {first} points"
        answers += [
            Answer("reference", "The reference solution", total, phrase, {}, week=week),
            *wrong_answers(week),
        ]
    return answers


def reference(week: str = "week1") -> dict[str, str]:
    """Return the reference solution: source by solution cell."""
    source = json.loads((ROOT / "solutions" / week / f"{week}.ipynb").read_text(encoding="utf-8"))
    cells = {}
    for cell in source["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution"):
            lines = "".join(cell["source"]).split("\n")
            cells[about["grade_id"]] = "\n".join(line for line in lines if "### " not in line)
    return cells


def released(week: str = "week1") -> dict[str, Any]:
    """Return the students' version of the exercise."""
    return json.loads((ROOT / "exercises" / week / f"{week}.ipynb").read_text(encoding="utf-8"))


def answered(answer: Answer) -> dict[str, Any]:
    """Return the released notebook as this student hands it in."""
    notebook = copy.deepcopy(released(answer.week))
    cells = {} if answer.blank else {**reference(answer.week), **answer.cells}
    known = set()
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        known.add(grade_id)
        if grade_id in cells:
            cell["source"] = cells[grade_id]
    assert set(answer.cells) <= known, f"{answer.student} answers cells that are not there"
    return notebook


def make_course(folder: Path) -> Path:
    """Make a course folder with the solutions and the exercises of this one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


def hand_in(course: Path, answer: Answer) -> None:
    """Put the student's notebook where nbgrader looks for it."""
    folder = course / "class" / "submitted" / answer.student / answer.week
    folder.mkdir(parents=True)
    (folder / f"{answer.week}.ipynb").write_text(json.dumps(answered(answer)), encoding="utf-8")


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nbgrader runs, with the fixed secret and nothing of the user's own."""
    here = {
        name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "NBGRADER_"))
    }
    return {
        **here,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "COURSE_CLASS_SECRET": SECRET,
        "XDG_CONFIG_HOME": str(folder / "config"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def nbgrader(
    course: Path, *arguments: str, check: bool = True, **extra: str
) -> subprocess.CompletedProcess[str]:
    """Run an unmodified nbgrader command in the course's folder."""
    return _run([sys.executable, "-m", "nbgrader", *arguments], course, check, extra)


def command(course: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `course … --course-dir` for the course's folder."""
    program = [str(Path(sys.executable).parent / "course"), *arguments, "--course-dir", str(course)]
    return _run(program, course, check, {})


def _run(
    program: list[str], course: Path, check: bool, extra: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        program,
        cwd=course,
        env={**environment(course), **extra},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done
