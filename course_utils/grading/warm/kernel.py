"""The student's side of a warm Jupyter kernel: an ordinary IPython kernel, started in a fork that has its imports."""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
from pathlib import Path


def prepare() -> None:
    """Import, before the fork, what a kernel is made of."""
    for name in ("ipykernel.kernelapp", "IPython.core.completer"):
        importlib.import_module(name)


def serve(connection: socket.socket) -> None:
    """Be the kernel that the first line from `connection` describes, until it is told to shut down."""
    from ipykernel.kernelapp import IPKernelApp

    with connection.makefile("r", encoding="utf-8") as lines:
        launch = json.loads(lines.readline())
    if launch["folder"]:
        os.environ.clear()
        os.chdir(launch["folder"])
    for path, content in launch["files"].items():
        Path(path).write_text(content, encoding="utf-8")
    os.environ.update(launch["environment"])
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.argv = ["ipykernel_launcher", *launch["arguments"]]
    application = IPKernelApp.instance()
    application.initialize(launch["arguments"])
    application.start()
