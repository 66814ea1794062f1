"""What the backbone learns from: rendered hands, real ones before other backgrounds, photographs of other things."""

from __future__ import annotations

import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils import data
from course_utils.data import Examples, hand_anatomy, hand_drawing, hand_pictures, hand_scenes
from course_utils.data.hand_anatomy import GESTURES, OTHERS, person
from course_utils.data.hand_pictures import SHOWN, held, photograph
from course_utils.data.hand_scenes import Scene, scene, taken
from course_utils.training.photographs import enlarged

SIDE = 96
#: How many numbers say how a hand is held: bends, spread, the thumb, and how it is turned.
POSE = 31
#: The people whose rendered hands the backbone sees. The course's last three, and those from 100 on, it never does.
TRAINING_PEOPLE = (*range(7), *range(7), *range(7), *range(10, 70))

# How often a gesture of the game, another pose and an empty place are drawn.
_SHARES = np.array([0.105] * len(GESTURES) + [0.04] * len(OTHERS) + [0.075])
# Of a pose's numbers those that change their sign when the picture is mirrored: where the hand's y and z point to.
MIRRORED = (25, 28)


@dataclass(frozen=True)
class Posed:
    """Pictures of hands, uint8 of shape (n, SIDE, SIDE, 3), with labels among `SHOWN` and poses (n, POSE).

    Where a pose is not known its numbers are not finite.
    """

    images: np.ndarray
    labels: np.ndarray
    poses: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def rendered(count: int, seed: int, photographs: np.ndarray | None = None) -> Posed:
    """Rendered hands of `TRAINING_PEOPLE`; before one of the photographs, float32 (n, h, w, 3), every other one."""
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty(count, np.int64)
    poses = np.full((count, POSE), np.nan, np.float32)
    for number in range(count):
        random = np.random.default_rng([seed, number])
        who = person(int(random.choice(TRAINING_PEOPLE)))
        labels[number] = random.choice(len(SHOWN), p=_SHARES / _SHARES.sum())
        gesture = SHOWN[labels[number]]
        place = scene(random, who, SIDE)
        if photographs is not None and number % 2:
            place = before(random, place, photographs)
        if gesture == "none":
            images[number] = photograph(random, who, gesture, SIDE, place)
            continue
        hold = held(random, gesture, SIDE)
        images[number] = photograph(random, who, gesture, SIDE, place, hold)
        poses[number] = np.concatenate([hold.pose.as_numbers(), hold.view.rotation[:, 1:].T.ravel()])
    return Posed(images, labels, poses)


def before(random: np.random.Generator, place: Scene, photographs: np.ndarray) -> Scene:
    """The same place with a photograph behind it."""
    chosen = photographs[int(random.integers(len(photographs)))][None]
    large = enlarged(chosen, len(place.background))[0].astype(np.float32) / 255
    return replace(place, background=large * random.uniform(0.6, 1.1))


def pasted(
    examples: Examples, count: int, seed: int, photographs: np.ndarray | None = None, turns: float = 25.0
) -> Posed:
    """Hands before white, cut out, turned, and put before other places in another light."""
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty(count, np.int64)
    for number in range(count):
        random = np.random.default_rng([31, seed, number])
        row = int(random.integers(len(examples)))
        colours, cover = cut_out(examples.images[row], random, turns)
        place = scene(random, person(int(random.integers(10, 70))), SIDE)
        if photographs is not None and number % 2:
            place = before(random, place, photographs)
        images[number] = taken(place, relit(colours, place), cover, random)
        # The classes of that set are the first three of SHOWN, in the same order.
        labels[number] = examples.labels[row]
    return Posed(images, labels, np.full((count, POSE), np.nan, np.float32))


def cut_out(
    image: np.ndarray, random: np.random.Generator | None = None, turns: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """A hand before white as colours (SIDE, SIDE, 3) and how much of each pixel it covers.

    With `random` it is turned by up to `turns` degrees or so, mirrored, shifted and made larger or smaller.
    """
    picture = Image.fromarray((image * 255 + 0.5).astype(np.uint8))
    picture = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    if random is not None:
        if random.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        angle, size = np.radians(random.normal(0, turns)), np.exp(random.normal(0.1, 0.2))
        middle = SIDE / 2 + random.normal(0, 0.06 * SIDE, 2)
        along, across = np.cos(angle) / size, np.sin(angle) / size
        moves = (
            *(along, across, SIDE / 2 - along * middle[0] - across * middle[1]),
            *(-across, along, SIDE / 2 + across * middle[0] - along * middle[1]),
        )
        picture = picture.transform(
            (SIDE, SIDE), Image.Transform.AFFINE, moves, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255)
        )
    colours = np.asarray(picture, np.float32) / 255
    # What is not white is hand, but for the faint shadow on the ground; at the edge both are mixed, and parted here.
    ink = 1 - colours.min(axis=-1)
    inside = ink[ink > 0.15]
    usual = float(np.median(inside)) if len(inside) else 1.0
    cover = np.clip((ink - 0.08) / max(0.1, 0.7 * usual - 0.08), 0, 1)
    share = np.maximum(cover, 0.1)[..., None]
    return np.clip((colours - (1 - share)) / share, 0, 1), cover


def relit(colours: np.ndarray, place: Scene) -> np.ndarray:
    """A hand photographed in even light, in the light of another place."""
    light = place.light.around + 0.6 * place.light.colour
    return np.clip(colours * light / light.mean() * np.clip(light.mean(), 0.5, 1.1), 0, 1).astype(np.float32)


def real_hands() -> tuple[Examples, Examples, str]:
    """Real hands before white to train with, others to test with, and where they come from."""
    splits = data.rock_paper_scissors()
    both = (splits.train, splits.validation)
    whole = Examples(
        np.concatenate([part.images for part in both]), np.concatenate([part.labels for part in both])
    )
    return whole, splits.test, splits.source


def joined(parts: list[Posed]) -> Posed:
    """Several pools of hands as one."""
    return Posed(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels", "poses"))
    )


def kept(name: str, draw: Callable[[], Posed]) -> Posed:
    """Pictures that took minutes to draw, kept in the system's temporary folder for the next run.

    The file's name tells the state of the code that draws, so a change to it draws anew.
    """
    digest = hashlib.sha256(name.encode())
    for module in (hand_anatomy, hand_drawing, hand_pictures, hand_scenes):
        digest.update(Path(module.__file__).read_bytes())
    for part in (rendered, before, pasted, cut_out, relit, enlarged):
        digest.update(inspect.getsource(part).encode())
    path = Path(tempfile.gettempdir(), f"course-hands-{name}-{digest.hexdigest()[:12]}.npz")
    if path.is_file():
        with np.load(path) as archive:
            return Posed(archive["images"], archive["labels"], archive["poses"])
    made = draw()
    partial = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(partial, images=made.images, labels=made.labels, poses=made.poses)
    partial.replace(path)
    return made


def drawn_rows(counts: dict[str, int], sizes: dict[str, int], seed: int) -> Iterator[dict[str, np.ndarray]]:
    """Endless rows for batches: of each pool `counts` rows, going through each pool in a new order each time."""
    random = {name: np.random.default_rng([seed, place]) for place, name in enumerate(counts)}
    waiting = {name: np.empty(0, np.int64) for name in counts}
    while True:
        rows = {}
        for name, count in counts.items():
            while len(waiting[name]) < count:
                waiting[name] = np.concatenate([waiting[name], random[name].permutation(sizes[name])])
            rows[name], waiting[name] = waiting[name][:count], waiting[name][count:]
        yield rows
