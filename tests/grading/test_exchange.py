"""nbgrader's exchange through our intake: the system's times count, links stay out, feedback can be fetched."""

from __future__ import annotations

import datetime
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from course_utils.grading import feedback
from course_utils.grading.exchange import Collect, ReleaseFeedback
from tests.grading.classroom import make_light_course
from tests.grading.hall import enter, graded_notebook, hand_in, report

ALL = {"test": 2.0, "checked": 5.0, "essay": 4.0}
LONG_AGO = "2020-01-01 00:00:00 UTC"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = make_light_course(tmp_path / "course")
    enter(course)
    return course


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    folder = tmp_path / "exchange"
    (folder / "machine-learning" / "inbound").mkdir(parents=True)
    folder.chmod(0o777)
    return folder


def plugin(kind: type, course: Path, exchange: Path, **settings: Any) -> Any:
    """One of the exchange's plug-ins, as nbgrader's command makes it."""
    config = Config({"Exchange": {"root": str(exchange)}})
    config.CourseDirectory = Config(
        course_id="machine-learning",
        assignment_id="hello",
        root=str(course),
        submitted_directory="class/submitted",
        feedback_directory="class/feedback",
        autograded_directory="class/autograded",
        db_url=f"sqlite:///{course / 'class' / 'gradebook.db'}",
    )
    made = kind(coursedir=CourseDirectory(config=config), config=config, **settings)
    made.check_owner = False
    return made


def submitted(exchange: Path, time: str) -> Path:
    """What a student's `nbgrader submit` leaves in the exchange, with a time of the student's choice."""
    folder = exchange / "machine-learning" / "inbound" / f"ada+hello+{time}+secret"
    folder.mkdir()
    (folder / "hello.ipynb").write_text("{}")
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text("secret")
    return folder


def test_a_backdated_submission_has_the_time_of_its_files(course: Path, exchange: Path) -> None:
    folder = submitted(exchange, LONG_AGO)
    for path in (folder, *folder.iterdir()):
        os.utime(path, (0, 0))
    plugin(Collect, course, exchange).start()
    target = course / "class" / "submitted" / "ada" / "hello"
    came = datetime.datetime.strptime(
        (target / "timestamp.txt").read_text().strip(), "%Y-%m-%d %H:%M:%S.%f UTC"
    )
    assert abs(came - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)) < datetime.timedelta(
        minutes=10
    )
    assert (target / "submission_secret.txt").read_text() == "secret"


def test_an_honest_time_is_kept_to_the_letter(course: Path, exchange: Path) -> None:
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    submitted(exchange, now)
    plugin(Collect, course, exchange).start()
    said = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text()
    assert said == now.replace(" UTC", ".000000 UTC\n")


def test_after_a_restore_the_students_times_can_be_believed(course: Path, exchange: Path) -> None:
    submitted(exchange, LONG_AGO)
    plugin(Collect, course, exchange, believe_times=True).start()
    said = (course / "class" / "submitted" / "ada" / "hello" / "timestamp.txt").read_text()
    assert said.startswith("2020-01-01 00:00:00")


def test_links_and_pipes_stay_in_the_exchange(course: Path, exchange: Path, tmp_path: Path) -> None:
    folder = submitted(exchange, LONG_AGO)
    (tmp_path / "secret").write_text("the class secret")
    (folder / "notes.txt").symlink_to(tmp_path / "secret")
    (folder / "data").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    plugin(Collect, course, exchange).start()
    target = course / "class" / "submitted" / "ada" / "hello"
    assert {path.name for path in target.iterdir()} == {
        "hello.ipynb",
        "timestamp.txt",
        "submission_secret.txt",
    }


def test_released_feedback_can_be_fetched_by_its_secret_also_beside_those_who_sent_zips(
    course: Path, exchange: Path
) -> None:
    path = hand_in(course, "ada", ALL, notebook=graded_notebook(report()))
    (path.parent / "submission_secret.txt").write_text("secret")
    hand_in(course, "bob", ALL, notebook=graded_notebook(report()))
    pages = feedback(course, "hello").pages
    shutil.rmtree(exchange / "machine-learning" / "feedback", ignore_errors=True)
    plugin(ReleaseFeedback, course, exchange).start()
    released = list((exchange / "machine-learning" / "feedback").glob("*.html"))
    assert sorted(one.read_text() for one in released) == sorted(page.read_text() for page in pages)
    assert {stat.S_IMODE(one.stat().st_mode) for one in released} == {0o644}
    assert {stat.S_IMODE(page.stat().st_mode) for page in pages} == {0o600}
