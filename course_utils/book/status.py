"""The ``execution-status`` directive: a table of the latest run of every chapter."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_utils.book.execution import TIMEOUT, read_report, report_path
from course_utils.book.pages import pages


class ExecutionStatus(SphinxDirective):
    """``:::{execution-status}``: chapter, seconds and result, as the build found them."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        root = self.env.srcdir
        self.env.note_dependency(str(report_path(root)))
        runs = read_report(root)
        table = nodes.table(classes=["colwidths-auto"])
        group = nodes.tgroup(cols=3)
        table += group
        group += [nodes.colspec(colwidth=width) for width in (6, 2, 2)]
        head, body = nodes.thead(), nodes.tbody()
        group += [head, body]
        head += _row("Chapter", "Seconds", "Result")
        for page in pages(root):
            if run := runs.get(page):
                seconds = float(run["seconds"])
                result = "ran to its end" if run["status"] == "ok" else "stopped"
                body += _row(page.removeprefix("book/"), f"{seconds:.1f} of {TIMEOUT}", result)
        return [table]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("execution-status", ExecutionStatus)


def _row(*texts: str) -> nodes.row:
    row = nodes.row()
    for text in texts:
        row += nodes.entry("", nodes.paragraph("", text))
    return row
