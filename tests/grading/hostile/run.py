"""Grade the hostile class, one run a course, and write down all that a test may want to know of it.

Before and after, every file around the course is looked at; listeners wait for calls that a sandbox must not let
through; and this process adopts what the grader leaves behind, so that no process can hide.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import re
import secrets
import signal
import socket
import stat
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.exercises.classroom import environment
from tests.grading.hostile.course import BREACH, CANARIES

#: Where attacks leave things that name themselves, if they can: `MARKER` in their text.
PUBLIC = (
    "/",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/run",
    "/run/lock",
    "/etc",
    "/etc/cron.d",
    "/usr/local/bin",
    "/dev/mqueue",
)
#: The command line of a daemon that an attack starts.
DAEMON = b"86399.25"
TIME_OUT = 400
_SUBREAPER = 36
_READ_WHOLE = 50_000_000
_CANARY = re.compile("|".join(map(re.escape, CANARIES.values())))


@dataclass(frozen=True)
class Place:
    """Where a class is graded: the course, and what lies around it that no student may touch."""

    root: Path
    marker: str

    @property
    def course(self) -> Path:
        """The course's folder."""
        return self.root / "course"

    @property
    def outside(self) -> Path:
        """A folder that has nothing to do with the course."""
        return self.root / "outside"

    @property
    def home(self) -> Path:
        """The instructor's home folder."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """The temporary folder, which must be as empty afterwards as before."""
        return self.root / "tmp"

    def environment(self) -> dict[str, str]:
        """Return the environment in which the grader runs, secrets in it."""
        return {
            **environment(self.root),
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "COURSE_CLASS_SECRET": CANARIES["the class secret"],
            "DATABASE_PASSWORD": CANARIES["the environment"],
        }

    def fill(self, text: str, port: int) -> str:
        """Put this place's paths and names into the text of an attack: it knows all of them."""
        values = {
            "COURSE_FOLDER": str(self.course),
            "OUTSIDE_FOLDER": str(self.outside),
            "HOME_FOLDER": str(self.home),
            "LISTENING_PORT": str(port),
            "HOST_PID_NAMESPACE": os.readlink("/proc/self/ns/pid"),
            "MARKER": self.marker,
        }
        return re.sub("|".join(values), lambda match: values[match[0]], text)


def make_place(root: Path) -> Place:
    """Make the folders around a course, with secrets in them."""
    place = Place(root, f"hostile-dropping-{secrets.token_hex(4)}")
    for folder in (place.outside, place.home / ".ssh", place.temporary):
        folder.mkdir(parents=True)
    (place.outside / "notes.txt").write_text(CANARIES["the home folder"])
    (place.home / ".ssh" / "id.txt").write_text(CANARIES["the home folder"])
    return place


