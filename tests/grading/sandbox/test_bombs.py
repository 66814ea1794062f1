"""A child that takes too much, leaves processes behind or will not die: it ends, and the machine goes on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox.levels import Level
from course_utils.grading.warm import WarmParent
from tests.grading.warm.asking import ask, hear, tell

MEGABYTE = 2**20
# What bounds a loop that nothing else stops, so that the test of the level "off" harms nobody.
ENOUGH = 60


def test_a_fork_bomb_is_held(parent: WarmParent) -> None:
    bomb = f"""
import os, time
answer = 0
for _ in range({ENOUGH}):
    try: pid = os.fork()
    except OSError: break
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    answer += 1
"""
    with parent.spawn(limits=Limits(processes=20)) as child:
        started = ask(child, bomb + "time.sleep(.5)")
    if parent.level is Level.OFF:
        assert started == ENOUGH
    else:
        # Where it has to stay root, which the kernel does not limit, it is killed.
        assert child.wait(30).reason == "processes" if started is None else started <= 20


def test_an_allocation_above_the_limit_is_an_error_in_python(parent: WarmParent) -> None:
    with parent.spawn(limits=Limits(memory=64 * MEGABYTE)) as child:
        answer = ask(child, f"len(bytes({256 * MEGABYTE}))")
        assert ask(child, "1 + 1") == 2
    assert answer == 256 * MEGABYTE if parent.level is Level.OFF else answer == "MemoryError: "


# Each holds 40 MB where a single process may have 64: together they are too many, and in ways that no limit of one
# process sees.
MEMORY_BOMBS = {
    "many processes": "import os, time\nfor _ in range(3):\n if os.fork() == 0: x = b'1' * SIZE; time.sleep(60)\n"
    "time.sleep(60)",
    "shared memory": "import mmap, time\nkept = [mmap.mmap(-1, SIZE) for _ in range(3)]\n"
    "for one in kept: one.write(b'1' * SIZE)\ntime.sleep(60)",
    "files in memory": "import os, time\nfor n in range(3): open(str(n), 'wb').write(b'1' * SIZE)\ntime.sleep(60)",
}


@pytest.mark.parametrize("bomb", MEMORY_BOMBS)
def test_a_memory_bomb_is_killed_for_memory(parent: WarmParent, bomb: str) -> None:
    if parent.level is not Level.BUBBLEWRAP and bomb == "files in memory":
        pytest.skip("files lie on the disk")
    with parent.spawn(limits=Limits(memory=64 * MEGABYTE)) as child:
        tell(child, MEMORY_BOMBS[bomb].replace("SIZE", str(40 * MEGABYTE)))
        if parent.level is Level.OFF:
            with pytest.raises(TimeoutError):
                child.wait(0.5)
            return
        ended = child.wait(30)
    assert (ended.reason, ended.memory_exceeded) == ("memory", True)
    assert ended.peak_memory > 64 * MEGABYTE


def test_a_disk_bomb_is_held(parent: WarmParent) -> None:
    bomb = f"answer = 0\nfor n in range(12): answer += open(str(n), 'wb').write(bytes({4 * MEGABYTE}))"
    bomb += "\nimport time; time.sleep(3)"
    with parent.spawn(limits=Limits(disk=16 * MEGABYTE)) as child:
        answer = ask(child, bomb)
        if parent.level is Level.BUBBLEWRAP:
            assert "No space left" in answer
        elif parent.level is Level.OFF:
            assert answer == 48 * MEGABYTE
        else:
            assert child.wait(30).reason == "disk"


def test_what_a_child_started_dies_with_it(parent: WarmParent, tmp_path: Path) -> None:
    daemon = f"""
import os, sys, time
say('begin')
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            try: __import__('signal').signal(number, __import__('signal').SIG_IGN)
            except (OSError, ValueError): pass
        os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {str(tmp_path)!r}])
    os._exit(0)
time.sleep(.3)
answer = True
"""
    with parent.spawn() as child:
        tell(child, daemon)
        assert hear(child) == "begin"
        assert hear(child) is True
        assert running(str(tmp_path)) == 1
        child.stream.close()
        child.wait(30)
        assert running(str(tmp_path)) == 0


@pytest.mark.parametrize(
    "stubborn",
    [
        "import signal, time\nfor n in range(1, 32):\n try: signal.signal(n, signal.SIG_IGN)\n except OSError: pass\n"
        "say(1)\ntime.sleep(60)",
        "import os, signal; say(1); os.kill(os.getpid(), signal.SIGSTOP)",
        "import os, time; say(1)\nwhile os.fork(): time.sleep(.005)\ntime.sleep(60)",
        "import os, signal, time; say(1)\nfor n in (9, 15, 19, 10):\n try: os.kill(os.getppid(), n)\n"
        " except OSError: pass\ntime.sleep(60)",
    ],
    ids=["ignores signals", "stopped", "forks on and on", "attacks its first process"],
)
def test_a_child_that_will_not_end_is_ended(parent: WarmParent, stubborn: str) -> None:
    if parent.level is Level.OFF and "getppid" in stubborn:
        pytest.skip("nothing holds it")
    with parent.spawn(limits=Limits(processes=30)) as child:
        tell(child, stubborn)
        assert hear(child) == 1
        child.kill()
        begin = time.monotonic()
        assert child.wait(30).reason in {"killed", "signal"}
        assert time.monotonic() - begin < 20


def running(text: str) -> int:
    """How many processes on this machine have `text` in their command."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                count += text.encode() in Path(f"/proc/{name}/cmdline").read_bytes()
            except OSError:
                continue
    return count
