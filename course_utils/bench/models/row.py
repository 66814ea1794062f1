"""One line of the table of `course bench models`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What one model reached.

    Attributes:
        model: its name for people, such as "digits-cnn, as shipped".
        data: what the score was measured on, with the number of rows.
        accuracy: the share that it got right, or the mean of such shares.
        spread: the standard deviation over several splits, None where there is one test part.
        bar: the least accuracy that the course promises, None for what stands beside for comparison.
        is_real: False where the bundled data stand in for the real ones; the bar does not count then.
        seconds: how long training and judging took.
        note: how it was trained, in a few words.
    """

    model: str
    data: str
    accuracy: float
    spread: float | None = None
    bar: float | None = None
    is_real: bool = True
    seconds: float = 0.0
    note: str = ""

    @property
    def fault(self) -> str:
        """A sentence where the bar is missed, else nothing."""
        if self.bar is None or not self.is_real or round(self.accuracy, 4) >= self.bar:
            return ""
        return f"{self.model}: {self.accuracy:.4f} on {self.data}, below {self.bar}."
