"""What ToxBlock says of week 4's sentences: `course bench toxicity --write` keeps it for pages without a network."""

from __future__ import annotations

import datetime
import json as json_format
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from course_utils.bench.kept import keep
from course_utils.bench.measuring import measuring
from course_utils.book.pages import find_root
from course_utils.errors import CourseError

#: Of the six labels, those that the table in the terminal has room for.
SHOWN = ("toxic", "insult", "identity_hate")


def toxicity(json: bool = False, write: bool = False, root: Path | None = None) -> int:
    """Ask ToxBlock about every sentence of `course_utils.toxicity.PROBES`.

    Args:
        json: print one JSON object instead of a table.
        write: also write the file that the page of week 4 reads, into book/_static/data.
        root: the checkout; the one that the current folder lies in by default.

    Returns:
        The exit status, 0.

    Raises:
        CourseError: ToxBlock is neither at hand nor to be downloaded.
    """
    root = root or find_root()
    with measuring("Asking ToxBlock …"):
        measured = measure()
    if write:
        keep(measured, "toxicity", root)
    if json:
        print(json_format.dumps(measured, ensure_ascii=False, indent=1))
        return 0
    table = Table(caption=measured["source"])
    table.add_column("Sentence")
    for label in SHOWN:
        table.add_column(label.replace("_", " "), justify="right")
    places = [measured["labels"].index(label) for label in SHOWN]
    for row in measured["rows"]:
        table.add_row(row["text"], *(f"{row['answers'][place]:.2f}" for place in places))
    Console().print(table)
    return 0


def measure() -> dict[str, Any]:
    """The table: which package, when, what the outputs stand for, and a row with their values for each sentence."""
    from course_utils import toxicity as judging
    from course_utils.data.wheels import TOX_BLOCK

    judge = judging.pretrained()
    if judge is None:
        raise CourseError(
            "ToxBlock was not measured: run `course fetch` once where pip reaches its packages, and then this again."
        )
    texts = [text for _, text, _ in judging.PROBES]
    rows = [
        {"text": text, "answers": [round(float(share), 4) for share in answers]}
        for text, answers in zip(texts, judge(texts), strict=True)
    ]
    return {
        "source": judge.source,
        "package": TOX_BLOCK.package,
        "sha256": TOX_BLOCK.sha256,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "labels": list(judge.labels),
        "rows": rows,
    }
