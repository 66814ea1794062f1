"""Make the file that a learner hands in: the notebook in a zip, under the learner's id."""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from course_utils.checks.report import REPORT_FILE
from course_utils.errors import CourseError, UsageError

#: A student id: letters, digits, and . _ @ - inside.
STUDENT_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?")
#: What a submission says about itself, beside its notebook.
LABEL = "submission.json"


def make(
    path: Path | str | None = None, student: str | None = None, out: Path | str | None = None
) -> Path | None:
    """Write ASSIGNMENT-STUDENT.zip and return its path.

    In Colab, the open notebook is packed and the zip is downloaded. Elsewhere it is the notebook at `path`,
    or the newest exercise in the current folder, and the zip lies beside it, or in the folder `out`.
    Without `student`, asks for the id.
    While a notebook is being graded or checked nothing is made, and None is returned.
    """
    if _is_being_run():
        print("The notebook is being checked: there is nothing to hand in.")
        return None
    if path is None and "google.colab" in sys.modules:
        name, notebook, folder = _from_colab()
    else:
        source = _find(path)
        name, notebook, folder = source.stem, _read(source), source.parent
    assignment = name_assignment(name, notebook)
    student = _require_id(student if student is not None else input("Your student id: "))
    folder = Path(out) if out is not None else folder
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{assignment}-{student}.zip"
    label = {"assignment": assignment, "student": student}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{assignment}.ipynb", json.dumps(notebook, indent=1, ensure_ascii=False))
        archive.writestr(LABEL, json.dumps(label))
    if path is None:  # in a notebook; a caller that names a path gets the answer as a value
        print(f"Hand in this file: {made}")
    if path is None and "google.colab" in sys.modules:
        from google.colab import files  # type: ignore[import-not-found]

        files.download(str(made))
    return made


def name_assignment(file_name: str, notebook: Any) -> str:
    """Return which assignment a notebook is, by the checks that it calls, whatever its file is called."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise CourseError(f"{file_name} is not a notebook: it has no cells.")
    sources = ["".join(cell.get("source", "")) for cell in notebook["cells"] if isinstance(cell, dict)]
    weeks = {week for source in sources for week in re.findall(r'\bcheck\("([a-z0-9_-]+)\.', source)}
    if len(weeks) != 1:
        raise CourseError(f"{file_name} is not an exercise of this course: no check of the course is in it.")
    return weeks.pop()


def _is_being_run() -> bool:
    return bool(os.environ.get("NBGRADER_EXECUTION") or os.environ.get(REPORT_FILE))


def _from_colab() -> tuple[str, Any, Path]:
    from google.colab import _message  # type: ignore[import-not-found]

    answer = _message.blocking_request("get_ipynb", timeout_sec=60)
    if not isinstance(answer, dict) or "ipynb" not in answer:
        raise CourseError(
            "Colab did not hand over the notebook: save it (File, Save), then run this cell again."
        )
    return "the notebook", answer["ipynb"], Path.cwd()


def _find(path: Path | str | None) -> Path:
    if path is not None:
        found = Path(path)
        if not found.is_file():
            raise UsageError(f"{found} does not exist: give the path of your notebook.")
        return found
    candidates = [file for file in Path.cwd().glob("*.ipynb") if _is_exercise(file)]
    if not candidates:
        raise CourseError(
            f"No exercise lies in {Path.cwd()}: give its path, as in submission.make('week1.ipynb')."
        )
    return max(candidates, key=lambda file: file.stat().st_mtime)


def _is_exercise(path: Path) -> bool:
    try:
        name_assignment(path.name, _read(path))
    except CourseError:
        return False
    return True


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise CourseError(f"{path} cannot be read as a notebook: {error}.") from error


def _require_id(student: str) -> str:
    student = student.strip()
    if not STUDENT_ID.fullmatch(student) or ".." in student:
        raise UsageError(f"{student!r} is no student id: use letters and digits, and . _ @ - inside.")
    return student
