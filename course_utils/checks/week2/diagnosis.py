"""Parts 4 to 6: the loss, the model, and a diagnosis with a probability that one can rely on."""

from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, read_numbers
from course_utils.checks.models import collect_built, compiled_loss
from course_utils.checks.networks import Built
from course_utils.checks.registry import Check, Expected, Inputs

LOSS = {"the right value": 1.0, "a mean": 1.0, "finite for a certain error": 1.0}
BUILD = {"one probability a patient": 1.0, "a small model": 1.0, "compiled with the cross-entropy": 1.0}
DIAGNOSE = {
    "a probability for each patient": 1.0,
    "tells new patients apart": 1.0,
    "as sure as it is right": 1.0,
    "each patient alone": 1.0,
}
_FEW = 7


def collect_loss(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the loss of some answers, of the same ones twice, and of one that was certain and wrong."""
    labels, said = (np.asarray(inputs[name], dtype=np.float64) for name in ("labels", "probabilities"))
    twice = np.concatenate([labels, labels]), np.concatenate([said, said])
    return {
        "some": call(namespace, "cross_entropy", labels.copy(), said.copy()),
        "twice": call(namespace, "cross_entropy", *twice),
        "certain": call(namespace, "cross_entropy", np.array([1.0, 0.0]), np.array([0.0, 1.0])),
    }


def judge_loss(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the loss."""
    some, twice, certain = (read(data.get(name), words) for name in ("some", "twice", "certain"))
    right, found = compare(some, expected["loss"], words, mistakes=expected["mistakes"], tolerance=1e-5)
    value = Step(
        "the right value",
        1.0,
        right,
        words.example(f"{expected['loss']:.6g} for the labels and probabilities of the notebook"),
        found,
        "−log p where the label is 1, −log(1 − p) where it is 0.",
    )
    single = all(one.value is not None and one.value.shape == () for one in (some, twice))
    mean = single and bool(np.isclose(float(some.value), float(twice.value)))  # type: ignore[arg-type]
    found = some.problem or twice.problem or ("the same loss" if mean else "a loss that grows with the rows")
    same = Step(
        "a mean",
        1.0,
        mean,
        "the same loss when every row is there twice",
        found if single or some.problem or twice.problem else f"{some.kind} instead of one number",
        "np.mean of the costs of all rows.",
    )
    finite = certain.value is not None and certain.value.shape == () and bool(np.isfinite(certain.value))
    large = finite and float(certain.value) > 5  # type: ignore[arg-type]
    found = certain.problem or ("infinity or NaN" if not finite else f"{float(certain.value):.4g}")  # type: ignore[arg-type]
    end = Step(
        "finite for a certain error",
        1.0,
        large,
        "a large number, more than 5, for the probabilities 0 and 1 where the labels are 1 and 0",
        found,
        "log 0 is minus infinity: np.clip(probabilities, 1e-7, 1 − 1e-7) first.",
    )
    return [value, same, end]


def collect_model(namespace: Namespace, inputs: Inputs) -> Data:
    """Build the student's model and describe it, with the loss that it is compiled with."""

    def loss(model: Any) -> Data:
        # Any other shape of answer has a loss of its own kind, which these labels do not fit.
        if getattr(model, "output_shape", ()) != (None, 1):
            return {"compiled": bool(model.compiled)}
        return compiled_loss(model, inputs["labels"], inputs["probabilities"])

    return collect_built(namespace, int(inputs["columns"]), also=loss)


def judge_model(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge what goes in and comes out, how many parameters there are, and the loss."""
    built = Built.of(data, words)
    facts, problem, network = built.facts, built.problem, built.network
    columns = int(inputs["columns"])
    rows = np.random.default_rng(0).normal(0, 30, (64, columns)).astype(np.float32)
    shaped = network is not None and (network.given, network.gives) == ((columns,), (1,))
    answers = built.answers(rows) if shaped else Reading(None, problem=built.unread)
    inside = answers.value is not None and bool(np.all((answers.value >= 0) & (answers.value <= 1)))
    found = answers.problem or (
        f"{str(list(network.given))[:40]} numbers in, {str(list(network.gives))[:40]} out"
        if network is not None and not shaped
        else "numbers below 0 or above 1: is there a sigmoid at the end?"
    )
    one = Step(
        "one probability a patient",
        1.0,
        shaped and inside,
        words.example(f"{columns} numbers in, one number between 0 and 1 out"),
        found,
        "keras.Input(shape=(columns,)) first; at the end a Dense layer with 1 unit and activation sigmoid.",
    )
    count = network.parameters if network else 0
    small = Step(
        "a small model",
        1.0,
        1 <= count <= inputs["most"],
        f"at most {inputs['most']} parameters",
        built.unread or f"{count} parameters",
        "A few hundred patients cannot settle thousands of weights. No hidden layer, or one of some 16 units, will do.",
    )
    loss = read_numbers(facts.get("loss")) if not problem else Reading(None, problem=problem)
    if not problem and not facts.get("compiled"):
        loss = Reading(None, problem="a model that is not compiled")
    elif not problem and "loss" not in facts:
        loss = Reading(None, problem="a loss for another kind of answer than one probability")
    right, found = compare(loss, expected["loss"], words, mistakes=expected["loss mistakes"], tolerance=1e-4)
    compiled = Step(
        "compiled with the cross-entropy",
        1.0,
        right,
        "a compiled model whose loss is the cross-entropy of two classes",
        found if not right else "the cross-entropy",
        'model.compile(optimizer=…, loss="binary_crossentropy").',
    )
    return [one, small, compiled]


def _table(text: str) -> np.ndarray:
    return np.array([[float(cell) for cell in line.split(",")] for line in text.split("\n")])


def collect_diagnosis(namespace: Namespace, inputs: Inputs) -> Data:
    """Train on the patients with a label; then ask about all the new ones at once, and about a few of them."""
    train, new = _table(inputs["train"]), _table(inputs["new"])
    labels = np.asarray(inputs["labels"], dtype=np.float64)
    function = namespace.get("train")
    if not callable(function):
        return {"missing": True, "name": "train"}
    kept: list[Any] = []
    trained = attempt(lambda: kept.append(function(train.copy(), labels.copy())) or True, namespace, 60.0)
    if "error" in trained:
        return trained
    return {
        "all": call(namespace, "diagnose", kept[0], new.copy()),
        "few": call(namespace, "diagnose", kept[0], new[:_FEW].copy()),
    }


def judge_diagnosis(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the probabilities by what became of the patients."""
    truth = np.asarray(expected["truth"])
    stopped = read(data, words).problem if {"missing", "error"} & set(data) else ""
    everyone = Reading(None, problem=stopped) if stopped else read(data.get("all"), words)
    few = Reading(None, problem=stopped) if stopped else read(data.get("few"), words)
    said = everyone.value
    inside = said is not None and bool(np.all((said >= 0) & (said <= 1)))
    shaped = said is not None and said.shape == truth.shape
    found = everyone.problem or (
        f"{everyone.kind} instead of one of shape {truth.shape}" if not shaped else "numbers outside 0 … 1"
    )
    steps = [
        Step(
            "a probability for each patient",
            1.0,
            shaped and inside,
            "an array with one number between 0 and 1 for each row",
            found,
            "Keras answers with a column, shape (n, 1): [:, 0] takes the numbers out of it.",
        )
    ]
    usable = said is not None and inside and said.size == truth.size
    flat = np.clip(said.reshape(truth.shape), 1e-6, 1 - 1e-6) if usable and said is not None else None
    problem = everyone.problem or ("" if usable else "nothing that could be judged")
    right = float(np.mean((flat > 0.5) == truth)) if flat is not None else 0.0
    loss = float(-np.mean(np.log(np.where(truth == 1, flat, 1 - flat)))) if flat is not None else np.inf
    steps += _quality(right, loss, problem, expected, words)
    same = usable and few.value is not None and few.value.size == min(_FEW, truth.size)
    same = same and bool(np.allclose(np.ravel(few.value), np.ravel(said)[:_FEW], atol=1e-3))  # type: ignore[arg-type]
    found = few.problem or problem or "another probability for a patient when others are asked about too"
    steps.append(
        Step(
            "each patient alone",
            1.0,
            same,
            "the same probability for a patient, whoever else is in the table",
            found,
            "Keep the training rows' mean and spread with the model, and scale new rows with them.",
        )
    )
    return steps


def _quality(right: float, loss: float, problem: str, expected: Expected, words: Wording) -> list[Step]:
    share, most = expected["accuracy"], expected["loss"]
    at_least = words.example(f"at least {share:.3f} of the new patients right")
    at_most = words.example(f"a cross-entropy of at most {most:.3f} on the new patients")
    less = "fewer right than a plain logistic regression gets" if words.hidden else f"{right:.3f} right"
    worse = "a cross-entropy that is too high" if words.hidden else f"a cross-entropy of {loss:.3f}"
    return [
        Step(
            "tells new patients apart",
            1.0,
            not problem and right >= share,
            at_least if not words.hidden else "about as many right as a plain logistic regression gets",
            problem or less,
            "train must learn from the rows that it is given, scaled, and for enough epochs.",
        ),
        Step(
            "as sure as it is right",
            1.0,
            not problem and loss <= most,
            at_most if not words.hidden else "probabilities about as good as a plain logistic regression's",
            problem or worse,
            "Of patients with 0.9, nine in ten should be ill. Too sure: use an L2 penalty. Never sure: train longer.",
        ),
    ]


CHECKS = (
    Check(
        "week2.cross_entropy",
        "Part 4, cross_entropy",
        LOSS,
        "week2/softmax#two-classes-one-number",
        collect_loss,
        judge_loss,
    ),
    Check(
        "week2.build_model",
        "Part 5, build_model",
        BUILD,
        "week2/capacity#how-much-can-a-network-learn",
        collect_model,
        judge_model,
    ),
    Check(
        "week2.diagnose",
        "Part 6, diagnose",
        DIAGNOSE,
        "week2/judging#does-0-9-mean-nine-in-ten",
        collect_diagnosis,
        judge_diagnosis,
    ),
)
