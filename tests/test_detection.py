"""Boxes, suppression, anchors and mAP: equal to TensorFlow's and to COCO's own program."""

from __future__ import annotations

import contextlib
import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from course_utils import detection
from course_utils.data import shape_scenes
from course_utils.detection.judging import COCO_OVERLAPS
from course_utils.detection.single_shot import encode


def random_boxes(random: np.random.Generator, count: int) -> np.ndarray:
    corners = random.uniform(0, 0.7, (count, 2))
    return np.hstack([corners, corners + random.uniform(0.05, 0.3, (count, 2))])


def made_up(seed: int, pictures: int = 12, classes: int = 3) -> tuple[list, list]:
    """True things, and what a mediocre detector says of them: moved, doubled, missed and invented boxes."""
    random = np.random.default_rng(seed)
    true, said = [], []
    for number in range(pictures):
        boxes = random_boxes(random, int(random.integers(0, 6)) if number else 0)
        labels = random.integers(0, classes, len(boxes))
        true.append(detection.Found(boxes, labels))
        kept = random.random(len(boxes)) < 0.8
        moved = np.vstack([boxes[kept], boxes, random_boxes(random, 3)])
        # A box whose corners change places has a negative area, and COCO's program leaves it out.
        moved = np.sort((moved + random.normal(0, 0.02, moved.shape)).reshape(-1, 2, 2), axis=1).reshape(
            -1, 4
        )
        kinds = np.concatenate([labels[kept], labels, random.integers(0, classes, 3)])
        said.append(detection.Found(moved, kinds, random.permutation(len(moved)) / 50 + 0.01 * number))
    return said, true


def coco_says(said: list, true: list, classes: int, overlaps: np.ndarray) -> float:
    """The same question put to COCO's program, which takes left, top, width and height in pixels."""

    def entry(box: np.ndarray, picture: int, label: int) -> dict:
        top, left, bottom, right = (1000 * box).tolist()
        area = (bottom - top) * (right - left)
        found = {"image_id": picture + 1, "category_id": int(label) + 1, "iscrowd": 0, "area": area}
        return {**found, "bbox": [left, top, right - left, bottom - top]}

    truths = [
        entry(box, picture, label)
        for picture, one in enumerate(true)
        for box, label in zip(one.boxes, one.labels, strict=True)
    ]
    answers = [
        {**entry(box, picture, label), "score": float(score)}
        for picture, one in enumerate(said)
        for box, label, score in zip(one.boxes, one.labels, one.scores, strict=True)
    ]
    for number, truth in enumerate(truths):
        truth["id"] = number + 1
    reference = COCO()
    reference.dataset = {
        "info": {},
        "images": [{"id": picture + 1} for picture in range(len(true))],
        "categories": [{"id": label + 1} for label in range(classes)],
        "annotations": truths,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        reference.createIndex()
        judge = COCOeval(reference, reference.loadRes(answers), "bbox")
        judge.params.iouThrs = np.atleast_1d(overlaps)
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [100]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"]  # overlaps, recalls, classes, areas, most boxes
    return float(
        np.mean([p.mean() for p in precision[..., 0, 0].transpose(0, 2, 1).reshape(-1, 101) if p.min() >= 0])
    )


def test_intersection_over_union_by_hand() -> None:
    boxes = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 6, 6], [0, 0, 0, 0]], float)
    shares = detection.intersection_over_union(boxes[:1], boxes)
    assert np.allclose(shares, [[1, 1 / 7, 0, 0]])
    assert detection.intersection_over_union(boxes[3], boxes[3]) == 0, "two boxes without area share nothing"


@pytest.mark.parametrize("overlap", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(4))
def test_suppression_is_tensorflow_s(overlap: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    boxes = random_boxes(random, 150).astype(np.float32)
    scores = random.integers(0, 60, 150).astype(np.float32)  # with equal scores among them
    theirs = tf.image.non_max_suppression(boxes, scores, 40, overlap).numpy()
    assert detection.non_maximum_suppression(boxes, scores, overlap, most=40).tolist() == theirs.tolist()


def test_nothing_is_kept_of_nothing() -> None:
    assert detection.non_maximum_suppression(np.zeros((0, 4)), np.zeros(0)).tolist() == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "overlaps", [np.array([0.5]), np.array([0.75]), COCO_OVERLAPS], ids=["0.5", "0.75", "coco"]
)
def test_mean_average_precision_is_coco_s(seed: int, overlaps: np.ndarray) -> None:
    said, true = made_up(seed)
    ours = detection.mean_average_precision(said, true, 3, overlaps)
    assert 0.01 < ours < 0.99
    assert ours == pytest.approx(coco_says(said, true, 3, overlaps), abs=1e-9)


def test_a_kind_that_no_picture_shows_does_not_count() -> None:
    said, true = made_up(1)
    assert np.isnan(detection.average_precision(said, true, 3))
    assert detection.mean_average_precision(said, true, 4) == detection.mean_average_precision(said, true, 3)


def test_offsets_lead_to_the_box_and_back() -> None:
    random = np.random.default_rng(0)
    start, boxes = random_boxes(random, 50), random_boxes(random, 50)
    assert np.allclose(detection.decode(start, encode(start, boxes)), boxes, atol=1e-6)


def test_every_thing_has_an_anchor_that_must_find_it() -> None:
    scenes = shape_scenes(60, seed=3)
    start = detection.anchors()
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        classes, offsets = detection.targets(start, boxes, labels)
        finds = classes > 0
        reached = detection.decode(start.boxes[finds], offsets[finds])
        shares = detection.intersection_over_union(boxes, reached)
        assert np.allclose(shares.max(axis=1), 1, atol=1e-4)
        assert np.array_equal(classes[finds] - 1, labels[shares.argmax(axis=0)])


def test_a_detector_learns_to_find_one_kind_of_scene() -> None:
    scenes = shape_scenes(96, seed=5)
    start = detection.anchors()
    keras.utils.set_random_seed(0)
    model = detection.network(start, classes=3)
    losses = detection.train(model, start, scenes, epochs=6, batch_size=16)
    assert losses[-1] < 0.75 * losses[0]
    [found] = detection.detect(model, start, scenes.images[:1])
    assert found.boxes.shape == (len(found.labels), 4)
    assert np.all(np.diff(found.scores) <= 0), "the surest first"


def test_scenes_come_again_with_their_seed_and_their_boxes_hold_what_is_drawn() -> None:
    scenes, again, other = shape_scenes(20, seed=1), shape_scenes(20, seed=1), shape_scenes(20, seed=2)
    assert np.array_equal(scenes.images, again.images)
    assert not np.array_equal(scenes.images, other.images)
    assert scenes.images.shape == (20, 64, 64, 3)
    assert scenes.images.min() >= 0
    assert scenes.images.max() <= 1
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        assert 1 <= len(boxes) == len(labels) <= 4
        assert np.all((boxes >= 0) & (boxes <= 1))
        assert np.all(boxes[:, 2:] - boxes[:, :2] > 0.1)
