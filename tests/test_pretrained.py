"""Networks that others trained: where they are taken from, what stands in for them, and what is refused."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from course_utils import pretrained
from course_utils.data import sources
from course_utils.errors import CourseError


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and nothing at hand."""
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    sources.reachable.cache_clear()
    return tmp_path


@pytest.mark.usefixtures("nowhere")
def test_without_a_network_the_course_s_own_stands_in_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = pretrained.classifier()
    assert "MobileNet is not at hand" in capsys.readouterr().out
    assert len(found.names) == 10
    picture = np.full((1, found.side, found.side, 3), found.high, np.float32)
    said = found.network.predict(picture, verbose=0)
    assert said.shape == (1, 10)
    assert said.sum() == pytest.approx(1, abs=1e-4)
    assert found.network.get_layer(found.features).output.shape[-1] == 1280
    sides = [found.network.get_layer(name).output.shape[1] for name in found.maps]
    assert len(sides) == 4
    assert sides == sorted(sides, reverse=True)


@pytest.mark.usefixtures("nowhere")
def test_without_a_network_there_is_no_detector(capsys: pytest.CaptureFixture[str]) -> None:
    assert pretrained.detector() is None
    assert "No pretrained detector is at hand." in capsys.readouterr().out


def test_the_detector_is_read_from_its_archive_and_from_loose_files(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = nowhere / pretrained.DETECTOR.path
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("detect.tflite", b"network")
        made.writestr("labelmap.txt", "???\nperson\n")
    assert pretrained._detector_files() == (b"network", b"???\nperson\n")
    folder = nowhere / "data" / "tflite"
    folder.mkdir(parents=True)
    (folder / "detect.tflite").write_bytes(b"another")
    (folder / "labelmap.txt").write_bytes(b"???\n")
    monkeypatch.setenv("COURSE_DATA", str(nowhere / "data"))
    assert pretrained._detector_files() == (b"another", b"???\n")


def test_a_damaged_archive_is_named(nowhere: Path) -> None:
    archive = nowhere / pretrained.DETECTOR.path
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"no archive")
    with pytest.raises(CourseError, match="does not hold the detector: delete it"):
        pretrained.detector()


def test_a_detector_s_answers_are_boxes_names_and_scores_and_other_pictures_are_refused() -> None:
    found = pretrained.Detector(small_detector(), ("person", "bicycle"), "a small one")
    boxes, names, scores = found(np.zeros((8, 8, 3), np.uint8))
    assert boxes.tolist() == [[0, 0, 1, 1], [0, 0, 0.5, 0.5]]
    assert names == ["bicycle", "person"]
    assert scores.tolist() == [0.75, 0.5]
    with pytest.raises(CourseError, match=r"takes a uint8 picture of 8 × 8 × 3, not float32 of 8 × 8 × 3"):
        found(np.zeros((8, 8, 3), np.float32))


def test_a_detector_runs_in_tensorflow_where_litert_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    found = pretrained.Detector(small_detector(), ("person", "bicycle"), "a small one")
    assert found(np.zeros((8, 8, 3), np.uint8))[1] == ["bicycle", "person"]


def small_detector() -> bytes:
    """A LiteRT model with an SSD's outputs: boxes, classes, scores, and how many of them count."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((1, 8, 8, 3), tf.uint8)])
    def answer(picture: tf.Tensor) -> tuple[tf.Tensor, ...]:
        zero = 0.0 * tf.reduce_sum(tf.cast(picture, tf.float32))
        boxes = tf.constant([[[0.0, 0, 1, 1], [0, 0, 0.5, 0.5], [0, 0, 0, 0]]]) + zero
        classes, scores = tf.constant([[1.0, 0, 0]]) + zero, tf.constant([[0.75, 0.5, 0]]) + zero
        return boxes, classes, scores, tf.constant([2.0]) + zero

    converter = tf.lite.TFLiteConverter.from_concrete_functions([answer.get_concrete_function()])
    return converter.convert()


def test_a_shipped_model_has_a_card_and_an_unknown_one_is_refused_with_the_names_of_the_others() -> None:
    assert pretrained.card("pictures")["name"] == "pictures"
    with pytest.raises(CourseError, match=r"No model called 'picture' ships .*; there are: .*pictures"):
        pretrained.card("picture")
