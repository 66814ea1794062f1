"""A recogniser from a folder of photographs: what it learns, what it says of itself, and what it gives on."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from course_utils import backbones, data, recogniser
from course_utils.data import PictureFolder, sources


def stripes(upright: bool, random: np.random.Generator) -> np.ndarray:
    """A noisy picture of 96 × 96 with stripes that stand or lie, in colours drawn at random."""
    wave = np.sin(np.arange(96) * random.uniform(0.2, 0.6) + random.uniform(0, 6)) > 0
    ground, ink = random.uniform(40, 215, (2, 3))
    pattern = np.where(wave[None, :] if upright else wave[:, None], 1.0, 0.0)[..., None] * np.ones(
        (96, 96, 1)
    )
    noisy = ground + (ink - ground) * pattern + random.normal(0, 12, (96, 96, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> PictureFolder:
    root, random = tmp_path_factory.mktemp("stripes"), np.random.default_rng(0)
    for number in range(140):
        kind = ("lying", "standing")[number % 2]
        (root / kind).mkdir(exist_ok=True)
        Image.fromarray(stripes(bool(number % 2), random)).save(root / kind / f"{number:03}.png")
    return data.picture_folder(root)


@pytest.fixture(scope="module")
def backbone() -> keras.Model:
    return backbones.gestures()


@pytest.fixture(scope="module")
def learned(folder: PictureFolder, backbone: keras.Model) -> recogniser.Recogniser:
    return recogniser.learn(folder, backbone)


def test_it_learns_and_counts_what_it_held_back(
    folder: PictureFolder, learned: recogniser.Recogniser
) -> None:
    test = learned.rows["test"]
    assert learned.tested == len(test) > 10
    assert learned.right >= 0.8 * learned.tested > learned.guessed
    said = learned.probabilities(folder.images[test])
    assert said.shape == (len(test), 2)
    assert np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert np.sum(said.argmax(axis=1) == folder.labels[test]) == learned.right
    assert f"Right on {learned.right} of {learned.tested} test photographs" in repr(learned)


def test_the_test_pictures_take_no_part_in_the_learning(
    folder: PictureFolder, backbone: keras.Model, learned: recogniser.Recogniser
) -> None:
    labels, images = folder.labels.copy(), folder.images.copy()
    labels[learned.rows["test"]] = 1 - labels[learned.rows["test"]]
    images[learned.rows["test"]] = 0
    spoilt = PictureFolder(images, labels, folder.names, folder.groups, folder.classes)
    again = recogniser.learn(spoilt, backbone)
    assert all(
        np.array_equal(one, other)
        for one, other in zip(learned.network.get_weights(), again.network.get_weights(), strict=True)
    )


def test_a_backbone_that_learns_as_well_is_kept_where_it_is_better(
    folder: PictureFolder, backbone: keras.Model, learned: recogniser.Recogniser
) -> None:
    before = backbone.get_weights()
    tuned = recogniser.learn(folder, backbone, fine_tune=4)
    validation = tuned.rows["validation"]
    labels = folder.labels[validation]

    def loss(found: recogniser.Recogniser) -> float:
        said = found.probabilities(folder.images[validation])
        return -np.mean(np.log(said[np.arange(len(labels)), labels]))

    assert loss(tuned) < loss(learned), "stripes that stand and lie are easy to learn for a whole network"
    assert tuned.right >= learned.right
    assert all(np.array_equal(one, other) for one, other in zip(before, backbone.get_weights(), strict=True))


def test_a_backbone_that_learned_nothing_better_is_not_kept(
    folder: PictureFolder, backbone: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recogniser, "_RATE", 10.0)
    found = recogniser.learn(folder, backbone, fine_tune=1)
    assert np.array_equal(found.network.get_weights()[0], backbone.get_weights()[0])


def test_worthless_labels_give_no_more_than_guessing(folder: PictureFolder, backbone: keras.Model) -> None:
    tossed = np.random.default_rng(1).permutation(folder.labels)
    found = recogniser.learn(
        PictureFolder(folder.images, tossed, folder.names, folder.groups, folder.classes), backbone
    )
    low, high = recogniser.plausible(found.right, found.tested)
    assert low <= 0.5 <= high


def test_three_classes_and_a_network_that_is_saved(
    folder: PictureFolder, backbone: keras.Model, tmp_path: Path
) -> None:
    labels = folder.labels.copy()
    inverted = np.flatnonzero(labels == 1)[::2]
    images = folder.images.copy()
    images[inverted, :, :, 1:] = 0  # the third class is standing and red
    labels[inverted] = 2
    three = PictureFolder(images, labels, folder.names, folder.groups, ("lying", "standing", "red"))
    found = recogniser.learn(three, backbone)
    assert found.right >= 0.75 * found.tested
    found.network.save(tmp_path / "mine.keras")
    loaded = keras.models.load_model(tmp_path / "mine.keras")
    shown = images[:8] / np.float32(255)
    assert np.allclose(loaded(shown), found.network(shown), atol=1e-5)


def test_the_range_is_wilsons() -> None:
    # Brown, Cai and DasGupta (2001) and any table: 45 of 50 at 95 %.
    assert recogniser.plausible(45, 50) == pytest.approx((0.786, 0.957), abs=5e-4)
    low, high = recogniser.plausible(20, 20)
    assert (round(low, 3), high) == (0.839, pytest.approx(1))


def test_mobilenet_v2_is_taken_where_it_can_be_had() -> None:
    model = backbones.photographs()
    assert (model is None) == (sources.at_hand(sources.MOBILENET_V2) is None)
    if model is not None:
        assert model.input_shape == (None, backbones.SIDE, backbones.SIDE, 3)
        assert model.output_shape == (None, 1280)
        assert model.count_params() == 410_208
