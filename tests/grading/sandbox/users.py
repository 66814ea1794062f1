"""Run a command as an ordinary user, from a test that runs as root."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from course_utils.grading.sandbox.folders import python_is_public

NOBODY = 65534
IS_ROOT = os.geteuid() == 0


def as_nobody(command: Iterable[str]) -> list[str]:
    """The command line that runs `command` as the user nobody.

    Where only root can read this Python, as with one in root's home folder, nobody gets a view of the machine in
    which the folders above it are open.
    """
    switch = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", *command]
    if python_is_public():
        return switch
    prefix = Path(sys.base_prefix).resolve()
    closed = next(folder for folder in reversed(prefix.parents) if not folder.stat().st_mode & 0o001)
    view = ["bwrap", "--dev-bind", "/", "/", "--die-with-parent", "--tmpfs", str(closed)]
    for folder in reversed(prefix.parents):
        if folder.is_relative_to(closed):
            view += ["--dir", str(folder)]
    return [*view, "--ro-bind", str(prefix), str(prefix), "--", *switch]
