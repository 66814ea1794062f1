"""From solutions/ to exercises/: what the students get, through nbgrader's generate_assignment."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from course_utils import install_cell
from course_utils.checks.running import CONFIG, private_cases
from course_utils.errors import CourseError
from course_utils.grading.course import (
    assignments,
    course_directory,
    database,
    last_error,
    nbgrader,
    require_assignment,
)

_CASES = Path("course_utils") / "checks" / "cases"
#: Every file of a bundle has this date, so that the same content gives the same bytes.
_DATE = (2025, 1, 1, 0, 0, 0)


def release(root: Path, weeks: Sequence[str] | None = None, check: bool = False) -> list[str]:
    """Make exercises/ from solutions/, with a bundle of each week in _build/bundles; say what was done.

    With `check`, nothing is touched, and CourseError names what is not what the solutions make. The
    assignment is also entered into the class's gradebook, as nbgrader's own command would.
    """
    weeks = list(weeks or assignments(root))
    for week in weeks:
        require_assignment(root, week)
    if check:
        stale = [path for week in weeks for path in stale_files(root, week)]
        if stale:
            names = ", ".join(str(path.relative_to(root)) for path in stale)
            raise CourseError(f"Not what the solutions make: {names}; run `course release`.")
        return [f"exercises/{week} is what solutions/{week} makes." for week in weeks]
    lines = []
    for week in weeks:
        changed = _write(root, week)
        bundle = _bundle(root, week)
        state = f"{len(changed)} files written" if changed else "was up to date"
        lines.append(f"exercises/{week}: {state}; to hand out: {bundle.relative_to(root)}")
    return lines


def stale_files(root: Path, week: str) -> list[Path]:
    """Return the files of exercises/WEEK that are missing, superfluous or other than the solutions make."""
    with tempfile.TemporaryDirectory() as work:
        made = _generate(root, week, Path(work), f"sqlite:///{Path(work) / 'gradebook.db'}")
    return _stale(root, week, made)


def register(root: Path, week: str) -> list[Path]:
    """Enter the assignment and its cells into the class's gradebook; return what `stale_files` does."""
    with tempfile.TemporaryDirectory() as work:
        made = _generate(root, week, Path(work), _gradebook(root))
    return _stale(root, week, made)


def visible_cases(root: Path, week: str) -> Path:
    """Return the file of a week's visible cases, which `course release` writes."""
    return root / _CASES / f"{week}.json"


def _gradebook(root: Path) -> str:
    directory, _ = course_directory(root)
    database(directory).parent.mkdir(parents=True, exist_ok=True)
    return str(directory.db_url)


def _stale(root: Path, week: str, made: dict[Path, bytes], exact: bool = False) -> list[Path]:
    """The files that are not as made; the repository's address, which differs between forks, counts if `exact`."""
    target = root / "exercises" / week
    here = {path.relative_to(target): path for path in target.rglob("*") if path.is_file()}
    stale = [target / name for name in made.keys() ^ here.keys() if ".ipynb_checkpoints" not in name.parts]
    for name in made.keys() & here.keys():
        found = here[name].read_bytes()
        if made[name] != found and (exact or _fill(made[name], "") != _fill(found, "")):
            stale.append(here[name])
    cases = visible_cases(root, week)
    visible = _visible(root, week)
    written = cases.read_text(encoding="utf-8") if cases.is_file() else ""
    if visible != written and cases.parent.is_dir():
        stale.append(cases)
    return sorted(stale)


def _write(root: Path, week: str) -> list[Path]:
    with tempfile.TemporaryDirectory() as work:
        made = _generate(root, week, Path(work), _gradebook(root))
    stale = _stale(root, week, made, exact=True)
    target = root / "exercises" / week
    for path in stale:
        if not path.is_relative_to(target):
            path.write_text(_visible(root, week), encoding="utf-8")
        elif path.relative_to(target) in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[path.relative_to(target)])
        else:
            path.unlink()
    return stale


def _generate(root: Path, week: str, work: Path, db_url: str) -> dict[Path, bytes]:
    _run_generate(root, week, work, db_url)
    made = work / "exercises" / week
    files = {path.relative_to(made): path.read_bytes() for path in sorted(made.rglob("*")) if path.is_file()}
    return {name: _fill(file, _address(root, week, name)) for name, file in files.items()}


def _run_generate(root: Path, week: str, work: Path, db_url: str) -> None:
    shutil.copytree(root / "solutions" / week, work / "solutions" / week)
    shutil.copy(root / CONFIG, work / CONFIG)
    with nbgrader(root, root=work, db_url=db_url) as api:
        result = api.generate_assignment(week, force=True, create=True)
    if not result["success"]:
        raise CourseError(f"nbgrader could not release solutions/{week}: {last_error(result)}")


def _address(root: Path, week: str, name: Path) -> str:
    """The repository's address; where it is not known, the one that the released notebook has."""
    try:
        from course_utils.book.repository import repository

        known = repository(root)
    except ImportError:  # the book's tools are not installed
        known = None
    if known:
        return known.pip_address
    released = root / "exercises" / week / name
    text = released.read_bytes().decode("utf-8", errors="replace") if released.is_file() else ""
    return install_cell.address_in_notebook(text)


def _fill(file: bytes, address: str) -> bytes:
    """A notebook's bytes with the address in its first cell; other files as they are."""
    try:
        return install_cell.fill_notebook(file.decode("utf-8"), address).encode("utf-8")
    except UnicodeDecodeError:
        return file


def _visible(root: Path, week: str) -> str:
    if not (root / "solutions" / week / "private" / "cases.py").is_file():
        return ""
    return json.dumps(private_cases(week, root).visible(), indent=1, ensure_ascii=False) + "\n"


def _bundle(root: Path, week: str) -> Path:
    path = root / "_build" / "bundles" / f"{week}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    source = root / "exercises" / week
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in sorted(source.rglob("*")):
            if file.is_file() and ".ipynb_checkpoints" not in file.parts:
                entry = zipfile.ZipInfo(f"{week}/{file.relative_to(source).as_posix()}", _DATE)
                entry.external_attr = 0o644 << 16
                bundle.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return path
