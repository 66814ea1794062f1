"""What week 4 is judged on: inputs, right answers, and wrong answers that give themselves away.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week4.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text.
"""

from typing import Any

import numpy as np

from course_utils.checks.week4.costs import cost_at
from course_utils.checks.week4.features import shown
from course_utils.checks.week4.material import CLASSES, SIDE, forward
from course_utils.checks.week4.naming import classify_pictures, prepare_pictures

Case = dict[str, Any]

_WORDS = (
    "acorn bagel balloon banana barrel beaver bison bucket candle canoe cello clog daisy desk dingo drum eel envelope "
    "ferry flute fox gong goose hamper harp hen ibex igloo jay kite ladle lemon llama loom mitten moped newt oboe otter "
    "paddle parachute pier pug quail quill raccoon sandal saxophone scale shovel sloth snail tench thimble toaster "
    "trolley tusker umbrella vase viaduct violin vulture wallaby whistle wombat yawl yurt zebra"
).split()


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: the examples of the notebook."""
    random = np.random.default_rng(4)
    return {
        "week4.prepare": _prepare(7, 8, 3, 51),
        "week4.top": _top(random, 12, 3),
        "week4.class_number": _number(random, 8),
        **_network(random),
        "week4.most_alike": _alike(random, 9, 3),
        "week4.iou": _iou(
            [[0.0, 0.0, 0.4, 0.4], [0.2, 0.1, 0.6, 0.5]],
            [[0.1, 0.1, 0.9, 0.9], [0.3, 0.2, 0.5, 0.6]],
            [[0.1, 0.1, 0.3, 0.3], [0.5, 0.6, 0.8, 0.9]],
        ),
        "week4.suppress": _suppress(random, 0.5),
        "week4.total_cost": _cost(random, 20, 5.0, 1.0),
        "week4.best_threshold": _best(random, 24),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other numbers and pictures, all made by the generator."""

    def whole(low: int, high: int) -> int:
        return int(generator.integers(low, high + 1))

    def pair(kind: str) -> list[list[float]]:
        top, left = generator.uniform(0.05, 0.2, 2)
        height, width = generator.uniform(0.3, 0.4, 2)
        first = np.array([top, left, top + height, left + width])
        if kind == "inside":
            second = first + np.array([0.3 * height, 0.2 * width, -0.2 * height, -0.4 * width])
        elif kind == "apart":
            second = first + np.array([1.1 * height, 1.2 * width, 0.9 * height, 1.1 * width])
        else:
            second = first + np.array([0.3 * height, 0.4 * width, 0.5 * height, 0.2 * width])
        return [first.round(4).tolist(), second.round(4).tolist()]

    return {
        "week4.prepare": _prepare(whole(1_000, 10**6), whole(9, 14), whole(4, 6), whole(60, 90)),
        "week4.top": _top(generator, whole(14, 20), whole(4, 6)),
        "week4.class_number": _number(generator, whole(10, 14)),
        **_network(generator),
        "week4.most_alike": _alike(generator, whole(12, 20), whole(4, 6)),
        "week4.iou": _iou(pair("overlap"), pair("inside"), pair("apart")),
        "week4.suppress": _suppress(generator, round(float(generator.uniform(0.42, 0.55)), 3)),
        "week4.total_cost": _cost(generator, whole(24, 40), whole(3, 9) + 0.5, whole(1, 2) + 0.25),
        "week4.best_threshold": _best(generator, whole(30, 50)),
    }


