"""Parts 1 and 2: build a one-neuron Keras model, and train it."""

from typing import Any

import numpy as np

from course_utils.checks.charts import Chart, curve
from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, read_numbers, say_kind
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs

BUILD = {
    "one number in, one number out": 1.0,
    "a weight and a bias": 1.0,
    "compiled with the mean squared error": 1.0,
}
TRAIN = {"the loss falls": 1.0, "finds the weight": 1.0, "finds the bias": 1.0}
_WEIGHT_TOLERANCE = 0.005


def collect_model(namespace: Namespace, inputs: Inputs) -> Data:
    """Build the student's model and report its shapes, its answers with known weights, and its loss."""
    function = namespace.get("build_model")
    if not callable(function):
        return {"missing": True, "name": "build_model"}
    return attempt(lambda: _model_facts(function(), inputs), namespace)


def _model_facts(model: Any, inputs: Inputs) -> Data:
    import keras

    facts: Data = {"model": describe(model)}
    if not isinstance(model, keras.Model):
        return facts
    facts["keras"] = True
    facts["in"], facts["out"] = _shape(model, "input_shape"), _shape(model, "output_shape")
    facts["weights"] = [[int(size) for size in weight.shape] for weight in model.trainable_weights][:10]
    if facts["weights"] in ([[1, 1], [1]], [[1, 1]]) and facts["in"] == [1]:
        known = [np.full((1, 1), inputs["weight"]), np.full(1, inputs["bias"])][: len(facts["weights"])]
        model.set_weights(known)
        features = np.asarray(inputs["features"], dtype=np.float32)
        facts["answers"] = describe(np.asarray(model(features.reshape(-1, 1))).reshape(-1))
    facts["compiled"] = bool(model.compiled)
    if model.compiled and model.loss is not None:
        loss = keras.losses.get(model.loss)
        labels, predictions = (np.asarray(inputs[key], dtype=np.float32) for key in ("labels", "predictions"))
        facts["loss"] = describe(float(np.mean(loss(labels.reshape(-1, 1), predictions.reshape(-1, 1)))))
    return facts


def _shape(model: Any, name: str) -> list[int] | None:
    shape = getattr(model, name, None)
    if not isinstance(shape, tuple):
        return None
    return [-1 if size is None else int(size) for size in shape[1:]]


