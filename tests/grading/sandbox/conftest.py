"""One warm parent for each level of the sandbox that this machine can do for this user."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course_utils.errors import CourseError
from course_utils.grading.sandbox.levels import Level
from course_utils.grading.warm import WarmParent
from tests.grading.warm.asking import warm_parent


@pytest.fixture(scope="session", params=list(Level))
def parent(request: pytest.FixtureRequest) -> Iterator[WarmParent]:
    try:
        started = warm_parent(request.param).start()
    except CourseError as error:
        pytest.skip(str(error))
    yield started
    started.close()
