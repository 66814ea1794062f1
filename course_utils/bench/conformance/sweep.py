"""Every case through every format: converted, run in its own runtimes, and compared with Keras and the reference."""

from __future__ import annotations

import gc
import importlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.bench.conformance.case import Case
from course_utils.conversion.formats import LITERT, ONNX, TFJS_GRAPH, TFJS_LAYERS, Written
from course_utils.conversion.proof import BACKENDS, Job, Result, bounds_of, run, sample_inputs
from course_utils.conversion.proof.comparison import STRICT, compare_all, worst
from course_utils.conversion.proof.source import inputs_of, output_names, predict
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

FORMATS = (TFJS_LAYERS, TFJS_GRAPH, LITERT, ONNX)
WRITERS = {TFJS_LAYERS: "layers", TFJS_GRAPH: "graph", LITERT: "litert", ONNX: "onnx_file"}
EXAMPLES = 4
# Cases whose conversions wait on the disk at once for one process of Node and of the reference converter; the
# whole architectures are large and go alone.
BATCH = 24

SAME, REFUSED, WRONG = "same", "refused", "wrong"
EQUAL = "equal"


@dataclass
class Outcome:
    """What became of one case in one format.

    Attributes:
        case, family: as in the case.
        to: the format.
        state: "same" where all runtimes agree with Keras, "refused" where the writer said why it cannot, else "wrong".
        reason: the sentence of a refusal, what is wrong, or what the user is told of a sound result.
        seconds: of the processor that writing took, without loading the model; other programs do not count.
        differences: the largest absolute difference by runtime.
        reference: "equal" where the reference converter's result is the same as ours, else what is different or why
            there is none; "" in formats that it does not write.
    """

    case: str
    family: str
    to: str
    state: str = SAME
    reason: str = ""
    seconds: float = 0.0
    differences: dict[str, float] = field(default_factory=dict)
    reference: str = ""


@dataclass
class _Tried:
    """A case on its way: what Keras answers, and where its conversions lie."""

    case: Case
    model: keras.Model
    inputs: list[np.ndarray]
    folder: Path
    expected: list[np.ndarray]
    names: tuple[str, ...]
    outcomes: dict[str, Outcome]
    runs: dict[tuple[str, str], Result] = field(default_factory=dict)

    def job(self, to: str, folder: Path, backend: str) -> Job:
        given = [port.name for port in inputs_of(self.model)]
        return Job(to, folder, self.inputs, backend, given, self.names)


def sweep(
    cases: Sequence[Case],
    formats: Sequence[str] = FORMATS,
    *,
    reference: bool = True,
    tell: Callable[[str], None] = lambda name: None,
) -> Iterator[Outcome]:
    """Try all cases in all formats.

    Args:
        cases: from the registry.
        formats: some of `FORMATS`.
        reference: compare with the reference converter as well, which makes its environment where there is none.
        tell: is called with the name of each case when it is begun.

    Yields:
        One outcome a case and format, in their order.
    """
    import keras

    for batch in _batches(cases):
        with tempfile.TemporaryDirectory() as scratch:
            tried = []
            for number, case in enumerate(batch):
                tell(case.name)
                tried.append(_convert(case, formats, Path(scratch, str(number))))
            referred = _refer(tried, formats) if reference else {}
            _prove(tried, referred)
        for one in tried:
            yield from one.outcomes.values()
        keras.backend.clear_session()
        gc.collect()


def writer(to: str) -> Callable[[keras.Model, Path], Written]:
    """What writes a format."""
    return importlib.import_module(f"course_utils.conversion.{WRITERS[to]}").write


def _batches(cases: Sequence[Case]) -> Iterator[list[Case]]:
    batch: list[Case] = []
    for case in cases:
        batch.append(case)
        if len(batch) == BATCH or case.family == "Architectures":
            yield batch
            batch = []
    if batch:
        yield batch


def _convert(case: Case, formats: Sequence[str], folder: Path) -> _Tried:
    """Build the case and write it in each format; refusals and failures are outcomes."""
    model = case.build()
    try:
        inputs = case.inputs(EXAMPLES, 7) if case.inputs else list(sample_inputs(model, EXAMPLES))
        expected = predict(model, inputs)
    except CourseError as error:
        # Keras itself cannot run it here: `course convert` says so before it writes anything.
        outcomes = {to: Outcome(case.name, case.family, to, REFUSED, str(error)) for to in formats}
        return _Tried(case, model, [], folder, [], (), outcomes)
    outcomes = {}
    for to in formats:
        outcome = outcomes[to] = Outcome(case.name, case.family, to)
        place = folder / to
        place.mkdir(parents=True)
        write = writer(to)
        started = time.process_time()
        try:
            write(model, place)
        except CourseError as error:
            outcome.state, outcome.reason = REFUSED, str(error)
        except Exception as error:  # noqa: BLE001  whatever a library raises is the outcome of this case alone
            outcome.state = WRONG
            outcome.reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        outcome.seconds = time.process_time() - started
    return _Tried(case, model, inputs, folder, expected, output_names(model, len(expected)), outcomes)


