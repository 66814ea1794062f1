"""Parts 4 and 6: a split that leaves nobody on both sides, and what a head makes of people it never saw."""

from collections.abc import Callable

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

SPLIT = {"nobody stands on both sides": 1.0, "every picture once": 1.0}
STRANGERS = {
    "the mean over people": 1.0,
    "the person it knows least": 1.0,
    "judged by strangers alone": 1.0,
}


def collect_split(namespace: Namespace, inputs: Inputs) -> Data:
    """Split some pictures of some people."""
    return call(namespace, "split_by_person", np.asarray(inputs["people"]), list(inputs["held_out"]))


def judge_split(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge who stands where, and whether a picture is missing or used twice."""
    people, held_out = np.asarray(inputs["people"]), set(inputs["held_out"])
    sides = [read(data, words, part, 2) for part in (0, 1)]
    problem = next((side.problem for side in sides if side.value is None), "")
    rows = [] if problem else [_rows(side.value, len(people)) for side in sides]
    if not problem and any(side is None for side in rows):
        problem = "something else than row numbers"
    train, test = (np.empty(0, int), np.empty(0, int)) if problem else rows
    learned, judged = set(people[train].tolist()), set(people[test].tolist())
    apart = not problem and judged == held_out and not learned & held_out
    if problem or apart:
        where = problem or "nobody"
    elif learned & judged:
        where = (
            f"{len(learned & judged)} people on both sides" if not words.hidden else "people on both sides"
        )
    else:
        where = "other people to test with than those held out"
    both = np.sort(np.concatenate([train, test]))
    whole = not problem and len(train) > 0 and np.array_equal(both, np.arange(len(people)))
    return [
        Step(
            "nobody stands on both sides",
            1.0,
            apart,
            "all pictures of those who are held out to test with, and all others to train with",
            where,
            "np.isin(people, held_out) tells for each picture whether it is one of theirs.",
        ),
        Step(
            "every picture once",
            1.0,
            bool(whole),
            "each row number on one of the two sides, once",
            problem or ("such rows" if whole else "rows that are missing or stand there twice"),
            "np.flatnonzero of the mask, and of the mask turned round with ~.",
        ),
    ]


def _rows(value: np.ndarray | None, count: int) -> np.ndarray | None:
    """Row numbers, or None where the numbers are none."""
    if value is None or value.ndim != 1 or np.any(value != np.rint(value)):
        return None
    rows = value.astype(int)
    return rows if not len(rows) or (rows.min() >= 0 and rows.max() < count) else None


Named = Callable[[np.ndarray], np.ndarray]


def nearest(features: np.ndarray, labels: np.ndarray) -> Named:
    """A head that learns in no time: it names the class whose mean is nearest."""
    classes = np.unique(labels)
    middles = np.stack([features[labels == one].mean(axis=0) for one in classes])
    return lambda shown: classes[((shown[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)]


def collect_strangers(namespace: Namespace, inputs: Inputs) -> Data:
    """Let the student judge heads that note whose pictures they learned from and whose they are shown."""
    features = np.asarray(inputs["features"], np.float64)
    labels, people = np.asarray(inputs["labels"]), np.asarray(inputs["people"])
    owner = {row.tobytes(): int(person) for row, person in zip(features, people, strict=True)}
    known_faces: list[int] = []
    judged: set[int] = set()

    def owners(rows: np.ndarray) -> set[int]:
        return {owner.get(np.asarray(row, np.float64).tobytes(), -1) for row in np.asarray(rows)}

    def train(some: np.ndarray, wanted: np.ndarray) -> Named:
        learned, named = owners(some), nearest(np.asarray(some, np.float64), np.asarray(wanted))

        def head(shown: np.ndarray) -> np.ndarray:
            faces = owners(shown)
            known_faces.append(len(faces & learned))
            judged.update(faces)
            return named(np.asarray(shown, np.float64))

        return head

    found = call(namespace, "strangers", features, labels, people, train)
    return {**found, "known": int(sum(known_faces)), "judged": len(judged - {-1})}


def judge_strangers(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the two numbers, and that no head was shown a face it knew."""
    mean, worst = (read(data, words, part, 2) for part in (0, 1))
    right, said = compare(mean, expected["mean"], words, mistakes=expected["mean mistakes"])
    low, said_low = compare(worst, expected["worst"], words, mistakes=expected["worst mistakes"])
    known, judged = data.get("known"), data.get("judged")
    honest = known == 0 and judged == len(set(inputs["people"])) and not isinstance(known, bool)
    if mean.value is None:
        faces = mean.problem
    elif known:
        faces = "a head was judged by people whose pictures it had learned from"
    else:
        faces = "strangers alone" if honest else "not everybody had a turn"
    return [
        Step(
            "the mean over people",
            1.0,
            right,
            words.example(f"{show(expected['mean'])}: each person counts once"),
            said,
            "One accuracy for each person, and the mean of those: np.mean over the list.",
        ),
        Step(
            "the person it knows least",
            1.0,
            low,
            words.example(f"{show(expected['worst'])}, the smallest accuracy of any person"),
            said_low,
            "min of the same list. The mean hides whom a model fails.",
        ),
        Step(
            "judged by strangers alone",
            1.0,
            mean.value is not None and honest,
            "for each person a head that learned from all others, and from nobody else",
            faces,
            "for person in np.unique(people): train on people != person, judge on people == person.",
        ),
    ]


SPLIT_CHECK = Check(
    "week5.split_by_person",
    "Part 4, split_by_person",
    SPLIT,
    "week5/how-many-samples#hold-people-out",
    collect_split,
    judge_split,
)
STRANGERS_CHECK = Check(
    "week5.strangers",
    "Part 6, strangers",
    STRANGERS,
    "week5/how-many-samples#hold-people-out",
    collect_strangers,
    judge_strangers,
)
