"""`course bench demos`: the table, and the bars that a demo has to keep."""

from __future__ import annotations

import contextlib
import datetime
import json as json_format
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

from course_utils import browser as chromium
from course_utils.bench.demos import driving, head
from course_utils.bench.demos.driving import Measured
from course_utils.bench.demos.head import Head
from course_utils.book.pages import find_root
from course_utils.book.server import serve
from course_utils.errors import UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: A demo after Start, model cached, on the WebAssembly backend of a machine with two cores.
MOST_SECONDS = 1.5
MOST_MILLISECONDS = 50.0
MOST_HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 100e6
#: The page that a whole run writes.
PAGE = "book/reference/demos.md"


@dataclass(frozen=True)
class Results:
    """What one run has measured."""

    demos: list[Measured] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)


def demos(
    names: Sequence[str] = (), json: bool = False, root: Path | None = None, site: Path | None = None
) -> int:
    """Measure demos of the built site, and plain ports beside them, and print tables.

    A run over all of them also writes the page of the book that shows them.

    Args:
        names: demos; without any, all that can be measured.
        json: print an object instead of tables.
        root: the checkout; the one that the current folder lies in by default.
        site: the built site; `_build/html` of the checkout by default.

    Returns:
        The exit status: 0 where every demo keeps its bars, else 1.

    Raises:
        UsageError: the site is not built, or there is no such demo.
        CourseError: a demo does not start.
    """
    root = root or find_root()
    site = site or root / "_build" / "html"
    known = {demo.name: demo.page for demo in driving.DEMOS} | {"gestures": head.PAGE}
    for name in names:
        if name not in known:
            raise UsageError(f"There is no measurement of the demo {name}: choose from {', '.join(known)}.")
        if not (site / f"{known[name]}.html").is_file():
            raise UsageError(
                f"{site / known[name]}.html does not exist: build the site with `course build` first."
            )
    with chromium.launch() as browser:
        results = measure(root, site, names or tuple(known), browser)
    if json:
        print(json_format.dumps(asdict(results), indent=1))
    else:
        for table in (demos_table(results), heads_table(results)):
            if table.row_count:
                Console().print(table)
    if not names:
        page = root / PAGE
        page.write_text(page_text(results), encoding="utf-8")
        print(f"{page}: written", file=sys.stderr)
    faults = [fault for row in results.demos for fault in faults_of(row)]
    for fault in faults + [fault for row in results.heads for fault in faults_of_head(row)]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def measure(root: Path, site: Path, names: Sequence[str], browser: Browser) -> Results:
    """Measure demos of the site, one after the other, each that has a plain port beside it."""
    results = Results()
    chosen = [demo for demo in driving.DEMOS if demo.name in names]
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(serve(site))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="course-plain-")))
        plain = stack.enter_context(serve(folder))
        for demo in track(chosen, "Measuring demos", console=Console(stderr=True), transient=True):
            results.demos.append(driving.measure(browser, address, demo))
        if "digits" in names:
            driving.plain_folder(root, folder)
            page = browser.new_page()
            page.goto(f"{address}/{chosen[0].page}.html", wait_until="load")
            strokes, places = driving.drawings(page)
            page.close()
            results.demos.append(driving.measure_plain(browser, plain, strokes, places))
        if "gestures" in names:
            head.lay_plain_head(root, folder)
            results.heads.append(head.measure_head(browser, address))
            for backend in head.PLAIN_BACKENDS:
                results.heads.append(head.measure_plain_head(browser, plain, backend))
    return results


def faults_of(row: Measured) -> list[str]:
    """The bars that a demo of the site misses, each as a sentence; the port has none to keep."""
    if "port" in row.name:
        return []
    faults = []
    if row.cached > MOST_SECONDS:
        faults.append(
            f"{row.name}: {row.cached:.2f} s to the first prediction from the cache, over {MOST_SECONDS} s."
        )
    if row.milliseconds > MOST_MILLISECONDS:
        faults.append(f"{row.name}: {row.milliseconds:.0f} ms a prediction, over {MOST_MILLISECONDS:.0f} ms.")
    if row.tensors > 0:
        faults.append(f"{row.name}: {row.tensors} tensors more after {driving.PREDICTIONS} predictions.")
    return faults


def faults_of_head(row: Head) -> list[str]:
    """The bars that the trainer's head misses, each as a sentence."""
    if row.name != "gestures":
        return []
    faults = []
    if row.seconds is not None and row.seconds > MOST_HEAD_SECONDS:
        faults.append(f"gestures: {row.seconds:.1f} s to train the head, over {MOST_HEAD_SECONDS:.0f} s.")
    if row.memory > MOST_HEAD_BYTES:
        faults.append(f"gestures: {row.memory / 1e6:.0f} MB of tensors, over {MOST_HEAD_BYTES / 1e6:.0f} MB.")
    return faults


_DEMO_COLUMNS = (
    "Runs on",
    "kB of page",
    "kB sent",
    "First, cold",
    "First, cached",
    "Each",
    "Tensors more",
    "kB of tensors",
    "Of 50 right",
)
_HEAD_COLUMNS = ("Runs on", "Numbers a sample", "Seconds", "MB of tensors")


_BACKENDS = {"wasm": "WebAssembly", "webgl": "WebGL", "webgpu": "WebGPU", "cpu": "JavaScript"}


def _demo_cells(row: Measured) -> tuple[str, ...]:
    return (
        row.name,
        _BACKENDS[row.backend],
        f"{row.page / 1000:,.0f}",
        f"{row.size / 1000:,.0f}",
        f"{row.cold:.2f} s",
        f"{row.cached:.2f} s",
        f"{row.milliseconds:.1f} ms",
        f"{row.tensors:,}",
        f"{row.memory / 1000:,.0f}",
        "–" if row.right is None else str(row.right),
    )


def _head_cells(row: Head) -> tuple[str, ...]:
    time = f"broke off: {row.problem}" if row.seconds is None else f"{row.seconds:.1f}"
    return (row.name, _BACKENDS[row.backend], f"{row.numbers:,}", time, f"{row.memory / 1e6:,.1f}")


def demos_table(results: Results) -> Table:
    """The demos as a table for a terminal."""
    return _table("Demos in headless Chromium", "Demo", _DEMO_COLUMNS, map(_demo_cells, results.demos))


def heads_table(results: Results) -> Table:
    """The training of a head as a table for a terminal."""
    return _table("A head learns 5 × 200 samples", "Head", _HEAD_COLUMNS, map(_head_cells, results.heads))


def _table(title: str, first: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Table:
    shown = Table(title=title)
    shown.add_column(first)
    for column in columns:
        shown.add_column(column, justify="right")
    for row in rows:
        shown.add_row(*row)
    return shown


def page_text(results: Results) -> str:
    """The page of the book that shows the results."""
    template = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    return template.format(
        count=driving.PREDICTIONS,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        cores=os.cpu_count(),
        demos=_markdown(("demo", *_DEMO_COLUMNS), map(_demo_cells, results.demos)),
        heads=_markdown(("head", *_HEAD_COLUMNS), map(_head_cells, results.heads)),
    )


def _markdown(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruler, *rows))
