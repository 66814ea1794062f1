"""From a model to a folder that a runtime loads: read, check, write beside its place, prove, only then move there."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.conversion.formats import (
    KERAS,
    LITERT,
    MAIN_FILE,
    ONNX,
    TFJS_GRAPH,
    TFJS_LAYERS,
    Written,
    check_format,
)
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    import keras
    import numpy as np

    from course_utils.conversion.proof import Proof
    from course_utils.conversion.saved_model import SavedModelSource

    Model = keras.Model | SavedModelSource

ENGINES = ("ours", "tensorflowjs")
# Told what is being done now, which step that is, and of how many.
Tell = Callable[[str, int, int], None]

# One line that loads the result, for each format.
_LOAD = {
    TFJS_LAYERS: "In the page: const model = await tf.loadLayersModel({url!r});",
    TFJS_GRAPH: "In the page: const model = await tf.loadGraphModel({url!r});",
    LITERT: "In Python: from ai_edge_litert.interpreter import Interpreter; model = Interpreter({path!r})",
    ONNX: "In Python: import onnxruntime; model = onnxruntime.InferenceSession({path!r})",
    KERAS: "In Python: import keras; model = keras.saving.load_model({path!r})",
}


@dataclass(frozen=True)
class Conversion:
    """What a conversion made; `str()` is the report that the command line prints.

    Attributes:
        source: what was converted, in words: the file, or the name of a live model.
        to: the format.
        quantize: how its weights are stored.
        out: the folder.
        files: name and size in bytes of each file in it.
        notes: sentences that the user should know.
        proof: that the result computes the same; None where none was asked for.
        float_proof: of a quantised result, the proof of the same conversion without quantising; else None.
        source_proof: of a model that came from TensorFlow.js, that Keras computes what TensorFlow.js did; else None.
        seconds: the time that all of it took.
    """

    source: str
    to: str
    quantize: str
    out: Path
    files: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    proof: Proof | None
    float_proof: Proof | None
    source_proof: Proof | None
    seconds: float

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(size for _, size in self.files)

    def __str__(self) -> str:
        how = "" if self.quantize == "none" else f", quantised as {self.quantize}"
        lines = [f"{self.source} → {self.to}{how}, in {self.seconds:.1f} s"]
        width = max(len(name) for name, _ in self.files)
        lines += [f"  {name:<{width}}  {in_bytes(size):>9}" for name, size in self.files]
        if len(self.files) > 1:
            lines.append(f"  {'together':<{width}}  {in_bytes(self.size):>9}")
        lines += self._proofs()
        lines += self.notes
        main = self.out / MAIN_FILE[self.to]
        lines.append(f"Written to {self.out}")
        lines.append(_LOAD[self.to].format(url=f"{self.out.name}/{main.name}", path=str(main)))
        return "\n".join(lines)

    def _proofs(self) -> list[str]:
        told = [
            ("Against the TensorFlow.js model that was read", self.source_proof),
            ("Before quantising, against the original", self.float_proof),
            (
                "After quantising, against the original" if self.float_proof else "Against the original",
                self.proof,
            ),
        ]
        lines = []
        for title, proof in told:
            if proof is not None:
                lines += [f"{title}:", *(f"  {line}" for line in str(proof).splitlines())]
        if self.proof is None:
            lines.append("Nothing was compared (--verify 0): whether it computes the same is not known.")
        return lines


@dataclass(frozen=True)
class _Task:
    """One conversion, once its arguments were found to be right."""

    source: str
    path: Path | None
    model: Model
    to: str
    quantize: str
    engine: str
    inputs: Sequence[np.ndarray]
    labels: np.ndarray | None
    real: bool  # whether the inputs are the user's own


def convert(
    model: str | Path | keras.Model,
    to: str,
    out: str | Path,
    *,
    quantize: str = "none",
    data: str | Path | None = None,
    verify: int = 4,
    engine: str = "ours",
    trust: bool = False,
    force: bool = False,
    tell: Tell | None = None,
) -> Conversion:
    """Convert a model, and prove that the result computes the same in its own runtime.

    Args:
        model: a live `keras.Model`, or the path of a .keras, an .h5, a SavedModel folder or a TensorFlow.js
            model.json (or its folder).
        to: the format: tfjs-layers, tfjs-graph, litert, onnx or keras.
        out: the folder to make. It appears when all is well, and otherwise nothing changes.
        quantize: how to store weights: none, float16, uint8 (TensorFlow.js), dynamic or full-int8.
        data: an .npz file of real inputs, and labels, to compare with; needed for full-int8.
        verify: how many inputs to compare where there is no `data`, two at least; with 0 nothing is compared.
        engine: "ours", or "tensorflowjs" for the reference converter.
        trust: load what could run code, such as a Lambda layer.
        force: replace the result of an earlier conversion in `out`.
        tell: is called before each step with what is done, its number and how many there are.

    Raises:
        UsageError: the call is wrong: no such format, no such file, a folder that exists.
        CourseError: the model cannot be read or converted, or the result computes something else.
    """
    from course_utils.conversion import checking, staging

    started = time.perf_counter()
    path = Path(model).expanduser() if isinstance(model, str | os.PathLike) else None
    _check_call(to, quantize, data, verify, engine)
    staging.checked(out, force=force, source=path)
    steps = _Steps(tell, 2 + (verify > 0) + 2 * (quantize != "none" and verify > 0))
    name = str(path) if path else f"The model {getattr(model, 'name', '')}"
    try:
        with staging.temporary_files():
            steps(f"Reading {path.name if path else name}")
            task = _prepared(model, name, path, to, quantize, data, verify, engine, trust)
            with staging.staged(out, force=force, source=path) as folder:
                source_proof = _source_proof(task, folder) if verify else None
                plain = folder.with_name("float32")
                float_proof = _float_proof(task, plain, steps) if quantize != "none" and verify else None
                steps(f"Writing {to}")
                written = _write(task, folder, quantize)
                proof = None
                if float_proof and to in (TFJS_LAYERS, TFJS_GRAPH):
                    checking.check_rounding(plain, folder)
                if verify:
                    steps(f"Comparing it with the original in {_RUNTIME[to]}")
                    proof = _proven(task, folder)
                files = tuple((file.name, file.stat().st_size) for file in _in_folder(written, folder))
    except CourseError:
        raise
    # Keras, TensorFlow and the libraries behind each format raise anything for a model that they did not expect.
    except Exception as error:
        if sentence := staging.disk_trouble(error, Path(out)):
            raise CourseError(sentence) from error
        text = " ".join(str(error).split())[:300]
        raise CourseError(
            f"{name} could not be converted to {to}, for a library failed ({type(error).__name__}: {text}): "
            "try another format, and --debug to see where."
        ) from error
    return Conversion(
        source=name,
        to=to,
        quantize=quantize,
        out=Path(out).expanduser().resolve(),
        files=files,
        notes=written.notes,
        proof=proof,
        float_proof=float_proof,
        source_proof=source_proof,
        seconds=time.perf_counter() - started,
    )


_RUNTIME = {
    TFJS_LAYERS: "TensorFlow.js",
    TFJS_GRAPH: "TensorFlow.js",
    LITERT: "LiteRT",
    ONNX: "ONNX Runtime",
    KERAS: "Keras",
}


def in_bytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB" if size >= 1e3 else f"{size} B"


class _Steps:
    """Counts the steps, and tells of each."""

    def __init__(self, tell: Tell | None, total: int) -> None:
        self._tell, self._total, self._done = tell, total, 0

    def __call__(self, doing: str) -> None:
        if self._tell is not None:
            self._tell(doing, min(self._done, self._total), self._total)
        self._done += 1


def _check_call(to: str, quantize: str, data: object, verify: int, engine: str) -> None:
    check_format(to, quantize)
    if verify < 0:
        raise UsageError(
            f"--verify takes the number of inputs to compare, and {verify} is none: 0 compares nothing."
        )
    if engine not in ENGINES:
        raise UsageError(f"There is no engine {engine!r}: --engine takes {' or '.join(ENGINES)}.")
    if engine == "tensorflowjs" and to not in (TFJS_LAYERS, TFJS_GRAPH):
        raise UsageError(f"The engine tensorflowjs does not write {to}: take --engine ours.")
    if quantize == "full-int8" and data is None:
        raise UsageError(
            "full-int8 measures the range of every layer on real inputs: pass some hundred with --data FILE.npz."
        )
    if data is not None and not Path(str(data)).expanduser().is_file():
        raise UsageError(
            f"There is no {data}: --data takes an .npz file that holds inputs as x, and labels as y."
        )


def _prepared(
    model: str | Path | keras.Model,
    name: str,
    path: Path | None,
    to: str,
    quantize: str,
    data: str | Path | None,
    verify: int,
    engine: str,
    trust: bool,
) -> _Task:
    """The model, loaded and found fit to be converted, and the inputs to compare it with."""
    from course_utils.conversion import checking, sources

    loaded = sources.load_model(model, trust=trust)
    checking.check(loaded, name, to)
    if data is None:
        checking.check_inputs(loaded, name, verify)
    inputs: Sequence[np.ndarray] = ()
    labels = None
    if data is not None or verify:
        from course_utils.conversion.proof import read_data, sample_inputs

        if data is not None:
            inputs, labels = read_data(Path(data).expanduser(), loaded)
        else:
            inputs = sample_inputs(loaded, max(verify, 2))  # one alone cannot tell answers apart
    return _Task(name, path, loaded, to, quantize, engine, inputs, labels, data is not None)


def _write(task: _Task, folder: Path, quantize: str) -> Written:
    if task.engine == "tensorflowjs":
        from course_utils.conversion.reference import convert_with_reference

        return convert_with_reference(task.model, task.to, folder, quantize)
    if task.to == KERAS:
        from course_utils.conversion.tfjs_reader import write_keras

        return write_keras(task.model, folder)
    if task.to == LITERT:
        from course_utils.conversion import litert

        return litert.write(task.model, folder, quantize, representative=task.inputs if task.real else None)
    module = {TFJS_LAYERS: "layers", TFJS_GRAPH: "graph", ONNX: "onnx_file"}[task.to]
    writer: Any = importlib.import_module(f"course_utils.conversion.{module}")
    return writer.write(task.model, folder, quantize)


def _float_proof(task: _Task, scratch: Path, steps: _Steps) -> Proof:
    """Prove the same conversion without quantising, which is judged by the strict bounds, in the folder `scratch`."""
    scratch.mkdir()
    steps(f"Writing {task.to} without quantising")
    _write(task, scratch, "none")
    steps(f"Comparing that with the original in {_RUNTIME[task.to]}")
    return _judged(_prove(task, scratch, quantized=False), task)


def _proven(task: _Task, folder: Path) -> Proof:
    return _judged(_prove(task, folder, quantized=task.quantize != "none"), task)


def _prove(task: _Task, folder: Path, *, quantized: bool) -> Proof:
    from course_utils.conversion.proof import prove

    return prove(
        task.model,
        folder,
        task.to,
        task.inputs,
        quantized=quantized,
        labels=task.labels if quantized else None,
    )


def _source_proof(task: _Task, folder: Path) -> Proof | None:
    """For a model that came from TensorFlow.js: that Keras computes what TensorFlow.js does with its files."""
    from course_utils.conversion import sources

    model_json = sources.tfjs_model(task.path) if task.path else None
    if model_json is None:
        return None
    from course_utils.conversion.proof import prove

    with sources.named_model_json(model_json, folder.with_name("source")) as original:
        proof = prove(task.model, original, TFJS_LAYERS, task.inputs)
    if not proof.passed:
        raise CourseError(
            f"{task.source} does not compute the same in Keras as in TensorFlow.js ({proof.reason}), so nothing was "
            "written: give it real inputs with --data FILE.npz, or look at the result with --verify 0."
        )
    return proof


def _judged(proof: Proof, task: _Task) -> Proof:
    if proof.passed:
        return proof
    reason = str(proof.reason)
    if "--data" in reason:
        cure = ""
    elif "points of accuracy" in reason:
        cure = "; take a milder --quantize"
    else:
        cure = "; take another format, or look at the result with --verify 0"
    raise CourseError(
        f"{task.source} was not proven to compute the same as {task.to}, so nothing was written: {reason}{cure}."
    )


def _in_folder(written: Written, folder: Path) -> Iterable[Path]:
    """The files of the result, the one to load first."""
    return sorted(
        written.files, key=lambda file: (file.name not in MAIN_FILE.values(), len(file.name), file.name)
    )
