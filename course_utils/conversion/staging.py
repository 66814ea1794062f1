"""The output folder appears whole or not at all: it is filled beside its place and moved there at the end."""

from __future__ import annotations

import errno
import fnmatch
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from course_utils.errors import CourseError, UsageError

# What a conversion writes; --force replaces a folder of these and no other, so that no mistyped path costs more.
_OURS = (
    *("model.json", "group*-shard*of*", "model.tflite", "model.onnx", "model.onnx.data", "model.keras"),
    *(".DS_Store", "Thumbs.db"),
)
_PREFIX = "course-convert-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# How libraries that keep the error number to themselves say that a disk is full.
_FULL_IN_WORDS = ("no space left", "disk quota exceeded", "file too large", "errno = 28", "errno = 27")


def checked(out: str | Path, *, force: bool = False, source: Path | None = None) -> Path:
    """The folder to write, as an absolute path without links.

    Args:
        out: what the user named; it may be missing, or an empty folder.
        force: whether a folder that holds an earlier result may be replaced.
        source: the file or folder that the model comes from, which is never replaced.

    Raises:
        UsageError: `out` cannot be used; the sentence says why and what to do.
    """
    try:
        target = Path(out).expanduser().resolve()
        if not target.exists():
            return target
        if not target.is_dir():
            raise UsageError(f"{out} is a file: name a folder to write into.")
        names = sorted(entry.name for entry in target.iterdir())
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{out} cannot be written to ({_words(error)}): name another folder.") from None
    if not names:
        return target
    if not force:
        raise UsageError(
            f"{out} exists and was left as it is: name a new folder, or pass --force to replace it."
        )
    if source is not None and source.resolve().is_relative_to(target):
        raise UsageError(f"{out} holds the model itself ({source.name}): name another folder for the result.")
    foreign = [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in _OURS)]
    if foreign:
        raise UsageError(
            f"{out} holds {foreign[0]}, which no conversion wrote, so --force does not replace it: name another folder."
        )
    return target


@contextmanager
def staged(out: str | Path, *, force: bool = False, source: Path | None = None) -> Iterator[Path]:
    """A folder to fill; when the block ends well it is at `out`, and otherwise nothing has changed.

    What is put beside the folder, in its parent, is gone at the end in any case. Arguments and errors are as in
    `checked`. With `force`, what was at `out` is removed after the new folder has taken its place. A full disk and a
    missing permission become a `CourseError`.
    """
    target = checked(out, force=force, source=source)
    parents = [parent for parent in target.parents if not parent.exists()]
    stage = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage.mkdir()
        result = stage / "result"
        result.mkdir()
        yield result
        checked(out, force=force, source=source)  # another conversion may have ended there meanwhile
        _move(result, target, stage.with_name(stage.name.replace(".partial-", ".old-")))
        shutil.rmtree(stage, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(stage, ignore_errors=True)
        for parent in parents:  # innermost first, and only those that are empty
            with suppress(OSError):
                parent.rmdir()
        if sentence := disk_trouble(error, target):
            raise CourseError(sentence) from error
        raise


@contextmanager
def temporary_files() -> Iterator[None]:
    """While it lasts, what Python's libraries call temporary goes into one folder, which is gone afterwards.

    Keras among others leaves its own behind when it fails.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def disk_trouble(error: BaseException, target: Path) -> str | None:
    """The sentence for an error that a disk made, or for the one that caused it; None for any other error."""
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen).lower()
        if getattr(seen, "errno", None) in _FULL or any(words in text for words in _FULL_IN_WORDS):
            return (
                f"The disk is full, so {target} was not written: free some space there or in "
                f"{_temporary()}, or name a folder on another disk."
            )
        unusable = isinstance(seen, PermissionError | FileExistsError | NotADirectoryError)
        if unusable or getattr(seen, "errno", None) in (errno.EROFS, errno.ENAMETOOLONG):
            named = str(getattr(seen, "filename", None) or "")
            if named.startswith(str(target.parent)) or str(target).startswith(named):
                return f"{target} cannot be written ({_words(seen)}): name another folder."
        seen = seen.__cause__ or seen.__context__
    return None


def _move(result: Path, target: Path, old: Path) -> None:
    """Put `result` where `target` is; at each moment one of old and new is there whole, or one step from it."""
    if not target.exists():
        result.rename(target)
        return
    try:
        target.rename(old)
        result.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _temporary() -> Path:
    """The user's own folder for temporary files, inside or outside `temporary_files`."""
    folder = Path(tempfile.gettempdir())
    return folder.parent if folder.name.startswith(_PREFIX) else folder


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or os.strerror(getattr(error, "errno", 0) or 0)
