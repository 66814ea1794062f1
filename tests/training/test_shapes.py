"""The detector that ships: pictures and answers are mirrored together, it learns, and it is what its card says."""

from __future__ import annotations

import dataclasses
import io
import json

import numpy as np
from rich.console import Console

from course_utils import detection
from course_utils.data.shape_scenes import KINDS, shape_scenes
from course_utils.detection import single_shot
from course_utils.detection.judging import Found
from course_utils.training import shapes
from course_utils.training.registry import MODELS
from tests.conftest import ROOT

FOLDER = ROOT / "book" / "_static" / "models" / "shapes"
QUIET = Console(file=io.StringIO())


def few(count: int, seed: int) -> shapes.DrawnScenes:
    class Sealed:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"a look at the test part: {name}")

    return shapes.DrawnScenes(shape_scenes(count, seed), shape_scenes(40, seed + 1), Sealed())


def test_a_scene_and_its_mirror_image_get_answers_that_belong_together() -> None:
    scenes = shape_scenes(3, seed=5)
    turned = dataclasses.replace(
        scenes,
        images=scenes.images[:, :, ::-1],
        boxes=[np.column_stack([b[:, 0], 1 - b[:, 3], b[:, 2], 1 - b[:, 1]]) for b in scenes.boxes],
    )
    plain, mirrored = single_shot.answers_wanted(shapes.START, scenes)
    again, back = single_shot.answers_wanted(shapes.START, turned)
    np.testing.assert_allclose(mirrored, again, atol=1e-5)
    np.testing.assert_allclose(plain, back, atol=1e-5)
    assert not np.array_equal(plain, mirrored)


def test_pictures_are_mirrored_with_their_answers() -> None:
    data = few(64, 7)
    [(images, wanted)] = MODELS["shapes"]._batches(data.train, 0).take(1)
    plain, mirrored = single_shot.answers_wanted(shapes.START, data.train)
    kept = turned = 0
    seen, flipped = data.train.images, data.train.images[:, :, ::-1]
    for image, answer in zip(images.numpy(), wanted.numpy(), strict=True):
        for number in np.flatnonzero((seen == image).all(axis=(1, 2, 3))):
            np.testing.assert_array_equal(answer, plain[number])
            kept += 1
        for number in np.flatnonzero((flipped == image).all(axis=(1, 2, 3))):
            np.testing.assert_array_equal(answer, mirrored[number])
            turned += 1
    assert kept + turned == MODELS["shapes"].batch_size
    assert min(kept, turned) > 5


def test_it_learns_without_a_look_at_the_test_part() -> None:
    data = few(640, 9)
    short = dataclasses.replace(MODELS["shapes"], epochs=10, averaging=0.9)
    fitted = short.fit(data, 0, None, QUIET)
    untrained, learnt = (
        short.score([model.predict(data.validation.images, verbose=0)], data.validation)
        for model in (short.build(), fitted.model)
    )
    assert learnt.accuracy > untrained.accuracy + 0.1
    assert learnt.figures["coco"] < learnt.accuracy


def test_the_shipped_detector_finds_things_in_scenes_that_nobody_has_seen() -> None:
    import keras

    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    model = keras.models.load_model(FOLDER / "shapes.keras")
    scenes = shape_scenes(150, seed=4711)
    truth = [Found(*pair) for pair in zip(scenes.boxes, scenes.labels, strict=True)]
    found = detection.detect(model, shapes.START, scenes.images)
    value = detection.mean_average_precision(found, truth, len(KINDS))
    assert abs(value - card["test_accuracy"]) < 0.03
    assert tuple(card["classes"]) == KINDS
    assert card["anchors"] == {"grid": 8, "sizes": [0.2, 0.3, 0.42], "move": 0.1, "grow": 0.2}