@contextmanager
def listening(place: Place) -> Iterator[tuple[int, list[str]]]:
    """Listen on the loopback, on a path and on an abstract name; give the port and the list of who called."""
    calls: list[str] = []
    tcp = socket.create_server(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    path, abstract = (socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(2))
    here = os.getcwd()
    os.chdir(place.outside)  # the path of a socket must be short
    path.bind("socket")
    os.chdir(here)
    abstract.bind(f"\0{place.marker}-abstract")
    lines = {"TCP": tcp, "UDP": udp, "a socket by path": path, "an abstract socket": abstract}

    def wait(name: str, line: socket.socket) -> None:
        while True:
            try:
                called = line.recv(100) if name == "UDP" else line.accept()
            except OSError:
                return
            # The end of listening looks like an empty message.
            if called:
                calls.append(name)

    for name, line in lines.items():
        if name != "UDP":
            line.listen()
        threading.Thread(target=wait, args=(name, line), daemon=True).start()
    try:
        yield port, calls
    finally:
        for line in lines.values():
            # A blocked accept ends with shutdown, not with close.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def grade(place: Place, assignment: str, *options: str) -> dict[str, Any]:
    """Run `course grade` on two cores and return what is known of the run: rows, seconds, what was left or changed."""
    before, processes = snapshot(place), _children()
    command = [
        Path(sys.executable).parent / "course",
        "grade",
        assignment,
        "--course-dir",
        place.course,
        "--json",
    ]
    load, started = os.getloadavg()[0], time.monotonic()
    with _adopting(), _terminal() as (keyboard, screen):
        done = subprocess.run(
            [*map(str, command), *options, *_sandbox()],
            cwd=place.outside,
            env=place.environment(),
            stdin=keyboard,
            capture_output=True,
            timeout=TIME_OUT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(keyboard, termios.TIOCSCTTY, 0),
        )
        seen = screen()
        seconds = time.monotonic() - started
        left = _left_behind(processes)
    after = snapshot(place)
    lines = [line for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
    return {
        "status": done.returncode,
        "rows": [json.loads(line) for line in lines],
        "error": done.stderr.decode(errors="replace")[-20_000:],
        "seconds": seconds,
        "load": max(load, os.getloadavg()[0]),
        "changed": sorted(
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        ),
        "processes": left,
        "terminal": seen,
        "droppings": droppings(place),
    }


def _sandbox() -> list[str]:
    """Return the option for a level other than the best, such as HOSTILE_SANDBOX=landlock."""
    level = os.environ.get("HOSTILE_SANDBOX")
    return ["--sandbox", level] if level else []


def snapshot(place: Place) -> dict[str, str]:
    """Return what every file around the course is: its kind, size, time and content, by its path."""
    found = {}
    for folder, folders, files in os.walk(place.root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            found[os.path.relpath(path, place.root)] = _state(path)
    return found


def _state(path: str) -> str:
    about = os.lstat(path)
    said = f"{about.st_mode:o} {about.st_uid}"
    if stat.S_ISLNK(about.st_mode):
        return f"{said} -> {os.readlink(path)}"
    if not stat.S_ISREG(about.st_mode):
        return said
    said += f" {about.st_size} {about.st_mtime_ns}"
    if about.st_size > _READ_WHOLE or not os.access(path, os.R_OK):
        return said
    with open(path, "rb") as file:
        return f"{said} {hashlib.file_digest(file, 'sha256').hexdigest()}"


def droppings(place: Place) -> list[str]:
    """Return what attacks have left where nobody but the grader may write."""
    folders = [
        *PUBLIC,
        *sys.path,
        str(Path(sys.prefix)),
        str(place.course),
        str(place.outside),
        "/root",
        "/root/.config",
    ]
    open_folders = [folder for folder in folders if os.path.isdir(folder) and os.access(folder, os.R_OK)]
    names = [(folder, name) for folder in open_folders for name in os.listdir(folder)]
    return sorted({os.path.join(*one) for one in names if place.marker in one[1]})


@contextmanager
def _terminal() -> Iterator[tuple[int, Callable[[], str]]]:
    """Give a terminal for a session to run in: its keyboard's descriptor, and what tells what its screen shows."""
    master, keyboard = os.openpty()
    os.set_blocking(master, False)

    def screen() -> str:
        with suppress(BlockingIOError):
            return os.read(master, 10_000).decode(errors="replace")
        return ""

    try:
        yield keyboard, screen
    finally:
        os.close(master)
        os.close(keyboard)


@contextmanager
def _adopting() -> Iterator[None]:
    """Become the parent of every orphan among the processes that this one starts."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def _children() -> set[int]:
    tasks = Path("/proc/self/task")
    return {int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()}


def _left_behind(before: set[int]) -> list[str]:
    """Return the command lines of the processes that outlived the run, and end them."""
    left = []
    for process in _children() - before:
        command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        if state != "Z":
            left.append(command[:300])
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return left


def write_feedback(place: Place, assignment: str) -> None:
    """Write the pages that students get."""
    command = [Path(sys.executable).parent / "course", "feedback", assignment, "--course-dir", place.course]
    done = subprocess.run(
        list(map(str, command)), cwd=place.outside, env=place.environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def outputs_of(folder: Path) -> tuple[str, str]:
    """Return what a student's graded notebook shows, with other files: what cells that are no tests say, and tests.

    Of errors in the student's own cells only the message counts: the traceback quotes the attack itself.
    """
    own, tests = [], []
    for path in sorted(folder.rglob("*")):
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > _READ_WHOLE:
            continue
        text = path.read_bytes().decode(errors="replace")
        if path.name != f"{folder.name}.ipynb":
            own.append(text)
            continue
        for cell in json.loads(text)["cells"]:
            said = tests if cell["metadata"].get("nbgrader", {}).get("grade") else own
            for output in cell.get("outputs", []):
                said.append(str(output.get("evalue") or json.dumps(output, ensure_ascii=False)))
    return "\n".join(own), "\n".join(tests)


def canaries_in(text: str) -> set[str]:
    """Return the canaries in a text."""
    return set(_CANARY.findall(text))


def breaches_in(text: str) -> list[str]:
    """Return what attacks say of their own success in a text."""
    return re.findall(rf"{BREACH}[^\\\n]{{0,200}}", text)
