"""Curves that say more than a sentence: what a check gives to be drawn in a feedback page, as plain data."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

#: More points than this are thinned out: a page draws no more.
MOST_POINTS = 200
_MOST_CURVES = 6
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class Curve:
    """One named curve; `x` and `y` are finite and equally long. `points` draws dots instead of a line."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    points: bool = False


@dataclass(frozen=True)
class Chart:
    """Curves that share their axes. The first is the student's, the others are what it is held against."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]


def curve(label: str, y: Iterable[float], x: Iterable[float] | None = None, points: bool = False) -> Curve:
    """Return a curve through `y`, over 0, 1, 2, … unless `x` is given, without what is not finite."""
    values = np.asarray(list(y), dtype=np.float64).ravel()
    places = np.arange(values.size) if x is None else np.asarray(list(x), dtype=np.float64).ravel()
    size = min(values.size, places.size)
    kept = np.isfinite(values[:size]) & np.isfinite(places[:size])
    values, places = values[:size][kept], places[:size][kept]
    if values.size > MOST_POINTS:
        chosen = np.linspace(0, values.size - 1, MOST_POINTS).astype(int)
        values, places = values[chosen], places[chosen]
    return Curve(label, tuple(places.tolist()), tuple(values.tolist()), points)


def chart_from_data(data: object) -> Chart | None:
    """Read a chart from plain data, as `dataclasses.asdict` wrote it; None for whatever else it is."""
    if not isinstance(data, Mapping) or not isinstance(data.get("curves"), list | tuple):
        return None
    curves = tuple(filter(None, (_curve_from_data(one) for one in data["curves"][:_MOST_CURVES])))
    if not curves:
        return None
    title, x_label, y_label = (
        str(data.get(key, ""))[:_LONGEST_LABEL] for key in ("title", "x_label", "y_label")
    )
    return Chart(title, x_label, y_label, curves)


def _curve_from_data(data: Any) -> Curve | None:
    if not isinstance(data, Mapping):
        return None
    x, y = data.get("x"), data.get("y")
    if not isinstance(x, list | tuple) or not isinstance(y, list | tuple) or not 0 < len(x) <= MOST_POINTS:
        return None
    if len(x) != len(y) or not all(type(one) in (int, float) and math.isfinite(one) for one in (*x, *y)):
        return None
    label = str(data.get("label", ""))[:_LONGEST_LABEL]
    return Curve(label, tuple(map(float, x)), tuple(map(float, y)), data.get("points") is True)
