"""How the course's directives tell an author about a mistake in a page."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


def report(directive: SphinxDirective, message: str, near: str = "") -> list[nodes.Node]:
    """Warn about *message* at the directive's page and line, and put nothing in the page.

    The site is built with warnings as errors, so the build fails; as a warning it lets one build
    list every mistake. The page is marked to be read again, because Sphinx would otherwise forget
    the warning in the next incremental build.

    Args:
        directive: Where the mistake is.
        message: What is wrong, and the cure.
        near: Words of the directive's body; the line that has them is named instead of the opening one.

    Returns:
        An empty list, for the directive to return.
    """
    logger.warning(
        "%s: %s",
        directive.name,
        message,
        location=(directive.env.docname, _line(directive, near)),
        type="course",
        subtype=directive.name,
    )
    directive.env.note_reread()
    return []


def _line(directive: SphinxDirective, near: str) -> int:
    """The line of the source file; MyST counts a few lines wrong inside cells and nested directives."""
    lines = Path(directive.env.doc2path(directive.env.docname)).read_text(encoding="utf-8").splitlines()
    words = [f"{{{directive.name}}}", *(argument.split("\n")[0] for argument in directive.arguments)]
    openings = [number for number, line in enumerate(lines, 1) if all(word in line for word in words)]
    opening = min(openings, key=lambda number: abs(number - directive.lineno), default=directive.lineno)
    later = (number for number, line in enumerate(lines[opening:], opening + 1) if near in line)
    return next(later, opening) if near else opening
