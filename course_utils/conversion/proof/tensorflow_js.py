"""TensorFlow.js under Node: many jobs in one process, and a job that ends the process costs the others nothing."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.conversion.proof.jobs import JOB_SECONDS, Job, Result, by_name
from course_utils.node import modules, node_environment, node_path

PACKAGES = tuple(
    f"@tensorflow/tfjs-{part}" for part in ("core", "layers", "converter", "backend-cpu", "backend-wasm")
)
# Memory that Node may write to, in bytes.
MEMORY = 8 * 2**30
_PROGRAM = Path(__file__).with_name("tfjs.mjs")
_DTYPES = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}


def run(jobs: Sequence[Job], *, job_seconds: float = JOB_SECONDS, memory: int = MEMORY) -> list[Result]:
    """The jobs' results, in order; what went wrong with one is in its `error`.

    Args:
        jobs: of the formats tfjs-layers and tfjs-graph.
        job_seconds: longest time for one job to get no further (by a batch of rows), after which it is ended.
        memory: bytes that Node may use (kept on Linux).

    Raises:
        CourseError: there is no Node.js or no TensorFlow.js, and none could be installed.
    """
    packages = modules(*PACKAGES)
    results: dict[int, Result] = {}
    pending = list(range(len(jobs)))
    while pending:
        with tempfile.TemporaryDirectory(prefix="course-proof-") as scratch:
            request = {"jobs": describe(Path(scratch), {index: jobs[index] for index in pending})}
            Path(scratch, "request.json").write_text(json.dumps(request), encoding="utf-8")
            ended = _run_process(packages, Path(scratch), jobs, results, job_seconds, memory)
        left = [index for index in pending if index not in results]
        if ended is not None and left:
            culprit, reason = ended
            # A process that carried other models before may have ended for their sake: once more, alone.
            if len(pending) == 1 or reason.startswith("took"):
                results[culprit] = Result(error=reason)
                left.remove(culprit)
            else:
                left.remove(culprit)
                results.update(_alone(jobs[culprit], culprit, job_seconds, memory))
        pending = left
    return [results[index] for index in range(len(jobs))]


def _alone(job: Job, index: int, job_seconds: float, memory: int) -> dict[int, Result]:
    return {index: run([job], job_seconds=job_seconds, memory=memory)[0]}


def describe(scratch: Path, jobs: dict[int, Job]) -> list[dict[str, Any]]:
    """The jobs as jobs.mjs takes them, the bytes of their inputs written into `scratch`."""
    described = []
    for index, job in jobs.items():
        names = list(job.input_names) or [f"input_{position}" for position in range(len(job.inputs))]
        inputs = []
        for position, (name, values) in enumerate(zip(names, job.inputs, strict=True)):
            dtype, array = _as_tensor(values)
            file = f"{index}-input-{position}.bin"
            (scratch / file).write_bytes(array.tobytes())
            inputs.append({"name": name, "dtype": dtype, "shape": list(array.shape), "file": file})
        folder = str(Path(job.folder).resolve())
        described.append(
            {"id": index, "format": job.to, "backend": job.backend, "folder": folder, "inputs": inputs}
        )
    return described


def _as_tensor(values: np.ndarray) -> tuple[str, np.ndarray]:
    """TensorFlow.js has float32, int32 and bool."""
    array = np.asarray(values)
    if array.dtype == np.bool_:
        return "bool", array.astype(np.uint8)
    if np.issubdtype(array.dtype, np.integer):
        return "int32", array.astype(np.int32)
    return "float32", array.astype(np.float32)


def _run_process(
    packages: Path,
    scratch: Path,
    jobs: Sequence[Job],
    results: dict[int, Result],
    seconds: float,
    memory: int,
) -> tuple[int, str] | None:
    """Fill `results` from one process; returns the job it ended in and why, or None where all were told."""
    command = [str(node_path()), str(_PROGRAM), str(packages), str(scratch / "request.json")]
    errors = scratch / "stderr"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=node_environment())
    _limit(process.pid, memory)
    events: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_listen, args=(process, events), daemon=True).start()
    current = None
    try:
        while True:
            try:
                line = events.get(timeout=seconds)
            except queue.Empty:
                return _first(current, jobs, results), f"took longer than {seconds:g} s"
            if line is None:
                break
            event = json.loads(line)
            if event.get("started") or event.get("progressed"):
                current = event["id"]
            else:
                results[event["id"]] = result_of(event, jobs[event["id"]], scratch)
                current = None
        if process.wait() == 0:
            return None
        return _first(current, jobs, results), _why_ended(process.returncode, errors)
    finally:
        process.kill()
        process.wait()


def _first(current: int | None, jobs: Sequence[Job], results: dict[int, Result]) -> int:
    """The job that ran, else the first that is not told."""
    return current if current is not None else min(set(range(len(jobs))) - set(results))


def _listen(process: subprocess.Popen[bytes], events: queue.Queue[bytes | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        events.put(line)
    events.put(None)


def _limit(process: int, memory: int) -> None:
    """Bound what the process may write to. Not its address space: WebAssembly reserves far more than it uses."""
    if sys.platform == "linux":
        import resource

        try:
            resource.prlimit(process, resource.RLIMIT_DATA, (memory, memory))
        except ProcessLookupError:
            return  # it has ended by itself, which its exit status tells


def _why_ended(status: int, errors: Path) -> str:
    said = errors.read_text(encoding="utf-8", errors="replace")
    if "heap out of memory" in said or "Allocation failed" in said or "OOM" in said:
        return "ran out of memory in Node.js"
    if status < 0:
        return f"ended Node.js with signal {-status}"
    lines = [line.strip() for line in said.splitlines() if "Error" in line]
    return f"ended Node.js with status {status}" + (f" ({lines[0][:300]})" if lines else "")


def result_of(event: dict[str, Any], job: Job, scratch: Path) -> Result:
    """What jobs.mjs told of a job, with its outputs from `scratch`."""
    if "error" in event:
        return Result(error=event["error"].rstrip("."))
    arrays, names = [], []
    for output in event["outputs"]:
        dtype = _DTYPES.get(output["dtype"])
        if dtype is None:
            return Result(error=f"the output {output['name']} is of type {output['dtype']}")
        values = np.frombuffer((scratch / output["file"]).read_bytes(), dtype).reshape(output["shape"])
        arrays.append(values)
        names.append(output["name"])
    result = Result(
        backend=event["backend"],
        loading=event["loading"] / 1000,
        predicting=event["predicting"] / 1000,
        asynchronous=event["asynchronous"],
        leaked=event["leaked"],
        kept=event["kept"],
    )
    # Who runs a layers model in a page takes its outputs by their order, so that is what is proven.
    order = list(range(len(names))) if job.to == TFJS_LAYERS else by_name(names, job.output_names)
    return replace(
        result, outputs=tuple(arrays[index] for index in order), names=tuple(names[index] for index in order)
    )
