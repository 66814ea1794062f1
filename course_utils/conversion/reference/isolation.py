"""The environment of the reference converter: found in the user's cache, or made there from its own lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.node import cache_folder

LOCK = Path(__file__).with_name("requirements.txt")
VERSIONS = ((3, 12), (3, 11))
_COMPLETE = ".complete"
_INSTALL_SECONDS = 1800
_ASK_VERSION = "import sys; print(*sys.version_info[:2])"


def environment() -> Path:
    """The Python interpreter of the environment that holds tensorflowjs; the environment is made if need be.

    Making it takes about 20 seconds and 1.4 GB where the packages are in a cache, else a download of 350 MB. One
    that was left half-made is made again, and two processes do not make it at once.

    Raises:
        CourseError: no Python 3.11 or 3.12 is on this machine, or the packages could not be installed.
    """
    folder = cache_folder() / f"reference-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if _is_complete(folder):
        return _python_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_suffix(".lock")):
            if not _is_complete(folder):
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder)
    except OSError as error:
        raise CourseError(
            f"The reference converter could not be installed into {folder} ({error.strerror or error}): free 1.5 GB "
            "there or set XDG_CACHE_HOME to another folder."
        ) from error
    return _python_of(folder)


def find_python() -> Path:
    """A Python 3.12 or 3.11 of this machine.

    Looked for are the one that runs this, those on PATH and those of pyenv, of uv and of Windows' `py`.

    Raises:
        CourseError: there is none.
    """
    for version in VERSIONS:
        for candidate in _candidates(version):
            if _version_of(candidate) == version:
                return candidate
    raise CourseError(
        "The reference converter runs on Python 3.12 and 3.11 alone and neither is on PATH or known to pyenv, uv or "
        "`py`: install one, or leave --engine out."
    )


def variables() -> dict[str, str]:
    """The environment variables for what runs in it: none that would let it see other packages."""
    own = ("PYTHON", "VIRTUAL_ENV", "KERAS_", "TF_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def _python_of(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def _is_complete(folder: Path) -> bool:
    # The interpreter is a link to the one it was made with, which may have been removed since.
    return (folder / _COMPLETE).is_file() and _python_of(folder).is_file()


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    name = f"python{version[0]}.{version[1]}"
    if sys.version_info[:2] == version:
        yield Path(sys.executable)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if (path := Path(folder, name)).is_file():
            yield path
    home = Path.home()
    managed = (f".pyenv/versions/{name[6:]}*/bin/{name}", f".local/share/uv/python/*-{name[6:]}.*/bin/{name}")
    for pattern in managed:
        yield from sorted(home.glob(pattern), reverse=True)
    if launcher := shutil.which("py"):
        asked = subprocess.run(
            [launcher, f"-{name[6:]}", "-c", "import sys; print(sys.executable)"],
            check=False,
            capture_output=True,
            text=True,
        )
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())


def _version_of(python: Path) -> tuple[int, int] | None:
    """What it says it is. A file of the right name may be pyenv's pointer to a Python that is not there."""
    try:
        asked = subprocess.run(
            [python, "-I", "-c", _ASK_VERSION], check=False, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = asked.stdout.split()
    return (int(said[0]), int(said[1])) if asked.returncode == 0 and len(said) == 2 else None


def _make(folder: Path) -> None:
    """Make the environment in `folder` and mark it complete."""
    python = find_python()
    print(f"Installing the reference converter into {folder} (once; 1.4 GB)", file=sys.stderr, flush=True)
    uv = uv_program()
    if uv:
        _run([*uv, "venv", "--quiet", "--python", str(python), str(folder)])
        install = [
            *uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            str(_python_of(folder)),
        ]
    else:
        _run([str(python), "-m", "venv", str(folder)])
        install = [str(_python_of(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The lock names every package that is wanted; what these ask for beyond it is left out on purpose.
    _install([*install, "--no-deps", "--requirement", str(LOCK)], folder)
    (folder / _COMPLETE).touch()


def uv_program() -> list[str] | None:
    """How to call uv, which installs from its cache in seconds; None where there is none."""
    beside = Path(sys.executable).with_name("uv")
    program = str(beside) if beside.is_file() else shutil.which("uv")
    return [program] if program else None


def _run(command: list[str]) -> None:
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=variables())
    if result.returncode:
        raise CourseError(_sentence(result.stderr or result.stdout))


def _install(command: list[str], folder: Path) -> None:
    """Run the installer, with a bar that counts the packages as they arrive."""
    from rich.console import Console
    from rich.progress import Progress

    expected = sum("==" in line for line in LOCK.read_text(encoding="utf-8").splitlines())
    until = time.monotonic() + _INSTALL_SECONDS
    with (
        Progress(console=Console(stderr=True), transient=True) as progress,
        subprocess.Popen(
            command, env=variables(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as installer,
    ):
        bar = progress.add_task("Installing tensorflowjs 4.22", total=expected)
        said = ""
        while installer.poll() is None:
            try:
                _, said = installer.communicate(timeout=0.5)
            except subprocess.TimeoutExpired:
                progress.update(
                    bar, completed=sum(1 for _ in folder.glob("[Ll]ib/**/site-packages/*.dist-info"))
                )
            if time.monotonic() > until:
                installer.kill()
    if installer.returncode:
        raise CourseError(_sentence(said or f"no end after {_INSTALL_SECONDS // 60} minutes"))


def _sentence(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no reason given")
    return (
        f"The environment of the reference converter could not be made ({why[:300].rstrip('.')}): go online once with "
        "1.5 GB free, or leave --engine out."
    )


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock` among all processes of this user."""
    with lock.open("w") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
