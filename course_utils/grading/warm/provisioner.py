"""A Jupyter kernel provisioner that forks kernels from a warm parent, so that they start with everything imported.

The kernel `course-warm` uses it: `nbgrader autograde --Execute.kernel_name=course-warm`,
`jupyter execute --kernel_name=course-warm`, and whatever else starts kernels through jupyter_client. In a file of
configuration, `c.WarmProvisioner.imports = [...]` names what it imports, and `c.WarmProvisioner.sandbox = "require"`
confines it.

A confined kernel knows no class secret. Hidden checks of this course, which plain nbgrader runs in the kernel, cannot
be judged there; `course grade` judges them outside.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Enum, List, Unicode

from course_utils.errors import CourseError
from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox.bubblewrap import STUDENT_FOLDER
from course_utils.grading.warm import spaces
from course_utils.grading.warm.parent import Child, WarmParent

#: The kernel's name, for `kernel_name=…`.
KERNEL = "course-warm"
_SERVE = "course_utils.grading.warm.kernel:serve"
_NO_LIMITS = Limits(None, None, None, None, None, None, None, None)
# The path of a socket may have about a hundred characters, which a temporary folder elsewhere could use up.
_SOCKETS = Path("/tmp")
_CONNECTION_INSIDE = f"{STUDENT_FOLDER}/home/connection.json"

_parents: dict[tuple[object, ...], WarmParent] = {}
_shared: dict[int, spaces.Held] = {}
_lock = threading.Lock()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of a warm parent, which is started with the first kernel and shared by all."""

    imports = List(
        Unicode(),
        default_value=["tensorflow", "keras", "numpy"],
        help="Modules that kernels have imported when they start.",
    ).tag(config=True)
    sandbox = Enum(
        ["off", "require"],
        default_value="off",
        help="`require` confines kernels with bubblewrap, on a copy of the files of their working folder.",
    ).tag(config=True)

    _sockets: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose sockets in a folder that the kernel can reach, where it has no network."""
        if self.sandbox == "require" and self.parent is not None:
            if self._sockets is None:
                self._sockets = _shared_folder() / secrets.token_hex(4)
                self._sockets.mkdir(mode=0o700)
            self.parent.transport = "ipc"
            self.parent.ip = str(self._sockets / "kernel")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; of the command, the interpreter and the arguments after the launcher's name are used."""
        folder = Path(kwargs.get("cwd") or os.getcwd()).absolute()
        environment = dict(kwargs.get("env") or os.environ)
        # The kernel is no child of this process: told of it, it would end at once.
        environment.pop("JPY_PARENT_PID", None)
        self.cwd = str(folder)
        start = self._start_free if self._sockets is None else self._start_confined
        child = await asyncio.to_thread(start, cmd, folder, environment)
        self.process = _Process(child)
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets, unless the kernel starts again."""
        if self._sockets is not None and not restart:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        await super().cleanup(restart)

    def _start_free(self, command: list[str], folder: Path, environment: dict[str, str]) -> Child:
        parent = _warm_parent(tuple(self.imports), environment, command[0])
        child = parent.spawn({}, _NO_LIMITS, seed=None)
        launch = {
            "arguments": _arguments(command),
            "environment": environment,
            "folder": str(folder),
            "files": {},
        }
        child.stream.sendall(json.dumps(launch).encode() + b"\n")
        return child

    def _start_confined(self, command: list[str], folder: Path, environment: dict[str, str]) -> Child:
        assert self._sockets is not None
        limits = Limits()
        child = _confining_parent(tuple(self.imports), self._sockets.parent).spawn(
            _files(folder, limits.disk or 0), limits, seed=None, share=self._sockets.name
        )
        outside = str(self.parent.connection_file)
        connection = json.loads(Path(outside).read_text(encoding="utf-8"))
        connection["ip"] = f"{STUDENT_FOLDER}/shared/kernel"
        launch = {
            "arguments": [_CONNECTION_INSIDE if part == outside else part for part in _arguments(command)],
            "environment": {name: environment[name] for name in environment if name.startswith("NBGRADER_")},
            "folder": "",
            "files": {_CONNECTION_INSIDE: json.dumps(connection, default=str)},
        }
        child.stream.sendall(json.dumps(launch).encode() + b"\n")
        return child


class _Process:
    """A child as `subprocess.Popen` would show it, as far as LocalProvisioner looks."""

    stdin = stdout = stderr = None

    def __init__(self, child: Child) -> None:
        self._child = child

    def poll(self) -> int | None:
        try:
            return self._code(0.0)
        except TimeoutError:
            return None

    def wait(self) -> int:
        return self._code(None)

    def send_signal(self, number: int) -> None:
        if number == signal.SIGINT:
            self._child.interrupt()
        else:
            self._child.kill()

    def kill(self) -> None:
        self._child.kill()

    terminate = kill

    def _code(self, timeout: float | None) -> int:
        ended = self._child.wait(timeout)
        self._child.close()
        if ended.code is not None:
            return ended.code
        return -(ended.signal or signal.SIGKILL)


def _arguments(command: list[str]) -> list[str]:
    """What follows `python -m ipykernel_launcher`."""
    names = [index for index, part in enumerate(command) if "ipykernel_launcher" in part]
    return command[names[0] + 1 :] if names else command[1:]


def _files(folder: Path, most: int) -> dict[str, bytes]:
    """The regular files of a folder, links not followed.

    Raises:
        CourseError: they are larger than `most` together.
    """
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        total += path.stat().st_size
        if total > most:
            raise CourseError(
                f"{folder} holds more than {most / 2**20:.0f} MB, too much for a kernel in the sandbox."
            )
        files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def _warm_parent(imports: tuple[str, ...], environment: dict[str, str], python: str) -> WarmParent:
    """The warm parent of this process for these imports, which may look at the variables."""
    variables = {name: value for name, value in environment.items() if not name.startswith("JPY_")}
    return _started(
        (imports, frozenset(variables.items()), python),
        lambda: WarmParent(imports, sandbox="off", serve=_SERVE, environment=variables, python=python),
    )


def _confining_parent(imports: tuple[str, ...], shared: Path) -> WarmParent:
    return _started(
        (imports, shared), lambda: WarmParent(imports, sandbox="require", serve=_SERVE, shared=shared)
    )


def _shared_folder() -> Path:
    """The folder of this process for the sockets of its kernels in the sandbox."""
    with _lock:
        key = os.getpid()
        if key not in _shared:
            _shared[key] = spaces.hold(spaces.make(_SOCKETS))
            atexit.register(spaces.remove, _shared[key].path)
        return _shared[key].path


def _started(about: tuple[object, ...], make: Callable[[], WarmParent]) -> WarmParent:
    # A fork of this process needs one of its own: they could not share the connection to it.
    key = (os.getpid(), *about)
    with _lock:
        parent = _parents.get(key)
        if parent is None or not parent.running:
            parent = make().start()
            atexit.register(parent.close)
            _parents[key] = parent
        return parent
