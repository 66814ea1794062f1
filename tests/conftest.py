"""What all tests share: the checkout, its built site, and work that several test processes need done once."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from xdist.scheduler import LoadScopeScheduling

from course_utils import browser as chromium
from course_utils.book.pages import pages, resolve
from course_utils.data import sources

ROOT = Path(__file__).parents[1]
# `make check PAGE=…` asks about one page, which it has built beside the whole site.
ONE_PAGE = resolve(ROOT, os.environ["COURSE_PAGE"]) if os.environ.get("COURSE_PAGE") else None
PAGES = [ONE_PAGE] if ONE_PAGE else pages(ROOT)
SITE = ROOT / "_build" / ("check/html" if ONE_PAGE else "html")
SITE_IS_MADE_OF = ("book", "course_utils", "_config.yml", "_toc.yml", "requirements.txt", "package-lock.json")

# A test that is about one page has the page's name in its own: test_…[book/week1/one-neuron].
PAGE_IN_ID = re.compile(r"\[(?:py[\d.]+-)?(?P<page>book/[\w/-]+)\]")

# Files whose one or two tests take minutes. They begin first: begun last, one would keep all others waiting for it.
LONGEST = (
    "tests/conversion/test_browser_runtimes.py",
    "tests/conversion/test_graph_cases.py",
    "tests/conversion/test_layers_cases.py",
    "tests/conversion/test_conformance_architectures.py",
    "tests/conversion/test_reader_round_trip.py",
    "tests/conversion/test_conversion_page.py",
    "tests/grading/hostile/test_hostile_class.py",
    "tests/test_readme.py",
)

# Whatever a page asks of another host is not found, as on a machine without a network.
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

Once = Callable[[str, Callable[[Path], object]], Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest."""
    parser.addoption(
        "--slow",
        action="store_true",
        help="run the slow sweeps as well: the notebooks to their ends, on every Python from 3.11 to 3.13 that is "
        "found; every page at both sizes in both themes; every wrong answer, in every class; the conversion of every "
        "layer and every whole network in every format",
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """`once(name, make)`: a folder that `make(folder)` filled, in one test process while the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent

    def run(name: str, make: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with locked(shared / f"{name}.lock"):
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return run


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No data is at hand and no address may be asked; gives Keras' home folder, `tmp_path`, for a test to fill."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    sources.reachable.cache_clear()
    yield tmp_path
    sources.reachable.cache_clear()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium without a network, one for each test process; a test opens a context of its own."""
    with chromium.launch(NO_NETWORK) as started:
        yield started


@pytest.fixture(scope="session")
def built_site(once: Once) -> Path:
    """The folder of the built site; built here, once in a test run, where a source is newer than it."""
    from course_utils.book.build import build_page, build_site

    if not _is_fresh(SITE):
        build = partial(build_page, ROOT, ONE_PAGE) if ONE_PAGE else partial(build_site, ROOT)
        once("site", lambda _: build(solutions=True))
    return SITE


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that the file `path` stands for, among all processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_fresh(site: Path) -> bool:
    built = site / (f"{ONE_PAGE}.html" if ONE_PAGE else "index.html")
    sources = [ROOT / name for name in SITE_IS_MADE_OF]
    files = [file for source in sources for file in ([source] if source.is_file() else source.rglob("*"))]
    newest = max(file.stat().st_mtime for file in files if "__pycache__" not in file.parts)
    return built.is_file() and built.stat().st_mtime >= newest


class _ByFileAndPage(LoadScopeScheduling):
    """Sends the tests of one page to one process, since they share its visits, and else those of one file.

    pytest-xdist's own `loadgroup` marks the groups in test names, which pytest no longer lets it change.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        page = PAGE_IN_ID.search(nodeid)
        return f"{Path(file).parent}::{page['page']}" if page else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByFileAndPage:
    """Called by pytest-xdist; see `_ByFileAndPage`."""
    # Its own order, by the number of tests in a file, says little of how long they take.
    config.option.loadscopereorder = False
    return _ByFileAndPage(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Called by pytest: the longest files come first; where one page is held, only the tests that name it are run."""
    items.sort(key=lambda item: item.nodeid.split("::", 1)[0] not in LONGEST)
    if ONE_PAGE is None:
        return
    others = [item for item in items if not item.nodeid.endswith(f"[{ONE_PAGE}]")]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Called by pytest: show what tests measured, which they record under the name `measured`."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    measured = [value for report in reports for name, value in report.user_properties if name == "measured"]
    if measured:
        terminalreporter.section("measured")
        for line in sorted(measured):
            terminalreporter.write_line(line)
