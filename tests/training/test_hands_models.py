"""The models of hands: what they are made of, the protocol that judges a backbone, and what the shipped ones can do."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from course_utils.data import Examples
from course_utils.data.hand_pictures import SHOWN, TEST_PEOPLE
from course_utils.data.rock_paper_scissors import CLASSES, on_white
from course_utils.training import (
    backbone_fitting,
    gesture_protocol,
    hand_material,
    hands,
    mobilenet,
    photographs,
    rock_paper_scissors,
)
from course_utils.training.gesture_head import trained_head
from course_utils.training.run import train
from tests.conftest import ROOT

SHIPPED = ROOT / "book" / "_static" / "models"
SIDE = hand_material.SIDE


@cache
def read(name: str) -> dict:
    return json.loads((SHIPPED / name / "card.json").read_text(encoding="utf-8"))


@cache
def shipped(name: str) -> object:
    import keras

    return keras.models.load_model(SHIPPED / name / f"{name}.keras")


@cache
def few_trials() -> gesture_protocol.Trials:
    return gesture_protocol.trials(5, gesture_protocol.SAMPLES, 120, seed=5)


# ---- what the backbone is made of


def test_a_normalisation_folded_into_its_convolution_computes_the_same() -> None:
    import keras
    from keras import layers

    random = np.random.default_rng(0)
    for convolution in (layers.Conv2D(5, 3, use_bias=False), layers.DepthwiseConv2D(3, use_bias=False)):
        normalisation = layers.BatchNormalization()
        model = keras.Sequential([keras.Input((8, 8, 4)), convolution, normalisation])
        normalisation.set_weights([random.uniform(0.5, 2, part.shape) for part in normalisation.weights])
        kernel, bias = mobilenet.folded(convolution, normalisation)
        one = type(convolution).from_config({**convolution.get_config(), "use_bias": True})
        one.build((None, 8, 8, 4))
        one.set_weights([kernel, bias])
        pictures = random.random((2, 8, 8, 4), np.float32)
        assert np.allclose(one(pictures), model.predict(pictures, verbose=0), atol=1e-5)


def test_features_are_directions() -> None:
    said = hands.features(shipped("backbone"), few_trials().images[:20])
    assert said.shape == (20, mobilenet.FEATURES)
    assert np.allclose(np.linalg.norm(said, axis=1), 1, atol=0.01)
    assert np.allclose(said.mean(axis=1), 0, atol=1e-5)


def small_pools() -> backbone_fitting.Pools:
    random = np.random.default_rng(0)
    things = Examples(random.integers(0, 256, (10, SIDE, SIDE, 3)).astype(np.uint8), np.arange(10))
    held = hand_material.joined(
        [hand_material.rendered(16, 1), hand_material.pasted(on_white(6, TEST_PEOPLE, seed=1), 6, 2)]
    )
    return backbone_fitting.Pools(held, things, hands_in_batch=8, photographs_in_batch=4)


def test_batches_hold_hands_with_poses_and_photographs_with_what_the_first_network_said() -> None:
    first = mobilenet.network(SIDE)
    pools = small_pools()
    (images, targets), (again, _) = (
        next(iter(backbone_fitting.batches(pools, first, seed=3))) for _ in range(2)
    )
    assert np.array_equal(images, again)
    assert images.shape == (12, SIDE, SIDE, 3)
    assert 0 <= float(np.min(images)) <= float(np.max(images)) <= 1
    known = targets.numpy()[:, -4:]
    assert known[:8, 0].all()
    assert not known[:8, 2:].any()
    assert known[8:].tolist() == [[0, 0, 1, 1]] * 4
    features = targets.numpy()[8:, -4 - mobilenet.FEATURES : -4]
    assert np.allclose(features / 16, first(images[8:], training=False), atol=1e-4)


def test_a_mirrored_hand_points_the_other_way() -> None:
    pools = small_pools()
    images = np.repeat(pools.hands.images[:1], 40, axis=0).astype(np.float32) / 255
    varied, mirrored = backbone_fitting.varied(images, 0, np.int32(1))
    assert 5 < int(np.sum(mirrored)) < 35
    left = varied.numpy()[mirrored.numpy()].mean(axis=0)[:, ::-1]
    assert np.abs(left - varied.numpy()[~mirrored.numpy()].mean(axis=0)).mean() < 0.05


def test_a_task_whose_answer_is_not_known_counts_nothing() -> None:
    random = np.random.default_rng(0)
    width = len(SHOWN) + hand_material.POSE + len(photographs.CLASSES) + mobilenet.FEATURES
    said = random.normal(0, 1, (2, width)).astype(np.float32)
    target = np.concatenate([random.random((2, width)), np.zeros((2, 4))], axis=1).astype(np.float32)
    assert backbone_fitting.loss(target, said).numpy().tolist() == [0, 0]
    target[0, -4] = 1
    first, second = backbone_fitting.loss(target, said).numpy()
    assert first > 0
    assert second == 0


def test_a_cut_out_hand_leaves_the_white_behind() -> None:
    made = on_white(3, TEST_PEOPLE, seed=4)
    for image in made.images:
        _, cover = hand_material.cut_out(image)
        white = image.min(axis=-1) > 0.955
        small = cover.reshape(24, 4, 24, 4).mean(axis=(1, 3))
        assert 0.08 < cover.mean() < 0.9
        assert small[:2, :2].mean() < 0.05 or not white[:2, :2].all()


def test_the_tasks_are_put_on_top_of_the_backbone_and_taken_off_again() -> None:
    backbone = mobilenet.network(SIDE)
    pictures = np.random.default_rng(0).random((2, SIDE, SIDE, 3), np.float32)
    before = backbone.predict(pictures, verbose=0)
    model = backbone_fitting.with_tasks(backbone)
    said = model.predict(pictures, verbose=0)
    # What is not known yet is answered by zero; the features come last, with a variance of one.
    assert not said[:, : -mobilenet.FEATURES].any()
    assert np.allclose(said[:, -mobilenet.FEATURES :] / 16, before, atol=1e-6)
    assert np.array_equal(backbone_fitting.without_tasks(model).predict(pictures, verbose=0), before)


# ---- the protocol


def test_no_hand_of_the_protocol_is_among_those_to_train_with() -> None:
    strangers = {*gesture_protocol.STRANGERS, *gesture_protocol.OTHER_STRANGERS}
    assert not strangers & set(hand_material.TRAINING_PEOPLE)
    assert not set(gesture_protocol.STRANGERS) & set(gesture_protocol.OTHER_STRANGERS)
    assert set(TEST_PEOPLE) <= strangers


def test_perfect_features_score_one_and_empty_ones_a_third() -> None:
    drawn = few_trials()
    labels = np.zeros(len(drawn), np.int64)
    labels[drawn.bursts] = np.arange(len(CLASSES))[:, None]
    labels[drawn.others] = drawn.labels
    perfect = np.eye(len(CLASSES))[labels] + np.random.default_rng(0).normal(0, 0.05, (len(drawn), 3))
    assert gesture_protocol.score(perfect, drawn).accuracy == 1
    empty = np.random.default_rng(1).normal(0, 1, (len(drawn), 8))
    assert gesture_protocol.score(empty, drawn).accuracy == pytest.approx(1 / 3, abs=0.1)


def test_a_head_is_not_led_astray_by_a_feature_that_hardly_varies() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 20)
    features = np.concatenate([np.eye(3)[labels], random.normal(0, 1e-3, (60, 3))], axis=1)
    features[:, 3] += 2e-3 * labels  # in this one burst it goes with the class
    head = trained_head(features, labels, 3)
    shown = np.concatenate([np.eye(3), random.normal(0, 0.5, (3, 3))], axis=1)
    assert head(shown).tolist() == [0, 1, 2]


# ---- the models that ship


def test_the_shipped_backbone_tells_gestures_of_strangers_apart() -> None:
    drawn = few_trials()
    reached = gesture_protocol.score(hands.features(shipped("backbone"), drawn.images), drawn)
    assert reached.figures["strangers"] >= 0.9
    assert read("backbone")["test_accuracy"] >= 0.9
    assert read("backbone")["test_figures"]["real hands"] >= 0.83


def test_the_backbone_has_not_forgotten_what_it_knew() -> None:
    told = read("backbone")
    for name, first in told["first_probe"].items():
        assert told["probe"][name] >= first - 0.02, name
    assert told["test_accuracy"] >= told["first"]["strangers"] + 0.2


def test_the_shipped_models_are_small() -> None:
    assert read("backbone")["shipped"]["bytes"] <= 1_000_000
    assert read("rps")["shipped"]["bytes"] <= 150_000


def test_the_small_recogniser_knows_rendered_hands_on_white() -> None:
    made = on_white(150, TEST_PEOPLE, seed=11)
    said = shipped("rps").predict(made.images, verbose=0)
    assert np.mean(said.argmax(axis=1) == made.labels) >= 0.85


def test_recoloured_hands_stay_on_white() -> None:
    images = np.ones((4, 28, 28, 3), np.float32)
    images[:, 10:20, 10:20] = 0.4
    made = rock_paper_scissors.recoloured(images, np.random.default_rng(0))
    assert made[:, 0, 0].min() == 1
    assert np.ptp(made[:, 15, 15]) > 0.05


def test_a_small_run_of_the_recogniser_writes_a_card(tmp_path: Path) -> None:
    from dataclasses import replace

    from course_utils.data import Splits

    parts = [on_white(count, range(3), seed) for seed, count in enumerate((60, 30, 30))]
    recipe = replace(
        rock_paper_scissors.RECIPES[0],
        data=lambda: Splits(*parts, classes=CLASSES, source="rendered for a test"),
        forms=(("tfjs-layers", "none"), ("tfjs-layers", "float16"), ("tfjs-layers", "uint8")),
    )
    made = train(recipe, out=tmp_path / "rps", seconds=2, console=Console(quiet=True))
    assert "rendered for a test" in (made.folder / "README.md").read_text(encoding="utf-8")
    assert made.card["classes"] == list(CLASSES)
