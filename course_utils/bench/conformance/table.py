"""`course bench conformance`: all layers and architectures, as a table, as JSON, and as the book's page."""

from __future__ import annotations

import json as json_format
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from course_utils.book.pages import find_root
from course_utils.errors import UsageError

if TYPE_CHECKING:
    from course_utils.bench.conformance.sweep import Outcome


def conformance_table(
    only: Sequence[str] = (), formats: Sequence[str] = (), json: bool = False, root: Path | None = None
) -> int:
    """Convert every case into every format, run it, compare it, and print what came out.

    The page of the book is written when all cases and all formats were tried.

    Args:
        only: names of cases; all by default.
        formats: such as "tfjs-layers"; all by default.
        json: print one JSON object a case and format instead of a table.
        root: the project's folder; the one that the current folder lies in by default.

    Returns:
        The exit status: 1 where a conversion computes something else, or fails without a sentence; else 0.
    """
    root = root or find_root()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from course_utils.bench.conformance import page
    from course_utils.bench.conformance.registry import cases
    from course_utils.bench.conformance.sweep import FORMATS, WRONG, sweep

    every = cases()
    chosen = [case for case in every if not only or case.name in only]
    known = {case.name for case in every}
    if unknown := [name for name in only if name not in known]:
        raise UsageError(
            f"There is no case {unknown[0]!r} in the conformance table: {_near(unknown[0], known)}."
        )
    if unknown := [name for name in formats if name not in FORMATS]:
        raise UsageError(
            f"The conformance table has no format {unknown[0]!r}: take one of {', '.join(FORMATS)}."
        )
    outcomes = []
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        warnings.catch_warnings(),
    ):
        # Keras warns of what some cases are about, such as a mask that a layer drops.
        warnings.simplefilter("ignore")
        bar = progress.add_task("Converting", total=len(chosen))

        def tell(name: str) -> None:
            progress.update(bar, advance=1, description=f"{name:<30.30}")

        for outcome in sweep(chosen, formats or FORMATS, tell=tell):
            outcomes.append(outcome)
            if json:
                print(json_format.dumps(asdict(outcome)), flush=True)
    if not json:
        _print(outcomes)
    if not only and not formats:
        file = root / page.PAGE
        file.write_text(page.write(outcomes, page.versions(root)), encoding="utf-8")
        print(f"Written to {file}; see it with: course build --only reference/conformance", file=sys.stderr)
    wrong = [outcome for outcome in outcomes if outcome.state == WRONG]
    for outcome in wrong:
        print(f"{outcome.case} as {outcome.to}: {outcome.reason}", file=sys.stderr)
    return 1 if wrong else 0


def _near(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(map(repr, near))}" if near else "leave --only out to try all"


def _print(outcomes: Sequence[Outcome]) -> None:
    """The outcomes, one line a case, with what each runtime is worst at."""
    from course_utils.bench.conformance import page
    from course_utils.bench.conformance.sweep import FORMATS, REFUSED, SAME

    table = Table(title="Largest difference from Keras")
    table.add_column("Case")
    for to in FORMATS:
        table.add_column(page.TITLES[to], justify="right")
    by_case: dict[str, dict[str, str]] = {}
    for outcome in outcomes:
        shown = {SAME: f"{max(outcome.differences.values(), default=0):.0e}", REFUSED: "refused"}
        by_case.setdefault(outcome.case, {})[outcome.to] = shown.get(outcome.state, "[red]wrong[/red]")
    for case, cells in by_case.items():
        table.add_row(case, *(cells.get(to, "") for to in FORMATS))
    console = Console()
    console.print(table)
    for runtime, (difference, case, to) in page.worst_by_runtime(outcomes).items():
        console.print(f"{runtime}: at most {difference:.1e}, in {case} as {to}", highlight=False)
