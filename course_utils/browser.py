"""Find, install and start the Chromium that the tests, the pictures and the measurements use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# Nothing is fetched, reported or updated behind the page's back, so that a recorded request is the page's own.
QUIET_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
PROBE_SECONDS = 30
DOWNLOAD_SECONDS = 600
CONNECTION_MILLISECONDS = "15000"


def chromium_path() -> Path:
    """The first Chromium found that starts.

    The order is: the environment variable COURSE_CHROMIUM, Playwright's own download, the commands on PATH, the
    applications of macOS.

    Raises:
        CourseError: there is none, or COURSE_CHROMIUM names something that does not start.
    """
    chosen = os.environ.get("COURSE_CHROMIUM")
    if chosen:
        if not _starts(Path(chosen)):
            raise CourseError(
                f"COURSE_CHROMIUM names {chosen}, which does not start: set it to a Chromium's program, or unset it."
            )
        return Path(chosen)
    for candidate in _candidates():
        if _starts(candidate):
            return candidate
    raise CourseError(
        "No Chromium that starts was found: install one (apt-get install chromium, brew install --cask chromium), "
        "or set COURSE_CHROMIUM to its program."
    )


def ensure_chromium() -> Path:
    """As `chromium_path`, but installs a Chromium where there is none: Playwright's own, else the distribution's.

    What the installers say goes to stderr. Raises CourseError when neither way leads to one that starts.
    """
    try:
        return chromium_path()
    except CourseError:
        if os.environ.get("COURSE_CHROMIUM"):
            raise
    for command in _installers():
        print(f"No Chromium yet: running {' '.join(command)}", file=sys.stderr, flush=True)
        if _install(command):
            _starts.cache_clear()
            try:
                return chromium_path()
            except CourseError:
                continue
    raise CourseError(
        "Chromium could not be installed here: install it with your package manager (apt-get install chromium, "
        "brew install --cask chromium), or set COURSE_CHROMIUM to its program."
    )


def flags(sandbox: bool | None = None) -> list[str]:
    """The command-line flags to start Chromium with; without its sandbox only as root, which it refuses otherwise."""
    wanted = not _is_root() if sandbox is None else sandbox
    return [*QUIET_FLAGS] if wanted else [*QUIET_FLAGS, "--no-sandbox"]


@contextmanager
def launch(*extra_flags: str, headless: bool = True) -> Iterator["Browser"]:
    """A Playwright browser on the Chromium found, closed at the end.

    Args:
        extra_flags: further command-line flags of Chromium, such as those for a fake camera.
        headless: False shows the window.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = _launch(playwright, list(extra_flags), headless)
        try:
            yield browser
        finally:
            browser.close()


def _launch(playwright: "Playwright", extra_flags: list[str], headless: bool) -> "Browser":
    from playwright.sync_api import Error

    path = chromium_path()
    sandbox = not _is_root()
    try:
        return playwright.chromium.launch(
            executable_path=path,
            headless=headless,
            chromium_sandbox=sandbox,
            args=flags(sandbox) + extra_flags,
        )
    except Error as error:
        # Some systems deny unprivileged programs the namespaces that the sandbox is made of.
        if not sandbox or "sandbox" not in str(error).lower():
            raise CourseError(f"{path} did not start: {str(error).splitlines()[0]}") from error
    return playwright.chromium.launch(
        executable_path=path, headless=headless, chromium_sandbox=False, args=flags(False) + extra_flags
    )


def _candidates() -> Iterator[Path]:
    for folder in _playwright_folders():
        # The newest download first.
        for build in sorted(folder.glob("chromium-*"), reverse=True):
            yield from sorted(build.glob("chrome-linux*/chrome"))
            yield from sorted(build.glob("chrome-mac*/*.app/Contents/MacOS/*"))
    for command in COMMANDS:
        found = shutil.which(command)
        if found:
            yield Path(found)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for application in MAC_APPLICATIONS:
            if (folder / application).exists():
                yield folder / application


def _playwright_folders() -> list[Path]:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen and chosen != "0":
        return [Path(chosen)]
    if sys.platform == "darwin":
        return [Path.home() / "Library/Caches/ms-playwright"]
    return [Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ms-playwright"]


@cache
def _starts(program: Path) -> bool:
    """Whether it says its version: a download without its libraries, or a stub that wants a snap, does not."""
    try:
        result = subprocess.run(
            [program, "--version"], check=False, capture_output=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def _installers() -> Iterator[list[str]]:
    playwright = [sys.executable, "-m", "playwright"]
    yield [*playwright, "install", "--no-shell", "chromium"]
    elevate = elevation()
    if elevate is None or not shutil.which("apt-get"):
        return
    yield [*elevate, "apt-get", "update"]
    yield [*elevate, "apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
    # Where the distribution's Chromium is a snap: the libraries that Playwright's own needs.
    yield [*elevate, *playwright, "install-deps", "chromium"]


def _install(command: list[str]) -> bool:
    environment = os.environ | {
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": CONNECTION_MILLISECONDS,
        "DEBIAN_FRONTEND": "noninteractive",
    }
    try:
        result = subprocess.run(
            command, check=False, env=environment, stdout=sys.stderr, timeout=DOWNLOAD_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


def elevation() -> list[str] | None:
    """What to put before a command that needs root: nothing as root, `sudo` where it asks no password, else None."""
    if _is_root():
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


if __name__ == "__main__":
    # `make test` begins with this, so that a missing browser is told before the long part.
    try:
        print(f"Chromium: {ensure_chromium()}")
    except CourseError as error:
        sys.exit(str(error))
