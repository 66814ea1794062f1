"""Parts 1 and 2: build a one-neuron Keras model, and train it."""

from typing import Any

import numpy as np

from course_utils.checks.charts import Chart, curve
from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, read_numbers
from course_utils.checks.models import collect_built, compiled_loss
from course_utils.checks.networks import Built
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
    """Build the student's model and describe it, with the loss that it is compiled with."""
    return collect_built(
        namespace, also=lambda model: compiled_loss(model, inputs["labels"], inputs["predictions"])
    )


def judge_model(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the model's shapes, its answers with known weights, and its loss."""
    built = Built.of(data, words)
    facts, network = built.facts, built.network
    sizes = (network.given, network.gives) if network else ()
    found = built.unread or f"{_say_size(sizes[0])} in, {_say_size(sizes[1])} out"
    shape = Step(
        "one number in, one number out",
        1.0,
        sizes == ((1,), (1,)),
        "a model that takes one number a row and gives one number a row",
        found,
        "Begin with keras.Input(shape=(1,)); the shape leaves the number of rows out. Then one Dense layer.",
    )
    weights = network.trainable if network else []
    if network and weights == [[1, 1]]:
        right, found = False, "a weight but no bias: every line would pass through 0"
    elif network and weights != [[1, 1], [1]]:
        right, found = False, f"trainable weights of the shapes {str(weights)[:80]}"
    else:
        known = [np.full((1, 1), inputs["weight"]), np.full(1, inputs["bias"])]
        answers = built.answers(np.asarray(inputs["features"], dtype=np.float32).reshape(-1, 1), known)
        right, found = compare(
            answers,
            expected["answers"],
            words,
            mistakes=expected["mistakes"],
            tolerance=1e-5,
            any_shape=True,
        )
    neuron = Step(
        "a weight and a bias",
        1.0,
        right,
        "one neuron: weight × feature + bias, with nothing after it",
        found,
        "A Dense layer with 1 unit has both. A straight line needs no activation.",
    )
    problem = built.problem
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


def _say_size(shape: tuple[int, ...]) -> str:
    if shape == (1,):
        return "1 number"
    return f"{shape[0]} numbers" if len(shape) == 1 else "something of another shape"


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
