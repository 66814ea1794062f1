"""What grading an assignment takes, read once a run; and one student's submission, read and made ready to run."""

from __future__ import annotations

import ast
import contextlib
import datetime
import glob
import hashlib
import importlib.machinery
import json
import re
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from traitlets.config import Config

from course_utils.checks import registry
from course_utils.checks.discretion import vocabulary
from course_utils.checks.registry import Case, find, visible_case
from course_utils.checks.running import hidden_case
from course_utils.checks.secret import class_secret
from course_utils.errors import CourseError
from course_utils.grading.jobs import Job
from course_utils.grading.matching import Found, match_notebooks, unmatched
from course_utils.grading.reading import Handed, read_submission
from course_utils.grading.rebuild import NotThisNotebook, Rebuilt, rebuild
from course_utils.grading.running.verdicts import Cases
from course_utils.grading.settings import Settings, parse_time, step_folder
from course_utils.grading.trusted import TrustedAssignment, TrustedNotebook

#: Part of every fingerprint: another number grades everything again.
_GENERATION = 2


@dataclass(frozen=True)
class Plan:
    """An assignment, ready to be graded.

    Attributes:
        cases: of the checks that its notebooks call, visible and hidden.
        base: fingerprint of all that is the same for every student.
    """

    settings: Settings
    assignment: TrustedAssignment
    cases: Cases = field(default_factory=lambda: Cases({}, {}))
    base: str = ""


@dataclass(frozen=True)
class Ready:
    """One notebook of a submission: rebuilt and ready to run, or the problem with it, or missing (neither)."""

    name: str
    max_score: float
    rebuilt: Rebuilt | None = None
    job: Job | None = None
    problem: str = ""
    fault: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """One student's submission, read.

    Attributes:
        fingerprint: of all that its grades depend on.
        timestamp: when it came in, in UTC without a zone; None where that is not known.
        files: what lies beside the notebooks, the instructor's versions laid over the student's.
    """

    student: str
    fingerprint: str
    notebooks: tuple[Ready, ...]
    timestamp: datetime.datetime | None = None
    time_text: bytes | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    empty: bool = False


def plan(settings: Settings, assignment: TrustedAssignment, due: str = "") -> Plan:
    """Bring together what all submissions of an assignment need. `due` is what penalties depend on, as text.

    Raises CourseError when a check is unknown, or when the class secret is missing and a check needs it.
    """
    calls = [call for notebook in assignment.notebooks for call in notebook.checks]
    names = list(dict.fromkeys(call.name for call in calls))
    for name in names:
        find(name)
        vocabulary(name.split(".")[0])  # here, in one thread: syntax trees are made for it
    hashed = hashlib.sha256(repr((_GENERATION, settings.limits, due, settings.late_text)).encode())
    hashed.update(assignment.digest().encode())
    if names:
        hashed.update(_code_of_checks(settings.root, {name.split(".")[0] for name in names}))
    hidden_names = list(dict.fromkeys(call.name for call in calls if call.hidden))
    if hidden_names:
        hashed.update(hashlib.sha256(class_secret().encode()).digest())
    visible = {name: visible_case(name) for name in names}
    hidden = {name: _hidden_case(name, settings.root) for name in hidden_names}
    return Plan(settings, assignment, Cases(visible, hidden), hashed.hexdigest())


def _hidden_case(name: str, root: Path) -> Case:
    try:
        return hidden_case(name, root)
    except CourseError:
        raise
    except Exception as error:  # the instructor's own code, which may raise anything
        week = name.split(".")[0]
        raise CourseError(f"solutions/{week}/private/cases.py cannot be used: {error!r}") from error


def _code_of_checks(root: Path, weeks: set[str]) -> bytes:
    hashed = hashlib.sha256()
    folder = Path(registry.__file__).parent
    files = [*folder.rglob("*.py"), *folder.rglob("*.json")]
    files += [root / "solutions" / week / "private" / "cases.py" for week in weeks]
    for file in sorted(files):
        if file.is_file():
            hashed.update(file.read_bytes())
    return hashed.digest()


def warm_imports(config: Config, assignment: str) -> tuple[str, ...]:
    """Return what the warm parent imports: what the configuration names, else what the source notebooks import.

    Checks of `course_utils.checks` that they call are imported as well, before any student's code could touch them.
    """
    sources: list[str] = []
    for path in sorted(step_folder(config, "source", ".", assignment).glob("*.ipynb")):
        with contextlib.suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            sources += ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    weeks = {week for source in sources for week in re.findall(r'check\("(\w+)\.', source)}
    checks = [f"course_utils.checks.{week}" for week in sorted(weeks) if week in registry.WEEKS]
    named = config.CourseGrade.get("imports", ())
    if named:
        return (*named, *checks)
    found = {name.split(".")[0] for source in sources for name in _imports(source)}
    wanted = found - set(sys.stdlib_module_names) - {"course_utils"}
    if "keras" in wanted:
        wanted.add("tensorflow")
    installed = sorted(name for name in wanted if _installed(name))
    # TensorFlow first: Keras chooses its backend when it is imported.
    return (*sorted(installed, key=lambda name: name != "tensorflow"), *checks)


def _imports(source: str) -> Iterable[str]:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _installed(name: str) -> bool:
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return importlib.machinery.PathFinder.find_spec(name, paths) is not None