def _square(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    return pixels[top : top + edge, left : left + edge].astype(float)


def _means(square: np.ndarray, side: int) -> np.ndarray:
    times = len(square) // side
    return square.reshape(side, times, side, times, 3).mean(axis=(1, 3))


def _prepare(seed: int, side: int, times: int, shade: int) -> Case:
    inputs = {"seed": seed, "side": side, "times": times, "shade": shade}
    pictures = prepare_pictures(inputs)
    square = pictures["square"].astype(float)
    expected: dict[str, Any] = {
        "square": _means(square, side).tolist(),
        "square mistakes": {
            "one pixel of each block; its mean is wanted": square[::times, ::times].tolist(),
            "the largest of each block; its mean is wanted": square.reshape(side, times, side, times, 3)
            .max(axis=(1, 3))
            .tolist(),
            "all three colours became one grey": np.repeat(
                _means(square, side).mean(axis=-1, keepdims=True), 3, axis=-1
            ).tolist(),
            "red and blue have changed places": _means(square, side)[..., ::-1].tolist(),
        },
        "even": shade / 127.5 - 1,
        "even mistakes": {
            "from 0 to 1; the network learnt with −1 to 1": shade / 255,
            "the bytes as they are": shade,
            "v / 127.5, from 0 to 2: the −1 is missing": shade / 127.5,
            "from −0.5 to 0.5": shade / 255 - 0.5,
            "scaled twice": (shade / 127.5 - 1) / 127.5 - 1,
        },
    }
    for name in ("wide", "high"):
        pixels = pictures[name].astype(float)
        edge = min(pixels.shape[:2])
        expected[name] = _means(_square(pictures[name]), side).tolist()
        expected[f"{name} mistakes"] = {
            "the corner at the top left; the middle is wanted": _means(pixels[:edge, :edge], side).tolist(),
            "the corner at the bottom right; the middle is wanted": _means(pixels[-edge:, -edge:], side).tolist(),
            "one pixel of each block; its mean is wanted": _square(pictures[name])[::times, ::times].tolist(),
        }
    return {"inputs": inputs, "expected": expected}


def _top(random: np.random.Generator, classes: int, count: int) -> Case:
    names = random.permutation(_WORDS)[:classes].tolist()
    raw = random.uniform(0.2, 1, classes) ** 3
    probabilities = (raw / raw.sum()).round(5)
    # Two that are alike would have no order, and one at the start would hide a list that is cut and not sorted.
    probabilities += np.arange(classes)[::-1] * 1e-4
    probabilities = probabilities.round(5)
    order = np.argsort(-probabilities)[:count].tolist()
    keys = random.permutation(classes).tolist()
    index = {str(key): [f"n{1_000_000 + 37 * key:08d}", names[key]] for key in keys}
    by_text = sorted(index)
    return {
        "inputs": {"probabilities": probabilities.tolist(), "class_index": index, "count": count},
        "expected": {
            "all names": names,
            "probabilities": probabilities[order].tolist(),
            "first": [[names[order[0]], float(probabilities[order[0]])]],
            "name mistakes": {
                "the first text, which is a code; the second is the name": [index[str(n)][0] for n in order],
                "off by one: the names of the next numbers": [names[(n + 1) % classes] for n in order],
                "off by one: the names of the numbers before": [names[n - 1] for n in order],
                "the names in the order in which the dictionary lists them": [names[keys[n]] for n in order],
                "the names in the order of the keys as text: “10” comes before “2”": [
                    index[by_text[n]][1] for n in order
                ],
            },
        },
    }


def _number(random: np.random.Generator, outputs: int) -> Case:
    thing = random.uniform(0, 0.5, outputs).round(3)
    best = int(random.integers(3, outputs - 1))
    thing[best] = 0.9
    background = random.uniform(0, 0.5, outputs).round(3)
    second = int(random.integers(2, outputs - 1))
    background[[0, second]] = [0.95, 0.7]
    return {
        "inputs": {"thing": thing.tolist(), "background": background.tolist()},
        "expected": {
            "thing": best - 1,
            "thing mistakes": {
                "off by one: the background was counted": best,
                "off by one in the other direction": best - 2,
            },
            "background": second - 1,
            "background mistakes": {
                "the background: −1 or 0 stands for it": -1,
                "class 0: the background was the largest, and was not left out": 0,
                "off by one: the background was counted": second,
            },
        },
    }


def _network(random: np.random.Generator) -> dict[str, Case]:
    """A small network, and pictures whose names change with every mistake in their preparation."""
    names = random.permutation(_WORDS)[:CLASSES].tolist()
    while True:
        seed = int(random.integers(1_000, 10**6))
        square = _telling(random, seed, 4, "square")
        wide = _telling(random, seed, 4, "long") if square else None
        if square and wide:
            break
    inputs = {"network": seed, "names": names, "square": square, "long": wide}
    pictures = classify_pictures(inputs)

    def said(kind: str, way: str) -> list[str]:
        return [names[_answer(seed, pixels, way)] for pixels in pictures[kind]]

    shared = {
        "names as if the picture had been scaled to 0 to 1": "unit",
        "names as if the network had been given bytes": "bytes",
    }
    classify = {
        "square": said("square", "right"),
        "square mistakes": {
            **{sentence: said("square", way) for sentence, way in shared.items()},
            "the names of the next numbers: off by one": [
                names[(names.index(name) + 1) % CLASSES] for name in said("square", "right")
            ],
            "the least probable name": said("square", "least"),
        },
        "long": said("long", "right"),
        "long mistakes": {
            **{sentence: said("long", way) for sentence, way in shared.items()},
            "names of the corner at the top left, not of the middle": said("long", "corner"),
        },
    }
    which = {"network": seed, "seed": int(random.integers(1_000, 10**6))}
    maps, features, probabilities = forward(seed, shown(which))
    extractor = {
        "features": features.tolist(),
        "after": probabilities.tolist(),
        "mistakes": {
            "the largest of each map instead of its mean": maps.max(axis=(1, 2)).tolist(),
            "the probabilities: the last layer is still there": probabilities.tolist(),
        },
    }
    return {
        "week4.classify": {"inputs": inputs, "expected": classify},
        "week4.feature_extractor": {"inputs": which, "expected": extractor},
    }


def _telling(random: np.random.Generator, network: int, count: int, kind: str) -> list[int] | None:
    """Seeds of pictures that the network names otherwise when they are prepared wrongly; None where it never does."""
    found: list[int] = []
    ways = ("unit", "bytes") if kind == "square" else ("unit", "bytes", "corner")
    for _ in range(400):
        seed = int(random.integers(1_000, 10**6))
        empty = {"square": [], "long": []}
        # A long picture lies or stands by its place in the list.
        seeds = [*found, seed]
        pixels = classify_pictures({**empty, kind: seeds})[kind][-1]
        right = _answer(network, pixels, "right")
        wrong = [_answer(network, pixels, way) for way in ways]
        if sum(answer != right for answer in wrong) >= len(ways) - 1:
            found.append(seed)
        if len(found) == count:
            shown_all = classify_pictures({**empty, kind: found})[kind]
            said = [tuple(_answer(network, pixels, way) for pixels in shown_all) for way in ("right", *ways)]
            # Each mistake has names of its own, so that the check can call it by its name.
            return found if len(set(said)) == len(said) else None
    return None


def _answer(network: int, pixels: np.ndarray, way: str) -> int:
    edge = min(pixels.shape[:2])
    square = pixels[:edge, :edge].astype(float) if way == "corner" else _square(pixels)
    dots = _means(square, SIDE)[None]
    scaled = {"unit": dots / 255, "bytes": dots}.get(way, dots / 127.5 - 1)
    probabilities = forward(network, scaled)[2][0]
    return int(probabilities.argmin() if way == "least" else probabilities.argmax())


def _alike(random: np.random.Generator, count: int, most: int) -> Case:
    while True:
        vectors = random.normal(0, 1, (count, 5)).round(3)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        query = random.normal(0, 2, 5).round(3)
        lengths = random.uniform(0.2, 5, count).round(2)
        order = np.argsort(-(vectors @ query))[:most]
        longer = vectors * lengths[:, None]
        products = np.argsort(-(longer @ query))[:most]
        distances = np.argsort(np.linalg.norm(longer - query, axis=1))[:most]
        if not np.array_equal(products, order) and not np.array_equal(distances, order):
            break
    least = np.argsort(vectors @ query)[:most]
    upside = np.argsort(vectors @ query)[-most:]
    shared = {
        "the least alike": least.tolist(),
        "the most alike, but in the wrong order": upside.tolist(),
    }
    return {
        "inputs": {
            "vectors": vectors.tolist(),
            "query": query.tolist(),
            "lengths": lengths.tolist(),
            "count": most,
        },
        "expected": {
            "order": order.tolist(),
            "plain mistakes": shared,
            "longer mistakes": {
                **shared,
                "ordered by the product: long vectors win": products.tolist(),
                "ordered by the distance: vectors of another length lose": distances.tolist(),
            },
        },
    }


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    height = min(first[2], second[2]) - max(first[0], second[0])
    width = min(first[3], second[3]) - max(first[1], second[1])
    if height <= 0 or width <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return float(height * width / (areas - height * width))


def _iou(overlap: list, inside: list, apart: list) -> Case:
    expected: dict[str, Any] = {}
    for key, pair in (("overlap", overlap), ("inside", inside), ("apart", apart)):
        a, b = (np.array(box) for box in pair)
        height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        first, second = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
        shared = max(height, 0) * max(width, 0)
        expected[key] = _overlap(a, b)
        mistakes = {
            "the shared area counts twice in what both cover": shared / (first + second),
            "the shared area itself; divide it by what both cover": shared,
            "the share of the first box": shared / first,
            "the share of the smaller box": shared / min(first, second),
            "two negative lengths were multiplied: boxes apart share nothing": height
            * width
            / (first + second - height * width),
        }
        expected[f"{key} mistakes"] = {
            sentence: value for sentence, value in mistakes.items() if abs(value - expected[key]) > 1e-6
        }
    return {"inputs": {"overlap": overlap, "inside": inside, "apart": apart}, "expected": expected}


def _kept(boxes: np.ndarray, scores: np.ndarray, bound: float) -> list[int]:
    waiting, kept = np.argsort(-scores).tolist(), []
    while waiting:
        best = waiting.pop(0)
        kept.append(best)
        waiting = [other for other in waiting if _overlap(boxes[best], boxes[other]) <= bound]
    return kept


def _suppress(random: np.random.Generator, bound: float) -> Case:
    def numbers(count: int) -> np.ndarray:
        return (random.permutation(count) + 1) / (count + 1.5)

    corners = np.array([[0.05, 0.05], [0.05, 0.55], [0.55, 0.1], [0.6, 0.6]])[random.permutation(4)]
    sizes = random.uniform(0.15, 0.3, (4, 2))
    apart = np.hstack([corners, corners + sizes]).round(4)
    while True:
        apart_scores = numbers(4)
        if np.argsort(-apart_scores).tolist() not in ([0, 1, 2, 3], [3, 2, 1, 0]):
            break
    moved = (apart + random.uniform(-0.02, 0.02, (4, 4))).clip(0, 1).round(4)
    pairs = np.vstack([apart, moved])
    while True:
        pair_scores = numbers(8)
        kept = _kept(pairs, pair_scores, bound)
        if len(kept) == 4 and sorted(kept) != [0, 1, 2, 3]:
            break
    # A row of boxes, each of which overlaps its neighbour too much and the one after that not enough.
    step = 0.4 * (1 - bound) / (1 + bound) * 0.9
    tops = 0.05 + step * np.arange(5)
    left = float(random.uniform(0.1, 0.5))
    chain = np.stack([tops, np.full(5, left), tops + 0.4, np.full(5, left + 0.3)], axis=1).round(4)
    chain_scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5]) + random.uniform(0, 0.05)
    turn = random.permutation(5)
    chain, chain_scores = chain[turn], chain_scores[turn].round(4)
    sets = {"apart": (apart, apart_scores), "pairs": (pairs, pair_scores), "chain": (chain, chain_scores)}
    inputs: dict[str, Any] = {
        key: {"boxes": boxes.tolist(), "scores": scores.round(4).tolist()} for key, (boxes, scores) in sets.items()
    }
    inputs |= {"none": {"boxes": [], "scores": []}, "overlap": bound}
    expected: dict[str, Any] = {}
    for key, (boxes, scores) in sets.items():
        order = np.argsort(-scores).tolist()
        right = _kept(boxes, scores, bound)
        dropped_too = [
            place
            for rank, place in enumerate(order)
            if all(_overlap(boxes[place], boxes[other]) <= bound for other in order[:rank])
        ]
        mistakes = {
            "the least sure first": _kept(boxes, -scores, bound),
            "every box: nothing was dropped": order,
            "the right boxes, in the order of their places": sorted(right),
            "boxes that were dropped have dropped others": dropped_too,
        }
        expected[key] = right
        expected[f"{key} mistakes"] = {
            sentence: wrong for sentence, wrong in mistakes.items() if wrong != right
        }
    return {"inputs": inputs, "expected": expected}


