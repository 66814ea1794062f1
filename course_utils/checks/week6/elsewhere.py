"""Parts 6 to 8: a model in whole numbers for a small device, and models answered by LiteRT and by ONNX Runtime."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, read_numbers
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week6 import converting
from course_utils.checks.week6.networks import CLASSES, answers, keras_model, pictures, weights

TO_PHONE = {
    "a LiteRT file that runs": 1.0,
    "computes in whole numbers": 1.0,
    "says the same for 95 of 100 pictures": 1.0,
}
RUN_LITERT = {"the probabilities of one picture": 1.0, "of all pictures, in their order": 1.0}
RUN_ONNX = {"the probabilities": 1.0, "pictures in double precision": 1.0}
_COUNT = 100
_SHARE = 0.95
_CLOSE = 1e-4


def collect_to_phone(namespace: Namespace, inputs: Inputs) -> Data:
    """Have a model quantised for LiteRT, and report what its file holds and answers."""
    seed = int(inputs["seed"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "phone"
        made = attempt(lambda: keras_model(weights(seed)), namespace)
        if "error" in made:
            return {**made, "name": "to_phone"}
        called = call(namespace, "to_phone", made["answer"], pictures(seed + 1, 200), str(folder))
        if "answer" not in called:
            return called
        path = folder / "model.tflite"
        there = path.is_file()
        facts = attempt(lambda: _facts(path, pictures(seed, _COUNT)), namespace) if there else None
    return {**called, "there": there, "facts": facts}


def _facts(path: Path, images: np.ndarray) -> Data:
    """Which kinds of numbers the file computes with, and what it answers."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    )
    interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], images.shape)
    interpreter.allocate_tensors()
    [given], [answered] = interpreter.get_input_details(), interpreter.get_output_details()
    inner = [
        np.dtype(tensor["dtype"]).name
        for tensor in interpreter.get_tensor_details()
        if tensor["index"] not in (given["index"], answered["index"])
    ]
    interpreter.set_tensor(given["index"], images.astype(given["dtype"]))
    interpreter.invoke()
    return {"inner": inner[:200], "said": describe(interpreter.get_tensor(answered["index"]))}


