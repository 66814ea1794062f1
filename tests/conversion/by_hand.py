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
