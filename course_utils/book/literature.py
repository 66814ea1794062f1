"""The bibliography's style: each entry is labelled as the text cites it, by authors and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as Unsorted
from pybtex.style.labels import BaseLabelStyle

from course_utils.book.references import authors_cited

if TYPE_CHECKING:
    from pybtex.database import Entry
    from sphinx.application import Sphinx


class AuthorYearLabels(BaseLabelStyle):
    """Labels such as *Harris et al., 2020*; a letter tells two of one year apart."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """The label of each entry, in the order of the entries."""
        labels = [
            f"{authors_cited(entry)}, {entry.fields.get('year', 'no date')}" for entry in sorted_entries
        ]
        shared, seen = Counter(labels), Counter()
        for label in labels:
            seen[label] += 1
            yield label + chr(ord("a") + seen[label] - 1) if shared[label] > 1 else label


class CourseStyle(Unsorted):
    """The plain style of BibTeX, in the order of authors, with author-year labels."""

    default_label_style = AuthorYearLabels
    default_sorting_style = "author_year_title"


def setup(app: Sphinx) -> None:
    """Make the style known to sphinxcontrib-bibtex, which `_config.yml` tells to use it."""
    register_plugin("pybtex.style.formatting", "course", CourseStyle)
