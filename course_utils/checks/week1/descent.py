"""Parts 3 to 7: gradient descent for one neuron, in NumPy, one function at a time."""

import numpy as np

from course_utils.checks.charts import Chart, curve
from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

_FORWARD = "week1/gradient-descent#forward-predict-and-measure-the-loss"
_GRADIENT = "week1/gradient-descent#the-gradient-one-link-at-a-time"
_UPDATE = "week1/gradient-descent#update-one-step-downhill"
_FUNCTIONS = "week1/gradient-descent#seven-plain-functions"
PREDICT = {"the right values": 1.0, "the shape of its input": 1.0}
LOSS = {"0 only when all is right": 1.0, "the right value": 1.0, "a mean": 1.0}
GRADIENT = {
    "the sign of the weight's slope": 1.0,
    "the weight's slope": 1.0,
    "the sign of the bias's slope": 1.0,
    "the bias's slope": 1.0,
}
UPDATE = {"moves the weight": 1.0, "moves the bias": 1.0}
TRAIN = {
    "a loss for each step": 1.0,
    "the first loss is that of the start": 1.0,
    "the loss falls": 1.0,
    "the weight": 1.0,
    "the bias": 1.0,
}


def _arrays(inputs: Inputs, *names: str) -> list[np.ndarray]:
    return [np.asarray(inputs[name], dtype=np.float64) for name in names]


def collect_predict(namespace: Namespace, inputs: Inputs) -> Data:
    """Predict for several features, and for a single number."""
    (features,) = _arrays(inputs, "features")
    weight, bias = inputs["weight"], inputs["bias"]
    return {
        "many": call(namespace, "predict", features, weight, bias),
        "one": call(namespace, "predict", float(features[-1]), weight, bias),
    }


