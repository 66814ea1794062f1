"""How the course's directives tell an author about a mistake in a page."""

from __future__ import annotations

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


def report(directive: SphinxDirective, message: str) -> list[nodes.Node]:
    """Warn about *message* at the directive's page and line, and put nothing in the page.

    The site is built with warnings as errors, so the build fails; as a warning it lets one build
    list every mistake. The page is marked to be read again, because Sphinx would otherwise forget
    the warning in the next incremental build.

    Returns:
        An empty list, for the directive to return.
    """
    report_at(directive, directive.lineno, message)
    return []


def report_at(directive: SphinxDirective, line: int, message: str) -> None:
    """Warn about *message* at *line* of the directive's page."""
    logger.warning(
        "%s: %s",
        directive.name,
        message,
        location=(directive.env.docname, line),
        type="course",
        subtype=directive.name,
    )
    directive.env.note_reread()
