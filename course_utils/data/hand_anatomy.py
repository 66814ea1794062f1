"""A made-up hand: its measures, its skin, the poses of its fingers, and where its bones then lie.

Lengths are in millimetres. The hand is a right one that shows its palm: x to the right, where the thumb is, y up
to the fingertips, z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

GESTURES = ("rock", "paper", "scissors", "lizard", "spock")
#: Poses that belong to no gesture of the game.
OTHERS = ("thumbs-up", "pointing", "ok", "phone", "three", "four", "horns", "pistol", "claw", "pinch")

# What a part of the surface is, which decides its colour.
SKIN, FINGER, FINGERTIP, SLEEVE = range(4)

# Skin from light to dark, as it looks in white light, with values as a screen has them.
_TONES = (
    (244, 214, 196),
    (236, 196, 170),
    (228, 182, 150),
    (214, 162, 126),
    (196, 142, 104),
    (174, 120, 84),
    (148, 98, 68),
    (120, 78, 54),
    (92, 60, 44),
    (70, 46, 36),
)
# So that neighbouring numbers are people of different skin.
_TONE_OF_PERSON = (1, 6, 3, 8, 4, 0, 7, 2, 5, 9)

# For each finger, from the index finger on: where it begins on the palm, and the lengths of its bones.
_KNUCKLES = np.array([[28, 97, 1], [8, 102, -2], [-13, 97, 0], [-32, 85, 4]], float)
_WRIST = np.array([[11, 8, 0], [4, 8, -1], [-4, 8, -1], [-12, 8, 1]], float)
_BONES = np.array([[44, 26, 21], [49, 30, 22], [45, 28, 22], [35, 20, 19]], float)
_WIDTHS = np.array([1.0, 1.03, 0.97, 0.86])
# Radii at the ends of the three bones of a finger, and those of the thumb.
_RADII = np.array([10.2, 9.4, 8.3, 6.6])
_THUMB_ROOT = np.array([22.0, 22.0, 8.0])
_THUMB_BONES = np.array([43.0, 33.0, 27.0])
_THUMB_RADII = np.array([14.5, 12.0, 10.6, 7.6])


@dataclass(frozen=True)
class Person:
    """The hands of one made-up person. `skin`, `nails` and `cloth` are colours from 0 to 1."""

    skin: np.ndarray
    palm: np.ndarray
    nails: np.ndarray
    cloth: np.ndarray
    sleeve: float  #: how far below the wrist the sleeve ends, in millimetres
    stripes: float  #: of the sleeve: how strong, from 0 to 1
    length: np.ndarray  #: of the four fingers and the thumb, against the usual ones
    thickness: float  #: of the fingers
    breadth: float  #: of the palm
    ring: bool
    nail_length: float


@cache
def person(number: int) -> Person:
    """The person `number`, always the same one. Numbers 0 to 9 are the ten of the course, each of another skin."""
    random = np.random.default_rng([17, number])
    place = _TONE_OF_PERSON[number] if number < len(_TONE_OF_PERSON) else random.uniform(0, len(_TONES) - 1)
    below = min(int(place), len(_TONES) - 2)
    skin = np.array(_TONES[below]) + (place - below) * np.subtract(_TONES[below + 1], _TONES[below])
    skin = np.clip((skin + random.normal(0, 4, 3)) / 255, 0.05, 0.97)
    darkness = place / (len(_TONES) - 1)
    palm = skin + (0.1 + 0.55 * darkness) * (np.array([0.86, 0.66, 0.56]) - skin)
    polished = random.random() < 0.25
    nails = random.uniform(0.1, 0.9, 3) if polished else np.clip(palm * 1.04 + [0.03, 0.0, 0.01], 0, 1)
    return Person(
        skin=skin.astype(np.float32),
        palm=np.clip(palm, 0, 1).astype(np.float32),
        nails=nails.astype(np.float32),
        cloth=_cloth(random).astype(np.float32),
        sleeve=float(random.choice([5.0, 25.0, 60.0, 400.0], p=[0.25, 0.25, 0.15, 0.35])),
        stripes=float(random.choice([0.0, 0.35]) * random.random()),
        length=random.normal(1.0, 0.045, 5) * random.normal(1.0, 0.04),
        thickness=float(np.clip(random.normal(1.0, 0.1), 0.8, 1.25)),
        breadth=float(np.clip(random.normal(1.0, 0.06), 0.87, 1.15)),
        ring=bool(random.random() < 0.25),
        nail_length=float(random.choice([1.0, 1.0, 1.5])),
    )


def _cloth(random: np.random.Generator) -> np.ndarray:
    if random.random() < 0.4:
        return np.full(3, random.uniform(0.04, 0.9)) * random.uniform(0.92, 1.0, 3)
    return random.uniform(0.05, 0.85, 3)


@dataclass(frozen=True)
class Pose:
    """How a hand is held. Angles in degrees.

    `bend` has a row a finger, from the index finger on, with the angles of its three joints; `spread` has the angle
    of each finger to the side, the thumb's side positive; `thumb` has the directions of its three bones.
    """

    bend: np.ndarray
    spread: np.ndarray
    thumb: np.ndarray

    def as_numbers(self) -> np.ndarray:
        """The pose as 25 numbers of the order of one."""
        return np.concatenate([self.bend.ravel() / 90, self.spread / 20, self.thumb.ravel()])[:25]


_STRAIGHT, _CURLED, _HOOKED = (4, 6, 4), (82, 102, 62), (20, 75, 50)
_OPEN = (16, 5, -7, -19)
_CLOSED = (1, 0, 0, 1)
_THUMB_OUT = ((0.72, 0.66, 0.2), (0.72, 0.68, 0.1), (0.66, 0.75, 0.0))
_THUMB_ALONG = ((0.45, 0.86, 0.22), (0.2, 0.97, 0.1), (0.05, 1.0, 0.0))
_THUMB_OVER_FIST = ((0.4, 0.6, 0.7), (-0.6, 0.6, 0.52), (-0.92, 0.36, 0.12))
_THUMB_OVER_RING = ((0.15, 0.62, 0.78), (-0.78, 0.42, 0.46), (-0.96, 0.26, -0.04))
_THUMB_UP = ((0.86, 0.42, 0.25), (0.97, 0.22, 0.05), (0.99, 0.05, -0.1))
_THUMB_OPPOSED = ((0.22, 0.5, 0.84), (0.0, 0.62, 0.78), (-0.1, 0.7, 0.7))
_THUMB_TO_INDEX = ((0.5, 0.6, 0.62), (0.2, 0.82, 0.54), (-0.1, 0.9, 0.4))

# Bends of the four fingers, their spread, the thumb.
_POSES: dict[str, tuple] = {
    "rock": ((_CURLED,) * 4, (2, 0, -2, -4), _THUMB_OVER_FIST),
    "paper": ((_STRAIGHT,) * 4, _OPEN, _THUMB_OUT),
    "scissors": ((_STRAIGHT, _STRAIGHT, _CURLED, _CURLED), (14, -8, -2, -4), _THUMB_OVER_RING),
    "lizard": (((62, 22, 14),) * 4, _CLOSED, _THUMB_OPPOSED),
    "spock": ((_STRAIGHT,) * 4, (14, 10, -15, -19), _THUMB_OUT),
    "thumbs-up": ((_CURLED,) * 4, (0, 0, -2, -4), _THUMB_UP),
    "pointing": ((_STRAIGHT, _CURLED, _CURLED, _CURLED), (3, 0, -2, -4), _THUMB_OVER_RING),
    "ok": (((52, 62, 26), _STRAIGHT, _STRAIGHT, _STRAIGHT), (4, 2, -8, -18), _THUMB_TO_INDEX),
    "phone": ((_CURLED, _CURLED, _CURLED, _STRAIGHT), (2, 0, -2, -18), _THUMB_OUT),
    "three": ((_STRAIGHT, _STRAIGHT, _STRAIGHT, _CURLED), (12, 0, -12, -4), _THUMB_OVER_RING),
    "four": ((_STRAIGHT,) * 4, (12, 4, -5, -15), ((0.3, 0.7, 0.65), (-0.6, 0.65, 0.45), (-0.95, 0.3, 0.0))),
    "horns": ((_STRAIGHT, _CURLED, _CURLED, _STRAIGHT), (8, 0, -2, -14), _THUMB_OVER_RING),
    "pistol": ((_STRAIGHT, _CURLED, _CURLED, _CURLED), (4, 0, -2, -4), _THUMB_OUT),
    "claw": ((_HOOKED,) * 4, _OPEN, _THUMB_OUT),
    "pinch": (((58, 40, 20),) * 4, (-2, 0, 2, 6), _THUMB_OPPOSED),
}


def pose(gesture: str, random: np.random.Generator, variety: float = 1.0) -> Pose:
    """A gesture as one person makes it once: `variety` 0 is the textbook's, 1 the whole range of people."""
    bend, spread, thumb = (np.array(part, float) for part in _POSES[gesture])
    loose = random.normal(0, 5 * variety)  # the whole hand more or less tense
    straight = bend < 30
    bend = bend + np.where(straight, abs(loose), loose) + random.normal(0, 4 * variety, bend.shape)
    if gesture in ("paper", "scissors", "spock"):
        # A flat hand with closed fingers is still paper, and a narrow pair of scissors cuts.
        least = {"paper": 0.15, "scissors": 0.55, "spock": 0.75}[gesture]
        spread = spread * (1 + variety * (random.uniform(least, 1.25) - 1))
        if gesture == "paper" and random.random() < 0.25 * variety:
            thumb = np.array(_THUMB_ALONG)
        if gesture == "scissors" and random.random() < 0.2 * variety:
            thumb = np.array(_THUMB_OVER_FIST)
        if gesture == "spock" and random.random() < 0.15 * variety:
            thumb = np.array(_THUMB_ALONG)
    if gesture == "rock" and random.random() < 0.2 * variety:
        thumb = np.array(_THUMB_ALONG) + [[0, 0, 0.25]] * 3
    spread = spread + random.normal(0, 2 * variety, 4)
    return Pose(np.clip(bend, -8, 112), spread, _unit(thumb + random.normal(0, 0.1 * variety, (3, 3))))


