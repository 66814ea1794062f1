"""What is fine-tuned on CIFAR-10: its pictures, its network, and what ships."""

from __future__ import annotations

import io
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from course_utils import shipped
from course_utils.data import sources
from course_utils.errors import CourseError
from course_utils.training import averaged, fine_tuned, photographs
from tests.conftest import ROOT

MODELS = ROOT / "book" / "_static" / "models"


def card(name: str) -> dict:
    return json.loads((MODELS / name / "card.json").read_text(encoding="utf-8"))


@pytest.fixture
def a_few_at_hand(nothing_at_hand: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each class four pictures to train with and one to measure with."""
    monkeypatch.setattr("course_utils.data.small_photographs._VALIDATION", 10)
    archive(tmp_path / "cifar10_jpeg.npz", {"train": 4, "test": 1})
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


def archive(path: Path, of_each: dict[str, int]) -> None:
    arrays = {}
    for part, count in of_each.items():
        labels = np.tile(np.arange(10, dtype=np.uint8), count)
        pieces = []
        for label in labels:
            file = io.BytesIO()
            Image.new("RGB", (32, 32), (20 * int(label), 0, 0)).save(file, "JPEG")
            pieces.append(file.getvalue())
        arrays[f"jpg_{part}"] = np.frombuffer(b"".join(pieces), np.uint8)
        arrays[f"off_{part}"] = np.cumsum([0, *map(len, pieces)]).astype(np.uint32)
        arrays[f"y_{part}"] = labels
    np.savez(path, **arrays)


@pytest.mark.usefixtures("nothing_at_hand")
def test_the_absence_of_photographs_is_told() -> None:
    with pytest.raises(CourseError, match=r"CIFAR-10 is not at hand.*COURSE_DATA"):
        photographs.photographs()


@pytest.mark.usefixtures("a_few_at_hand")
def test_photographs_at_hand_are_read() -> None:
    splits = photographs.photographs()
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [30, 10, 10]
    assert splits.test.images.shape == (10, 32, 32, 3)


@pytest.mark.usefixtures("a_few_at_hand")
def test_cats_and_dogs_are_taken_out_of_the_ten_with_labels_of_their_own() -> None:
    splits = fine_tuned.cats_and_dogs()
    assert splits.classes == ("cat", "dog")
    for part in (splits.train, splits.validation, splits.test):
        reds = np.rint(part.images.mean(axis=(1, 2))[:, 0] * 255 / 20).astype(int)
        assert set(reds) <= {3, 5}, "the fourth and the sixth of CIFAR-10's classes"
        np.testing.assert_array_equal(part.labels, reds == 5)


@pytest.mark.usefixtures("nothing_at_hand")
def test_the_network_is_flat_small_and_ends_in_probabilities() -> None:
    model = fine_tuned.for_ten_things()
    assert model.input_shape == (None, 32, 32, 3)
    assert model.count_params() <= 500_000
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    said = model.predict(np.random.default_rng(0).random((3, 32, 32, 3), np.float32), verbose=0)
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)


def test_it_begins_with_the_weights_of_imagenet_where_they_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights.weights.h5"
    other = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None)
    other.save_weights(weights)
    monkeypatch.setattr(sources, "find", lambda file: weights)
    model = fine_tuned.for_ten_things()
    for layer in other.layers[1:]:
        for theirs, ours in zip(layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(theirs, ours)


def test_networks_that_are_averaged_say_the_mean_of_what_each_says() -> None:
    images = np.random.default_rng(0).random((3, 8, 8, 3), np.float32)
    members = []
    for name in ("first", "second"):
        image = keras.Input((8, 8, 3))
        leaning = keras.layers.Conv2D(3, 3, activation="relu", name=f"{name}_leaning")(image)
        pooled = keras.layers.GlobalAveragePooling2D(name=f"{name}_pool")(leaning)
        wide = keras.layers.Dense(4, activation="relu", name=f"{name}_wide")(pooled)
        both = keras.layers.Concatenate(name=f"{name}_both")([pooled, wide])
        said = keras.layers.Dense(2, activation="softmax", name=f"{name}_answer")(both)
        members.append(keras.Model(image, said))
    mean = averaged.averaged(members, "both")
    each = [member.predict(images, verbose=0) for member in members]
    np.testing.assert_allclose(mean.predict(images, verbose=0), (each[0] + each[1]) / 2, rtol=1e-5)
    twice = averaged.averaged(members, "twice", mirrored=True)
    other = [member.predict(images[:, :, ::-1], verbose=0) for member in members]
    np.testing.assert_allclose(twice.predict(images, verbose=0), sum(each + other) / 4, rtol=1e-5)
    assert twice.count_params() == mean.count_params() + 8 * 8
    assert not any(isinstance(layer, keras.Model) for layer in mean.layers)
    assert mean.count_params() == sum(member.count_params() for member in members)


def test_the_card_of_an_averaged_model_tells_how_each_was_trained() -> None:
    (both,) = (recipe for recipe in fine_tuned.RECIPES if recipe.name == "pictures")
    told = card("pictures")
    assert told["training"].items() >= json.loads(json.dumps(both.training(whole=True))).items()
    text = "\n".join(both.sections(told).training)
    for member in both.members:
        assert member.title in text
        assert f"weight decay {member.weight_decay:g}" in text


def test_the_network_for_two_animals_begins_with_what_that_for_ten_says_of_them() -> None:
    ten = keras.models.load_model(MODELS / "pictures" / "pictures.keras")
    images = np.random.default_rng(0).random((3, 32, 32, 3), np.float32)
    half = keras.Model(ten.input, ten.get_layer("thing").output)
    of_ten = half.predict(images, verbose=0)[:, [3, 5]]
    two = fine_tuned.for_two_animals().predict(images, verbose=0)
    np.testing.assert_allclose(two, of_ten / of_ten.sum(axis=1, keepdims=True), rtol=1e-3)


@pytest.mark.parametrize(("name", "bar"), [("pictures", 0.88), ("cats-dogs", 0.85)])
def test_what_ships_reaches_its_bar_for_the_page_too(name: str, bar: float) -> None:
    told = card(name)
    assert told["test_accuracy"] >= bar
    assert told["shipped"]["test_accuracy"] >= bar


@pytest.mark.parametrize("name", ["pictures", "cats-dogs"])
def test_the_keras_file_says_what_the_page_s_form_says(name: str) -> None:
    images = np.random.default_rng(0).random((4, 32, 32, 3), np.float32)
    kept = keras.models.load_model(MODELS / name / f"{name}.keras").predict(images, verbose=0)
    for_the_page = shipped.network(name).predict(images, verbose=0)
    halved = card(name).get("keras_file") == "float16"
    np.testing.assert_allclose(kept, for_the_page, atol=1e-5 if halved else 2e-2)
