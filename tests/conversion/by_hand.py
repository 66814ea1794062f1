"""TensorFlow.js layers models written by hand, for tests of what runs them: no converter of ours is in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def write_model(folder: Path, layers: Sequence[Mapping], weights: Mapping[str, np.ndarray]) -> Path:
    """A sequential model of `layers` ({"class_name": …, "config": …}) with `weights` by name; returns its folder."""
    folder.mkdir(parents=True)
    arrays = {name: np.asarray(values, np.float32) for name, values in weights.items()}
    specs = [{"name": name, "shape": values.shape, "dtype": "float32"} for name, values in arrays.items()]
    (folder / "weights.bin").write_bytes(b"".join(values.tobytes() for values in arrays.values()))
    topology = {"class_name": "Sequential", "config": {"name": "by_hand", "layers": list(layers)}}
    description = {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": topology},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    }
    (folder / "model.json").write_text(json.dumps(description))
    return folder


def write_dense(folder: Path, kernel: np.ndarray, bias: np.ndarray, activation: str = "linear") -> Path:
    """One Dense layer called `answer`."""
    config = {
        "name": "answer",
        "units": int(kernel.shape[1]),
        "activation": activation,
        "use_bias": True,
        "batch_input_shape": [None, int(kernel.shape[0])],
    }
    layer = {"class_name": "Dense", "config": config}
    return write_model(folder, [layer], {"answer/kernel": kernel, "answer/bias": bias})


def write_graph(folder: Path, kernels: Mapping[str, np.ndarray], *, loops: bool = False) -> Path:
    """A graph model: for each input `left`, `right`, … its matrix product with the kernel of that name, summed up.

    It gives two outputs, `sum` and `twice`. With `loops`, a branch makes it one that `predict` refuses.
    """
    folder.mkdir(parents=True)
    nodes, specs, sums = [], [], []
    for name, kernel in kernels.items():
        rows = {"shape": {"dim": [{"size": "-1"}, {"size": str(kernel.shape[0])}]}}
        nodes.append(_node(f"{name}_given", "Placeholder", dtype=FLOAT, shape=rows))
        nodes.append(_constant(f"{name}_kernel", "DT_FLOAT", kernel.shape))
        specs.append({"name": f"{name}_kernel", "shape": kernel.shape, "dtype": "float32"})
        no = {"b": False}
        inputs = (f"{name}_given", f"{name}_kernel")
        nodes.append(_node(f"{name}_product", "MatMul", *inputs, T=FLOAT, transpose_a=no, transpose_b=no))
        sums.append(f"{name}_product")
    nodes.append(_node("added", "AddN", *sums, T=FLOAT, N={"i": str(len(sums))}))
    last = "added"
    values = [np.asarray(kernel, np.float32).tobytes() for kernel in kernels.values()]
    if loops:
        nodes.append(_constant("yes", "DT_BOOL", ()))
        specs.append({"name": "yes", "shape": [], "dtype": "bool"})
        values.append(b"\x01")
        nodes.append(_node("branch", "Switch", "added", "yes", T=FLOAT))
        nodes.append(_node("joined", "Merge", "branch:0", "branch:1", T=FLOAT, N={"i": "2"}))
        last = "joined"
    nodes.append(_node("Identity", "Identity", last, T=FLOAT))
    nodes.append(_node("Identity_1", "AddV2", "Identity", "Identity", T=FLOAT))
    (folder / "weights.bin").write_bytes(b"".join(values))
    description = {
        "format": "graph-model",
        "signature": {
            "inputs": {name: {"name": f"{name}_given:0", "dtype": "DT_FLOAT"} for name in kernels},
            "outputs": {"sum": {"name": "Identity:0"}, "twice": {"name": "Identity_1:0"}},
        },
        "modelTopology": {"node": nodes, "library": {}, "versions": {"producer": 1}},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    }
    (folder / "model.json").write_text(json.dumps(description))
    return folder


FLOAT = {"type": "DT_FLOAT"}


def _node(name: str, op: str, *inputs: str, **attributes: Mapping) -> dict:
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


def _constant(name: str, dtype: str, shape: Sequence[int]) -> dict:
    tensor = {"dtype": dtype, "tensorShape": {"dim": [{"size": str(length)} for length in shape]}}
    return _node(name, "Const", dtype={"type": dtype}, value={"tensor": tensor})
