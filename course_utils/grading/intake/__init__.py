"""Bring submissions in, safely, to where nbgrader looks for them.

They come as zips of `course submit`, as what Moodle or Canvas gives for "download all submissions", or through
nbgrader's exchange. What a student could have written never says whose a submission is or when it came.
"""

from course_utils.grading.intake.collecting import collect

__all__ = ["collect"]
