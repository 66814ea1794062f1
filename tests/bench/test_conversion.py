"""`course bench convert` measures time, memory and size of conversions, and fails where one is over its bar."""

from __future__ import annotations

import json

import pytest

from course_utils.bench import conversion as benchmark
from course_utils.bench import convert
from course_utils.bench.conversion import Cost, Digits
from course_utils.errors import CourseError
from tests.conftest import ROOT

LAYERS = ("ours", "tfjs-layers", "none")


def test_mobilenet_converts_within_its_bars_and_the_digits_stay_small_and_right(
    capsys: pytest.CaptureFixture[str], record_property
) -> None:
    ways = [LAYERS, ("ours", "tfjs-layers", "uint8")]
    status = convert(json=True, root=ROOT, ways=ways)
    shown = capsys.readouterr()
    assert status == 0, shown.err
    measured = json.loads(shown.out)
    plain, rounded = measured["conversions"]
    assert 0 < plain["seconds"] <= 2
    assert 0 < plain["memory"] <= 3 * measured["weights"]
    assert measured["weights"] <= plain["size"] <= 1.02 * measured["weights"]
    assert rounded["size"] < 0.3 * plain["size"]
    digits = measured["digits"]
    assert digits["size"] <= 45_000
    assert 100 * (digits["before"] - digits["after"]) <= 0.2
    assert digits["before"] > 0.9
    record_property(
        "measured",
        f"MobileNetV2 to tfjs-layers: {plain['seconds']:.1f} s, {plain['memory'] / 1e6:.0f} MB held",
    )


def test_what_is_over_a_bar_is_named_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = [
        Cost(*LAYERS, seconds=2.5, memory=40_000_000, size=10_000_000),
        Cost("ours", "onnx", "none", error="it broke"),
    ]
    monkeypatch.setattr(benchmark, "measure", lambda ways, pixels: (costs, 10_000_000))
    monkeypatch.setattr(
        benchmark, "measure_digits", lambda root: Digits(46_000, 0.99, 0.985, "3 test pictures")
    )
    assert convert(root=ROOT) == 1
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        "ours could not write onnx: it broke",
        "Writing tfjs-layers took 2.5 s, where 2 s are allowed.",
        "Writing tfjs-layers took 40 MB, where 3 times the weights' 10 MB are allowed.",
        "digits-cnn at uint8 has 46000 bytes, where 45000 are allowed.",
        "digits-cnn at uint8 loses 0.50 points, where 0.2 are allowed.",
    ]
    assert "tfjs-layers" in shown.out
    assert "98.50 % in TensorFlow.js" in shown.out


def test_a_conversion_that_fails_is_told_by_its_last_line(tmp_path) -> None:
    cost = benchmark._cost(*LAYERS, tmp_path / "gone.keras", tmp_path / "out")
    assert "gone.keras" in str(cost.error)


def test_a_model_that_was_not_trained_names_the_command(tmp_path) -> None:
    with pytest.raises(CourseError, match=r"does not exist: train the model with `course train digits-cnn`"):
        benchmark.measure_digits(tmp_path)
