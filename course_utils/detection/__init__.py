"""Finding things in pictures: boxes and how they are judged, and a small single-shot detector.

A box is four numbers: top, left, bottom, right, as shares of the picture. Boxes have the shape (n, 4).
"""

from course_utils.detection.boxes import intersection_over_union, non_maximum_suppression
from course_utils.detection.judging import Found, average_precision, mean_average_precision
from course_utils.detection.single_shot import (
    Anchors,
    anchors,
    decode,
    detect,
    network,
    targets,
    train,
)

__all__ = [
    "Anchors",
    "Found",
    "anchors",
    "average_precision",
    "decode",
    "detect",
    "intersection_over_union",
    "mean_average_precision",
    "network",
    "non_maximum_suppression",
    "targets",
    "train",
]
