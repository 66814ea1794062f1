"""What the light core costs a learner: the wheel's size, the time of its imports, what it pulls in."""

import importlib.metadata
import json as json_format
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course_utils.book.pages import find_root
from course_utils.errors import CourseError

REPEATS = 5
IMPORTS = (
    "course_utils",
    "course_utils.data",
    "course_utils.memory",
    "course_utils.plots",
    "course_utils.checks",
    "course_utils.submission",
    "course_utils.widgets",
)
HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "matplotlib", "pandas", "IPython", "sphinx", "nbgrader")


def core(json: bool = False, root: Path | None = None) -> int:
    """Measure the light core and print the results as a table, or as one JSON object.

    Args:
        json: print JSON instead of tables.
        root: the project's folder; the one that the current folder lies in by default.

    Returns:
        The exit status, 0.
    """
    size = _wheel_size(root or find_root())
    imports = [_import_cost(module) for module in IMPORTS]
    packages = _pulled_in("course_utils")
    if json:
        result = {"wheel_kb": round(size / 1000, 1), "imports": imports, "packages": packages}
        print(json_format.dumps(result, indent=1))
        return 0
    table = Table(title=f"Import time, median of {REPEATS} fresh processes")
    table.add_column("Import")
    table.add_column("ms", justify="right")
    table.add_column("Brings in")
    for row in imports:
        table.add_row(
            str(row["module"]), str(row["ms"]), ", ".join(row["brings_in"]) or "none of the heavy packages"
        )
    console = Console()
    console.print(table)
    largest = ", ".join(f"{row['name']} {row['mb']} MB" for row in packages[:6])
    total = sum(row["mb"] for row in packages)
    console.print(
        f"The wheel: {size / 1000:.0f} kB. It needs {len(packages)} packages, {total:.0f} MB installed: {largest} …"
    )
    return 0


def _wheel_size(root: Path) -> int:
    """The size in bytes of the wheel built from the project."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "uv", "build", "--wheel", "--out-dir", folder, str(root)]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise CourseError(f"The wheel of {root} could not be built: {result.stderr.strip()[-400:]}")
        return next(Path(folder).glob("*.whl")).stat().st_size


def _import_cost(module: str) -> dict[str, object]:
    """The median milliseconds that importing `module` takes in a fresh process, and the heavy packages it loads."""
    program = (
        "import sys, time; start = time.perf_counter()\n"
        f"import {module}\n"
        "print(round(1000 * (time.perf_counter() - start), 1))\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    milliseconds, brings_in = [], []
    for _ in range(REPEATS):
        result = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise CourseError(f"`import {module}` fails: {result.stderr.strip().splitlines()[-1]}")
        first, second = result.stdout.split("\n")[:2]
        milliseconds.append(float(first))
        brings_in = second.split()
    return {"module": module, "ms": statistics.median(milliseconds), "brings_in": brings_in}


def _pulled_in(distribution: str) -> list[dict[str, object]]:
    """The packages that `distribution` needs without extras, all the way down, the largest first."""
    found: dict[str, float] = {}
    waiting = [distribution]
    while waiting:
        for name in _requirements(waiting.pop()):
            if name not in found and (size := _installed_megabytes(name)) is not None:
                found[name] = size
                waiting.append(name)
    return [
        {"name": name, "mb": round(size, 1)}
        for name, size in sorted(found.items(), key=lambda item: -item[1])
    ]


def _requirements(distribution: str) -> list[str]:
    from packaging.requirements import Requirement

    stated = importlib.metadata.requires(distribution) or []
    requirements = [Requirement(text) for text in stated]
    wanted = [one for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})]
    return [re.sub(r"[-_.]+", "-", one.name).lower() for one in wanted]


def _installed_megabytes(distribution: str) -> float | None:
    """The size of its files, or None where it is not installed on this platform."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return sum(file.size or 0 for file in files) / 1e6
