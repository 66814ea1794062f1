"""Which lines of a test cell are hidden tests: what students do not get to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Regions:
    """How the course marks hidden tests in its source notebooks."""

    begin: str = "BEGIN HIDDEN TESTS"
    end: str = "END HIDDEN TESTS"

    def hides(self, source: str) -> bool:
        """Whether a test cell has hidden tests."""
        return self.begin in source

    def visible(self, source: str) -> str:
        """Return the test cell as students have it, without hidden tests."""
        return "\n".join(line for _, line, hidden in self._lines(source) if not hidden).strip()

    def is_hidden(self, source: str, number: int) -> bool:
        """Whether the line of that number, from 1, is a hidden test, or not in the cell at all."""
        lines = {line_number: hidden for line_number, _, hidden in self._lines(source)}
        return lines.get(number, True)

    def _lines(self, source: str) -> Iterator[tuple[int, str, bool]]:
        hidden = False
        for number, line in enumerate(source.split("\n"), 1):
            hidden = hidden or self.begin in line
            yield number, line, hidden
            hidden = hidden and self.end not in line
