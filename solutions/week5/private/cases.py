"""What week 5 is judged on: inputs, right answers, and wrong answers that give themselves away.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week5.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text.
"""

from typing import Any

import numpy as np

from course_utils.checks.week5.coding import encode
from course_utils.checks.week5.people import nearest
from course_utils.data.hand_anatomy import GESTURES, person
from course_utils.data.hand_pictures import held, photograph

Case = dict[str, Any]

#: Pictures of each gesture.
_EACH = 7


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: the examples of the notebook."""
    random = np.random.default_rng(5)
    return {
        **_networks(random, 5, 4),
        "week5.features_of": _features(3, 70),
        "week5.split_by_person": _split(random, 6, [2, 4]),
        **_hands(random, range(300, 308)),
        "week5.strangers": _strangers(random, 4),
        "week5.collection": _collection(random, 7, 3),
        "week5.sample_memory": _memory((7, 7, 1024), 5, 200, 100_000_000),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other numbers and hands, all made by the generator."""

    def whole(low: int, high: int) -> int:
        return int(generator.integers(low, high + 1))

    people = [whole(1_000, 10**6) for _ in range(8)]
    side = whole(4, 9)
    return {
        **_networks(generator, whole(6, 8), 5),
        "week5.features_of": _features(whole(100, 10**6), 32 * whole(2, 3) + whole(5, 25)),
        "week5.split_by_person": _split(generator, 8, sorted(generator.permutation(8)[:3].tolist())),
        **_hands(generator, people),
        "week5.strangers": _strangers(generator, 5),
        "week5.collection": _collection(generator, whole(100, 10**6), whole(4, 6)),
        "week5.sample_memory": _memory(
            (side, side, 8 * whole(20, 90)), whole(3, 7), whole(50, 150), whole(40, 90) * 10**6 + 7
        ),
    }


def _networks(random: np.random.Generator, maps: int, classes: int) -> dict[str, Case]:
    """A convolution of `maps` filters with `classes` answers on top, and four pictures."""
    old = 3 if maps != 3 else 4
    kernel, later = random.normal(0, 1, (2, 2, 2, 3, maps)).round(3)
    bias, top = random.normal(0.5, 0.3, maps).round(3), random.normal(0, 1, (maps, old)).round(3)
    pictures = random.uniform(0, 1, (4, 4, 4, 3)).round(3)
    pooled, again = _pooled(pictures, kernel, bias), _pooled(pictures, later, bias)
    powers = np.exp(pooled @ top)
    answers = powers / powers.sum(axis=1, keepdims=True)
    inputs = {
        "kernel": kernel.tolist(),
        "bias": bias.tolist(),
        "top": top.tolist(),
        "pictures": pictures.tolist(),
    }
    return {
        "week5.cut": {
            "inputs": {**inputs, "later kernel": later.tolist()},
            "expected": {
                "features": pooled.tolist(),
                "later features": again.tolist(),
                "answers": answers.tolist(),
                "mistakes": {"the sums before the softmax": (pooled @ top).tolist()},
            },
        },
        "week5.with_new_head": {
            "inputs": {**inputs, "classes": classes},
            "expected": {},
        },
    }


