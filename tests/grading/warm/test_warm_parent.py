"""A warm parent forks children, hears how they end, and leaves nothing behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from course_utils.errors import CourseError
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
