"""nbgrader's configuration: `nbgrader …` run in this folder finds it by its name.

The sources are in solutions/, the students' versions in exercises/, and what belongs to one class in class/.
"""

import contextlib
from pathlib import Path

root = Path(__file__).resolve().parent
working = root / "class"
working.mkdir(mode=0o700, exist_ok=True)  # the gradebook's folder has to be there before nbgrader opens it
with contextlib.suppress(PermissionError):  # of a folder of somebody else's
    working.chmod(0o700)  # marks are nobody else's, whatever other program made the folder

c = get_config()  # noqa: F821 - nbgrader provides it

c.CourseDirectory.course_id = "machine-learning"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "class/submitted"
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"
c.CourseDirectory.db_url = f"sqlite:///{working / 'gradebook.db'}"

# nbgrader copies every file of an assignment to the students unless it is named here: the private checks and
# the wrong answers stay with the solutions.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "private",
    "wrong",
]

# Without the class secret every hidden check would fail: this stops before anybody is graded.
c.Autograde.pre_convert_hook = "course_utils.grading.classes.require_hidden_cases"

# Importing TensorFlow takes seconds, on a busy machine many.
c.Execute.timeout = 120
c.Execute.startup_timeout = 120
# An answer that prints without end must not fill the gradebook's folder.
c.LimitOutput.max_lines = 500

# What coming late costs, once an assignment has a due date (`nbgrader db assignment add week1 --duedate=…`).
c.AssignLatePenalties.plugin_class = "course_utils.grading.late.LatePolicy"
c.LatePolicy.grace_minutes = 60
c.LatePolicy.percent_a_day = 10
c.LatePolicy.most_percent = 50

# Feedback pages in which nothing of a student's acts, for their owner alone.
c.GenerateFeedback.exporter_class = "course_utils.grading.feedback_pages.exporter.FeedbackExporter"
c.GenerateFeedback.permissions = 600
c.ExchangeFactory.collect = "course_utils.grading.exchange.Collect"
c.ExchangeFactory.release_feedback = "course_utils.grading.exchange.ReleaseFeedback"
