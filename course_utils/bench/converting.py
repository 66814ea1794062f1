"""One conversion in a process of its own, for `course bench convert`.

python -m course_utils.bench.converting WRITER FORMAT QUANTISATION MODEL FOLDER

The last line on stdout is JSON: the seconds, and the most bytes held at once beyond those of the loaded model.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path

WRITERS = {"tfjs-layers": "layers", "tfjs-graph": "graph", "litert": "litert", "onnx": "onnx_file"}
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def main(writer: str, to: str, quantize: str, model_path: str, folder: str) -> None:
    """Load the model, then measure one conversion of it."""
    import keras

    model = keras.saving.load_model(model_path)
    held = _forget_peak()
    started = time.perf_counter()
    if writer == "ours":
        importlib.import_module(f"course_utils.conversion.{WRITERS[to]}").write(model, Path(folder), quantize)
    elif writer.startswith("Keras"):
        suffix = "tflite" if to == "litert" else "onnx"
        model(keras.ops.zeros((1, *model.input_shape[1:])))
        model.export(Path(folder, f"model.{suffix}"), format=to, verbose=False)
    else:
        from course_utils.conversion.reference import convert_with_reference

        convert_with_reference(model, to, Path(folder), quantize)
    seconds = time.perf_counter() - started
    memory = None if writer.startswith("tensorflowjs") else max(0, _peak() - held)
    print(json.dumps({"seconds": seconds, "memory": memory}))


def _forget_peak() -> int:
    """Let the peak begin again at what is held now, where the system can; returns it in bytes."""
    gc.collect()
    if not _CLEAR.exists():
        return _peak()
    # What loading left behind free would else be used again and count for nothing.
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5", encoding="utf-8")
    return _peak()


def _peak() -> int:
    """The most bytes of memory held at once."""
    if _STATUS.exists():
        line = next(
            line for line in _STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")
        )
        return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main(*sys.argv[1:])
