"""HDF5 files of unknown origin, read in a process of their own and copied, so that no damage reaches this one."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from course_utils.errors import CourseError

MAGIC = b"\x89HDF\r\n\x1a\n"
_PROGRAM = Path(__file__).with_name("hdf5_copier.py")
# Time and memory that reading may take, beside what the file's size explains: on a slow disk, 10 MB a second.
_SECONDS = 30
_SECONDS_A_BYTE = 1e-7
# A damaged file that makes the library loop is told from a slow disk by the processor's time.
_CPU_SECONDS = 3
_CPU_SECONDS_A_BYTE = 1e-8
_MEMORY = 4 * 2**30


class _Copier:
    """The one child process that copies; started when first needed, again when it was lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, object]) -> dict[str, object]:
        with self._lock:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except BaseException:  # Ctrl-C among them: what it still does is not waited for
                self.end()
                raise
            if not answer:
                self.end()
                return {"why": "the process that reads it ended"}
            return json.loads(answer)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            # -I: neither the current folder nor the user's settings decide what is imported. A session of its own,
            # so that ending it ends the reader that it forked.
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            atexit.register(self.end)
        return self._process

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                process.kill()
            process.wait()


_copier = _Copier()


def clean_copy(source: Path, target: Path, *, name: str | None = None) -> None:
    """Write to `target` what the HDF5 file `source` holds.

    Args:
        source: a file of any content.
        target: a new file, in a folder of the caller's.
        name: what to call the source in an error, where it is a part of something.

    Raises:
        CourseError: the file is damaged, or holds what no model file holds, such as links to other files.
        OSError: the disk is full.
    """
    size = source.stat().st_size
    request = {
        "source": str(source.absolute()),
        "target": str(target.absolute()),
        "seconds": _SECONDS + size * _SECONDS_A_BYTE,
        "cpu_seconds": _CPU_SECONDS + size * _CPU_SECONDS_A_BYTE,
        "memory": _MEMORY + 2 * size,
    }
    answer = _copier.ask(request)
    if answer.get("errno"):
        number = int(str(answer["errno"]))
        raise OSError(number, os.strerror(number), str(target))
    if not answer.get("ok"):
        target.unlink(missing_ok=True)
        raise CourseError(
            f"{name or source} is damaged or incomplete: copy or save it again ({answer['why']})."
        )
