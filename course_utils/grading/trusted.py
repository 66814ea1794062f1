"""What the instructor says an assignment is: its cells, their order, their points, the files beside them.

The cells are those of the gradebook, where nbgrader's `generate_assignment` put them, hidden tests included, and
from where its own autograde takes them. Only their order, which the gradebook does not keep, and the ids of the
cells come from the notebook in the source folder, or else from the released one.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.errors import CourseError, UsageError
from course_utils.grading.jobs import Kind
from course_utils.grading.running.rewriting import answer_names

if TYPE_CHECKING:
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

_CALLS = ("check", "hidden_check")
#: As Jupyter's Python kernel describes its language.
_PYTHON = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class CheckCall:
    """One call in a check cell: the name of the check, and whether it runs on hidden inputs."""

    name: str
    hidden: bool


@dataclass(frozen=True)
class TrustedCell:
    """A cell that the gradebook knows.

    Attributes:
        name: its `grade_id`; `id` is the notebook format's own id.
        kind: "code" or "markdown".
        source: the instructor's text; for an answer, what the student found there at first.
        points: the most that it can bring, or None for a cell without points.
        calls: for a check cell, what it calls, in order; empty for every other cell.
    """

    name: str
    id: str
    kind: str
    source: str
    locked: bool
    grade: bool = False
    solution: bool = False
    task: bool = False
    points: float | None = None
    checksum: str | None = None
    calls: tuple[CheckCall, ...] = ()

    @property
    def answer(self) -> bool:
        """Whether what the student wrote in it counts."""
        return not self.locked or self.solution

    @property
    def run(self) -> Kind | None:
        """What it is to the grader; None for text."""
        if self.kind != "code":
            return None
        if self.answer:
            return Kind.STUDENT
        if not self.grade:
            return Kind.LOCKED
        return Kind.CHECK if self.calls else Kind.TEST

    def metadata(self) -> dict[str, Any]:
        """Return the metadata that nbgrader gives the cell."""
        about: dict[str, Any] = {
            "cell_type": self.kind,
            "checksum": self.checksum,
            "grade": self.grade,
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": self.task,
        }
        if self.points is not None:
            about["points"] = self.points
        if self.checksum is None:
            del about["checksum"]
        editable = {} if self.answer or self.task else {"editable": False}
        return {"nbgrader": about, "deletable": False, **editable}


@dataclass(frozen=True)
class TrustedNotebook:
    """One notebook of an assignment.

    Attributes:
        metadata: of the saved notebook: the instructor's kernel and language.
        problem: why it cannot be graded here, for people; empty when it can.
    """

    name: str
    cells: tuple[TrustedCell, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def max_score(self) -> float:
        """The most points that the notebook can bring."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def checks(self) -> tuple[CheckCall, ...]:
        """Every call of a check in it."""
        return tuple(call for cell in self.cells for call in cell.calls)

    @cached_property
    def answer_names(self) -> frozenset[str] | None:
        """The names that are the students' to bind, where the exercise tells them; None where it does not."""
        return answer_names(cell.source for cell in self.cells if cell.answer and cell.kind == "code")


@dataclass(frozen=True)
class TrustedAssignment:
    """An assignment: its notebooks in the order of their names, and the instructor's files beside them.

    `kept` names the files of the instructor's that a student's own version replaces (`exclude_overwriting`).
    """

    name: str
    notebooks: tuple[TrustedNotebook, ...]
    files: dict[str, bytes] = field(default_factory=dict)

    def digest(self) -> str:
        """Return a fingerprint of all of it."""
        hashed = hashlib.sha256()
        for notebook in self.notebooks:
            hashed.update(repr((notebook.name, notebook.cells, notebook.metadata)).encode())
        for path, content in sorted(self.files.items()):
            hashed.update(f"{path}\0{len(content)}\0".encode())
            hashed.update(content)
        return hashed.hexdigest()


def load_assignment(
    gradebook: Gradebook, directory: CourseDirectory, assignment: str, kept: Iterable[str] = ()
) -> TrustedAssignment:
    """Read an assignment from the gradebook and the source folder. Raises UsageError when it is not there.

    `kept`: files that are not laid over the student's, relative to the source folder (nbgrader's
    `Autograde.exclude_overwriting`).
    """
    from nbgrader import api

    session = gradebook.db
    found = session.query(api.Assignment).filter(api.Assignment.name == assignment).one_or_none()
    if found is None:
        known = sorted(name for (name,) in session.query(api.Assignment.name))
        there = f"; there are: {', '.join(known)}" if known else ""
        raise UsageError(
            f"There is no assignment {assignment!r} in the gradebook{there}. "
            f"Run `nbgrader generate_assignment {assignment}` to enter it."
        )
    notebooks = session.query(api.Notebook).filter(api.Notebook.assignment_id == found.id)
    made = [_notebook(session, directory, assignment, one) for one in notebooks.order_by(api.Notebook.name)]
    if not made:
        raise CourseError(
            f"The assignment {assignment!r} has no notebooks in the gradebook: "
            f"run `nbgrader generate_assignment {assignment}`."
        )
    source = Path(directory.format_path(directory.source_directory, ".", assignment))
    files = _files(source, tuple(directory.ignore), {Path(name) for name in kept})
    return TrustedAssignment(assignment, tuple(made), files)


