"""The same as an ordinary user, where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.grading.sandbox.users import IS_ROOT, NOBODY, as_nobody

FILES = [f"tests/grading/{name}" for name in ("sandbox/test_attacks.py", "sandbox/test_bombs.py", "warm")]


@pytest.mark.skipif(not IS_ROOT, reason="these tests run as an ordinary user already")
def test_the_sandbox_holds_for_an_ordinary_user(tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
    home = tmp_path / "home"
    home.mkdir()
    shutil.chown(home, NOBODY, NOBODY)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *FILES]
    # That the attacks succeed where nothing holds them is seen as root.
    command += ["-k", "not off"]
    environment = os.environ | {"HOME": str(home), "TMPDIR": str(home)}
    result = subprocess.run(
        as_nobody(command), check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-5000:]
    assert "passed" in result.stdout
