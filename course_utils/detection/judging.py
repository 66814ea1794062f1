"""How good a detector is: precision and recall over all scores, and their mean over kinds of things, as COCO does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.detection.boxes import intersection_over_union

#: Where precision is read off: a hundred and one recalls from 0 to 1.
RECALLS = np.linspace(0, 1, 101)
#: COCO's ten bounds for a box to count: the mean over them is its main figure.
COCO_OVERLAPS = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True)
class Found:
    """What is, or was said to be, in one picture.

    Attributes:
        boxes: of shape (n, 4).
        labels: of shape (n,), the kind of each.
        scores: of shape (n,) for what a detector says; None for the truth.
    """

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray | None = None


def average_precision(
    said: Sequence[Found], true: Sequence[Found], label: int, overlap: float = 0.5
) -> float:
    """The mean precision for one kind over all recalls; NaN where no picture shows it.

    A box counts as right when it shares at least `overlap` with a true box of its kind that no surer box has taken.
    """
    precision, recall = precision_and_recall(said, true, label, overlap)
    if np.isnan(recall).any():
        return float("nan")
    # The best precision at this recall or a higher one.
    ceiling = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    return float(np.mean([ceiling[place] if place < len(ceiling) else 0.0 for place in places]))


def precision_and_recall(
    said: Sequence[Found], true: Sequence[Found], label: int, overlap: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall of one kind as the bound on the score sinks, each of shape (boxes said,).

    Where no picture shows the kind, recall is NaN.
    """
    scores, hits, things = [], [], 0
    for answer, truth in zip(said, true, strict=True):
        chosen = answer.labels == label
        wanted = truth.boxes[truth.labels == label]
        things += len(wanted)
        if answer.scores is None:
            raise ValueError("what was said needs scores")
        order = np.argsort(-answer.scores[chosen], kind="stable")
        scores.append(answer.scores[chosen][order])
        hits.append(_hits(answer.boxes[chosen][order], wanted, overlap))
    all_scores = np.concatenate([np.zeros(0), *scores])
    order = np.argsort(-all_scores, kind="stable")
    right = np.cumsum(np.concatenate([np.zeros(0), *hits])[order])
    if not things:
        return np.zeros(len(right)), np.full(max(1, len(right)), np.nan)
    return right / np.arange(1, len(right) + 1), right / things


def mean_average_precision(
    said: Sequence[Found], true: Sequence[Found], classes: int, overlaps: Sequence[float] | float = 0.5
) -> float:
    """The mean of `average_precision` over the kinds that appear, and over the `overlaps` that are asked for."""
    values = [
        average_precision(said, true, label, float(overlap))
        for overlap in np.atleast_1d(overlaps)
        for label in range(classes)
    ]
    return float(np.nanmean(values))


def _hits(boxes: np.ndarray, wanted: np.ndarray, overlap: float) -> np.ndarray:
    """For each box, surest first, 1 where it finds a true box that was still free, else 0."""
    hits = np.zeros(len(boxes))
    if not len(boxes) or not len(wanted):
        return hits
    shares = intersection_over_union(boxes, wanted)
    free = np.ones(len(wanted), bool)
    for place, row in enumerate(shares):
        best = int(np.argmax(np.where(free, row, -1.0)))
        if free[best] and row[best] >= overlap:
            free[best] = False
            hits[place] = 1
    return hits