def moved(held: Pose, random: np.random.Generator, degrees: float) -> Pose:
    """The same hand a moment later."""
    return Pose(
        held.bend + random.normal(0, degrees, held.bend.shape),
        held.spread + random.normal(0, degrees / 2, 4),
        _unit(held.thumb + random.normal(0, degrees / 60, (3, 3))),
    )


@dataclass(frozen=True)
class Bones:
    """Round cones, from `start` to `end` of shape (n, 3), with a radius at each.

    `kind` says what each is, and `back` points away from the side to which a finger bends.
    """

    start: np.ndarray
    end: np.ndarray
    start_radius: np.ndarray
    end_radius: np.ndarray
    kind: np.ndarray
    back: np.ndarray
    ring: np.ndarray


def bones(who: Person, held: Pose, wrist: np.ndarray) -> Bones:
    """The hand of a person in a pose, with `wrist` the direction of the forearm, a vector of length 1."""
    rows: list[tuple] = []

    def add(
        start: np.ndarray,
        end: np.ndarray,
        radii: tuple[float, float],
        kind: int = SKIN,
        back: tuple | np.ndarray = (0, 0, -1),
        ring: bool = False,
    ) -> None:
        rows.append((start, end, *radii, kind, back, ring))

    broad = np.array([who.breadth, 1.0, 1.0])
    knuckles, roots = _KNUCKLES * broad, _WRIST * broad
    for finger in range(4):
        add(roots[finger], knuckles[finger] - [0, 6, 0], (14.5, 12.0))
        radii = _RADII * _WIDTHS[finger] * who.thickness
        lengths = _BONES[finger] * who.length[finger]
        ends, backs = _finger(knuckles[finger], held.bend[finger], held.spread[finger], lengths)
        for bone in range(3):
            kind = FINGERTIP if bone == 2 else FINGER
            ring = who.ring and finger == 2 and bone == 0
            add(ends[bone], ends[bone + 1], (radii[bone], radii[bone + 1]), kind, backs[bone], ring)
        if finger < 3:
            between = (knuckles[finger] + knuckles[finger + 1]) / 2
            add((roots[finger] + roots[finger + 1]) / 2, between - [0, 12, 0], (14.5, 12.5))
        if held.bend[finger].sum() > 190:  # the flesh within a closed fist
            add(knuckles[finger] + [0, -20, 12], (ends[1] + ends[2] + ends[3]) / 3, (10.0, 8.5))
    add(knuckles[0] + [-2, -20, 6], knuckles[3] + [3, -16, 4], (10.5, 10.5))
    # The web between the knuckles, the ball of the thumb and that of the little finger.
    add(knuckles[0] - [1, 12, 1], knuckles[2] - [0, 12, -1], (12.0, 12.0))
    add(knuckles[2] - [0, 12, -1], knuckles[3] - [0, 10, 0], (12.0, 11.5))
    add(np.array([-20.0, 18, 6]) * broad, np.array([-29.0, 62, 5]) * broad, (14.0, 12.5))
    points = _THUMB_ROOT * broad + np.vstack(
        [np.zeros(3), np.cumsum(held.thumb * (_THUMB_BONES * who.length[4])[:, None], axis=0)]
    )
    radii = _THUMB_RADII * (0.4 + 0.6 * who.thickness)
    # The nail of the thumb looks away from the fingers: across its last bone, on the outer side.
    nail = _unit(np.cross(held.thumb[2], np.cross(held.thumb[2], [-0.45, 0.1, 0.9])))
    for bone in range(3):
        kind = FINGERTIP if bone == 2 else SKIN
        add(points[bone], points[bone + 1], (radii[bone], radii[bone + 1]), kind, nail)
    add(points[0] + [-8, 8, 4], points[1] - [10, 4, 2], (15.0, 11.0))
    add(points[1], knuckles[0] - [2, 26, 1], (8.5, 10.0))
    _forearm(who, wrist, add)
    columns = list(zip(*rows, strict=True))
    return Bones(
        *(np.array(column, float) for column in columns[:4]),
        kind=np.array(columns[4]),
        back=np.array(columns[5], float),
        ring=np.array(columns[6]),
    )