def judge_predict(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the numbers in any shape first, then the shapes."""
    many, one = read(data.get("many"), words), read(data.get("one"), words)
    example = f"predict({_code(inputs['features'])}, weight={inputs['weight']:g}, bias={inputs['bias']:g})"
    right, found = compare(many, expected["many"], words, mistakes=expected["mistakes"], any_shape=True)
    values = Step(
        "the right values",
        1.0,
        right,
        words.example(f"{example} is {show(expected['many'])}"),
        found,
        "weight × feature + bias, for all the features at once: NumPy needs no loop.",
    )
    shaped = right and many.kind.startswith(("an array", "a tensor"))
    shaped, found = (
        compare(many, expected["many"], words) if shaped else (False, found if not right else many.kind)
    )
    if shaped:
        shaped, found = compare(one, expected["one"], words)
    shape = Step(
        "the shape of its input",
        1.0,
        shaped,
        "an array in gives an array of the same shape; a single number in gives a single number",
        found,
        "Leave the features as they come: no reshape, no list.",
    )
    return [values, shape]


def collect_loss(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the loss of right answers, of wrong ones, and of the same wrong ones twice over."""
    labels, predictions = _arrays(inputs, "labels", "predictions")
    twice = np.concatenate([labels, labels]), np.concatenate([predictions, predictions])
    name = "mean_squared_error"
    return {
        "perfect": call(namespace, name, labels.copy(), labels.copy()),
        "some": call(namespace, name, labels.copy(), predictions.copy()),
        "twice": call(namespace, name, *twice),
    }


def judge_loss(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the loss."""
    perfect, some, twice = (read(data.get(key), words) for key in ("perfect", "some", "twice"))
    positive = some.value is not None and some.value.shape == () and bool(some.value > 0)
    right, found = compare(perfect, 0.0, words)
    if right and not positive:
        right, found = False, "a loss that is not above 0 for answers that are wrong"
    zero = Step(
        "0 only when all is right",
        1.0,
        right,
        "0 when every prediction equals its label, else more than 0",
        found,
        "Squares are never negative, so that errors cannot cancel out.",
    )
    right, found = compare(some, expected["loss"], words, mistakes=expected["mistakes"])
    example = f"mean_squared_error({_code(inputs['labels'])}, {_code(inputs['predictions'])})"
    value = Step(
        "the right value",
        1.0,
        right,
        words.example(f"{example} is {show(expected['loss'])}"),
        found,
        "Subtract, square, and take the mean, in this order.",
    )
    mean, found = False, some.problem or twice.problem or "a loss that changes with the number of rows"
    if positive and twice.value is not None and twice.value.shape == ():
        mean = bool(np.isclose(twice.value, some.value))
    same = Step(
        "a mean",
        1.0,
        mean,
        "the same loss when every row is there twice",
        found if not mean else "the same loss",
        "A sum grows with the number of rows; a mean does not.",
    )
    return [zero, value, same]


def collect_gradient(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the two slopes."""
    return call(
        namespace, "gradient", *_arrays(inputs, "features", "labels"), inputs["weight"], inputs["bias"]
    )


def judge_gradient(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the sign and the size of each slope."""
    steps = []
    for position, what in enumerate(("weight", "bias")):
        reading, wanted = read(data, words, position, 2), expected[what]
        right, found = compare(reading, wanted, words, mistakes=expected[f"{what} mistakes"])
        signed = right or _same_sign(reading, wanted)
        up = "up" if wanted > 0 else "down"
        steps += [
            Step(
                f"the sign of the {what}'s slope",
                1.0,
                signed,
                words.example(
                    f"the loss goes {up} when the {what} grows, so its slope is {'+' if wanted > 0 else '−'}"
                ),
                found,
                "The error is prediction − label, not the other way round.",
            ),
            Step(
                f"the {what}'s slope",
                1.0,
                right,
                words.example(f"{show(wanted)} for the example in the notebook"),
                found,
                "The slope of a square brings a 2; the mean divides by the number of rows."
                + (" For the weight, each error counts times its feature." if what == "weight" else ""),
            ),
        ]
    return steps


def _same_sign(reading: Reading, wanted: float) -> bool:
    value = reading.value
    return value is not None and value.shape == () and bool(np.isfinite(value)) and float(value) * wanted > 0


def collect_update(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for one step downhill."""
    names = ("weight", "bias", "weight_slope", "bias_slope", "learning_rate")
    return call(namespace, "update", *(float(inputs[name]) for name in names))


def judge_update(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the new weight and the new bias."""
    steps = []
    for position, what in enumerate(("weight", "bias")):
        reading = read(data, words, position, 2)
        right, found = compare(reading, expected[what], words, mistakes=expected[f"{what} mistakes"])
        wanted = f"{what} {inputs[what]:g} becomes {show(expected[what])}"
        hint = "Downhill is against the slope: subtract the learning rate times the slope."
        steps.append(Step(f"moves the {what}", 1.0, right, words.example(wanted), found, hint))
    return steps


def collect_train(namespace: Namespace, inputs: Inputs) -> Data:
    """Take a few steps of gradient descent."""
    return call(
        namespace, "train", *_arrays(inputs, "features", "labels"), inputs["learning_rate"], inputs["steps"]
    )


def judge_train(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the number of losses, the first, their course, and where the weight and the bias arrive."""
    losses, count = read(data, words, 2, 3), inputs["steps"]
    values, found = losses.value, losses.problem
    listed = values is not None and values.ndim == 1 and values.size > 0 and bool(np.all(np.isfinite(values)))
    if not listed and not found:
        found = f"{losses.kind or 'something'} instead of a list of losses that are finite"
    rows = values if listed and values is not None else np.zeros(1)
    first_right, first_found = compare(Reading(rows[0], "a number"), expected["first loss"], words)
    falls = listed and rows.size > 1 and bool(np.all(np.diff(rows) < 0))
    steps = [
        Step(
            "a loss for each step",
            1.0,
            listed and rows.size == count,
            f"{'as many losses as steps' if words.hidden else f'{count} losses after {count} steps'}",
            found or (f"{rows.size} losses" if not words.hidden else "fewer or more losses than steps"),
            "Append one loss in each turn of the loop; range(steps) has that many turns.",
        ),
        Step(
            "the first loss is that of the start",
            1.0,
            listed and first_right,
            words.example(f"{show(expected['first loss'])}, the loss with weight 0 and bias 0"),
            found or first_found,
            "Start at weight 0 and bias 0, and take the loss before the update.",
        ),
        Step(
            "the loss falls",
            1.0,
            falls,
            "each loss smaller than the one before",
            found or (f"{show(rows)}" if not words.hidden else "losses that do not fall"),
            "Do the weight and the bias of one step reach the next?",
        ),
    ]
    for position, what in enumerate(("weight", "bias")):
        right, found = compare(
            read(data, words, position, 3), expected[what], words, mistakes=expected[f"{what} mistakes"]
        )
        wanted = words.example(f"{what} {show(expected[what])} after {count} steps")
        hint = "Each step: predict, gradient, update. Return the weight and the bias of the last update."
        steps.append(Step(f"the {what}", 1.0, right, wanted, found, hint))
    return steps


def chart_train(data: Data, inputs: Inputs, expected: Expected) -> Chart | None:
    """Draw the losses beside those of a right answer."""
    losses = read(data, Wording(), 2, 3).value
    if losses is None or losses.ndim != 1 or losses.size == 0:
        return None
    curves = (curve("your losses", losses), curve("a right answer's losses", expected["losses"]))
    return Chart("The loss before each step", "step", "loss", curves)


def _code(values: list[float]) -> str:
    return f"[{', '.join(f'{value:g}' for value in values)}]"


CHECKS = (
    Check("week1.predict", "Part 3, predict", PREDICT, _FORWARD, collect_predict, judge_predict),
    Check("week1.loss", "Part 4, mean_squared_error", LOSS, _FORWARD, collect_loss, judge_loss),
    Check("week1.gradient", "Part 5, gradient", GRADIENT, _GRADIENT, collect_gradient, judge_gradient),
    Check("week1.update", "Part 6, update", UPDATE, _UPDATE, collect_update, judge_update),
    Check("week1.train", "Part 7, train", TRAIN, _FUNCTIONS, collect_train, judge_train, chart_train),
)