def submitted_students(settings: Settings, assignment: str) -> list[str]:
    """Return the ids of the students who have a folder for the assignment, in order."""
    directory = settings.directory
    pattern = directory.format_path(directory.submitted_directory, "*", glob.escape(assignment))
    expression = directory.format_path(
        directory.submitted_directory, "(?P<student>.*)", re.escape(assignment), escape=True
    )
    excluded = set(filter(None, directory.student_id_exclude.split(",")))
    found = set()
    for path in glob.glob(pattern):
        match = re.fullmatch(expression, path, re.DOTALL)  # a name may hold a line break
        if match and match["student"] not in excluded:
            found.add(match["student"])
    return sorted(found)


def read(made: Plan, student: str) -> Submission:
    """Read a student's submission and rebuild its notebooks. Raises nothing for what a student did."""
    settings, assignment = made.settings, made.assignment
    base, parts = _place(settings, student, assignment.name)
    handed = read_submission(base, parts, tuple(settings.directory.ignore))
    flags = list(handed.flags)
    timestamp = None
    try:
        timestamp = parse_time(handed.timestamp) if handed.timestamp is not None else None
    except ValueError as error:
        flags.append(f"timestamp.txt: {error}; it counts as in time unless the gradebook has another time.")
    dropped = {path for path in handed.files if _shadows(path) and path not in assignment.files}
    flags += [f"{path} has the name of a module and was left out." for path in sorted(dropped)]
    students_own = {path: content for path, content in handed.files.items() if path not in dropped}
    files = {**_beside(students_own, assignment.files), **assignment.files}
    found = match_notebooks(assignment, handed)
    used = {one.file for one in found.values()}
    extra = [name for name in unmatched(assignment, handed) if name not in used]
    if extra:
        flags.append(f"Also handed in, not graded: {', '.join(extra[:10])}.")
    ready = [
        _ready(made, notebook, found[notebook.name], student, files, handed, tuple(flags))
        for notebook in assignment.notebooks
    ]
    return Submission(
        student,
        _fingerprint(made, handed),
        tuple(ready),
        timestamp,
        handed.timestamp,
        files,
        handed.empty,
    )


def _place(settings: Settings, student: str, assignment: str) -> tuple[Path, tuple[str, ...]]:
    """The instructor's own part of the way to a submission, and the parts below it, which may not be links."""
    directory = settings.directory
    below = False
    base, parts = Path(directory.root), []
    for part in Path(directory.directory_structure).parts:
        named = part.format(
            nbgrader_step=directory.submitted_directory, student_id=student, assignment_id=assignment
        )
        below = below or "{student_id}" in part or "{assignment_id}" in part
        if below:
            parts.append(named)
        else:
            base = base / named
    return base, tuple(parts)


def _ready(
    made: Plan,
    notebook: TrustedNotebook,
    found: Found,
    student: str,
    files: Mapping[str, bytes],
    handed: Handed,
    flags: tuple[str, ...],
) -> Ready:
    name, most = notebook.name, notebook.max_score
    flags = (*found.flags, *flags)
    if notebook.problem:
        return Ready(name, most, fault=notebook.problem, flags=flags)
    if handed.unreadable:
        return Ready(name, most, problem=handed.unreadable, flags=flags)
    if found.problem:
        return Ready(name, most, problem=found.problem, flags=flags)
    if found.notebook is None:
        only_others = not handed.notebooks and not handed.notebooks_refused and not handed.empty
        problem = "no notebook is among the files that were handed in" if only_others else ""
        return Ready(name, most, problem=problem, flags=flags)
    try:
        rebuilt = rebuild(notebook, found.notebook)
    except NotThisNotebook as error:
        return Ready(name, most, problem=str(error), flags=flags)
    checks = {call.name for call in notebook.checks}
    hidden = {call.name for call in notebook.checks if call.hidden}
    job = rebuilt.job(
        f"{made.assignment.name}/{student}/{name}",
        made.settings.limits,
        files,
        {check: made.cases.visible[check].inputs for check in checks},
        {check: made.cases.hidden[check].inputs for check in hidden},
    )
    return Ready(name, most, rebuilt, job, flags=(*flags, *rebuilt.flags))


def _shadows(path: str) -> bool:
    """Whether a file of the student's could take the place of a module that Python or the grader imports."""
    name, _, suffix = path.partition(".")
    if "/" in path or suffix.split(".")[-1] not in ("py", "pyc", "so", "pth"):
        return False
    own = ("course_utils", "sitecustomize", "usercustomize", "ipykernel_launcher")
    return name in own or name in sys.stdlib_module_names or _installed(name)


def _beside(students: Mapping[str, bytes], instructors: Mapping[str, bytes]) -> dict[str, bytes]:
    """The student's files, but for those that stand where the instructor has a folder, or the other way round."""
    folders = {str(parent) for path in instructors for parent in Path(path).parents}
    return {
        path: content
        for path, content in students.items()
        if path not in folders and not any(str(parent) in instructors for parent in Path(path).parents)
    }


def _fingerprint(made: Plan, handed: Handed) -> str:
    hashed = hashlib.sha256(made.base.encode())
    for group in (handed.notebooks, handed.files):
        for path, content in sorted(group.items()):
            hashed.update(f"{len(path)} {path} {len(content)}\0".encode())
            hashed.update(content)
    others = (handed.timestamp, sorted(handed.notebooks_refused.items()), handed.flags, handed.unreadable)
    hashed.update(repr(others).encode("utf-8", "replace"))
    return hashed.hexdigest()