def _refer(tried: Sequence[_Tried], formats: Sequence[str]) -> dict[tuple[int, str], Path]:
    """Let the reference converter write the same; where it could, by case and format, where the result lies."""
    from course_utils.conversion.reference import Task, convert_all

    wanted = [
        (number, to)
        for number, one in enumerate(tried)
        for to in (TFJS_LAYERS, TFJS_GRAPH)
        if to in formats and one.expected
    ]
    places = {key: tried[key[0]].folder / f"reference-{key[1]}" for key in wanted}
    results = convert_all([Task(tried[key[0]].model, key[1], places[key]) for key in wanted])
    done = {}
    for key, result in zip(wanted, results, strict=True):
        if isinstance(result, Written):
            done[key] = places[key]
        else:
            tried[key[0]].outcomes[key[1]].reference = str(result)
    return done


def _prove(tried: Sequence[_Tried], referred: dict[tuple[int, str], Path]) -> None:
    """Run all conversions, ours and the reference's, and judge them."""
    asked: list[tuple[int, str, str, Job]] = []
    for number, one in enumerate(tried):
        for to, outcome in one.outcomes.items():
            if outcome.state == SAME:
                for backend in BACKENDS if to.startswith("tfjs") else ("",):
                    asked.append((number, to, "", one.job(to, one.folder / to, backend)))
    for (number, to), place in referred.items():
        asked.append((number, to, "reference", tried[number].job(to, place, "wasm")))
    answers = run([job for *_, job in asked])
    for (number, to, whose, job), result in zip(asked, answers, strict=True):
        if whose:
            _compare_with_reference(tried[number], to, job.folder, result)
        else:
            tried[number].runs[to, job.runtime] = result
            _judge(tried[number], to, job.runtime, result)


def _judge(one: _Tried, to: str, runtime: str, result: Result) -> None:
    """Hold what a runtime answered against Keras."""
    outcome = one.outcomes[to]
    if result.error is None:
        bounds = bounds_of(one.model, to)
        differences = compare_all(one.expected, result.outputs, one.names, bounds)
        outcome.differences[runtime] = max(difference.max_abs for difference in differences)
        reason = worst(differences).reason
        if bounds != STRICT and not reason:
            outcome.reason = "It computes in 16 bits, as the model does, and is held to their rounding."
    else:
        reason = f"it could not run the model ({result.error})"
    if result.asynchronous and not reason and outcome.state == SAME:
        outcome.reason = "The graph holds loops, so `predict` refuses it, and `executeAsync` runs it."
    if reason and outcome.state == SAME:
        outcome.state, outcome.reason = WRONG, f"{runtime}: {reason}"


def _compare_with_reference(one: _Tried, to: str, place: Path, result: Result) -> None:
    """Say how the reference converter's result compares with ours: its weights one by one, or its outputs."""
    outcome = one.outcomes[to]
    said = result.error and f"TensorFlow.js does not run it ({result.error})"
    if not said and result.asynchronous:
        said = "its graph holds loops, so only executeAsync runs it"
    if not said:
        differences = compare_all(one.expected, result.outputs, one.names, STRICT)
        said = worst(differences).reason
    if not said and outcome.state == SAME and to == TFJS_LAYERS:
        said = compare_weights(one.folder / to, place)
    outcome.reference = said or (EQUAL if outcome.state == SAME else "it can write this, and it runs")


def compare_weights(ours: Path, theirs: Path) -> str:
    """What differs between the weights of two layers models, in words; "" where names and values are the same."""
    mine, other = _weights(ours), _weights(theirs)
    if mine.keys() == other.keys():
        odd = [name for name, value in mine.items() if not np.array_equal(value, other[name])]
        return f"the weight {odd[0]} has other values" if odd else ""
    # TensorFlow.js goes by names; where these differ, the same values must still be there.
    if sorted(map(_fingerprint, mine.values())) == sorted(map(_fingerprint, other.values())):
        return f"{EQUAL}, with other names"
    only = sorted(mine.keys() ^ other.keys())
    return f"it writes other weights, such as {only[0]}"


def _weights(folder: Path) -> dict[str, np.ndarray]:
    import json

    from course_utils.conversion.shards import read_weights

    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    return read_weights(manifest, folder)


def _fingerprint(value: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return value.shape, value.tobytes()
