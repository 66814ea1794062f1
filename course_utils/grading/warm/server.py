"""The warm parent: imports, then forks a keeper for every request. It runs nothing with what it imported."""

from __future__ import annotations

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from course_utils.grading.warm import keeper, wire


def main(descriptor: int) -> None:
    """Serve the trusted process at the other end of the socket `descriptor` until that end is closed."""
    control = socket.socket(fileno=descriptor)
    received = wire.receive(control)
    if received is None:
        return
    order, _ = received
    try:
        serve = _prepare(order)
    except BaseException as error:  # noqa: BLE001 - whatever an import raises is told to the trusted process
        wire.send(control, {"problem": f"{type(error).__name__}: {error}"})
        return
    wire.send(control, {"ready": True})
    _serve(control, order, serve)


def _prepare(order: dict[str, Any]) -> Callable[[socket.socket], object]:
    sys.path[:0] = order["path"]
    os.environ.update(order["environment"])
    for name in order["imports"]:
        importlib.import_module(name)
    module_name, _, function = order["serve"].partition(":")
    module = importlib.import_module(module_name)
    if hasattr(module, "prepare"):
        module.prepare()
    # A collection in a child would write to, and so copy, every page that it shares with this process.
    gc.collect()
    gc.freeze()
    return getattr(module, function)


def _serve(control: socket.socket, order: dict[str, Any], serve: Callable[[socket.socket], object]) -> None:
    # Every keeper holds the reading end, so that it notices when this process is gone.
    alive, life = os.pipe()
    children, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    selector.register(children, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is children:
                os.read(children, 4096)
                _reap()
            else:
                received = wire.receive(control, descriptors=2)
                if received is None:
                    os.close(life)
                    _wait_for_all()
                    return
                stream, own_control = received[1]
                if os.fork() == 0:
                    keeper.run(stream, own_control, alive, order, serve)
                os.close(stream)
                os.close(own_control)


def _reap() -> None:
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return


def _wait_for_all() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
