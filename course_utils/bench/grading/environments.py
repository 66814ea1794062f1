"""The environments in which the tools are measured, made on demand in the user's cache.

`course grade` and nbgrader share one with what grading needs and nothing else, in the versions of the project's lock;
Otter-Grader has one of its own, from its own lock.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from course_utils.conversion.reference.isolation import alone, uv_program
from course_utils.errors import CourseError
from course_utils.node import cache_folder

OTTER_LOCK = Path(__file__).parent / "otter" / "requirements.txt"
_COMPLETE = ".complete"


def grading_environment(root: Path) -> Path:
    """The folder of the programs of an environment with this checkout and what grading needs."""
    return _environment(root, "grading", root / "requirements.txt", f"{root}[grading]", ["--constraints"])


def otter_environment(root: Path) -> Path:
    """The folder of the programs of an environment with Otter-Grader, and this checkout's checks."""
    return _environment(root, "otter", OTTER_LOCK, str(root), ["--no-deps", "--requirements"])


def _environment(root: Path, name: str, lock: Path, checkout: str, options: list[str]) -> Path:
    """The folder `bin` of an environment, made if need be. Raises CourseError when it cannot be made."""
    stated = lock.read_bytes() + (root / "pyproject.toml").read_bytes() + f"{root}{sys.version}".encode()
    folder = cache_folder() / f"bench-{name}-{hashlib.sha256(stated).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.with_suffix(".lock")):
        if not (folder / _COMPLETE).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            uv = uv_program()
            if not uv:
                raise CourseError("The environment for measuring is made by uv: run `pip install uv`.")
            print(f"Making the environment {folder} (once)", file=sys.stderr, flush=True)
            _run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
            install = [*uv, "pip", "install", "--quiet", "--compile-bytecode"]
            install += ["--python", str(folder / "bin" / "python"), *options, str(lock)]
            _run([*install, "--editable", checkout])
            (folder / _COMPLETE).touch()
    return folder / "bin"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        why = " ".join(done.stderr.split())[-300:]
        raise CourseError(
            f"The environment for measuring could not be made ({why}): go online once, with 2 GB free."
        )
