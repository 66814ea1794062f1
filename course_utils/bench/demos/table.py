"""`course bench demos`: the table, and the bars that a demo has to keep."""

from __future__ import annotations

import contextlib
import json as json_format
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from course_utils.bench.demos import driving
from course_utils.bench.demos.driving import Measured
from course_utils.book.pages import find_root
from course_utils.book.server import serve
from course_utils.errors import UsageError

#: A demo after Start, model cached, on the WebAssembly backend of a machine with two cores.
MOST_SECONDS = 1.5
MOST_MILLISECONDS = 50.0


def demos(
    names: Sequence[str] = (), json: bool = False, root: Path | None = None, site: Path | None = None
) -> int:
    """Measure demos of the built site, and the plain port of the digits beside them, and print a table.

    Args:
        names: demos; without any, all that can be measured.
        json: print a list of objects instead of a table.
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
    known = {demo.name: demo for demo in driving.DEMOS}
    for name in names:
        if name not in known:
            raise UsageError(f"There is no measurement of the demo {name}: choose from {', '.join(known)}.")
    chosen = [known[name] for name in names or known]
    for demo in chosen:
        if not (site / f"{demo.page}.html").is_file():
            raise UsageError(
                f"{site / demo.page}.html does not exist: build the site with `course build` first."
            )
    rows = measure(root, site, chosen)
    if json:
        print(json_format.dumps([asdict(row) for row in rows], indent=1))
    else:
        Console().print(table(rows))
    faults = [fault for row in rows for fault in faults_of(row)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def measure(root: Path, site: Path, chosen: Sequence[driving.Demo]) -> list[Measured]:
    """Measure demos of the site, one after the other, and last the plain port if the digits are among them."""
    from course_utils import browser as chromium

    with contextlib.ExitStack() as stack:
        address = stack.enter_context(serve(site))
        browser = stack.enter_context(chromium.launch())
        rows = [
            driving.measure(browser, address, demo)
            for demo in track(chosen, "Measuring demos", console=Console(stderr=True), transient=True)
        ]
        if any(demo.name == "digits" for demo in chosen):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="course-plain-")))
            plain = stack.enter_context(serve(driving.plain_folder(root, folder)))
            page = browser.new_page()
            page.goto(f"{address}/{chosen[0].page}.html", wait_until="load")
            strokes, places = driving.drawings(page)
            page.close()
            rows.append(driving.measure_plain(browser, plain, strokes, places))
    return rows


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


def table(rows: Sequence[Measured]) -> Table:
    """The measurements as a table for a terminal."""
    shown = Table(title=f"Demos in headless Chromium, {driving.PREDICTIONS} predictions each")
    shown.add_column("Demo")
    for title in (
        "Runs on",
        "kB sent",
        "First, cold",
        "First, cached",
        "Each",
        "Tensors more",
        "kB of tensors",
        "Of 50 right",
    ):
        shown.add_column(title, justify="right")
    for row in rows:
        shown.add_row(
            row.name,
            row.backend,
            f"{row.size / 1000:,.0f}",
            f"{row.cold:.2f} s",
            f"{row.cached:.2f} s",
            f"{row.milliseconds:.1f} ms",
            f"{row.tensors:,}",
            f"{row.memory / 1000:,.0f}",
            "–" if row.right is None else str(row.right),
        )
    return shown
