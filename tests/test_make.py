"""The Makefile's promises that the other tests do not already stand on."""

import re
import subprocess
import sys
from pathlib import Path


def make(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=root, capture_output=True, text=True, check=False)


def test_make_lists_its_targets(root: Path) -> None:
    said = make(root).stdout
    named = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.M)
    assert {"setup", "site", "serve", "check", "test", "test-all"} <= set(named)
    assert all(f"make {target} " in said for target in named if target != "help")


def test_check_without_a_page_says_how(root: Path) -> None:
    said = make(root, "check")
    assert said.returncode
    assert "make check PAGE=" in said.stdout


def test_a_python_that_is_too_old_or_too_new_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import collections, sys\n"
        "Version = collections.namedtuple('Version', 'major minor micro releaselevel serial')\n"
        "sys.version_info = Version(3, 9, 0, 'final', 0)\n"
    )
    said = make(
        root,
        "--always-make",
        "setup",
        f"PYTHON=PYTHONPATH={tmp_path} {sys.executable}",
        "BIN=/nowhere",
        f"SETUP={tmp_path}/stamp",
    )
    assert said.returncode
    assert "3.11, 3.12 or 3.13" in said.stderr
    assert "is 3.9" in said.stderr
