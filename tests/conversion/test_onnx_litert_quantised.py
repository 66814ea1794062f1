"""Quantised LiteRT and ONNX models: how small they are, and what that costs a trained network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion import litert, onnx_file
from course_utils.conversion.formats import LITERT, ONNX
from tests.conversion.edge_models import RECURRENT, assert_same, digits, outputs, scattered

#: (format, quantisation) → the largest share of the float32 file's size, and of answers lost, in points
BOUNDS = {
    (LITERT, "float16"): (0.60, 0.0),
    (LITERT, "dynamic"): (0.40, 0.3),
    (LITERT, "full-int8"): (0.45, 0.6),
    (ONNX, "float16"): (0.60, 0.0),
    (ONNX, "dynamic"): (0.40, 0.3),
}


@pytest.mark.parametrize(("to", "quantize"), BOUNDS)
def test_digits_are_still_told_apart(to: str, quantize: str, tmp_path: Path) -> None:
    model, data = digits()
    images, labels = data.test.images, data.test.labels
    sizes, right = [], []
    for way in ("none", quantize):
        if to == LITERT:
            litert.write(
                model, tmp_path, way, representative=[data.train.images] if way == "full-int8" else None
            )
        else:
            onnx_file.write(model, tmp_path, way)
        sizes.append(next(tmp_path.iterdir()).stat().st_size)
        (scores,) = outputs(to, tmp_path, [images])
        right.append(100 * np.mean(scores.argmax(-1) == labels))
    smaller, lost = BOUNDS[to, quantize]
    assert right[0] > 95
    assert sizes[1] <= smaller * sizes[0]
    assert right[0] - right[1] <= lost + 1e-9


@pytest.mark.parametrize("quantize", ["float16", "dynamic"])
def test_weights_in_a_loop_are_quantised_too(quantize: str, tmp_path: Path) -> None:
    import keras
    from keras import layers

    model = keras.Sequential([layers.Input((None, 32)), layers.LSTM(48), layers.Dense(3)])
    steps = np.random.default_rng(0).normal(size=(3, 8, 32)).astype(np.float32)
    expected = model.predict(steps, verbose=0)
    for to, write in ((LITERT, litert.write), (ONNX, onnx_file.write)):
        write(model, tmp_path, quantize)
        assert (tmp_path / f"model.{'tflite' if to == LITERT else 'onnx'}").stat().st_size < 48_000
        (got,) = outputs(to, tmp_path, [steps])
        assert 0 < np.abs(got - expected).max() < 0.02


def test_small_weights_are_left_alone(tmp_path: Path) -> None:
    model = scattered(RECURRENT["GRU, reset before"]())
    onnx_file.write(model, tmp_path, "dynamic")
    assert_same(ONNX, tmp_path, model, [np.random.default_rng(0).normal(size=(3, 4, 4)).astype(np.float32)])