def check_calls(source: str, known: frozenset[str] = frozenset()) -> tuple[CheckCall, ...]:
    """Return the calls of a cell that does nothing but call checks of `course_utils.checks`; else nothing.

    The cell imports `check` or `hidden_check` by name and calls them as `check("week1.predict", globals())`.
    `known` are those that locked cells of the notebook have imported.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    calls: list[CheckCall] = []
    imported = set(known)
    for statement in body:
        if isinstance(statement, ast.ImportFrom):
            names = _imported_calls(statement)
            if len(names) < len(statement.names):
                return ()
            imported |= names
            continue
        call = _check_call(statement)
        if call is None or _CALLS[call.hidden] not in imported:
            return ()
        calls.append(call)
    return tuple(calls)


def _imported_calls(statement: ast.AST) -> set[str]:
    """Which of `check` and `hidden_check` a statement imports from course_utils.checks, under their own names."""
    if (
        not isinstance(statement, ast.ImportFrom)
        or statement.level
        or statement.module != "course_utils.checks"
    ):
        return set()
    return {alias.name for alias in statement.names if alias.asname is None and alias.name in _CALLS}


def _known_calls(sources: Iterable[str]) -> frozenset[str]:
    known: set[str] = set()
    for source in sources:
        with contextlib.suppress(SyntaxError, ValueError):
            known = known.union(*(_imported_calls(statement) for statement in ast.parse(source).body))
    return frozenset(known)


def _check_call(statement: ast.stmt) -> CheckCall | None:
    call = statement.value if isinstance(statement, ast.Expr) else None
    match call:
        case ast.Call(
            func=ast.Name(id="check" | "hidden_check" as function),
            args=[ast.Constant(value=str(name)), ast.Call(func=ast.Name(id="globals"), args=[], keywords=[])],
            keywords=[],
        ):
            return CheckCall(name, function == "hidden_check")
    return None


def _notebook(session: Any, directory: CourseDirectory, assignment: str, row: Any) -> TrustedNotebook:
    from nbgrader import api

    graded = {cell.name: cell for cell in session.query(api.GradeCell).filter_by(notebook_id=row.id)}
    tasks = {cell.name: cell for cell in session.query(api.TaskCell).filter_by(notebook_id=row.id)}
    solutions = {name for (name,) in session.query(api.SolutionCell.name).filter_by(notebook_id=row.id)}
    sources = session.query(api.SourceCell).filter_by(notebook_id=row.id).all()
    written = _written(directory, assignment, row.name)
    ids = _ids(written)
    locked = [cell.source or "" for cell in sources if cell.locked and cell.cell_type == "code"]
    known = _known_calls(locked)
    cells = []
    for cell in _ordered(sources, list(ids)):
        marked = graded.get(cell.name) or tasks.get(cell.name)
        test = cell.locked and cell.name in graded and cell.name not in solutions
        cells.append(
            TrustedCell(
                cell.name,
                ids.get(cell.name, ""),
                cell.cell_type,
                cell.source or "",
                bool(cell.locked),
                grade=cell.name in graded,
                solution=cell.name in solutions,
                task=cell.name in tasks,
                points=float(marked.max_score) if marked is not None else None,
                checksum=cell.checksum,
                calls=check_calls(cell.source or "", known) if test and cell.cell_type == "code" else (),
            )
        )
    kernel = _loads(row.kernelspec)
    metadata = {"kernelspec": kernel} if kernel else {}
    language = written.get("metadata", {}).get("language_info") if isinstance(written, dict) else None
    metadata["language_info"] = language if isinstance(language, dict) else dict(_PYTHON)
    return TrustedNotebook(row.name, tuple(cells), metadata, _kernel_problem(kernel))


def _ordered(cells: Sequence[Any], names: list[str]) -> list[Any]:
    """The gradebook's cells in the order of the source notebook; those that are not in it after their neighbour."""
    place = {name: number for number, name in enumerate(names)}
    ordered, last = [], -1.0
    for number, cell in enumerate(cells):
        last = place.get(cell.name, last)
        ordered.append((last, number, cell))
    return [cell for _, _, cell in sorted(ordered, key=lambda one: one[:2])]


def _written(directory: CourseDirectory, assignment: str, notebook: str) -> dict[str, Any]:
    """The instructor's notebook as a file: the source, or else the release; empty where there is neither."""
    for step in (directory.source_directory, directory.release_directory):
        path = Path(directory.format_path(step, ".", assignment)) / f"{notebook}.ipynb"
        data = _loads(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else {}
        if isinstance(data.get("cells"), list):
            return data
    return {}


def _ids(written: dict[str, Any]) -> dict[str, str]:
    """The cells' grade_ids in order, each with the notebook format's id of the cell (empty where it has none)."""
    ids: dict[str, str] = {}
    for cell in written.get("cells", []):
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        if isinstance(name, str):
            own = str(cell.get("id", ""))
            ids[name] = own if _CELL_ID.fullmatch(own) else ""
    return ids


def _kernel_problem(kernel: dict[str, Any]) -> str:
    language = str(kernel.get("language", "")).lower()
    name = str(kernel.get("name", "")).lower()
    if language == "python" or (not language and (not name or re.search("python|conda|^py", name))):
        return ""
    shown = kernel.get("display_name") or kernel.get("name") or language
    return f"its kernel is {shown!r}, and `course grade` runs Python alone: use `nbgrader autograde` for it"


def _loads(text: str | None) -> dict[str, Any]:
    try:
        data = json.loads(text or "")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _files(source: Path, ignored: tuple[str, ...], kept: set[Path]) -> dict[str, bytes]:
    from nbgrader.utils import find_all_files

    if not source.is_dir():
        return {}
    files = {}
    for name in sorted(find_all_files(str(source), [*ignored, "*.ipynb"])):
        path = Path(name)
        inside = path.relative_to(source)
        if inside not in kept and path.is_file():
            files[inside.as_posix()] = path.read_bytes()
    return files
