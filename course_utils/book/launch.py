"""The ``launch`` directive: open a notebook of the repository in Colab or Binder, or download it."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_utils.book.mistakes import report
from course_utils.book.repository import repository

_ALONE = "Download the notebook and open it in JupyterLab, or upload it to Colab."


class Launch(SphinxDirective):
    """``:::{launch} PATH``, a notebook's path from the root of the repository."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = False

    def run(self) -> list[nodes.Node]:
        """Build the row of links, or report that the notebook does not exist."""
        path = self.arguments[0].strip().lstrip("/")
        source = Path(self.env.srcdir, path)
        self.env.note_dependency(str(source))
        if source.suffix != ".ipynb" or not source.is_file():
            return report(
                self, f"there is no notebook {path}; make it (`course release`) or correct the path"
            )
        row = nodes.container(classes=["course-launch"])
        row += self._links(path)
        if not repository(Path(self.env.srcdir)):
            row += nodes.paragraph("", _ALONE)
        self.set_source_info(row)
        return [row]

    def _links(self, path: str) -> nodes.paragraph:
        known = repository(Path(self.env.srcdir))
        links: list[nodes.Node] = []
        if known:
            places = {"Open in Colab": known.colab(path), "Open in Binder": known.binder(path)}
            for words, address in places.items():
                if address:
                    links += [nodes.reference("", words, refuri=address, internal=False), nodes.Text(" ")]
        # what Sphinx's own {download} makes: the file is copied into the site
        target = {"refdoc": self.env.docname, "reftarget": f"/{path}", "reftype": "download"}
        download = addnodes.download_reference("", refdomain="", refexplicit=True, **target)
        download += nodes.inline(text=f"Download {Path(path).name}")
        return nodes.paragraph("", "", *links, download)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("launch", Launch)
