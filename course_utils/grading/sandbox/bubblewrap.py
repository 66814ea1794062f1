"""Find, install and use bubblewrap, which puts the warm parent into namespaces of its own.

`python -m course_utils.grading.sandbox.bubblewrap` installs it where it is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.grading.sandbox.visible import readable_paths

#: Where a child's own space is mounted.
STUDENT_FOLDER = "/student"
#: Where the warm parent itself has some temporary space, which no child sees.
PARENT_FOLDER = "/warm"
#: Where a folder outside is mounted, of which each child gets one folder to share with the outside.
SHARED_FOLDER = "/shared"
_PARENT_BYTES = 256 * 2**20
#: How to get it, for people.
INSTALL = "apt-get install bubblewrap, or dnf, pacman, apk or zypper in its place"
_INSTALLERS = (
    (
        "apt-get",
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", "--no-install-recommends", "bubblewrap"),
    ),
    ("dnf", ("dnf", "install", "--assumeyes", "bubblewrap")),
    ("zypper", ("zypper", "--non-interactive", "install", "bubblewrap")),
    ("pacman", ("pacman", "--sync", "--noconfirm", "bubblewrap")),
    ("apk", ("apk", "add", "bubblewrap")),
)
_INSTALL_SECONDS = 300
_PROBE_SECONDS = 30
# Where the warm parent is root, it keeps of root's rights what building a child's namespaces and becoming another user
# takes; the child keeps none.
_KEPT_BY_ROOT = ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "CHOWN", "KILL", "SYS_PTRACE", "SYS_RESOURCE")


def bubblewrap_path() -> Path | None:
    """The program, or None where it is not installed."""
    found = shutil.which("bwrap")
    return Path(found) if found else None


def around(command: Sequence[str], readable: Iterable[Path] = (), shared: Path | None = None) -> list[str]:
    """The command line that runs `command` with no network and no sight of anything but Python and `readable`.

    It may write into `shared` alone, if that is given.

    Raises:
        CourseError: bubblewrap is not installed.
    """
    program = bubblewrap_path()
    if program is None:
        raise CourseError(f"bubblewrap is not installed: {INSTALL}.")
    line = [str(program), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--die-with-parent", "--new-session"]
    if os.geteuid() == 0:
        line += ["--cap-drop", "ALL"]
        for capability in _KEPT_BY_ROOT:
            line += ["--cap-add", f"CAP_{capability}"]
    else:
        line += ["--unshare-user"]
    paths = readable_paths(readable)
    # Made here, the folders above what is bound are open to every user.
    above = {folder for path in paths for folder in path.parents}
    for folder in (STUDENT_FOLDER, "/tmp", "/var/tmp", *map(str, sorted(above))):
        line += ["--dir", folder]
    for path in paths:
        line += ["--ro-bind", str(path), str(path)]
    if shared is not None:
        line += ["--bind", str(shared), SHARED_FOLDER]
    line += ["--size", str(_PARENT_BYTES), "--tmpfs", PARENT_FOLDER]
    line += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*line, "--", *command]


@cache
def obstacle() -> str:
    """Why bubblewrap cannot be used here, as a sentence; "" when it can. It is tried, with a child inside it."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap exists for Linux only"
    if bubblewrap_path() is None:
        return f"bubblewrap is not installed ({INSTALL})"
    command = around([sys.executable, "-I", "-m", "course_utils.grading.sandbox.probe"])
    try:
        result = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            env={"LANG": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run: {error}"
    if result.returncode == 0:
        return ""
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    return (
        f"bubblewrap is installed but may not be used here ({lines[-1] if lines else 'no reason was given'})"
    )


def ensure_bubblewrap() -> Path:
    """The program; installs it with the distribution's package manager where it is missing.

    What the installers say goes to stderr.

    Raises:
        CourseError: it is missing and could not be installed.
    """
    for command in _installers():
        if found := bubblewrap_path():
            return found
        print(f"No bubblewrap yet: running {' '.join(command)}", file=sys.stderr, flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, env=environment, stdout=sys.stderr, timeout=_INSTALL_SECONDS)
    if found := bubblewrap_path():
        return found
    raise CourseError(
        f"bubblewrap, the sandbox of the grader, could not be installed here: run {INSTALL}, as root."
    )


def _installers() -> Iterator[list[str]]:
    from course_utils.browser import elevation

    before = elevation()
    if before is None:
        return
    for manager, *commands in _INSTALLERS:
        if shutil.which(manager):
            yield from ([*before, *command] for command in commands)
            return


if __name__ == "__main__":
    # `make test` begins with this, so that a missing sandbox is told before the long part.
    if not sys.platform.startswith("linux"):
        sys.exit(print("bubblewrap: not on this system, where the sandbox is limits alone"))
    try:
        print(f"bubblewrap: {ensure_bubblewrap()}")
    except CourseError as error:
        sys.exit(str(error))
