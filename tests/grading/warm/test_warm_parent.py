"""A warm parent forks children, hears how they end, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from course_utils.errors import CourseError
from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox.levels import Level
from course_utils.grading.warm import WarmParent
from tests.grading.warm.asking import ask, hear, tell, warm_parent


@pytest.fixture(scope="module")
def parent() -> Iterator[WarmParent]:
    with warm_parent() as started:
        yield started


def test_a_child_works_in_a_folder_with_its_files(parent: WarmParent) -> None:
    with parent.spawn({"data.csv": b"1,2\n", "more/notes.txt": b"words"}) as child:
        assert ask(child, "sorted(__import__('os').listdir('.'))") == ["data.csv", "more"]
        assert ask(child, "open('more/notes.txt').read()") == "words"


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt"])
def test_a_file_outside_the_working_folder_is_refused(parent: WarmParent, name: str) -> None:
    with parent.spawn({name: b""}) as child:
        ended = child.wait()
    assert (ended.reason, name in ended.detail) == ("fault", True)


def test_it_says_how_a_child_ended(parent: WarmParent) -> None:
    with parent.spawn() as child:
        assert ask(child, "__import__('os')._exit(3)") is None
        assert (child.wait().reason, child.wait().code) == ("exit", 3)
    with parent.spawn() as child:
        assert ask(child, "__import__('ctypes').string_at(0)") is None
        assert (child.wait().reason, child.wait().signal) == ("signal", signal.SIGSEGV)
    with parent.spawn() as child:
        tell(child, "__import__('time').sleep(60)")
        child.kill()
        assert child.wait().reason == "killed"


def test_an_interrupt_reaches_the_student_s_python(parent: WarmParent) -> None:
    with parent.spawn() as child:
        tell(child, "import time; say('ready'); time.sleep(60)")
        assert hear(child) == "ready"
        child.interrupt()
        assert hear(child) == "KeyboardInterrupt: "
        assert ask(child, "1 + 1") == 2


def test_an_import_that_fails_is_told_by_name() -> None:
    with pytest.raises(CourseError, match="no_such_module"), warm_parent(imports=("no_such_module",)):
        pass


def test_many_children_at_once_from_many_threads(parent: WarmParent) -> None:
    def square(number: int) -> int:
        with parent.spawn({"number": str(number).encode()}) as child:
            return ask(child, "int(open('number').read()) ** 2")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(square, range(24))) == [number**2 for number in range(24)]


def test_large_files_come_whole_and_one_that_is_too_large_is_a_fault(parent: WarmParent) -> None:
    content = bytes(range(256)) * 40_000
    with parent.spawn({"large": content}) as child:
        assert ask(child, "__import__('hashlib').sha256(open('large', 'rb').read()).hexdigest()") == (
            hashlib.sha256(content).hexdigest()
        )
    if parent.level is Level.BUBBLEWRAP:
        with parent.spawn({"large": content}, Limits(disk=2**20)) as child:
            assert child.wait(30).reason == "fault"
            assert "No space left" in child.wait().detail


def test_what_a_killed_child_has_used_is_known(parent: WarmParent) -> None:
    busy = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass\nanswer = 1"
    with parent.spawn() as child:
        assert (
            ask(
                child,
                f"import os\nif os.fork() == 0:\n    exec({busy!r})\n    os._exit(0)\nos.wait()\n{busy}",
            )
            == 1
        )
        child.kill()
        ended = child.wait(30)
    assert ended.reason == "killed"
    assert 0.9 <= ended.cpu_seconds < 30  # counted in hundredths, of two processes


def test_it_says_when_it_has_been_killed() -> None:
    with warm_parent("off") as started:
        os.kill(started._process.pid, signal.SIGKILL)
        started._process.wait()
        assert not started.running
        with pytest.raises(CourseError, match="has ended"):
            started.spawn()