def _scored(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores with two decimals and labels: the ill ones higher, but not all of them."""
    labels = (random.uniform(0, 1, count) < 0.4).astype(int)
    labels[:4] = [1, 0, 1, 0]
    scores = np.clip(0.25 + 0.35 * labels + random.normal(0, 0.2, count), 0.01, 0.99).round(2)
    return scores, labels


def _cost(random: np.random.Generator, count: int, miss: float, alarm: float) -> Case:
    while True:
        scores, labels = _scored(random, count)
        inside = np.sort(scores)[count // 2]
        # One of each label lies at the threshold.
        scores[[0, 1]] = inside
        between = float(inside) + 0.005
        right = {
            "misses": cost_at(scores, labels, between, miss, 0.0),
            "alarms": cost_at(scores, labels, between, 0.0, alarm),
            "at": cost_at(scores, labels, float(inside), miss, alarm),
        }
        strict = cost_at(scores, labels, float(inside) + 1e-6, miss, alarm)
        swapped = cost_at(scores, labels, between, alarm, 0.0), cost_at(scores, labels, between, 0.0, miss)
        if right["misses"] and right["alarms"] and strict != right["at"]:
            break

    def counted(threshold: float) -> float:
        return cost_at(scores, labels, threshold, 1.0, 1.0)

    every = "misses and false alarms were counted, whatever they cost"

    def other_side(threshold: float, miss: float, alarm: float) -> float:
        return cost_at(-scores, labels, -threshold, miss, alarm)

    return {
        "inputs": {
            "scores": scores.tolist(),
            "labels": labels.tolist(),
            "between": between,
            "at": float(inside),
            "miss": miss,
            "alarm": alarm,
        },
        "expected": {
            **right,
            "misses mistakes": {
                "an alarm below the threshold: the wrong side": other_side(between, miss, 0.0),
                "the number of misses; each costs miss_cost": right["misses"] / miss,
                "the mean over all; the sum is wanted": right["misses"] / count,
                "the false alarms": swapped[1],
                every: counted(between),
            },
            "alarms mistakes": {
                "an alarm below the threshold: the wrong side": other_side(between, 0.0, alarm),
                "the number of false alarms; each costs alarm_cost": right["alarms"] / alarm,
                "the mean over all; the sum is wanted": right["alarms"] / count,
                "the misses": swapped[0],
                every: counted(between),
            },
            "at mistakes": {
                every: counted(float(inside)),
                "a score at the threshold raised no alarm": strict,
                "an alarm below the threshold: the wrong side": other_side(float(inside), miss, alarm),
                "the mean over all; the sum is wanted": right["at"] / count,
            },
        },
    }


def _best(random: np.random.Generator, count: int) -> Case:
    costs = {"first": [8.0, 1.0], "second": [1.0, 6.0], "dear": [0.5, 500.0]}
    while True:
        scores, labels = _scored(random, count)
        # The surest of all is healthy, so that with dear alarms any threshold within the scores is wrong.
        scores[np.argmax(scores)] = 0.98
        scores[1] = 0.99
        thresholds = [*np.unique(scores).tolist(), 2.0]
        tables = {key: [cost_at(scores, labels, one, *pair) for one in thresholds] for key, pair in costs.items()}
        lowest = {key: min(table) for key, table in tables.items()}
        errors = [cost_at(scores, labels, one, 1.0, 1.0) for one in thresholds]
        accurate = thresholds[int(np.argmin(errors))]
        swapped = {
            key: thresholds[int(np.argmin([cost_at(scores, labels, one, *pair[::-1]) for one in thresholds]))]
            for key, pair in costs.items()
        }
        others = (accurate, 0.5)
        if all(
            cost_at(scores, labels, wrong, *costs[key]) > lowest[key]
            for key in ("first", "second")
            for wrong in (*others, swapped[key])
        ) and all(min(tables[key][:-1]) == lowest[key] for key in ("first", "second")):
            break
    best = {key: thresholds[int(np.argmin(table))] for key, table in tables.items()}
    worst = {key: thresholds[int(np.argmax(table))] for key, table in tables.items()}
    return {
        "inputs": {"scores": scores.tolist(), "labels": labels.tolist(), **costs},
        "expected": {
            **lowest,
            **{
                f"{key} mistakes": {
                    sentence: wrong
                    for sentence, wrong in (
                        ("the most accurate threshold, not the cheapest", accurate),
                        ("0.5, whatever the costs", 0.5),
                        ("the costs of a miss and of a false alarm have changed places", swapped[key]),
                        ("the dearest threshold", worst[key]),
                    )
                    if wrong != best[key]
                }
                for key in costs
            },
        },
    }
