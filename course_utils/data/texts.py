"""Text to learn to write from: Tiny Shakespeare where it can be had, else descriptions of data sets."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from course_utils.data.sources import SHAKESPEARE, find


@dataclass(frozen=True)
class Text:
    """One long text, cut by position: the last tenth is the test part, and the twentieth before it validation."""

    train: str
    validation: str
    test: str
    source: str

    @property
    def characters(self) -> tuple[str, ...]:
        """Every character that occurs anywhere in it, in the order of their code points."""
        return tuple(sorted({*self.train, *self.validation, *self.test}))

    def __repr__(self) -> str:
        return (
            f"{self.source}\n{len(self.train):,} characters to train with, {len(self.validation):,} to choose with "
            f"and {len(self.test):,} to measure with, of {len(self.characters)} kinds"
        )


def shakespeare() -> Text:
    """The 1.1 million characters of Tiny Shakespeare, from his plays.

    Where it is neither at hand nor to be downloaded: the descriptions of data sets that scikit-learn bundles, some
    40,000 characters of English prose.
    """
    path = _beside_other_texts() or find(SHAKESPEARE)
    if path is not None:
        text = _cut(path.read_text(encoding="ascii"), "Tiny Shakespeare, passages of his plays")
    else:
        text = _cut(_descriptions(), "scikit-learn's descriptions of data sets")
    print(text)
    return text


def _beside_other_texts() -> Path | None:
    """`COURSE_DATA/text/tinyshakespeare.txt`, where it holds the known bytes."""
    folder = os.environ.get("COURSE_DATA")
    path = Path(folder, "text", "tinyshakespeare.txt") if folder else None
    if path is None or not path.is_file():
        return None
    return path if hashlib.sha256(path.read_bytes()).hexdigest() == SHAKESPEARE.sha256 else None


def _descriptions() -> str:
    folder = resources.files("sklearn.datasets.descr")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".rst")), key=lambda file: file.name
    )
    whole = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return whole.encode("ascii", "ignore").decode("ascii")


def _cut(text: str, source: str) -> Text:
    first, second = len(text) * 85 // 100, len(text) * 9 // 10
    return Text(text[:first], text[first:second], text[second:], source)