def _pooled(pictures: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    patches = np.lib.stride_tricks.sliding_window_view(pictures, kernel.shape[:2], axis=(1, 2))
    maps = np.einsum("nijckl,klcf->nijf", patches, kernel) + bias
    return np.maximum(maps, 0).mean(axis=(1, 2))


def _features(seed: int, count: int) -> Case:
    # As the check draws them: what stands for a backbone there gives each picture's mean colour.
    pictures = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    means = pictures.reshape(count, -1, 3).mean(axis=1)
    return {
        "inputs": {"seed": seed, "count": count},
        "expected": {
            "features": (means / 255).tolist(),
            "mistakes": {
                "the features of bytes: the colours were not divided by 255": means.tolist(),
                "the features of colours from −1 to 1": (means / 127.5 - 1).tolist(),
                "the features of colours that were divided twice": (means / 255**2).tolist(),
            },
        },
    }


def _split(random: np.random.Generator, count: int, held_out: list[int]) -> Case:
    people = random.permutation(np.repeat(np.arange(count), random.integers(3, 8, count)))
    return {"inputs": {"people": people.tolist(), "held_out": held_out}, "expected": {}}


def _hands(random: np.random.Generator, people: Any) -> dict[str, Case]:
    """Hands of people who are in no part of the data, in an order drawn by chance."""
    labels = random.permutation(np.repeat(np.arange(len(GESTURES)), _EACH))
    people = list(people)
    pictures = []
    for number, label in enumerate(labels):
        hold = held(random, GESTURES[label], 96, variety=0.5)
        who = person(people[number % len(people)])
        pictures.append(photograph(random, who, GESTURES[label], 96, hold=hold))
    texts = encode(np.stack(pictures))
    three = [number for number, label in enumerate(labels) if label < 3]
    return {
        "week5.train_head": {
            "inputs": {"pictures": [texts[number] for number in three]},
            "expected": {"labels": labels[three].tolist()},
        },
        "week5.five_head": {"inputs": {"pictures": texts}, "expected": {"labels": labels.tolist()}},
    }


def _strangers(random: np.random.Generator, count: int) -> Case:
    """Features in which every person shows the classes in a way of their own; the last one in another still."""
    pictures = np.arange(4, 4 + count) * 3
    people = np.repeat(np.arange(count), pictures)
    labels = np.concatenate([np.arange(size) % 3 for size in pictures])
    middles, ways = random.normal(0, 1, (3, 3)), random.normal(0, 0.7, (count, 3, 3))
    ways[-1] *= 1.8
    features = (middles[labels] + ways[people, labels] + random.normal(0, 0.5, (len(people), 3))).round(3)

    def judged(learn: np.ndarray, of: np.ndarray) -> float:
        return float(np.mean(nearest(features[learn], labels[learn])(features[of]) == labels[of]))

    everybody = np.ones(len(people), bool)
    shares = [judged(people != one, people == one) for one in range(count)]
    known = [judged(everybody, people == one) for one in range(count)]
    over_pictures = float(np.average(shares, weights=pictures))
    learned_from = "the accuracy for people whose pictures were learned from"
    return {
        "inputs": {"features": features.tolist(), "labels": labels.tolist(), "people": people.tolist()},
        "expected": {
            "mean": float(np.mean(shares)),
            "mean mistakes": {
                learned_from: float(np.mean(known)),
                "the mean over pictures: who has more of them counts for more": over_pictures,
                "the accuracy for all people at once": judged(everybody, everybody),
            },
            "worst": min(shares),
            "worst mistakes": {
                learned_from: min(known),
                "the largest accuracy": max(shares),
                "the mean": float(np.mean(shares)),
            },
        },
    }


def _collection(random: np.random.Generator, seed: int, classes: int) -> Case:
    labels = random.integers(0, classes, 80).tolist()
    # A class whose last sample is not the last of all.
    taken = next(label for label in range(classes) if label != labels[-1] and label in labels)
    inputs = {"seed": seed, "labels": labels, "taken_back": taken}
    last = max(number for number, label in enumerate(labels) if label == taken)
    return {"inputs": inputs, "expected": {"taken back": last}}


def _memory(shape: tuple[int, int, int], classes: int, samples: int, limit: int) -> Case:
    numbers = int(np.prod(shape))
    one_of_each = 4 * numbers * classes
    exact = limit / one_of_each
    return {
        "inputs": {
            "shape": list(shape),
            "classes": classes,
            "samples": samples,
            "limit": limit,
            "small_limit": one_of_each - 4,
        },
        "expected": {
            "bytes": one_of_each * samples,
            "bytes mistakes": {
                "one byte a number; a float32 takes four": numbers * classes * samples,
                "eight bytes a number; a float32 takes four": 2 * one_of_each * samples,
                "the samples of one class alone": 4 * numbers * samples,
                "as if a sample were one map": 4 * shape[0] * shape[1] * classes * samples,
            },
            "most": limit // one_of_each,
            "most mistakes": {
                "rounded up: the last one does not fit": int(np.ceil(exact)),
                "not whole samples": exact,
                "all samples together, not those of each class": limit // (4 * numbers),
            },
        },
    }
