"""The same as an ordinary user, where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

from tests.conftest import ROOT
from tests.grading.sandbox.users import IS_ROOT, NOBODY, as_nobody

FILES = [
    f"tests/grading/{name}.py"
    for name in (
        "sandbox/test_attacks",
        "sandbox/test_bombs",
        "warm/test_warm_parent",
        "warm/test_nothing_remains",
    )
]


@pytest.mark.skipif(not IS_ROOT, reason="these tests run as an ordinary user already")
def test_the_sandbox_holds_for_an_ordinary_user() -> None:
    # Not in pytest's own folder, which it closes to others whenever it starts.
    with tempfile.TemporaryDirectory() as home:
        shutil.chown(home, NOBODY, NOBODY)
        run_as_nobody(home)


def run_as_nobody(home: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *FILES]
    # That the attacks succeed where nothing holds them is seen as root.
    command += ["-k", "not off"]
    environment = os.environ | {"HOME": home, "TMPDIR": home}
    result = subprocess.run(
        as_nobody(command), check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-5000:]
    assert "passed" in result.stdout
