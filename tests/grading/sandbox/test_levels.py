"""Which level of the sandbox holds here, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course_utils.doctor import _sandbox
from course_utils.errors import CourseError, UsageError
from course_utils.grading.sandbox import bubblewrap
from course_utils.grading.sandbox.levels import Level, choose, say
from course_utils.grading.warm import WarmParent


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bubblewrap.obstacle.cache_clear()
    yield
    bubblewrap.obstacle.cache_clear()


@pytest.fixture
def forbidden_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bubblewrap that is there and fails, as where a system forbids namespaces."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    bubblewrap.obstacle.cache_clear()
    yield
    bubblewrap.obstacle.cache_clear()


def test_this_machine_can_do_the_best_level() -> None:
    if "may not be used" in (problem := bubblewrap.obstacle()):
        pytest.skip(problem)
    assert choose("auto") is choose("require") is Level.BUBBLEWRAP


def test_off_is_off() -> None:
    assert choose("off") is Level.OFF


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(UsageError, match="auto, require, off"):
        choose("very")


@pytest.mark.usefixtures("no_bubblewrap")
def test_require_refuses_less_than_bubblewrap_and_says_how_to_get_it() -> None:
    with pytest.raises(CourseError, match=r"not installed \(apt-get install bubblewrap"):
        choose("require")
    with pytest.raises(CourseError, match="not installed"):
        WarmParent(imports=(), sandbox="require").start()


@pytest.mark.usefixtures("forbidden_bubblewrap")
def test_a_bubblewrap_that_may_not_be_used_is_found_out() -> None:
    with pytest.raises(CourseError, match=r"may not be used here .*No permissions to create new namespace"):
        choose("require")


@pytest.mark.usefixtures("no_bubblewrap")
def test_auto_takes_the_next_level_and_says_how_to_get_more() -> None:
    level = choose("auto")
    assert level in {Level.LANDLOCK, Level.LIMITS}
    assert "install bubblewrap" in say(level)
    assert "install" not in say(Level.BUBBLEWRAP)


@pytest.mark.usefixtures("no_bubblewrap")
def test_the_doctor_names_what_holds_and_how_to_get_more() -> None:
    finding = _sandbox()
    assert not finding.fine
    assert finding.detail.startswith(("landlock: ", "limits: ", "On this machine"))
    assert "install bubblewrap" in finding.detail


@pytest.fixture
def package_manager(tmp_path: Path, no_bubblewrap: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with apt-get alone, which this user may use."""
    monkeypatch.setattr("course_utils.browser._is_root", lambda: True)
    return tmp_path / "apt-get"


def test_a_missing_bubblewrap_is_installed(package_manager: Path) -> None:
    bwrap = package_manager.parent / "bwrap"
    package_manager.write_text(
        f"#!/bin/sh\n[ $1 = install ] && echo '#!/bin/sh' > {bwrap} && /bin/chmod +x {bwrap}\n"
    )
    package_manager.chmod(0o755)
    assert bubblewrap.ensure_bubblewrap() == bwrap


def test_an_installation_that_fails_is_told_with_the_cure(package_manager: Path) -> None:
    package_manager.write_text("#!/bin/sh\nexit 1\n")
    package_manager.chmod(0o755)
    with pytest.raises(CourseError, match="run apt-get install bubblewrap"):
        bubblewrap.ensure_bubblewrap()
