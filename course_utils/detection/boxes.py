"""Boxes: how much two of them share, and which of many that mean the same thing is kept."""

from __future__ import annotations

import numpy as np


def intersection_over_union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The area that two boxes share, divided by the area that they cover together: 0 apart, 1 alike.

    `first` has the shape (n, 4), `second` (m, 4); returns (n, m). Two boxes without area share nothing.
    """
    first, second = np.atleast_2d(first)[:, None, :], np.atleast_2d(second)[None, :, :]
    top_left = np.maximum(first[..., :2], second[..., :2])
    bottom_right = np.minimum(first[..., 2:], second[..., 2:])
    shared = np.prod(np.maximum(bottom_right - top_left, 0), axis=-1)
    covered = _areas(first) + _areas(second) - shared
    return np.divide(shared, covered, out=np.zeros_like(covered, float), where=covered > 0)


def non_maximum_suppression(
    boxes: np.ndarray, scores: np.ndarray, overlap: float = 0.5, most: int | None = None
) -> np.ndarray:
    """Keep the best box, drop all that share more than `overlap` with it, and go on with the rest.

    `boxes` has the shape (n, 4), `scores` (n,). Returns the places of those kept, the best first, int64; at most
    `most` of them.
    """
    # A stable order: of two boxes with one score the earlier wins, as in TensorFlow.
    waiting = np.argsort(-np.asarray(scores), kind="stable")
    kept: list[int] = []
    while len(waiting) and (most is None or len(kept) < most):
        best, waiting = waiting[0], waiting[1:]
        kept.append(int(best))
        shares = intersection_over_union(boxes[best], boxes[waiting])[0]
        waiting = waiting[shares <= overlap]
    return np.array(kept, np.int64)


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
