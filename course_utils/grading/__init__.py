"""The life of a class, over nbgrader's own functions: release, collect, grade, give feedback, export.

Everything here can also be done with nbgrader's commands, run in the course's folder; these add the checks
before and after, and the words.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.grading.classes import class_new
    from course_utils.grading.exports import export, waiting
    from course_utils.grading.feedback_pages import feedback
    from course_utils.grading.grades import ClassGrades, grade
    from course_utils.grading.intake.collecting import collect
    from course_utils.grading.releases import release
    from course_utils.grading.results import Graded, Status

__all__ = [
    "ClassGrades",
    "Graded",
    "Status",
    "class_new",
    "collect",
    "export",
    "feedback",
    "grade",
    "release",
    "waiting",
]
_HOMES = {
    "ClassGrades": "grades",
    "Graded": "results",
    "Status": "results",
    "class_new": "classes",
    "collect": "intake.collecting",
    "export": "exports",
    "feedback": "feedback_pages.writing",
    "grade": "grades",
    "release": "releases",
    "waiting": "exports",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"course_utils.grading.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'course_utils.grading' has no attribute {name!r}")