def _finger(
    knuckle: np.ndarray, bend: np.ndarray, spread: float, lengths: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The ends of the bones of a finger, from the knuckle on, and the direction of the back of each."""
    aside = np.radians(spread)
    ends, backs, angle = [knuckle], [], 0.0
    for turn, length in zip(np.radians(bend), lengths, strict=True):
        angle += turn
        # A bent finger cannot be spread: its plane turns back to that of the palm.
        side = aside * max(0.0, np.cos(bend[0] * np.pi / 180))
        along = np.array([np.sin(side) * np.cos(angle), np.cos(side) * np.cos(angle), np.sin(angle)])
        ends.append(ends[-1] + length * along)
        backs.append(np.array([np.sin(side) * np.sin(angle), np.cos(side) * np.sin(angle), -np.cos(angle)]))
    return ends, backs


def _forearm(who: Person, along: np.ndarray, add: object) -> None:
    side = _unit(np.cross(along, [0.0, 0.0, 1.0]))
    for offset in (-9.0, 0.0, 9.0):
        start = np.array([0.0, 6.0, 0.0]) + offset * who.breadth * side
        add(start, start + 190 * along + 0.9 * offset * side, (17.5, 25.0))
        if who.sleeve < 300:
            cuff = start + who.sleeve * along
            add(cuff, cuff + 260 * along + 0.9 * offset * side, (27.0, 34.0), SLEEVE)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)
