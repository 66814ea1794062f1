"""A Jupyter kernel provisioner that forks kernels from a warm parent, so that they start with everything imported.

The kernel `course-warm` uses it: `nbgrader autograde --ExecutePreprocessor.kernel_name=course-warm`,
`jupyter execute --kernel_name=course-warm`, and whatever else starts kernels through jupyter_client.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import List, Unicode

from course_utils.grading.jobs import Limits
from course_utils.grading.warm.parent import Child, WarmParent

#: The kernel's name, for `kernel_name=…`.
KERNEL = "course-warm"
_SERVE = "course_utils.grading.warm.kernel:serve"
_NO_LIMITS = Limits(None, None, None, None, None, None, None, None)

_parents: dict[tuple[object, ...], WarmParent] = {}
_lock = threading.Lock()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of a warm parent, which is started with the first kernel and shared by all."""

    imports = List(
        Unicode(),
        default_value=["tensorflow", "keras", "numpy"],
        help="Modules that kernels have imported when they start.",
    ).tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; of the command, the arguments after the launcher's name are used."""
        # The kernel is no child of this process: told of it, it would end at once.
        environment = {
            name: value
            for name, value in (kwargs.get("env") or os.environ).items()
            if name != "JPY_PARENT_PID"
        }
        self.cwd = str(Path(kwargs.get("cwd") or os.getcwd()).absolute())
        launch = {
            "arguments": _arguments(cmd),
            "environment": environment,
            "folder": self.cwd,
        }
        parent = await asyncio.to_thread(_warm_parent, tuple(self.imports), environment)
        child = await asyncio.to_thread(parent.spawn, {}, _NO_LIMITS, None)
        child.stream.sendall(json.dumps(launch).encode() + b"\n")
        self.process = _Process(child)
        return self.connection_info


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


def _warm_parent(imports: tuple[str, ...], environment: dict[str, str]) -> WarmParent:
    """The warm parent of this process for these imports, which may look at the variables."""
    variables = {name: value for name, value in environment.items() if not name.startswith("JPY_")}
    # A fork of this process needs one of its own: they could not share the connection to it.
    key = (os.getpid(), imports, frozenset(variables.items()))
    with _lock:
        parent = _parents.get(key)
        if parent is None or not parent.running:
            parent = WarmParent(imports, sandbox="off", serve=_SERVE, environment=variables).start()
            atexit.register(parent.close)
            _parents[key] = parent
        return parent
