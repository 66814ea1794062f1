"""What a run imports for its kernels is imported from the beginning where they will surely be needed."""

from __future__ import annotations

import os
from pathlib import Path

from course_utils.grading.grades import _is_new
from course_utils.grading.settings import load_config


def hand_in(course: Path, student: str, when: float, step: str = "submitted") -> None:
    folder = course / step / student / "hw"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hw.ipynb").touch()
    for path in (folder / "hw.ipynb", folder):
        os.utime(path, (when, when))


def test_kernels_are_needed_where_somebody_has_handed_in_since_the_last_grading(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'x'\n")
    config = load_config(tmp_path)
    assert not _is_new(config, "hw"), "nobody has handed in"
    hand_in(tmp_path, "ada", 1000)
    assert _is_new(config, "hw")
    hand_in(tmp_path, "ada", 2000, "autograded")
    assert not _is_new(config, "hw")
    hand_in(tmp_path, "bob", 1000)
    assert _is_new(config, "hw"), "somebody is new in a class that was graded before"
    hand_in(tmp_path, "bob", 2000, "autograded")
    assert not _is_new(config, "hw")
    hand_in(tmp_path, "ada", 3000)
    assert _is_new(config, "hw"), "somebody has handed in again"
