"""What coming late costs: nbgrader's plug-in for it, set in nbgrader_config.py.

    c.AssignLatePenalties.plugin_class = "course_utils.grading.late.LatePolicy"
    c.LatePolicy.grace_minutes = 30
    c.LatePolicy.percent_a_day = 10
    c.LatePolicy.most_percent = 50

An assignment without a due date is never late. The time of a submission is that of its intake.
"""

from __future__ import annotations

import math

from nbgrader.plugins import BasePlugin
from traitlets import Float

_DAY = 24 * 60 * 60


class LatePolicy(BasePlugin):
    """A share of the score for each day that has begun when the grace is over, up to a most."""

    grace_minutes = Float(0.0, min=0.0, help="So long after the due date nothing is lost.").tag(config=True)
    percent_a_day = Float(
        10.0, min=0.0, max=100.0, help="Percent of the score that each begun day after the grace costs."
    ).tag(config=True)
    most_percent = Float(100.0, min=0.0, max=100.0, help="Never more percent of the score than this.").tag(
        config=True
    )

    def late_submission_penalty(
        self, student_id: str, score: float | None, total_seconds_late: float
    ) -> float | None:
        """Return the points that are lost, or None when nothing is; nbgrader calls it for each notebook."""
        over = total_seconds_late - 60 * self.grace_minutes
        if over <= 0 or not score or score <= 0:
            return None
        percent = min(self.percent_a_day * math.ceil(over / _DAY), self.most_percent)
        return score * percent / 100
