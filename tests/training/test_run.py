"""A whole run, small but real: the bundled digits, a few seconds of training, every conversion proven, a card."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from course_utils import training
from course_utils.data import Examples, Splits, sources
from course_utils.errors import CourseError, UsageError
from course_utils.training import card, measuring
from course_utils.training import run as running
from course_utils.training.augmentation import Warp
from course_utils.training.pictures import PictureRecipe, Stage, accuracy, confusion
from course_utils.training.recipes import Recipe
from course_utils.training.registry import MODELS, recipe

QUIET = Console(file=io.StringIO())
GENTLE = Warp(degrees=5, pixels=1)


@pytest.fixture(scope="module", autouse=True)
def _nothing_at_hand(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        patch.setenv("COURSE_OFFLINE", "1")
        patch.delenv("COURSE_DATA", raising=False)
        sources.reachable.cache_clear()
        yield
    sources.reachable.cache_clear()


@pytest.fixture(scope="module")
def splits() -> Splits:
    return MODELS["digits-mlp"].data()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> training.Trained:
    """`course train digits-mlp` where MNIST is nowhere, with so few epochs that it ends in seconds."""
    short = dataclasses.replace(MODELS["digits-mlp"], stages=(Stage(25, 8e-3, GENTLE),))
    return training.train(short, root=tmp_path_factory.mktemp("project"), console=QUIET)


def test_without_the_real_data_the_shipped_model_is_not_replaced(trained: training.Trained) -> None:
    assert trained.folder.parts[-3:] == ("_build", "models", "digits-mlp")
    assert not (trained.folder.parents[2] / "book").exists()
    assert str(trained).startswith("The shipped model is not replaced, for this was not MNIST.\n")


def test_it_learned_and_says_how_well(trained: training.Trained, splits: Splits) -> None:
    import keras

    model = keras.models.load_model(trained.folder / "digits-mlp.keras")
    [said] = measuring.said_by_keras(MODELS["digits-mlp"], model, splits.test)
    assert accuracy(said, splits.test) == pytest.approx(trained.card["test_accuracy"], abs=1e-6)
    assert trained.card["test_accuracy"] >= 0.9
    assert np.trace(trained.card["confusion"]) == round(trained.card["test_accuracy"] * len(splits.test))
    assert f"test accuracy {trained.card['test_accuracy']:.4f}" in str(trained)


def test_what_is_saved_holds_nothing_of_the_training(trained: training.Trained) -> None:
    import keras

    model = keras.models.load_model(trained.folder / "digits-mlp.keras")
    assert getattr(model, "optimizer", None) is None
    assert (trained.folder / "digits-mlp.keras").stat().st_size < 5.5 * model.count_params()


def test_every_form_was_converted_and_measured(trained: training.Trained) -> None:
    forms = trained.card["forms"]
    assert [(form["to"], form["quantize"]) for form in forms] == list(measuring.FORMS)
    for form in forms:
        assert form["bytes"] > 50_000
        assert abs(form["test_accuracy"] - trained.card["test_accuracy"]) <= 0.02
        assert (form["difference"] < 1e-4) == (form["quantize"] == "none"), form
    by_name = {(form["to"], form["quantize"]): form["bytes"] for form in forms}
    assert by_name["tfjs-layers", "uint8"] < 0.3 * by_name["tfjs-layers", "none"]
    assert by_name["litert", "full-int8"] < 0.3 * by_name["litert", "none"]


def test_the_page_gets_the_smallest_form_that_keeps_the_accuracy(
    trained: training.Trained, splits: Splits
) -> None:
    from course_utils.conversion.proof.runtimes import Job, run

    shipped = trained.card["shipped"]
    [result] = run([Job("tfjs-layers", trained.folder, [splits.test.images], backend="cpu")])
    reached = accuracy(result.outputs[0], splits.test)
    assert reached == pytest.approx(shipped["test_accuracy"], abs=0.003)
    sizes = {name: (trained.folder / name).stat().st_size for name in trained.card["files"]}
    assert sizes == trained.card["files"]
    assert sum(size for name, size in sizes.items() if not name.endswith(".keras")) == shipped["bytes"]


def test_the_card_for_people_is_made_from_the_card_for_machines(trained: training.Trained) -> None:
    written = json.loads((trained.folder / "card.json").read_text(encoding="utf-8"))
    text = (trained.folder / "README.md").read_text(encoding="utf-8")
    assert text == card.readme(written, MODELS["digits-mlp"])
    assert written["command"] == "course train digits-mlp --seed 0"
    assert f"**{written['test_accuracy']:.4f}**" in text
    assert "scikit-learn's bundled digits" in text
    assert "CC BY 4.0" in text
    assert "MNIST: Yann LeCun" not in text


def test_a_run_that_falls_short_keeps_the_old_model(trained: training.Trained) -> None:
    before = {file.name: file.read_bytes() for file in trained.folder.iterdir()}
    strict = dataclasses.replace(
        MODELS["digits-mlp"], real_source="scikit-learn", stages=(Stage(1, 8e-3, GENTLE),), bar=0.999
    )
    with pytest.raises(
        CourseError, match=r"digits-mlp has a test accuracy of 0\.\d+, below its bar of 0\.999"
    ):
        training.train(strict, trained.folder, console=QUIET)
    assert {file.name: file.read_bytes() for file in trained.folder.iterdir()} == before
    assert [path.name for path in trained.folder.parent.iterdir()] == ["digits-mlp"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="name another folder with --out"):
        training.train("digits-mlp", tmp_path, console=QUIET)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_no_time_is_no_training(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give a positive number"):
        training.train("digits-mlp", tmp_path / "out", seconds=0, console=QUIET)


def test_an_unknown_model_is_answered_by_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"digits-cnn, .*: did you mean digits-cnn"):
        recipe("digit-cnn")


def test_training_does_not_look_at_the_test_part(splits: Splits) -> None:
    class Sealed:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"a look at the test part: {name}")

    sealed = dataclasses.replace(splits, test=Sealed())
    short = dataclasses.replace(MODELS["digits-mlp"], stages=(Stage(1, 4e-3, GENTLE),))
    assert short.fit(sealed, 0, None, QUIET).epochs == 1


def test_a_model_that_looks_at_pictures_is_fast_enough_for_a_page() -> None:
    looking = [chosen for chosen in MODELS.values() if isinstance(chosen, PictureRecipe)]
    assert {"digits-cnn", "digits-mlp", "pictures"} <= {chosen.name for chosen in looking}
    for chosen in looking:
        # WebAssembly computes some thousand million products a second with small layers, and five with those of
        # `pictures`, whose 97 million take 20 ms. A page has 50 ms.
        most = 3_000_000 if chosen.name.startswith("digits") else 100_000_000
        assert measuring.multiply_adds(chosen.build()) <= most, chosen.name


def test_every_name_is_of_a_recipe_of_that_name() -> None:
    assert [MODELS[name].name for name in MODELS] == list(MODELS)
    for chosen in MODELS.values():
        assert isinstance(chosen, Recipe)


def test_multiply_adds_are_counted_by_hand() -> None:
    import keras

    layers = [
        keras.Input((6, 6, 2)),
        keras.layers.Conv2D(3, 3),
        keras.layers.Flatten(),
        keras.layers.Dense(5),
    ]
    assert measuring.multiply_adds(keras.Sequential(layers)) == 3 * 3 * 2 * 3 * 4 * 4 + 48 * 5


def test_a_layer_that_is_used_twice_multiplies_twice_and_a_dense_one_at_every_place() -> None:
    import keras

    image = keras.Input((6, 6, 2))
    every_place = keras.layers.Dense(2, use_bias=False)
    assert measuring.multiply_adds(keras.Model(image, every_place(every_place(image)))) == 2 * 36 * 2 * 2


def test_a_keras_file_is_rounded_only_where_it_would_be_too_large(
    trained: training.Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    model = keras.models.load_model(trained.folder / "digits-mlp.keras")
    small, large = tmp_path / "small.keras", tmp_path / "large.keras"
    assert not running.keep(model, small)
    monkeypatch.setattr(running, "LARGEST_FILE", 1000)
    assert running.keep(model, large)
    assert large.stat().st_size < 0.7 * small.stat().st_size
    for ours, kept, halved in zip(*(weights(one) for one in (model, small, large)), strict=True):
        np.testing.assert_array_equal(kept, ours)
        np.testing.assert_array_equal(halved, ours.astype(np.float16).astype(np.float32))
        assert not np.array_equal(halved, ours)


def weights(model: object) -> list[np.ndarray]:
    """Of a model, or of its file: the kernels."""
    import keras

    loaded = keras.models.load_model(model) if isinstance(model, Path) else model
    return [weight for weight in loaded.get_weights() if weight.ndim > 1]


def test_the_bundled_digits_are_framed_like_the_real_ones(splits: Splits) -> None:
    assert splits.train.images.shape == (1197, 28, 28, 1)
    assert splits.train.images.max() <= 1.0
    assert splits.train.images[:, :4].max() == splits.train.images[:, :, 24:].max() == 0.0


def test_a_confusion_table_counts_labels_by_row() -> None:
    said = np.eye(3)[[0, 1, 1, 2]]
    examples = Examples(np.zeros((4, 1)), np.array([0, 0, 1, 2]))
    assert confusion(said, examples).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_the_smallest_form_is_chosen_by_the_validation_part_alone() -> None:
    def form(way: str, validation: float, test: float) -> measuring.Form:
        return measuring.Form("tfjs-layers", way, 1, validation, test, 0.0)

    forms = [form("none", 0.99, 0.99), form("float16", 0.99, 0.5), form("uint8", 0.98, 0.99)]
    assert measuring.choose(forms, 0.99).quantize == "float16"
    assert measuring.choose(forms, 0.981).quantize == "uint8"
    assert measuring.choose(forms, 0.981, too_coarse=("uint8",)).quantize == "float16"
