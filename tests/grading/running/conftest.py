"""One warm parent for the tests of a process: forks begin in a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course_utils.grading.running import asking
from course_utils.grading.warm import WarmParent


@pytest.fixture(scope="session")
def parent() -> Iterator[WarmParent]:
    """A parent that has imported NumPy, without a sandbox: what is tested here has to hold without one."""
    with WarmParent(imports=("numpy",), sandbox="off") as started:
        yield started


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that ignores interrupts is killed after a second: five would only keep the tests waiting."""
    monkeypatch.setattr(asking, "GRACE", 1.0)
