"""Charts as inline SVG: curves of a check, and bars of a class. No script, no style attribute, told in words too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from course_utils.checks.charts import Chart, Curve

_WIDTH, _HEIGHT = 520, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 20, 12, 44
#: Losses that fall by more than this are drawn on a logarithmic axis, where both ends can be seen.
_LOGARITHMIC = 1000
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Drawing:
    """An SVG picture, what it shows in words, and its curves: the name of each, and whether it is drawn as dots."""

    title: str
    svg: Markup
    words: str
    names: tuple[tuple[str, bool], ...] = ()


def draw(chart: Chart) -> Drawing:
    """Draw the curves of a chart. The first one, the student's, lies on top."""
    curves = [curve for curve in chart.curves if curve.x]
    xs = [x for curve in curves for x in curve.x]
    ys = [y for curve in curves for y in curve.y]
    lines = [curve for curve in curves if not curve.points]
    logarithmic = min(ys) > 0 and max(ys) / min(ys) > _LOGARITHMIC and bool(lines)
    across, up = _Axis.over(xs), _Axis.over(ys, logarithmic)
    y_label = f"{chart.y_label}, in powers of ten" if logarithmic else chart.y_label
    parts = [*_frame(across, up, chart.x_label, y_label)]
    for number, curve in reversed(list(enumerate(curves))):
        parts.append(_curve(curve, number, across, up))
    words = ". ".join(f"{curve.label}: {_told(curve)}" for curve in curves)
    return Drawing(
        chart.title,
        _svg(parts, f"{chart.title}. {words}."),
        words,
        tuple((curve.label, curve.points) for curve in curves),
    )


def bars(title: str, counts: Sequence[int], edges: Sequence[str], x_label: str) -> Drawing:
    """Draw how many there are between each edge and the next."""
    up = _Axis.over([0, max(counts, default=0) + 1])
    floor, width = _HEIGHT - _BOTTOM, (_WIDTH - _LEFT - _RIGHT) / max(1, len(counts))
    parts = [*_frame(None, up, x_label, "students", whole=True)]
    for number, edge in enumerate(edges):
        parts.append(
            f'<text x="{_LEFT + number * width:.1f}" y="{floor + 16}" text-anchor="middle">{escape(edge)}</text>'
        )
    for number, count in enumerate(counts):
        left, top = _LEFT + number * width, up.place(count, floor, _TOP)
        parts.append(
            f'<rect class="bar" x="{left + 2:.1f}" y="{top:.1f}" width="{width - 4:.1f}" height="{floor - top:.1f}"/>'
        )
        if count:
            parts.append(
                f'<text x="{left + width / 2:.1f}" y="{top - 4:.1f}" text-anchor="middle">{count}</text>'
            )
    ranges = zip(counts, edges, edges[1:], strict=False)
    words = ", ".join(f"{count} from {low} to {high}" for count, low, high in ranges if count)
    return Drawing(title, _svg(parts, f"{title}, by {x_label}: {words}."), words)


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    @classmethod
    def over(cls, values: Iterable[float], logarithmic: bool = False) -> _Axis:
        values = list(values)
        low, high = min(values), max(values)
        if logarithmic:
            low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
            first, last = round(math.log10(low)), round(math.log10(high))
            step = max(1, math.ceil((last - first) / 6))
            return cls(low, high, tuple(10.0**power for power in range(first, last + 1, step)), True)
        if low == high:
            low, high = low - 1, high + 1
        if 0 < low < 0.5 * high:
            low = 0.0
        step = _step((high - low) / 5)
        first, last = math.floor(low / step), math.ceil(high / step)
        ticks = tuple(number * step for number in range(first, last + 1))
        return cls(first * step, last * step, ticks)

    def place(self, value: float, start: float, end: float) -> float:
        """Where a value lies between two places on the page."""
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return start + share * (end - start)

    def say(self, tick: float) -> str:
        """A tick as text; on a logarithmic axis as a power of ten."""
        return f"10{str(round(math.log10(tick))).translate(_RAISED)}" if self.logarithmic else _short(tick)


def _step(rough: float) -> float:
    """A step of 1, 2 or 5 times a power of ten, not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)


def _frame(across: _Axis | None, up: _Axis, x_label: str, y_label: str, whole: bool = False) -> Iterable[str]:
    floor, edge = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for tick in up.ticks:
        if whole and tick != round(tick):
            continue
        y = up.place(tick, floor, _TOP)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{edge}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{up.say(tick)}</text>'
    for tick in across.ticks if across else ():
        x = across.place(tick, _LEFT, edge)
        yield f'<text x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{across.say(tick)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{floor}H{edge}"/>'
    yield f'<text x="{(_LEFT + edge) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>'
    yield (
        f'<text x="14" y="{(_TOP + floor) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {(_TOP + floor) / 2})">{escape(y_label)}</text>'
    )


def _curve(curve: Curve, number: int, across: _Axis, up: _Axis) -> str:
    places = [
        (across.place(x, _LEFT, _WIDTH - _RIGHT), up.place(y, _HEIGHT - _BOTTOM, _TOP))
        for x, y in zip(curve.x, curve.y, strict=True)
    ]
    if curve.points or len(places) == 1:
        return "".join(f'<circle class="dot c{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline class="curve c{number}" points="{line}"/>'


def _svg(parts: Iterable[str], words: str) -> Markup:
    inside = "".join(parts)
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(words)}">{inside}</svg>'
    )


def _told(curve: Curve) -> str:
    if curve.points:
        return f"{len(curve.x)} points"
    return f"from {_short(curve.y[0])} to {_short(curve.y[-1])}"


def _short(number: float) -> str:
    return f"{number:.4g}".replace("-", "−") if abs(number) > 1e-12 else "0"
