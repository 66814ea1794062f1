"""Few samples of one person's gestures, then everybody else's hands: what a backbone is worth to the gesture trainer.

In each trial somebody whose hands the backbone has never seen holds up rock, paper and scissors, as a page collects
them: one place, one light, small movements. A head learns from them; it is judged by other people in other places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from course_utils.data import Examples
from course_utils.data.hand_anatomy import person
from course_utils.data.hand_pictures import burst, held, photograph
from course_utils.data.hand_scenes import scene, taken
from course_utils.data.rock_paper_scissors import CLASSES, TEST_RUN
from course_utils.training.gesture_head import trained_head
from course_utils.training.hand_material import SIDE, cut_out, relit
from course_utils.training.recipes import Score

#: Samples a class for which the result is published, and those of the learning curve.
SAMPLES, CURVE = 20, (5, 10, 20, 50, 100)
#: Hands that no backbone has seen: the course's last three people, and twelve more.
STRANGERS = (7, 8, 9, *range(100, 112))
# Those of the validation part.
OTHER_STRANGERS = tuple(range(80, 90))
# The same hand's pictures are used for so many trials, each with other samples.
_TRIALS_A_HAND = 3


@dataclass(frozen=True)
class Trials:
    """All pictures of the protocol, uint8 of shape (n, SIDE, SIDE, 3), and which of them are what.

    Attributes:
        bursts: rows of `images`, of shape (sessions, classes, samples).
        people, palms: who stands before the camera in each session, and whether the palm is seen.
        others: rows of pictures that heads are judged by, with `labels`, `other_people` and `other_palms`.
        real: rows of real hands, by how they are shown: "white" as the data set has them, "placed" with each hand
            before a place of its own, "moving" each picture before another place. Empty where there are none.
        real_labels, real_hands: what they show, and which hand it is.
    """

    images: np.ndarray
    bursts: np.ndarray
    people: np.ndarray
    palms: np.ndarray
    others: np.ndarray
    labels: np.ndarray
    other_people: np.ndarray
    other_palms: np.ndarray
    real: dict[str, np.ndarray] = field(default_factory=dict)
    real_labels: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    real_hands: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.images)


def trials(
    sessions: int,
    samples: int,
    others: int,
    people: tuple[int, ...] = STRANGERS,
    real: Examples | None = None,
    seed: int = 0,
) -> Trials:
    """Draw the pictures of the protocol.

    Args:
        sessions: how many people collect samples.
        samples: how many of each class.
        others: how many pictures heads are judged by; classes and people take turns.
        people: whose hands.
        real: hands before white, in runs of `TEST_RUN` pictures of one hand, as the data set's test part.
        seed: of everything that is drawn by chance.
    """
    pictures: list[np.ndarray] = []
    who, palms = [people[number % len(people)] for number in range(sessions)], []
    for number in range(sessions):
        random = np.random.default_rng([41, seed, number])
        place = scene(random, person(who[number]), SIDE)
        palm, left = (bool(random.random() < 0.5) for _ in range(2))
        palms.append(palm)
        for gesture in CLASSES:
            hold = held(random, gesture, SIDE, 0.5, palm, left)
            pictures.extend(burst(random, person(who[number]), gesture, SIDE, samples, place, hold))
    first = len(pictures)
    labels = np.arange(others) % len(CLASSES)
    whose = np.array([people[number // len(CLASSES) % len(people)] for number in range(others)])
    other_palms = np.empty(others, bool)
    for number in range(others):
        random = np.random.default_rng([43, seed, number])
        other_palms[number] = random.random() < 0.5
        gesture, stranger = CLASSES[labels[number]], person(int(whose[number]))
        hold = held(random, gesture, SIDE, 0.5, bool(other_palms[number]))
        pictures.append(photograph(random, stranger, gesture, SIDE, hold=hold))
    rows = {}
    for way, shown in (_real(real, seed) if real is not None else {}).items():
        rows[way] = len(pictures) + np.arange(len(shown))
        pictures.extend(shown)
    return Trials(
        np.stack(pictures),
        bursts=np.arange(first).reshape(sessions, len(CLASSES), samples),
        people=np.array(who),
        palms=np.array(palms),
        others=first + np.arange(others),
        labels=labels,
        other_people=whose,
        other_palms=other_palms,
        real=rows,
        **({} if real is None else {"real_labels": real.labels, "real_hands": _hands(real.labels)}),
    )


def _hands(labels: np.ndarray) -> np.ndarray:
    """Which hand is seen in each picture, for pictures in the order of the data set's test part."""
    hands = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        hands[rows] = np.arange(len(rows)) // TEST_RUN
    return hands


