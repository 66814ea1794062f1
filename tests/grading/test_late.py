"""What coming late costs, by nbgrader's own computation with our plug-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from course_utils.grading.course import course_directory
from course_utils.grading.late import LatePolicy
from tests.grading.classroom import make_light_course, open_book
from tests.grading.hall import enter, graded_notebook, hand_in

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "lost"),
    [(0, None), (HOUR, None), (HOUR + 1, 1.0), (HOUR + DAY, 1.0), (HOUR + DAY + 1, 2.0), (40 * DAY, 5.0)],
)
def test_a_share_of_the_score_is_lost_for_each_day_that_has_begun(seconds: float, lost: float | None) -> None:
    policy = LatePolicy(grace_minutes=60, percent_a_day=10, most_percent=50)
    assert policy.late_submission_penalty("ada", 10.0, seconds) == lost


@pytest.mark.parametrize("score", [0.0, None, -1.0])
def test_who_has_nothing_loses_nothing(score: float | None) -> None:
    assert LatePolicy().late_submission_penalty("ada", score, 10 * DAY) is None


def test_nbgrader_takes_the_policy_from_the_course_s_configuration(tmp_path: Path) -> None:
    course = make_light_course(tmp_path / "course")
    enter(course)
    hand_in(
        course, "ada", {"test": 2.0, "checked": 5.0, "essay": 3.0}, hours_late=26, notebook=graded_notebook()
    )
    directory, config = course_directory(course)
    config = Config(config) | {}
    about = {"notebook": "hello", "assignment": "hello", "student": "ada", "db_url": directory.db_url}
    AssignLatePenalties(config=Config(config)).preprocess(Config(cells=[]), {"nbgrader": about})
    with open_book(course) as book:
        assert book.find_submission("hello", "ada").late_submission_penalty == pytest.approx(2.0)
