"""Errors that are meant for people: one sentence that names the file and the cure."""


class CourseError(Exception):
    """Something that was asked for fell short (exit status 1)."""

    exit_status = 1


class UsageError(CourseError):
    """The call itself was wrong (exit status 2)."""

    exit_status = 2