def _real(real: Examples, seed: int) -> dict[str, list[np.ndarray]]:
    hands = _hands(real.labels)
    own = {
        hand: scene(np.random.default_rng([47, seed, hand]), person(200 + hand), SIDE)
        for hand in np.unique(hands)
    }
    shown: dict[str, list[np.ndarray]] = {"white": [], "placed": [], "moving": []}
    for number, (image, hand) in enumerate(zip(real.images, hands, strict=True)):
        random = np.random.default_rng([53, seed, number])
        colours, cover = cut_out(image)
        white = colours * cover[..., None] + 1 - cover[..., None]
        shown["white"].append((white * 255 + 0.5).astype(np.uint8))
        elsewhere = scene(random, person(int(random.integers(300, 400))), SIDE)
        for way, place in (("placed", own[hand]), ("moving", elsewhere)):
            shown[way].append(taken(place, relit(colours, place), cover, random))
    return shown


def score(features: np.ndarray, drawn: Trials, samples: int = SAMPLES) -> Score:
    """What heads reach with `samples` pictures a class, given the features of all of `drawn.images`.

    The accuracy is the mean of the figures "strangers" and, where there are real hands, "real hands": the two that
    the model is held to. Each figure is a mean over trials; those that end in "spread" are standard deviations.
    """
    found: dict[str, list[float]] = {}

    def note(name: str, right: np.ndarray) -> None:
        found.setdefault(name, []).append(float(right.mean()))

    for session, rows in enumerate(drawn.bursts):
        head = _head(features, rows, samples, session)
        right = head(features[drawn.others]) == drawn.labels
        stranger = drawn.other_people != drawn.people[session]
        same_side = drawn.other_palms == drawn.palms[session]
        note("strangers", right[stranger])
        note("strangers, same side of the hand", right[stranger & same_side])
        if (~stranger).any():
            note("same person, other places", right[~stranger])
    for hand in np.unique(drawn.real_hands):
        for number in range(_TRIALS_A_HAND):
            rows = [
                np.flatnonzero((drawn.real_hands == hand) & (drawn.real_labels == label))
                for label in range(len(CLASSES))
            ]
            for name, collected, judged in (
                ("real hands", "placed", "moving"),
                ("real hands on white", "white", "white"),
            ):
                head = _head(features, [drawn.real[collected][row] for row in rows], samples, number)
                right = head(features[drawn.real[judged]]) == drawn.real_labels
                note(name, right[drawn.real_hands != hand])
    figures = {name: float(np.mean(values)) for name, values in found.items()}
    figures |= {f"{name}, spread": float(np.std(values)) for name, values in found.items()}
    held_to = [figures[name] for name in ("strangers", "real hands") if name in figures]
    return Score(float(np.mean(held_to)), figures)


def _head(
    features: np.ndarray, rows: np.ndarray | list[np.ndarray], samples: int, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    random = np.random.default_rng([59, seed])
    chosen = [random.permutation(one)[:samples] for one in rows]
    labels = np.repeat(np.arange(len(chosen)), [len(one) for one in chosen])
    return trained_head(features[np.concatenate(chosen)], labels, len(chosen), seed)
