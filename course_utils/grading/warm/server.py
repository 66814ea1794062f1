"""The warm parent: imports, then forks a keeper for every request. It runs nothing with what it imported."""

from __future__ import annotations

import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from course_utils.grading.sandbox.usage import adopt_orphans, kill_descendants
from course_utils.grading.warm import keeper, spaces, wire
from course_utils.grading.warm.first import Serve


def main(descriptor: int) -> None:
    """Serve the trusted process at the other end of the socket `descriptor` until that end is closed."""
    os.set_inheritable(descriptor, False)
    control = socket.socket(fileno=descriptor)
    received = wire.receive(control)
    if received is None:
        return
    order, _ = received
    space = spaces.hold(Path(order["folder"])) if order["folder"] else None
    try:
        try:
            serve = _prepare(order)
        except BaseException as error:  # noqa: BLE001 - whatever an import raises is told to the trusted process
            wire.send(control, {"problem": f"{type(error).__name__}: {error}"})
            return
        wire.send(control, {"ready": True})
        _serve(control, order, serve, space)
    except BrokenPipeError:
        # The trusted process ended while this one imported.
        return
    finally:
        if space is not None:
            spaces.remove(space.path)


def _prepare(order: dict[str, Any]) -> Serve:
    # Last: what lies there hides no module of Python's or of a library.
    sys.path += order["readable"]
    os.environ.update(order["environment"])
    # Everything that is imported stays: looking for garbage among it takes a quarter of TensorFlow's import.
    gc.disable()
    for name in order["imports"]:
        importlib.import_module(name)
    gc.freeze()
    module_name, _, function = order["serve"].partition(":")
    module = importlib.import_module(module_name)
    if hasattr(module, "prepare"):
        module.prepare()
    # A collection in a child would write to, and so copy, every page that it shares with this process.
    gc.freeze()
    gc.enable()
    return getattr(module, function)


def _serve(control: socket.socket, order: dict[str, Any], serve: Serve, space: spaces.Held | None) -> None:
    # Every keeper holds the reading end, so that it notices when this process is gone.
    alive, life = os.pipe()
    children, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if space is not None:
        adopt_orphans()
    keepers: set[int] = set()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(children, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready == children:
                os.read(children, 4096)
                _reap(keepers, space)
            elif (received := _request(control)) is not None:
                keepers |= _fork(received, alive, order, serve)
            else:
                os.close(life)
                _wait_for_all()
                return


def _request(control: socket.socket) -> list[int] | None:
    try:
        received = wire.receive(control, descriptors=2)
    except OSError:
        return None
    return None if received is None else received[1]


def _fork(descriptors: list[int], alive: int, order: dict[str, Any], serve: Serve) -> set[int]:
    """The new keeper, if the machine has room for one: else its connections just end."""
    stream, control = descriptors
    try:
        pid = os.fork()
    except OSError:
        pid = -1
    if pid == 0:
        signal.set_wakeup_fd(-1)
        keeper.run(stream, control, alive, order, serve)
    os.close(stream)
    os.close(control)
    return {pid} if pid > 0 else set()


def _reap(keepers: set[int], space: spaces.Held | None) -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        keepers.discard(pid)
        if space is not None:
            # What a keeper that was killed has left: inside bubblewrap there is nothing.
            kill_descendants(os.getpid(), spared=keepers)
            shutil.rmtree(space.path / str(pid), ignore_errors=True)


def _wait_for_all() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