def judge_to_phone(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge that the file runs, what it computes with, and its answers."""
    problem = "" if "answer" in data else read(data, words).problem
    if not problem and data.get("there") is not True:
        problem = "no model.tflite in the folder that was named"
    facts = data.get("facts") if isinstance(data.get("facts"), Mapping) else {}
    if not problem and "error" in facts:
        problem = f"LiteRT could not run it: {words.error(facts['error'])}"
    held = facts.get("answer") if isinstance(facts.get("answer"), Mapping) else {}
    said = read_numbers(held.get("said")) if not problem else Reading(None, problem=problem)
    runs = said.value is not None and said.value.shape == (_COUNT, CLASSES)
    found = said.problem or ("such probabilities" if runs else f"numbers of shape {np.shape(said.value)}")
    inner = [str(name) for name in held.get("inner", [])]
    floats = sum(name.startswith("float") for name in inner)
    whole = runs and "int8" in inner and floats == 0
    if not runs:
        counted = found
    elif whole:
        counted = "whole numbers alone"
    else:
        counted = f"{floats} of {len(inner)} tensors inside as float32" + (
            ": the weights alone were quantised" if "int8" in inner else ""
        )
    seed = int(inputs["seed"])
    right = answers(weights(seed), pictures(seed, _COUNT)).argmax(axis=1)
    same = int(np.sum(said.value.argmax(axis=1) == right)) if runs and said.value is not None else -1
    good = whole and same >= _SHARE * _COUNT
    return [
        Step(
            "a LiteRT file that runs",
            1.0,
            runs,
            f"a model.tflite that answers a picture with {CLASSES} probabilities",
            found,
            "convert(model, 'litert', folder, …) writes it, into a folder that it makes.",
        ),
        Step(
            "computes in whole numbers",
            1.0,
            whole,
            "int8 for the weights and for all that lies between them",
            counted,
            "quantize='full-int8' needs data=…, an .npz file with pictures as x: np.savez(path, x=images).",
        ),
        Step(
            "says the same for 95 of 100 pictures",
            1.0,
            good,
            "the original's class for 95 of 100 new pictures",
            (
                counted
                if not whole
                else "other classes"
                if words.hidden
                else f"the same class for {same} of {_COUNT}"
            )
            if not good
            else "these",
            "The ranges of the layers are measured on your pictures: give it real ones, on the scale of the model.",
        ),
    ]


def collect_run_litert(namespace: Namespace, inputs: Inputs) -> Data:
    """Have a LiteRT file answered, one picture and many."""
    return _run(namespace, inputs, "run_litert", "litert")


def collect_run_onnx(namespace: Namespace, inputs: Inputs) -> Data:
    """Have an ONNX file answered, in single and in double precision."""
    return _run(namespace, inputs, "run_onnx", "onnx")


def _run(namespace: Namespace, inputs: Inputs, name: str, to: str) -> Data:
    if not callable(namespace.get(name)):
        return {"missing": True, "name": name}
    seed, images = int(inputs["seed"]), _images(inputs)
    with tempfile.TemporaryDirectory() as place:
        written = attempt(lambda: converting.written(weights(seed), to, Path(place) / "model"), namespace)
        if "error" in written:
            return {**written, "name": name}
        one = images[:1] if to == "litert" else images
        many = images if to == "litert" else images.astype(np.float64)
        return {
            "one": call(namespace, name, written["answer"], one.copy()),
            "many": call(namespace, name, written["answer"], many.copy()),
        }


def _images(inputs: Inputs) -> np.ndarray:
    return pictures(int(inputs["seed"]), int(inputs["count"]))


def judge_run_litert(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the answers to one picture and to all."""
    wanted = answers(weights(int(inputs["seed"])), _images(inputs))
    one = _answered(data, "one", wanted[:1], words)
    many = _answered(data, "many", wanted, words)
    return [
        Step(
            "the probabilities of one picture",
            1.0,
            one[0],
            f"{CLASSES} probabilities, of shape (1, {CLASSES})",
            one[1],
            "set_tensor, invoke, get_tensor; and allocate_tensors before all of them.",
        ),
        Step(
            "of all pictures, in their order",
            1.0,
            many[0],
            f"an array of shape (n, {CLASSES}) for n pictures",
            many[1],
            "The file takes one picture at a time: loop over them, or call resize_tensor_input first.",
        ),
    ]


def judge_run_onnx(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the answers to pictures in single and in double precision."""
    wanted = answers(weights(int(inputs["seed"])), _images(inputs))
    single, double = _answered(data, "one", wanted, words), _answered(data, "many", wanted, words)
    return [
        Step(
            "the probabilities",
            1.0,
            single[0],
            f"an array of shape (n, {CLASSES}) for n pictures",
            single[1],
            "session.run(None, {name: images}) returns a list of all outputs: take the first.",
        ),
        Step(
            "pictures in double precision",
            1.0,
            double[0],
            "the same for an array of float64, which NumPy makes unasked",
            double[1],
            "ONNX Runtime converts nothing by itself: images.astype(np.float32).",
        ),
    ]


def _answered(data: Any, key: str, wanted: np.ndarray, words: Wording) -> tuple[bool, str]:
    called = data.get(key) if key in data else data
    mistakes = {
        "the answer to the first picture, again and again": np.repeat(wanted[:1], len(wanted), axis=0),
        "the pictures in reverse": wanted[::-1],
    }
    if len(wanted) < 2:
        mistakes = {}
    return compare(read(called, words), wanted, words, tolerance=_CLOSE, mistakes=mistakes)


_RUNTIMES = "week6/other-runtimes"
CHECKS = (
    Check(
        "week6.to_phone",
        "Part 6, to_phone",
        TO_PHONE,
        "week6/quantisation#whole-numbers-all-the-way",
        collect_to_phone,
        judge_to_phone,
    ),
    Check(
        "week6.run_litert",
        "Part 7, run_litert",
        RUN_LITERT,
        f"{_RUNTIMES}#litert",
        collect_run_litert,
        judge_run_litert,
    ),
    Check(
        "week6.run_onnx",
        "Part 8, run_onnx",
        RUN_ONNX,
        f"{_RUNTIMES}#onnx",
        collect_run_onnx,
        judge_run_onnx,
    ),
)
