"""The same pages from nbgrader's own `generate_feedback`, and from formgrader's button.

c.GenerateFeedback.exporter_class = "course_utils.grading.feedback_pages.exporter.FeedbackExporter"
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.api import Gradebook

from course_utils.grading.feedback_pages.pages import student_page
from course_utils.grading.feedback_pages.student import make_page
from course_utils.grading.feedback_pages.writing import regions_of
from course_utils.grading.marks import class_marks


class FeedbackExporter(Exporter):
    """Makes the feedback page of an autograded notebook. nbgrader says in `resources` whose it is."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, ResourcesDict]:
        """Return the page and the resources."""
        about = (resources or {})["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            student = class_marks(gradebook, about["assignment"], about["student"])[about["student"]]
        page = make_page(about["assignment"], about["notebook"], student, nb, regions_of(self.config))
        made = ResourcesDict()
        made.update(resources or {})
        made["output_extension"] = self.file_extension
        return student_page(page), made