def judge_model(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the model's shapes, its answers and its loss."""
    facts = data.get("answer", {})
    problem = read(data, words).problem if "answer" not in data else ""
    if not problem and facts.get("keras") is not True:
        problem = f"{say_kind(facts.get('model'))} instead of a Keras model"
    sizes = (facts.get("in"), facts.get("out"))
    found = problem or f"{_say_sizes(sizes[0])} in, {_say_sizes(sizes[1])} out"
    shape = Step(
        "one number in, one number out",
        1.0,
        not problem and sizes == ([1], [1]),
        "a model that takes one number a row and gives one number a row",
        found,
        "Begin with keras.Input(shape=(1,)); the shape leaves the number of rows out. Then one Dense layer.",
    )
    weights = facts.get("weights")
    if not problem and weights == [[1, 1]]:
        right, found = False, "a weight but no bias: every line would pass through 0"
    elif not problem and weights != [[1, 1], [1]]:
        right, found = False, f"trainable weights of the shapes {str(weights)[:80]}"
    else:
        answers = read_numbers(facts.get("answers")) if not problem else Reading(None, problem=problem)
        right, found = compare(
            answers, expected["answers"], words, mistakes=expected["mistakes"], tolerance=1e-5
        )
    neuron = Step(
        "a weight and a bias",
        1.0,
        right,
        "one neuron: weight × feature + bias, with nothing after it",
        found,
        "A Dense layer with 1 unit has both. A straight line needs no activation.",
    )
    loss = read_numbers(facts.get("loss")) if not problem else Reading(None, problem=problem)
    if not problem and not facts.get("compiled"):
        loss = Reading(None, problem="a model that is not compiled")
    right, found = compare(loss, expected["loss"], words, mistakes=expected["loss mistakes"], tolerance=1e-5)
    compiled = Step(
        "compiled with the mean squared error",
        1.0,
        right,
        "a compiled model whose loss is the mean squared error",
        found if not right else "the mean squared error",
        "model.compile(optimizer=…, loss=…) needs both, before the model is returned.",
    )
    return [shape, neuron, compiled]


def _say_sizes(sizes: object) -> str:
    if sizes == [1]:
        return "1 number"
    if isinstance(sizes, list) and len(sizes) == 1:
        return f"{sizes[0]} numbers"
    return "something of another shape"


def collect_training(namespace: Namespace, inputs: Inputs) -> Data:
    """Report the weights of the student's `model`; given features, train it on these first."""
    model = namespace.get("model")
    if model is None:
        return {"missing": True, "name": "model"}
    return attempt(lambda: _trained(model, namespace, inputs), namespace, limit=60.0)


def _trained(model: Any, namespace: Namespace, inputs: Inputs) -> Data:
    if "features" not in inputs:
        return {"weights": _weights(model), "losses": describe(namespace.get("losses"))}
    kept = model.get_weights()
    try:
        model.set_weights([np.zeros_like(weight) for weight in kept])
        features, labels = (np.asarray(inputs[key]) for key in ("features", "labels"))
        losses = call(namespace, "train_model", model, features, labels)
        if "answer" not in losses:
            return {"failed": losses}
        return {"weights": _weights(model), "losses": losses["answer"]}
    finally:
        model.set_weights(kept)


def _weights(model: Any) -> list[Data]:
    return [
        describe(float(np.ravel(weight)[0])) for weight in model.get_weights()[:2] if np.size(weight) == 1
    ]


def judge_training(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the trained weight and bias, and the losses on the way."""
    facts = data.get("answer", {})
    problem = "" if "answer" in data else read(data, words).problem
    if data.get("missing"):
        problem = "there is no variable called model"
    if "failed" in facts:
        problem = read(facts["failed"], words).problem
    losses = Reading(None, problem=problem) if problem else read_numbers(facts.get("losses"))
    values = losses.value
    if values is None:
        falls, found = False, losses.problem
    elif values.ndim != 1 or values.size < 2:
        falls, found = False, f"{values.size} number(s) instead of one loss for each epoch"
    elif not np.all(np.isfinite(values)):
        falls, found = False, "NaN or infinity: the learning rate is too large"
    else:
        falls, found = (
            bool(values[-1] <= 0.1 * values[0]),
            f"{values[0]:.4g} at first and {values[-1]:.4g} at last",
        )
    found = (
        found
        if not words.hidden or falls
        else (losses.problem or "losses that fall too little, or not at all")
    )
    steps = [
        Step(
            "the loss falls",
            1.0,
            falls,
            "the loss of each epoch, the last at most a tenth of the first",
            found,
            'model.fit(…) returns a history; its history["loss"] is the list to return.',
        )
    ]
    weights = facts.get("weights") if isinstance(facts.get("weights"), list) else []
    for position, what in enumerate(("weight", "bias")):
        if problem or len(weights) <= position:
            reading = Reading(None, problem=problem or f"a model without a {what}")
        else:
            reading = read_numbers(weights[position])
        right, found = compare(
            reading, expected[what], words, tolerance=_WEIGHT_TOLERANCE, mistakes=expected[f"{what} mistakes"]
        )
        wanted = f"{what} {words.value(expected[what])}, to within 0.5 %"
        if words.hidden:
            wanted = f"the {what} of another candle, after train_model(model, …) has seen its measurements"
        hint = (
            "More epochs, smaller batches or a larger learning rate bring it closer. Does fit get the data?"
        )
        steps.append(Step(f"finds the {what}", 1.0, right, wanted, found, hint))
    return steps


def chart_training(data: Data, inputs: Inputs, expected: Expected) -> Chart | None:
    """Draw the loss of each epoch, and the tenth of the first that it has to reach."""
    losses = read_numbers(data["answer"]["losses"]).value
    if losses is None or losses.ndim != 1 or losses.size < 2:
        return None
    target = curve("a tenth of the first", [0.1 * losses[0]] * 2, [0, losses.size - 1])
    return Chart("The loss of each epoch", "epoch", "loss", (curve("your losses", losses), target))


CHECKS = (
    Check(
        "week1.build_model",
        "Part 1, build_model",
        BUILD,
        "week1/one-neuron#step-2-build-the-model",
        collect_model,
        judge_model,
    ),
    Check(
        "week1.train_model",
        "Part 2, train_model",
        TRAIN,
        "week1/one-neuron#step-5-train",
        collect_training,
        judge_training,
        chart_training,
    ),
)
