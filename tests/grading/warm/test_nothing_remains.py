"""Whichever process is killed, and on whatever level: no process and no file remains."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.grading.sandbox.levels import Level, choose
from course_utils.grading.sandbox.usage import descendants
from course_utils.grading.warm import spaces
from tests.conftest import ROOT

# A trusted process with a child that has left the others in every way that a process can leave.
TRUSTED = """
import json, sys, time
from tests.grading.warm.asking import ask, warm_parent
parent = warm_parent(sys.argv[1]).start()
child = parent.spawn({"data.csv": b"1"})
assert 0 == ask(child, '''
import os, sys, time
open("left.txt", "w").write("x")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(120)
    os._exit(0)
answer = os.wait()[1]
''')
print(json.dumps({"warm": parent._process.pid}), flush=True)
ended = child.wait()
print(json.dumps({"reason": ended.reason}), flush=True)
time.sleep(120)
"""
SECONDS = 15


@pytest.fixture(params=list(Level))
def level(request: pytest.FixtureRequest) -> Level:
    try:
        return choose(request.param)
    except CourseError as error:
        pytest.skip(str(error))


@pytest.fixture
def trusted(level: Level, tmp_path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TRUSTED, level]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("victim", ["the trusted process", "the warm parent", "a keeper", "a first process"])
def test_nothing_remains(trusted: subprocess.Popen[str], level: Level, victim: str, tmp_path: Path) -> None:
    warm = json.loads(trusted.stdout.readline())["warm"]
    everything = descendants(trusted.pid)
    # Of a child: its keeper, its first process, the student's, and the one that left.
    child = everything[-4:] if len(everything) >= 5 else []
    assert len(child) == 4, everything
    alive = set(everything)
    if victim == "the trusted process":
        trusted.kill()
        trusted.wait()
    elif victim == "the warm parent":
        # Inside bubblewrap it is the process above the keeper.
        os.kill(parent_of(child[0]), signal.SIGKILL)
    else:
        os.kill(child[0] if victim == "a keeper" else child[1], signal.SIGKILL)
    if victim in {"a keeper", "a first process"}:
        assert json.loads(trusted.stdout.readline())["reason"] == "fault"
        alive -= {one for one in alive if one not in child}
    gone = wait_until(lambda: not any(map(running, alive)))
    assert gone, [one for one in alive if running(one)]
    kept = [path for path in tmp_path.rglob("*") if path.name.isdigit() or path.is_file()]
    if victim == "the warm parent":
        assert running(trusted.pid)
    assert wait_until(lambda: not [path for path in kept if path.exists()]), kept
    assert warm not in alive or not running(warm)


def test_a_folder_that_everybody_left_is_removed_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, used = spaces.make(), spaces.make()
    held = spaces.hold(used)
    (left / "1").mkdir()
    for path in (left, used):
        os.utime(path, (0, 0))
    fresh = spaces.make()
    assert (left.exists(), used.exists(), fresh.exists()) == (False, True, True)
    os.close(held.descriptor)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def wait_until(condition: object) -> bool:
    until = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
