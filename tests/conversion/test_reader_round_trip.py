"""Every model that our writer makes for TensorFlow.js comes back as a Keras model that computes the same."""

from __future__ import annotations

import numpy as np

from course_utils.bench.conformance.layers import LAYERS
from course_utils.conversion import layers
from course_utils.conversion.proof.inputs import sample_inputs
from course_utils.conversion.proof.source import predict
from course_utils.conversion.tfjs_reader import read
from course_utils.errors import CourseError
from tests.conversion.layer_models import chosen


def test_layers_of_the_table_come_back(tmp_path, record_property, pytestconfig):
    cases = chosen(LAYERS, pytestconfig)
    back, wrong = 0, []
    for number, case in enumerate(cases):
        model = case.build()
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            layers.write(model, folder)
        except CourseError:
            continue  # what TensorFlow.js lacks never gets there
        inputs = case.inputs(3, 0) if case.inputs else sample_inputs(model, 3)
        expected, got = predict(model, inputs), predict(read(folder / "model.json"), inputs)
        back += 1
        for mine, theirs in zip(got, expected, strict=True):
            if mine.shape != theirs.shape or np.abs(mine - theirs).max() > 1e-5 * max(
                1.0, np.abs(theirs).max()
            ):
                wrong.append(case.name)
    record_property(
        "measured", f"TensorFlow.js layers models of the table that come back: {back} of {len(cases)}"
    )
    assert not wrong
    assert back >= 0.85 * len(cases)
