"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from course_utils.data import sources
from course_utils.errors import CourseError

# distribution → what it is for
_PACKAGES = {
    "tensorflow": "models",
    "numpy": "numbers",
    "matplotlib": "figures",
    "anywidget": "demos in notebooks",
    "ai-edge-litert": "conversion to LiteRT",
    "onnx": "conversion to ONNX",
    "onnxruntime": "conversion to ONNX",
    "tf2onnx": "conversion to ONNX",
    "jupyter-book": "the site",
    "jupytext": "the chapters' notebooks",
    "nbgrader": "grading",
    "distributed": "grading on several machines",
    "pytest": "tests",
    "playwright": "tests in a browser",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: whether it is fine, and where it is or how to get it."""

    what: str
    fine: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok     ' if self.fine else 'missing'}  {self.what}: {self.detail}"


def examine() -> list[Finding]:
    """Look for all that the course needs on this machine."""
    return [_python(), *_packages(), _node(), _browser(), _sandbox(), _data(), _repository()]


def _python() -> Finding:
    version = platform.python_version()
    fine = (3, 11) <= sys.version_info[:2] < (3, 14)
    cure = "" if fine else "; the course needs 3.11, 3.12 or 3.13: run make setup PYTHON=/path/to/python3.12"
    return Finding("Python", fine, f"{version} at {sys.executable}{cure}")


def _packages() -> list[Finding]:
    findings = []
    for name, purpose in _PACKAGES.items():
        try:
            findings.append(Finding(name, True, f"{importlib.metadata.version(name)} ({purpose})"))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, False, f"needed for {purpose}; run `make setup`"))
    return findings


def _node() -> Finding:
    from course_utils.node import node_path

    try:
        return Finding("Node.js", True, str(node_path()))
    except CourseError as error:
        return Finding("Node.js", False, str(error))


def _browser() -> Finding:
    from course_utils.browser import chromium_path

    try:
        return Finding("Chromium", True, str(chromium_path()))
    except CourseError as error:
        return Finding("Chromium", False, str(error))


def _sandbox() -> Finding:
    from course_utils.grading.sandbox.levels import Level, choose, say

    try:
        level = choose("auto")
    except CourseError as error:
        return Finding("sandbox", False, str(error))
    # Elsewhere than on Linux there is nothing to install.
    fine = level is Level.BUBBLEWRAP or not sys.platform.startswith("linux")
    return Finding("sandbox", fine, say(level).removeprefix("Sandbox: "))


def _data() -> Finding:
    """The real data is optional: without it the bundled default is used, so its absence is no fault."""
    here = [file.title for file in sources.ALL if sources.at_hand(file)]
    if here:
        return Finding("real data", True, f"{', '.join(here)} at hand")
    return Finding(
        "real data", True, "none at hand, so the bundled default is used; `course fetch` brings it"
    )


def _repository() -> Finding:
    from course_utils.book.repository import repository

    address = repository()
    if address is None:
        detail = "no address known, so the site has no launch buttons; set GITHUB_REPOSITORY or a git remote"
    else:
        detail = str(address.url)
    git = shutil.which("git")
    if git is None and not os.environ.get("GITHUB_REPOSITORY") and Path(".git").exists():
        return Finding("git", False, "install git: the launch buttons take the repository's address from it")
    return Finding("repository", True, detail)
