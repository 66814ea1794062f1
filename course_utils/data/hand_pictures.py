"""Made-up hands: pictures of gestures by people who do not exist, drawn anew from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from course_utils.data.hand_anatomy import GESTURES, OTHERS, Person, Pose, bones, moved, person, pose
from course_utils.data.hand_drawing import View, draw
from course_utils.data.hand_scenes import Scene, scene, taken
from course_utils.data.splits import Examples
from course_utils.errors import UsageError

#: What `hands` can show: the five gestures of the game, other poses, and a place without any hand.
SHOWN = (*GESTURES, *OTHERS, "none")
#: The people of the course. Shipped models are trained with others and the first seven; the last three are for tests.
PEOPLE = tuple(range(10))
TEST_PEOPLE = PEOPLE[7:]
#: Whose hands the columns of the sample sheet show. The last five are there to be recognised, never to be learnt from:
#: they belong to other people.
SHEET_PEOPLE = (*(number % 7 for number in range(15)), 7, 8, 9, 7, 8)

# The palm and the fingers, in millimetres.
_HAND = 200.0


@dataclass(frozen=True)
class Hands(Examples):
    """Pictures of hands: `images` has the shape (n, side, side, 3), `person` says whose hand each one is."""

    person: np.ndarray
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        side = self.images.shape[1]
        return (
            f"Rendered hands, {side} × {side} pixels\n{len(self):,} pictures of {len(np.unique(self.person))} "
            f"people in {len(self.classes)} classes"
        )


@dataclass(frozen=True)
class Hold:
    """How somebody holds a hand before a camera: the pose, the direction of the forearm, and the view."""

    pose: Pose
    wrist: np.ndarray
    view: View


def hands(
    side: int = 96,
    count: int = 1000,
    people: Sequence[int] = PEOPLE,
    gestures: Sequence[str] = GESTURES,
    seed: int = 0,
) -> Hands:
    """Rendered hands before rooms, people and clutter, in all kinds of light; the same ones for the same seed.

    Args:
        side: pixels of each side of a picture.
        count: how many pictures; the classes take turns.
        people: whose hands, as numbers. 0 to 9 are the course's ten people; any other number is one more.
        gestures: what they show, in the order of the labels, from `SHOWN`.
        seed: of everything that is drawn by chance.

    Raises:
        UsageError: a gesture is not known, or there is nobody to show it.
    """
    gestures, people = tuple(gestures), tuple(people)
    for gesture in gestures:
        if gesture not in SHOWN:
            raise UsageError(f"There is no gesture {gesture} among {', '.join(SHOWN)}.")
    if not people or not gestures:
        raise UsageError("Hands need at least one person and one gesture: name them.")
    pictures = np.empty((count, side, side, 3), np.float32)
    labels = np.arange(count) % len(gestures)
    whose = np.empty(count, np.int64)
    for number in range(count):
        random = np.random.default_rng([seed, number])
        whose[number] = random.choice(people)
        pictures[number] = photograph(random, person(whose[number]), gestures[labels[number]], side) / 255
    made = Hands(pictures, labels, whose, gestures)
    print(made)
    return made


def hand_sprite(
    side: int = 96, columns: int = 20, people: Sequence[int] = PEOPLE, seed: int = 5
) -> np.ndarray:
    """One large picture, uint8: a row a gesture of the game, `columns` hands in each; the people take turns."""
    rows = []
    for label, gesture in enumerate(GESTURES):
        row = []
        for column in range(columns):
            random = np.random.default_rng([seed, label, column])
            who = person(people[column % len(people)])
            place = scene(random, who, side, str(random.choice(["wall", "room", "someone"])))
            camera = replace(place.camera, exposure=1.0, blur=0.0, motion=0.0, noise=0.01)
            hold = held(random, gesture, side, variety=0.6)
            row.append(photograph(random, who, gesture, side, replace(place, camera=camera), hold))
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows)


def photograph(
    random: np.random.Generator,
    who: Person,
    gesture: str,
    side: int,
    place: Scene | None = None,
    hold: Hold | None = None,
    shift: tuple[int, int] = (0, 0),
) -> np.ndarray:
    """One picture, uint8 of shape (side, side, 3). What is not given is drawn by chance."""
    place = place or scene(random, who, side)
    if gesture == "none":
        empty = np.zeros((side, side, 3), np.float32)
        return taken(place, empty, empty[..., 0], random, shift)
    hold = hold or held(random, gesture, side)
    drawn = draw(bones(who, hold.pose, hold.wrist), who, hold.view, place.light, side)
    return taken(place, drawn.colours, drawn.cover, random, shift)


def burst(
    random: np.random.Generator,
    who: Person,
    gesture: str,
    side: int,
    count: int,
    place: Scene,
    hold: Hold | None = None,
) -> np.ndarray:
    """What a page collects while somebody keeps a button pressed: `count` pictures with small movements, uint8."""
    hold = hold or held(random, gesture, side)
    pictures = []
    for _ in range(count):
        wobble = _turn(*random.normal(0, (10, 8, 8)))
        view = replace(
            hold.view,
            rotation=wobble @ hold.view.rotation,
            scale=hold.view.scale * float(np.exp(random.normal(0, 0.07))),
            centre=hold.view.centre + random.normal(0, 0.04 * side, 2),
        )
        now = Hold(moved(hold.pose, random, 4.0), hold.wrist, view)
        shift = tuple(random.integers(-1, 2, 2))
        pictures.append(photograph(random, who, gesture, side, place, now, shift))
    return np.stack(pictures)


def held(
    random: np.random.Generator,
    gesture: str,
    side: int,
    variety: float = 1.0,
    palm: bool | None = None,
    left: bool | None = None,
) -> Hold:
    """A way to hold up a gesture.

    `variety` 0 is the textbook's view, 1 includes hands from the side and upside down. `palm` says whether the
    palm is seen or the back of the hand, `left` whether it is the left hand; where they are not given, either.
    """
    palm = random.random() < 0.5 if palm is None else palm
    left = random.random() < 0.5 if left is None else left
    yaw, pitch, roll = random.normal(0, (20, 14, 16)) * variety
    if gesture in ("lizard", "pinch"):
        # A mouth is shown from its side, the forearm coming from below or from the side.
        yaw += random.choice([-1, 1]) * random.uniform(50, 95)
        roll += random.choice([-1, 1]) * random.uniform(0, 80)
    elif gesture == "thumbs-up":
        yaw += 0 if palm else 180
        roll += 90 if (palm != left) else -90
        if random.random() < 0.3:
            roll += 180
    else:
        yaw += 0 if palm else 180
        if random.random() < 0.25 * variety:
            yaw += random.choice([-1, 1]) * random.uniform(20, 60)
        if random.random() < 0.25 * variety:
            roll = random.uniform(-180, 180)
    mirror = np.diag([-1.0 if left else 1.0, 1.0, 1.0])
    fills = random.uniform(0.55, 0.95) * (1.2 if gesture in ("rock", "lizard", "thumbs-up", "pinch") else 1.0)
    view = View(
        rotation=_turn(yaw, pitch, roll) @ mirror,
        scale=side * fills / _HAND,
        centre=side * (0.5 + random.normal(0, 0.055 * variety, 2)),
        distance=float(random.uniform(450, 1200)),
    )
    aside, bent = np.radians(random.normal(0, (9, 14)) * variety)
    wrist = np.array([np.sin(aside), -np.cos(aside) * np.cos(bent), np.sin(bent)])
    return Hold(pose(gesture, random, variety), wrist / np.linalg.norm(wrist), view)


def _turn(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The matrix that turns by `yaw` about the vertical, then nods by `pitch`, then rolls; all in degrees."""
    (one, two, three), (first, second, third) = (
        part(np.radians([yaw, pitch, roll])) for part in (np.cos, np.sin)
    )
    about_y = np.array([[one, 0, first], [0, 1, 0], [-first, 0, one]])
    about_x = np.array([[1, 0, 0], [0, two, -second], [0, second, two]])
    about_z = np.array([[three, -third, 0], [third, three, 0], [0, 0, 1]])
    return about_z @ about_x @ about_y
