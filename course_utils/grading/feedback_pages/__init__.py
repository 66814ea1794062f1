"""Feedback: one page a student and notebook, which nbgrader's `release_feedback` carries, and one for the class."""

from course_utils.grading.feedback_pages.writing import Written, feedback

__all__ = ["Written", "feedback"]
