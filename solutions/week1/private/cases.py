"""What week 1 is judged on: inputs, right answers, and wrong answers that give themselves away.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week1.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text.
"""

from typing import Any

import numpy as np

Case = dict[str, Any]

#: The candle's clock: every 12 minutes from an hour and a half before eight to an hour and a half after.
HOURS = np.linspace(-1.5, 1.5, 16).round(1)
#: The spring of the notebook: grams, and centimetres.
MASSES = [20, 45, 70, 100, 120, 150, 175, 200, 230, 260, 290, 320, 350, 390, 430, 480]
LENGTHS = [13.2, 13.5, 14.9, 15.4, 16.5, 16.8, 18.2, 18.4, 19.9, 20.2, 21.7, 22.1, 23.5, 24.3, 26.1, 27.0]


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: small whole numbers, and the notebook's own data."""
    return {
        "week1.build_model": _model([-2.0, 0.0, 1.0, 3.0], 2.0, -1.0, [0.0, 0.0], [1.0, 3.0]),
        "week1.train_model": {"inputs": {}, "expected": _trained(-2.0, 9.0)},
        "week1.predict": _predict([1.0, 2.0, 4.0], 3.0, -2.0),
        "week1.loss": _loss([1.0, 2.0, 3.0], [2.0, 2.0, 6.0]),
        "week1.gradient": _gradient([1.0, 2.0, 4.0], [3.0, 5.0, 9.0], 1.0, 1.0),
        "week1.update": _update(1.0, 4.0, 2.0, -6.0, 0.1),
        "week1.train": _train([-1.0, 0.0, 1.0, 2.0], [-3.0, -1.0, 1.0, 3.0], 0.1, 4),
        "week1.standardise": _standardise([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),
        "week1.fit_spring": _fit([float(mass) for mass in MASSES], LENGTHS),
        "week1.length_in_mm": _units([0.25, 0.1, 0.4], 0.03, 12.0),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other numbers, all made by the generator."""

    def some(count: int, low: float, high: float) -> list[float]:
        return generator.uniform(low, high, count).round(3).tolist()

    def one(low: float, high: float) -> float:
        size = round(float(generator.uniform(low, high)), 3)
        return size if generator.random() < 0.5 else -size

    slope, intercept = one(1.2, 3.0), one(5.0, 9.0)
    candle = {"features": HOURS.tolist(), "labels": (slope * HOURS + intercept).tolist()}
    masses = sorted(generator.integers(15, 600, 24).astype(float).tolist())
    stiffness, rest = round(generator.uniform(0.02, 0.06), 4), round(generator.uniform(8, 20), 2)
    lengths = (stiffness * np.array(masses) + rest + generator.normal(0, 0.3, 24)).round(2).tolist()
    features = some(5, -3, 3)
    return {
        "week1.build_model": _model(some(4, -3, 3), one(1, 3), one(1, 3), some(2, 0, 1), some(2, 2, 4)),
        "week1.train_model": {"inputs": candle, "expected": _trained(slope, intercept)},
        "week1.predict": _predict(some(6, -3, 3), one(1, 3), one(1, 3)),
        "week1.loss": _loss(some(5, -2, 2), some(5, 2.5, 5)),
        "week1.gradient": _gradient(some(5, 0.5, 3), some(5, 2, 9), one(0.5, 1.5), one(0.5, 1.5)),
        "week1.update": _update(one(1, 3), one(1, 3), one(1, 5), one(1, 5), 0.25),
        "week1.train": _train(features, (slope * np.array(features) + intercept).round(3).tolist(), 0.05, 5),
        "week1.standardise": _standardise(some(9, 20, 90)),
        "week1.fit_spring": _fit(masses, lengths),
        "week1.length_in_mm": _units(some(4, 0.05, 0.6), stiffness, rest),
    }


def _model(
    features: list[float], weight: float, bias: float, labels: list[float], predictions: list[float]
) -> Case:
    x, errors = np.array(features), np.array(predictions) - np.array(labels)
    line = weight * x + bias
    inputs = {
        "features": features,
        "weight": weight,
        "bias": bias,
        "labels": labels,
        "predictions": predictions,
    }
    mistakes = {
        "the negative side is cut off: is there a relu activation?": _plain(np.maximum(line, 0)),
        "squashed between 0 and 1: is there a sigmoid activation?": _plain(1 / (1 + np.exp(-line))),
        "squashed between -1 and 1: is there a tanh activation?": _plain(np.tanh(line)),
        "the bias is missing": _plain(weight * x),
    }
    loss_mistakes = {"the mean absolute error": float(np.mean(np.abs(errors)))}
    expected = {
        "answers": _plain(line),
        "mistakes": mistakes,
        "loss": float(np.mean(errors**2)),
        "loss mistakes": loss_mistakes,
    }
    return {"inputs": inputs, "expected": expected}


def _trained(weight: float, bias: float) -> dict[str, Any]:
    return {
        "weight": weight,
        "bias": bias,
        "weight mistakes": {
            "0, as before any training": 0.0,
            "the weight of the candle in the notebook": -2.0,
        },
        "bias mistakes": {"0, as before any training": 0.0, "the bias of the candle in the notebook": 9.0},
    }


def _predict(features: list[float], weight: float, bias: float) -> Case:
    x = np.array(features)
    return {
        "inputs": {"features": features, "weight": weight, "bias": bias},
        "expected": {
            "many": _plain(weight * x + bias),
            "one": float(weight * x[-1] + bias),
            "mistakes": {
                "the bias is missing": _plain(weight * x),
                "the bias is subtracted": _plain(weight * x - bias),
                "weight and bias have changed places": _plain(bias * x + weight),
                "the bias is multiplied by the weight as well": _plain(weight * (x + bias)),
            },
        },
    }


def _loss(labels: list[float], predictions: list[float]) -> Case:
    errors = np.array(predictions) - np.array(labels)
    mean_square = float(np.mean(errors**2))
    return {
        "inputs": {"labels": labels, "predictions": predictions},
        "expected": {
            "loss": mean_square,
            "mistakes": {
                "the mean of the absolute errors; here each error is squared": float(np.mean(np.abs(errors))),
                "the sum; it still has to be divided by the number of rows": float(np.sum(errors**2)),
                "the mean of the errors; they have to be squared first": float(np.mean(errors)),
                "the root of it; leave the square": float(np.sqrt(mean_square)),
                "half of it": mean_square / 2,
                "the square of the mean; square each error before the mean is taken": float(
                    np.mean(errors) ** 2
                ),
            },
        },
    }


def _gradient(features: list[float], labels: list[float], weight: float, bias: float) -> Case:
    x, y = np.array(features), np.array(labels)
    errors = weight * x + bias - y
    right = float(2 * np.mean(errors * x)), float(2 * np.mean(errors))
    sums = float(2 * np.sum(errors * x)), float(2 * np.sum(errors))
    expected: dict[str, Any] = {}
    for what, slope, total in zip(("weight", "bias"), right, sums, strict=True):
        expected[what] = slope
        expected[f"{what} mistakes"] = {
            "the sign is flipped: the error is prediction − label": -slope,
            "half of it: the square brings a factor 2": slope / 2,
            "minus half of it: the sign is flipped and the factor 2 is missing": -slope / 2,
            "the sum over the rows instead of the mean": total,
        }
    expected["weight mistakes"]["each error still has to be multiplied by its feature"] = right[1]
    expected["bias mistakes"]["for the bias, errors are not multiplied by the features"] = right[0]
    return {
        "inputs": {"features": features, "labels": labels, "weight": weight, "bias": bias},
        "expected": expected,
    }


def _update(weight: float, bias: float, weight_slope: float, bias_slope: float, learning_rate: float) -> Case:
    expected: dict[str, Any] = {}
    for what, old, slope in (("weight", weight, weight_slope), ("bias", bias, bias_slope)):
        expected[what] = old - learning_rate * slope
        expected[f"{what} mistakes"] = {
            f"the {what} goes uphill: subtract": old + learning_rate * slope,
            "the learning rate is missing": old - slope,
            f"the {what} has not moved": old,
            "only the change; take it from the old value": -learning_rate * slope,
        }
    inputs = {
        "weight": weight,
        "bias": bias,
        "weight_slope": weight_slope,
        "bias_slope": bias_slope,
        "learning_rate": learning_rate,
    }
    return {"inputs": inputs, "expected": expected}


def _train(features: list[float], labels: list[float], learning_rate: float, steps: int) -> Case:
    x, y = np.array(features), np.array(labels)

    def descend(rate: float, count: int) -> tuple[float, float, list[float]]:
        weight, bias, losses = 0.0, 0.0, []
        for _ in range(count):
            errors = weight * x + bias - y
            losses.append(float(np.mean(errors**2)))
            weight, bias = weight - rate * 2 * np.mean(errors * x), bias - rate * 2 * np.mean(errors)
        return float(weight), float(bias), losses

    *right, losses = descend(learning_rate, steps)
    wrong = {
        "one step too few": descend(learning_rate, steps - 1),
        "one step too many": descend(learning_rate, steps + 1),
        "as with a gradient without its factor 2": descend(learning_rate / 2, steps),
        "uphill: the update or the gradient has the wrong sign": descend(-learning_rate, steps),
    }
    expected: dict[str, Any] = {"first loss": losses[0], "losses": losses}
    for position, what in enumerate(("weight", "bias")):
        expected[what] = right[position]
        expected[f"{what} mistakes"] = {sentence: answer[position] for sentence, answer in wrong.items()}
    return {
        "inputs": {"features": features, "labels": labels, "learning_rate": learning_rate, "steps": steps},
        "expected": expected,
    }


def _standardise(values: list[float]) -> Case:
    x = np.array(values)
    centred = x - x.mean()
    return {
        "inputs": {"values": values},
        "expected": {
            "scaled": _plain(centred / x.std()),
            "mean": float(x.mean()),
            "spread": float(x.std()),
            "mistakes": {
                "centred, but not divided by the spread": _plain(centred),
                "divided by the spread, but not centred": _plain(x / x.std()),
                "divided by the variance instead of its root": _plain(centred / x.var()),
                "divided by the spread with n − 1 (ddof=1)": _plain(centred / x.std(ddof=1)),
                "scaled to 0 … 1 instead": _plain((x - x.min()) / (x.max() - x.min())),
            },
        },
    }


def _fit(masses: list[float], lengths: list[float]) -> Case:
    x, y = np.array(masses), np.array(lengths)
    slope = float(np.mean((x - x.mean()) * (y - y.mean())) / x.var())
    intercept = float(y.mean() - slope * x.mean())
    return {
        "inputs": {"masses": masses, "lengths": lengths},
        "expected": {
            "slope": slope,
            "intercept": intercept,
            "loss": float(np.mean((slope * x + intercept - y) ** 2)),
            "slope mistakes": {
                "the weight for scaled masses: divide by the spread": slope * float(x.std()),
                "the change per kilogram; the masses are in grams": slope * 1000,
                "in millimetres; the lengths are in centimetres": slope * 10,
                "the spring of the notebook, on other measurements": _notebook_line()[0],
            },
            "intercept mistakes": {
                "the bias for scaled masses, which is the mean length": float(y.mean()),
                "in millimetres; the lengths are in centimetres": intercept * 10,
                "the spring of the notebook, on other measurements": _notebook_line()[1],
            },
        },
    }


def _notebook_line() -> tuple[float, float]:
    x, y = np.array(MASSES, dtype=float), np.array(LENGTHS)
    slope = float(np.mean((x - x.mean()) * (y - y.mean())) / x.var())
    return slope, float(y.mean() - slope * x.mean())


def _units(masses: list[float], slope: float, intercept: float) -> Case:
    x = np.array(masses)
    right = 10 * (slope * 1000 * x + intercept)
    share = slope * 1000 * x[0] / intercept
    return {
        "inputs": {"masses": masses, "slope": slope, "intercept": intercept},
        "expected": {
            "empty": 10 * intercept,
            "empty mistakes": {
                "the length in centimetres": intercept,
                "the length in metres": intercept / 100,
                "the spring's own length was forgotten": 0.0,
            },
            "share": float(1 + share),
            "share mistakes": {
                "the mass was taken as grams": float(1 + share / 1000),
                "only the spring's own length was changed into millimetres": float(1 + share / 10),
                "the mass was divided by 1000, not multiplied": float(1 + share / 1e6),
            },
            "several": _plain(right),
            "several mistakes": {
                "the mass was taken as grams": _plain(10 * (slope * x + intercept)),
                "the length in centimetres": _plain(slope * 1000 * x + intercept),
                "no unit was changed": _plain(slope * x + intercept),
            },
        },
    }


def _plain(values: np.ndarray) -> list[float]:
    return [float(value) for value in values]
