"""Grading a class, measured: `nbgrader autograde`, Otter-Grader and `course grade` on the same submissions."""

from course_utils.bench.grading.table import grading

__all__ = ["grading"]
