"""Lighthouse's four scores of pages of the built site, measured as on a phone."""

import json as json_format
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from course_utils import browser
from course_utils.book.pages import find_root, resolve
from course_utils.book.server import serve
from course_utils.errors import CourseError, UsageError

CATEGORIES = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best practices",
    "seo": "SEO",
}
BAR = 95
DEFAULT_PAGES = ("index", "week1/one-neuron")
RUN_SECONDS = 180


def lighthouse(pages: Sequence[str] = (), json: bool = False, root: Path | None = None) -> int:
    """Measure pages of the built site and print their scores.

    Args:
        pages: such as "week1/one-neuron"; without any, the home page and a chapter.
        json: print a JSON list of {page, performance, accessibility, best-practices, seo} instead of a table.
        root: the project's folder; the one that the current folder lies in by default.

    Returns:
        The exit status: 0 where every score is at least 95, else 1.
    """
    root = root or find_root()
    site = root / "_build" / "html"
    names = [resolve(root, page) for page in pages or DEFAULT_PAGES]
    for name in names:
        if not (site / f"{name}.html").is_file():
            raise UsageError(f"{site / name}.html does not exist: build the site with `course build` first.")
    with serve(site) as address, tempfile.TemporaryDirectory() as folder:
        scores = [
            {"page": name} | _scores(root, f"{address}/{name}.html", Path(folder))
            for name in track(names, "Lighthouse", console=Console(stderr=True), transient=True)
        ]
    if json:
        print(json_format.dumps(scores, indent=1))
    else:
        Console().print(_table(scores))
    low = [row["page"] for row in scores if any(row[category] < BAR for category in CATEGORIES)]
    if low:
        print(f"Below {BAR}: {', '.join(map(str, low))}", file=sys.stderr)
    return 1 if low else 0


def _scores(root: Path, address: str, folder: Path) -> dict[str, int]:
    """The scores of one page, 0 to 100, by category."""
    from course_utils.node import node_path

    program = root / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        raise CourseError(f"{program} does not exist: `make setup` installs it.")
    report = folder / "report.json"
    command = [
        str(node_path()),
        str(program),
        address,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(['--headless=new', *browser.flags()])}",
    ]
    environment = os.environ | {"CHROME_PATH": str(browser.chromium_path())}
    try:
        result = subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise CourseError(f"Lighthouse took more than {RUN_SECONDS} s on {address}: try again.") from error
    if result.returncode != 0 or not report.is_file():
        raise CourseError(f"Lighthouse failed on {address}: {result.stderr.strip()[-400:]}")
    measured = json_format.loads(report.read_text(encoding="utf-8"))["categories"]
    # A category that could not be measured has the score null.
    return {name: round(100 * (measured[name]["score"] or 0)) for name in CATEGORIES}


def _table(scores: list[dict[str, object]]) -> Table:
    table = Table(title="Lighthouse (phone)")
    table.add_column("Page")
    for title in CATEGORIES.values():
        table.add_column(title, justify="right")
    for row in scores:
        table.add_row(str(row["page"]), *(_cell(row[category]) for category in CATEGORIES))
    return table


def _cell(score: object) -> str:
    return f"{score}" if int(str(score)) >= BAR else f"[red]{score}[/red]"
