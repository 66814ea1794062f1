"""One model in every place that the course runs it, a page and Node-RED among them, and how far each is from Keras.

`course bench runtimes --write` also writes the table that week 6 shows, since a notebook has neither a browser nor
Node-RED at hand.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json as json_format
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from course_utils.bench.kept import keep
from course_utils.bench.measuring import measuring
from course_utils.book.pages import find_root
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import numpy as np

    from course_utils.conversion.proof import Job, Result
    from course_utils.conversion.proof.comparison import Bounds

MODEL = "digits-cnn"
COUNT = 32
FORMS = ("tfjs-layers", "tfjs-graph", "litert", "onnx")
PAGE, NODE, NODE_RED, PYTHON = "a page", "Node.js", "Node-RED", "Python"


@dataclass(frozen=True)
class Answer:
    """How one runtime fared.

    Attributes:
        place: where it ran: "a page", "Node.js", "Node-RED" or "Python".
        runtime: its name, such as "TensorFlow.js (WASM)".
        to: the model's format there.
        version: of the runtime and of its place.
        largest: the largest difference from Keras in any probability of any picture, to two digits.
        allowed: the bound for it.
        same: the share of pictures that both name alike, 0 to 1.
        fault: why it does not agree, without a full stop; None where it does.
    """

    place: str
    runtime: str
    to: str
    version: str
    largest: float
    allowed: float
    same: float
    fault: str | None = None


def runtimes(json: bool = False, write: bool = False, root: Path | None = None) -> int:
    """Ask the digits' network about the same pictures in every runtime, and compare with Keras.

    Args:
        json: print one JSON object instead of a table.
        write: also write the file that the page of week 6 reads, into book/_static/data.
        root: the checkout; the one that the current folder lies in by default.

    Returns:
        The exit status: 0 where all agree within their bounds, else 1.

    Raises:
        CourseError: there is no browser, no Node-RED, or a runtime could not load the model.
    """
    root = root or find_root()
    with measuring() as status:
        measured = measure(root, COUNT, lambda doing: status.update(f"{doing} …"))
    if write:
        keep(measured, "runtimes", root)
    if json:
        print(json_format.dumps(measured, ensure_ascii=False, indent=1))
    else:
        Console().print(_shown(measured))
    faults = [
        f"{row['runtime']} in {row['place']}: {row['fault']}." for row in measured["rows"] if row["fault"]
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def measure(root: Path, count: int, tell: Callable[[str], None] = lambda doing: None) -> dict[str, Any]:
    """The table: which model, which pictures, which machine and when, and a row for each runtime.

    Args:
        root: the checkout.
        count: how many test pictures to ask about.
        tell: is told what is being done.
    """
    import numpy as np

    from course_utils import convert, shipped
    from course_utils.training.digits import pictures

    splits = pictures()
    # Whole grey levels, since that is what Node-RED is sent.
    levels = np.rint(splits.test.images[:count] * 255)
    images = (levels / 255).astype(np.float32)
    model = shipped.network(MODEL)
    expected = model.predict(images, verbose=0)
    with tempfile.TemporaryDirectory(prefix="course-runtimes-") as scratch:
        folder = Path(scratch)
        for to in FORMS:
            tell(f"Converting to {to}")
            convert(model, to, folder / to, verify=0)
        rows = [
            *_without_a_page(folder, images, expected, tell),
            *_in_a_page(folder, images, expected, tell),
            _in_node_red(root, folder, levels, expected, tell),
        ]
    return {
        "model": MODEL,
        "sha256": fingerprint(root),
        "pictures": count,
        "source": splits.source,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores ({platform.machine()})",
        "rows": [asdict(row) for row in rows],
    }


def fingerprint(root: Path) -> str:
    """The SHA-256 of the files that were measured: the network's model.json, then its shards by name."""
    folder = root / "book" / "_static" / "models" / MODEL
    digest = hashlib.sha256()
    for file in (folder / "model.json", *sorted(folder.glob("*.bin"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _without_a_page(
    folder: Path, images: np.ndarray, expected: np.ndarray, tell: Callable[[str], None]
) -> Iterator[Answer]:
    """TensorFlow.js in Node.js, LiteRT and ONNX Runtime."""
    from course_utils.conversion.proof import Job, run
    from course_utils.conversion.proof.comparison import STRICT
    from course_utils.node import node_path

    tell("Asking Node.js, LiteRT and ONNX Runtime")
    jobs = [Job(to, folder / to, [images], backend) for to in FORMS[:2] for backend in ("cpu", "wasm")]
    jobs += [Job(to, folder / to, [images]) for to in FORMS[2:]]
    node = subprocess.run([node_path(), "--version"], check=True, capture_output=True, text=True).stdout
    packages = {"litert": "ai-edge-litert", "onnx": "onnxruntime"}
    for job, answers in _answers(jobs, run(jobs)):
        is_tfjs = job.to.startswith("tfjs")
        version = (
            f"{_npm_version('@tensorflow/tfjs')}, Node.js {node.strip().removeprefix('v')}"
            if is_tfjs
            else importlib.metadata.version(packages[job.to])
        )
        place = NODE if is_tfjs else PYTHON
        yield _compared(place, job.runtime, job.to, version, expected, answers, STRICT)


def _in_a_page(
    folder: Path, images: np.ndarray, expected: np.ndarray, tell: Callable[[str], None]
) -> Iterator[Answer]:
    """TensorFlow.js in a headless Chromium, on WebGL and on WebAssembly."""
    from course_utils import browser
    from course_utils.conversion.proof import Job, chromium
    from course_utils.conversion.proof.comparison import STRICT, WEBGL

    tell("Asking a page")
    jobs = [Job(to, folder / to, [images], backend) for to in FORMS[:2] for backend in chromium.BACKENDS]
    with browser.launch() as opened:
        results = chromium.run(opened, jobs)
        version = f"{_npm_version('@tensorflow/tfjs')}, Chromium {opened.version}"
    for job, answers in _answers(jobs, results):
        bounds = WEBGL if job.backend == "webgl" else STRICT
        yield _compared(PAGE, job.runtime, job.to, version, expected, answers, bounds)


def _in_node_red(
    root: Path, folder: Path, levels: np.ndarray, expected: np.ndarray, tell: Callable[[str], None]
) -> Answer:
    """The flow that the book shows, asked picture by picture over HTTP."""
    import numpy as np

    from course_utils.conversion.proof import node_red
    from course_utils.conversion.proof.comparison import STRICT

    tell("Asking Node-RED")
    recipe = root / "book" / "reference" / "files"
    user = folder / "node-red"
    user.mkdir()
    with node_red.running(recipe, folder / FORMS[0], user) as flow:
        said = [flow.post(picture.squeeze(-1).tolist())["probabilities"] for picture in levels]
    version = f"{_npm_version('@tensorflow/tfjs')}, Node-RED {_npm_version('node-red')}"
    answers = np.asarray(said, np.float32)
    return _compared(NODE_RED, "TensorFlow.js (WASM)", FORMS[0], version, expected, answers, STRICT)


def _answers(jobs: Sequence[Job], results: Sequence[Result]) -> Iterator[tuple[Job, np.ndarray]]:
    for job, result in zip(jobs, results, strict=True):
        if result.error is not None:
            raise CourseError(f"{MODEL} as {job.to} could not be run in {job.runtime}: {result.error}.")
        yield job, result.outputs[0]


def _compared(
    place: str,
    runtime: str,
    to: str,
    version: str,
    expected: np.ndarray,
    answers: np.ndarray,
    bounds: Bounds,
) -> Answer:
    from course_utils.conversion.proof.comparison import compare

    found = compare(expected, answers, bounds=bounds)
    if found.top1 is None or found.bound is None:
        raise CourseError(f"{MODEL} as {to} in {runtime}: {found.reason}.")
    largest, allowed = (float(f"{value:.1e}") for value in (found.max_abs, found.bound))
    return Answer(place, runtime, to, version, largest, allowed, found.top1, found.reason)


def _npm_version(package: str) -> str:
    from course_utils.node import modules

    described = (modules(package) / package / "package.json").read_text(encoding="utf-8")
    return json_format.loads(described)["version"]


def _shown(measured: dict[str, Any]) -> Table:
    versions = dict.fromkeys(f"{row['runtime'].split(' (')[0]} {row['version']}" for row in measured["rows"])
    table = Table(
        caption="; ".join(versions),
        title=f"{measured['model']} on {measured['pictures']} test pictures ({measured['source']})",
    )
    for head in ("Where", "Runtime", "Format"):
        table.add_column(head)
    for head in ("Largest", "Allowed", "Same digit"):
        table.add_column(head, justify="right")
    for row in measured["rows"]:
        table.add_row(
            *(row[key] for key in ("place", "runtime", "to")),
            f"{row['largest']:.1e}",
            f"{row['allowed']:.1e}",
            f"{row['same']:.0%}",
        )
    return table
