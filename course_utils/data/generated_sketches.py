"""Drawings that the course makes itself: ten things as strokes, no two of them alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Strokes = list[np.ndarray]
_Random = np.random.Generator


def drawing(name: str, random: np.random.Generator) -> Strokes:
    """A thing's strokes, each an array of points (x, y) with y downwards, about 100 units large.

    Proportions, positions and what may be left out vary at random; then the whole is turned, slanted and made as
    uneven as a hand makes it.
    """
    return _by_hand(_MAKERS[name](random), random)


def _by_hand(strokes: Strokes, random: _Random) -> Strokes:
    turn = random.normal(0, 0.07)
    slant = random.normal(0, 0.08)
    stretch = np.exp(random.normal(0, 0.1, 2))
    matrix = np.array([[np.cos(turn), np.sin(turn) + slant], [-np.sin(turn), np.cos(turn)]]) * stretch
    drawn = []
    for stroke in strokes:
        points = _along(stroke)
        moved = (points - 50) @ matrix.T + 50
        # A hand wanders slowly: noise with few waves along the stroke, and each stroke starts a little off.
        time = np.linspace(0, 1, len(points))[:, None]
        for waves in (1, 2, 3):
            phase = random.uniform(0, 2 * np.pi, 2)
            moved = moved + random.normal(0, 1.1 / waves, 2) * np.sin(2 * np.pi * waves * time + phase)
        drawn.append(moved + random.normal(0, 1.2, 2))
    return drawn


def _along(stroke: np.ndarray, step: float = 4.0) -> np.ndarray:
    """The same line with a point about every `step` units."""
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0, at[-1], max(2, int(at[-1] / step) + 1))
    return np.stack([np.interp(places, at, stroke[:, axis]) for axis in (0, 1)], axis=1)


def _line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float64)


def _arc(
    x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0, points: int = 40
) -> np.ndarray:
    """Part of an ellipse; degrees clockwise from three o'clock, as y points downwards."""
    angle = np.radians(np.linspace(start, end, points))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def _ring(random: _Random, x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """An ellipse as drawn in one go: begun anywhere, in either sense, closed a little early or late."""
    start = random.uniform(0, 360)
    whole = random.choice([-1, 1]) * random.uniform(345, 380)
    return _arc(x, y, rx, ry, start, start + whole)


def _apple(random: _Random) -> Strokes:
    angle = np.linspace(-np.pi / 2, 1.5 * np.pi, 50)
    dent = 1 - random.uniform(0.15, 0.4) * np.exp(-(((angle + np.pi / 2) % (2 * np.pi) - 0) ** 2) / 0.15)
    dent = np.minimum(dent, dent[::-1])
    width, height = random.uniform(34, 42), random.uniform(30, 38)
    body = np.stack([50 + width * dent * np.cos(angle), 60 + height * dent * np.sin(angle)], axis=1)
    top = body[0, 1]
    lean = random.uniform(-8, 10)
    strokes = [body, _line((50, top), (50 + lean / 2, top - 8), (50 + lean, top - random.uniform(14, 24)))]
    if random.random() < 0.55:
        x, y = 50 + lean * 0.7, top - 11
        length = random.uniform(14, 24)
        strokes.append(
            _line((x, y), (x + length / 2, y - 9), (x + length, y - 5), (x + length / 2, y + 2), (x, y))
        )
    return strokes


def _bicycle(random: _Random) -> Strokes:
    radius = random.uniform(17, 22)
    y = 68.0
    left, right = (22.0, y), (random.uniform(76, 82), y)
    pedal = (random.uniform(44, 50), y - random.uniform(-2, 4))
    seat = (random.uniform(36, 42), random.uniform(36, 42))
    steer = (random.uniform(66, 71), random.uniform(34, 40))
    strokes = [_ring(random, *left, radius, radius), _ring(random, *right, radius, radius)]
    strokes += [_line(left, seat, steer, pedal, left), _line(seat, pedal), _line(right, steer)]
    bar = (steer[0] - random.uniform(-1, 3), steer[1] - random.uniform(8, 13))
    strokes.append(_line(steer, bar, (bar[0] + random.choice([-9, 9]), bar[1] - random.uniform(-2, 4))))
    strokes.append(_line((seat[0] - 7, seat[1] - 6), (seat[0] + 6, seat[1] - 6)))
    if random.random() < 0.4:
        strokes.append(_ring(random, *pedal, 4, 4))
    if random.random() < 0.25:
        for x, _ in (left, right):
            strokes += [_line((x - radius, y), (x + radius, y)), _line((x, y - radius), (x, y + radius))]
    return strokes


def _cat(random: _Random) -> Strokes:
    rx, ry = random.uniform(32, 40), random.uniform(28, 34)
    strokes = [_ring(random, 50, 58, rx, ry)]
    for side in (-1, 1):
        tip = (50 + side * rx * random.uniform(0.75, 0.95), 58 - ry - random.uniform(8, 18))
        strokes.append(
            _line((50 + side * rx * 0.95, 58 - ry * 0.35), tip, (50 + side * rx * 0.3, 58 - ry * 0.95))
        )
        strokes.append(_ring(random, 50 + side * 13, 51, 3.5, random.uniform(3, 5)))
        for tilt in (-5, 0, 5)[: random.integers(2, 4)]:
            strokes.append(
                _line((50 + side * 14, 64 + tilt / 3), (50 + side * random.uniform(38, 50), 63 + 1.6 * tilt))
            )
    strokes.append(_line((46, 60), (54, 60), (50, 65), (46, 60)))
    if random.random() < 0.8:
        strokes.append(np.concatenate([_arc(44, 66, 6, 6, 180, 0, 12), _arc(56, 66, 6, 6, 180, 0, 12)]))
    return strokes


def _diamond(random: _Random) -> Strokes:
    if random.random() < 0.4:
        wide, high = random.uniform(28, 40), random.uniform(38, 46)
        return [_line((50, 50 - high), (50 + wide, 50), (50, 50 + high), (50 - wide, 50), (50, 50 - high))]
    wide, flat, shoulder = random.uniform(38, 46), random.uniform(20, 27), random.uniform(32, 40)
    top, tip = 18.0, random.uniform(80, 90)
    strokes = [
        _line(
            (50 - flat, top),
            (50 + flat, top),
            (50 + wide, shoulder),
            (50, tip),
            (50 - wide, shoulder),
            (50 - flat, top),
        ),
        _line((50 - wide, shoulder), (50 + wide, shoulder)),
    ]
    if random.random() < 0.7:
        inner = random.uniform(12, 18)
        strokes += [_line((50 - inner, shoulder), (50, tip)), _line((50 + inner, shoulder), (50, tip))]
        if random.random() < 0.7:
            strokes.append(
                _line(
                    (50 - flat, top),
                    (50 - inner, shoulder),
                    (50, top),
                    (50 + inner, shoulder),
                    (50 + flat, top),
                )
            )
    return strokes


def _eye(random: _Random) -> Strokes:
    high = random.uniform(18, 28)
    x = np.linspace(-45, 45, 24)
    lid = high * (1 - (x / 45) ** 2)
    strokes = [
        np.stack([50 + x, 52 - lid], axis=1),
        np.stack([50 + x, 52 + lid * random.uniform(0.7, 1)], axis=1),
    ]
    iris = high * random.uniform(0.6, 0.85)
    strokes.append(_ring(random, 50, 52, iris, iris))
    pupil = iris * random.uniform(0.25, 0.45)
    strokes += [_ring(random, 50, 52, pupil, pupil), _ring(random, 50, 52, pupil / 2, pupil / 2)]
    for place in np.linspace(-0.7, 0.7, random.integers(4, 8)) if random.random() < 0.45 else ():
        foot = np.array([50 + 45 * place, 52 - high * (1 - place**2)])
        tip = np.array([12 * place, -random.uniform(9, 15)])
        strokes.append(np.array([foot, foot + tip]))
    return strokes


def _fish(random: _Random) -> Strokes:
    side = random.choice([-1, 1])
    rx, ry = random.uniform(29, 35), random.uniform(14, 22)
    tail = rx + random.uniform(14, 20)
    spread = random.uniform(11, 19)
    turned = [
        (42 + rx * 0.93, 46),
        (42 + tail, 50 - spread),
        (42 + tail - 3, 50 + spread),
        (42 + rx * 0.93, 54),
    ]
    strokes = [_arc(42, 50, rx, ry, 18, 342), _line(*turned)]
    strokes.append(_ring(random, 42 - rx * 0.6, 50 - ry * 0.25, 2.5, 2.5))
    if random.random() < 0.5:
        strokes.append(_arc(42 - rx * 0.45, 50, 6, ry * 0.7, -70, 70, 12))
    if random.random() < 0.4:
        strokes.append(_line((36, 50 - ry), (46, 50 - ry - 9), (54, 50 - ry * 0.85)))
    if random.random() < 0.4:
        strokes.append(_line((42 - rx, 54), (42 - rx * 0.75, 54)))
    return [np.stack([50 + side * (points[:, 0] - 50), points[:, 1]], axis=1) for points in strokes]


def _bowtie(random: _Random) -> Strokes:
    wide, outer, inner = random.uniform(38, 46), random.uniform(19, 28), random.uniform(4, 9)
    knot = random.uniform(6, 10)
    strokes = []
    for side in (-1, 1):
        near, far = 50 + side * knot, 50 + side * wide
        bulge = far + side * random.uniform(-5, 5)
        strokes.append(
            _line((near, 50 - inner), (far, 50 - outer), (bulge, 50), (far, 50 + outer), (near, 50 + inner))
        )
        if random.random() < 0.4:
            strokes.append(_line((near, 50), (near + side * 14, 50 + random.uniform(-4, 4))))
    if random.random() < 0.6:
        corner = knot * 1.05
        strokes.append(
            _line(
                (50 - corner, 41), (50 + corner, 41), (50 + corner, 59), (50 - corner, 59), (50 - corner, 41)
            )
        )
    else:
        strokes.append(_ring(random, 50, 50, knot, knot * 1.1))
    return strokes


def _lollipop(random: _Random) -> Strokes:
    radius = random.uniform(20, 28)
    foot = 50 + random.uniform(-10, 10)
    strokes = [_ring(random, 50, 30, radius, radius)]
    end = random.uniform(86, 97)
    if random.random() < 0.6:
        strokes.append(_line((50, 30 + radius), (foot, end)))
    else:
        strokes.append(_line((48, 30 + radius), (foot - 2, end), (foot + 2, end), (52, 30 + radius)))
    if random.random() < 0.65:
        turns = random.uniform(1.5, 2.6)
        angle = np.linspace(0, 2 * np.pi * turns, 50) * random.choice([-1, 1])
        grown = radius * np.linspace(0.05, 0.9, 50)
        strokes.append(np.stack([50 + grown * np.cos(angle), 30 + grown * np.sin(angle)], axis=1))
    return strokes


def _rainbow(random: _Random) -> Strokes:
    bands = int(random.integers(3, 6))
    outer, inner = 46.0, random.uniform(16, 26)
    flat = random.uniform(0.75, 1.05)
    radii = np.linspace(outer, inner, bands)
    strokes = [_arc(50, 75, radius, radius * flat, 180, 360, 30) for radius in radii]
    if random.random() < 0.5:
        strokes += [_line((50 + side * outer, 75), (50 + side * inner, 75)) for side in (-1, 1)]
    if random.random() < 0.3:
        for side in (-1, 1):
            middle = 50 + side * (outer + inner) / 2
            strokes.append(np.concatenate([_arc(middle + dx, 78, 8, 7, 150, 390, 10) for dx in (-9, 0, 9)]))
    return strokes


def _train(random: _Random) -> Strokes:
    side = random.choice([-1, 1])
    floor = 70.0
    cab, roof = random.uniform(24, 32), random.uniform(26, 34)
    boiler = random.uniform(44, 50)
    nose = random.uniform(84, 92)
    strokes = [
        _line((12, floor), (12, roof), (12 + cab, roof), (12 + cab, floor), (12, floor)),
        _line((12 + cab, boiler), (nose, boiler), (nose, floor), (12 + cab, floor)),
    ]
    stack = nose - random.uniform(12, 16)
    strokes.append(
        _line((stack, boiler), (stack - 2, boiler - 14), (stack + 10, boiler - 14), (stack + 8, boiler))
    )
    wheels = int(random.integers(2, 5))
    for x in np.linspace(22, nose - 10, wheels):
        radius = random.uniform(6.5, 9.5)
        strokes.append(_ring(random, x, floor + radius, radius, radius))
    if random.random() < 0.75:
        strokes.append(
            _line((18, roof + 7), (6 + cab, roof + 7), (6 + cab, roof + 19), (18, roof + 19), (18, roof + 7))
        )
    if random.random() < 0.4:
        strokes.append(_line((4, floor + 18), (97, floor + 18)))
    if random.random() < 0.4:
        strokes += [_ring(random, stack + 2 - 9 * n, boiler - 20 - 5 * n, 4 + n, 3 + n) for n in (0, 1)]
    return [np.stack([50 + side * (points[:, 0] - 50), points[:, 1]], axis=1) for points in strokes]


_MAKERS: dict[str, Callable[[_Random], Strokes]] = {
    "apple": _apple,
    "bicycle": _bicycle,
    "cat": _cat,
    "diamond": _diamond,
    "eye": _eye,
    "fish": _fish,
    "bowtie": _bowtie,
    "lollipop": _lollipop,
    "rainbow": _rainbow,
    "train": _train,
}
