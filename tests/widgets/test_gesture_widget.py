"""The gesture trainer in a notebook: what was collected and learnt comes back to Python."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from course_utils import widgets
from course_utils.errors import CourseError


def taught(units: tuple[int, ...] = (3,)) -> object:
    """A widget to which a browser has sent samples of length 4 and a head."""
    random = np.random.default_rng(0)
    sizes = [4, *units]
    layers = [
        {"inputs": before, "units": after, "activation": "softmax" if after == units[-1] else "relu"}
        for before, after in zip(sizes, units, strict=False)
    ]
    count = sum(layer["inputs"] * layer["units"] + layer["units"] for layer in layers)
    widget = widgets.gestures()
    widget.features = random.random((6, 4)).astype(np.float32)
    widget.labels = np.array([0, 0, 1, 1, 2, 2], np.uint8)
    widget.set_state({"head": layers, "accuracy": 0.75, "rounds": [{"mine": "rock", "winner": "reader"}]})
    widget.head_weights = random.normal(size=count).astype(np.float32)
    return widget


def test_before_training_there_is_no_head() -> None:
    with pytest.raises(CourseError, match="press Train"):
        widgets.gestures().weights()


def test_what_cannot_be_is_refused() -> None:
    import traitlets

    for settings in ({"class_names": ["one"]}, {"class_names": list("abcdefg")}, {"hidden": 7}):
        with pytest.raises(traitlets.TraitError):
            widgets.gestures(**settings)


@pytest.mark.parametrize("units", [(3,), (32, 3)])
def test_the_head_comes_as_arrays(units: tuple[int, ...]) -> None:
    widget = taught(units)
    shapes = [weight.shape for weight in widget.weights()]
    sizes = (4, *units)
    assert shapes == [
        shape for before, after in zip(sizes, units, strict=False) for shape in ((before, after), (after,))
    ]
    assert (
        np.concatenate([weight.ravel() for weight in widget.weights()]).tolist()
        == widget.head_weights.tolist()
    )


def test_the_head_is_a_keras_model() -> None:
    """In a process of its own, as other tests of the widgets need no TensorFlow."""
    widget = taught()
    kernel, bias = widget.weights()
    code = """
import json, sys
import numpy as np
from course_utils import widgets
state = json.load(sys.stdin)
widget = widgets.gestures()
widget.head = state["head"]
widget.head_weights = np.array(state["weights"], np.float32)
model = widget.head_model()
print(json.dumps([model.count_params(), model.predict(np.array(state["features"]), verbose=0).tolist()]))
"""
    state = {
        "head": widget.head,
        "weights": widget.head_weights.tolist(),
        "features": widget.features.tolist(),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(state), capture_output=True, text=True, check=True
    )
    parameters, found = json.loads(done.stdout)
    assert parameters == 15
    sums = widget.features @ kernel + bias
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    assert np.allclose(found, powers / powers.sum(axis=1, keepdims=True), atol=1e-5)


def test_samples_arrive_as_a_browser_sends_them() -> None:
    widget = widgets.gestures()
    numbers = np.arange(6, dtype="<f4").reshape(2, 3)
    data = memoryview(numbers.tobytes())
    widget.set_state({"features": {"shape": [2, 3], "dtype": "float32", "data": data}})
    assert widget.features.dtype == np.float32
    assert widget.features.tolist() == numbers.tolist()
