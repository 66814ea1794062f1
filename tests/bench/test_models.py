"""`course bench models`: what is measured was not learned from, and a model below its bar is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils import backbones
from course_utils.bench.models import breast_cancer, cats_and_dogs, models, pictures, table
from course_utils.bench.models.row import Row
from course_utils.data import Examples, Splits, small_photographs
from course_utils.errors import UsageError
from course_utils.training import registry
from course_utils.training.recipes import Fit
from tests.chapters.reading import Chapter


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    """Ninety rows of thirty numbers, of which five tell the class."""
    random = np.random.default_rng(3)
    labels = np.tile([0, 1, 0], 30)
    features = random.normal(0, 1, (90, 30))
    features[:, :5] += 2.5 * labels[:, np.newaxis]
    return features, labels


def test_the_network_learns_and_beats_guessing(rows: tuple[np.ndarray, np.ndarray]) -> None:
    features, labels = rows
    scores = breast_cancer.over_splits(breast_cancer.network, features, labels, splits=2)
    assert min(scores) >= 0.85


def test_each_split_holds_back_a_fifth_in_proportion_and_no_row_is_in_both_parts(
    rows: tuple[np.ndarray, np.ndarray],
) -> None:
    features, labels = rows
    seen = []

    def spy(train: np.ndarray, train_labels: np.ndarray, others: np.ndarray) -> np.ndarray:
        assert not {tuple(row) for row in train} & {tuple(row) for row in others}
        assert (train_labels.sum(), len(train_labels), len(others)) == (24, 72, 18)
        seen.append(others[0, 0])
        return np.zeros(len(others), dtype=np.int64)

    assert breast_cancer.over_splits(spy, features, labels, splits=3) == [pytest.approx(2 / 3)] * 3
    assert len(set(seen)) == 3, "each seed gives another split"


@pytest.mark.parametrize("name", breast_cancer.MODELS)
def test_nothing_is_chosen_by_looking_at_test_rows(name: str, rows: tuple[np.ndarray, np.ndarray]) -> None:
    # What a model says of a row is the same, whatever stands beside it in the test part.
    fit, (features, labels) = breast_cancer.MODELS[name][0], rows
    train, train_labels, test = features[:60], labels[:60], features[60:]
    alone = fit(train, train_labels, test)
    among = fit(train, train_labels, np.concatenate([test, 1000 + 50 * test]))
    assert among[: len(test)].tolist() == alone.tolist()


def test_the_penalty_is_the_strongest_that_is_as_good_as_the_best() -> None:
    losses = {0.001: [0.10, 0.12], 0.01: [0.09, 0.11], 0.1: [0.10, 0.118], 1.0: [0.3, 0.3]}
    # The best has mean 0.10 and standard error 0.01: 0.109 is within it, 0.3 is not.
    assert breast_cancer.one_standard_error(losses) == 0.1


def test_the_network_is_the_one_of_the_chapter() -> None:
    import keras

    chapter = Chapter("book/week2/capacity")
    (code,) = [cell.source for cell in chapter.code if "def build_network" in cell.source]
    names = {"keras": keras}
    exec(code, names)
    ours, theirs = breast_cancer.build_network(0.01), names["build_network"](0.01)
    layers = [[layer.get_config() | {"name": ""} for layer in model.layers] for model in (ours, theirs)]
    assert layers[0] == layers[1]
    optimizers = [model.optimizer.get_config() | {"name": ""} for model in (ours, theirs)]
    assert optimizers[0] == optimizers[1]
    assert ours.loss == theirs.loss
    assert f"repeat({breast_cancer.STEPS})" in chapter.source


def test_a_shipped_model_is_tried_on_the_test_pictures_that_its_card_names() -> None:
    name = "digits-mlp"
    (row,) = pictures.as_shipped(name)(lambda doing: None)
    card = json.loads((pictures.folder(name) / "card.json").read_text(encoding="utf-8"))
    assert row.bar == registry.recipe(name).bar
    assert f"{card['parameters']:,} parameters" in row.note
    if row.is_real:
        assert row.accuracy == pytest.approx(card["test_accuracy"], abs=1e-3)
        assert row.data.startswith(f"{card['data']['test']:,} test pictures")


def test_the_network_of_the_minute_is_small_learns_from_training_pictures_alone_and_is_judged_by_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = registry.recipe("digits-cnn")
    assert chosen.build().count_params() <= pictures.MOST_PARAMETERS
    splits = chosen.data()

    def part(examples: Examples, count: int) -> Examples:
        return Examples(examples.images[:count], examples.labels[:count])

    few = replace(
        splits,
        train=part(splits.train, 300),
        validation=part(splits.validation, 20),
        test=part(splits.test, 40),
    )
    asked = []

    def fit(recipe: object, data: Splits, seed: int, seconds: float, console: object) -> Fit:
        asked.append((seed, seconds, len(data.train)))
        return Fit(chosen.build(), 1, seconds)

    monkeypatch.setattr(type(chosen), "fit", fit)
    monkeypatch.setattr(registry, "recipe", lambda name: replace(chosen, data=lambda: few))
    (row,) = pictures.after_a_minute(lambda doing: None)
    assert asked == [(0, 60, 300)]
    assert row.bar == pictures.MINUTE_BAR
    assert row.data.startswith("40 test pictures")
    assert row.accuracy < 0.5, "what was not trained knows nothing"


def measured(accuracy: float, is_real: bool = True) -> Callable[[Callable[[str], None]], Iterator[Row]]:
    def part(tell: Callable[[str], None]) -> Iterator[Row]:
        tell("A model")
        print("Ten rows of data.")
        yield Row("a model", "10 rows", accuracy, None, 0.9, is_real)
        yield Row("a baseline", "10 rows", 0.5, 0.1)

    return part


def test_a_model_below_its_bar_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "PARTS", {"good": measured(0.9), "poor": measured(0.8999)})
    assert models(["good"]) == 0
    assert "Ten rows" not in capsys.readouterr().out, "what loaders say is no part of the result"
    assert models(["poor"], json=True) == 1
    shown = capsys.readouterr()
    assert "a model: 0.8999 on 10 rows, below 0.9." in shown.err
    assert "Ten rows of data." in shown.err
    assert json.loads(shown.out)[1]["accuracy"] == 0.5


def test_the_bar_does_not_count_where_other_data_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "PARTS", {"poor": measured(0.1, is_real=False)})
    assert models(["poor"]) == 0


def test_a_whole_run_writes_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(table, "PARTS", {"good": measured(0.95)})
    (tmp_path / table.PAGE).parent.mkdir(parents=True)
    assert models(["good"], root=tmp_path) == 0
    assert not (tmp_path / table.PAGE).exists()
    assert models(root=tmp_path) == 0
    page = (tmp_path / table.PAGE).read_text(encoding="utf-8")
    assert "| a model | 10 rows | 0.9500 | 0.9 | 0.0 |  |" in page
    assert "| a baseline | 10 rows | 0.5000 ± 0.1000 | – | 0.0 |  |" in page
    assert "{" not in page.replace("{doc}", "")


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(
        UsageError,
        match=r"no measurement called iris: choose from breast-cancer, digits, digits-in-a-minute, clothes, .*\.",
    ):
        models(["iris"])


def test_cats_and_dogs_are_judged_by_test_pictures_that_took_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    # Brightness alone tells the two apart here; the test pictures carry the other labels.
    random = np.random.default_rng(5)
    cat, dog, ship = (small_photographs.CLASSES.index(name) for name in ("cat", "dog", "ship"))

    def part(count: int, swapped: bool = False) -> Examples:
        labels = random.permutation(np.resize([cat, dog, ship], count))
        bright = (labels == (cat if swapped else dog))[:, None, None, None]
        images = random.uniform(0, 0.4, (count, 32, 32, 3)) + 0.5 * bright
        return Examples(images.astype(np.float32), labels)

    splits = Splits(
        part(90), part(60), part(45, swapped=True), small_photographs.CLASSES, "pictures of noise"
    )
    monkeypatch.setattr(small_photographs, "cifar10", lambda: splits)
    monkeypatch.setattr(backbones, "photographs", brightness)
    (row,) = cats_and_dogs.on_features(lambda doing: None)
    assert row.data == "30 test pictures, pictures of noise"
    assert row.accuracy <= 0.1, "learned from the training pictures, and asked about the others"
    assert row.note == "0 parameters, 8 of the head learned from 60 pictures"
    monkeypatch.setattr(small_photographs, "cifar10", lambda: None)
    assert list(cats_and_dogs.on_features(lambda doing: None)) == []


def brightness() -> keras.Model:
    """A backbone that gives the mean of each colour."""
    image = keras.Input((96, 96, 3))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))
