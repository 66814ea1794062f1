"""`course fetch`: what comes into the cache, and MobileNet, converted and proven, where the site serves it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from PIL import Image

from course_utils.book import pretrained
from course_utils.conversion import load_model
from course_utils.conversion import pretrained as conversion
from course_utils.data import photographs, sources
from course_utils.errors import CourseError
from tests.test_cli import course

NAMES = {str(number): [f"n{number:08}", f"thing_{number}"] for number in range(1000)}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' cache, empty, with neither a network nor other data."""
    folder = tmp_path / "keras"
    folder.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    sources.reachable.cache_clear()
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that passes for a checkout."""
    folder = tmp_path / "checkout"
    (folder / "book").mkdir(parents=True)
    (folder / "_toc.yml").touch()
    return folder


def network() -> keras.Model:
    return keras.applications.MobileNet(input_shape=(224, 224, 3), alpha=0.25, weights=None)


def stand_in(home: Path) -> tuple[Path, Path]:
    """Files as Keras keeps them: of the same network with random weights, and made-up names."""
    (home / "models").mkdir(exist_ok=True)
    random = np.random.default_rng(1)
    model = network()
    for layer in model.layers:
        if (kernel := getattr(layer, "kernel", None)) is not None:
            fan_in = np.prod(kernel.shape[:2] if "_dw_" in layer.name else kernel.shape[:3])
            kernel.assign(random.normal(0, 2 / np.sqrt(fan_in), kernel.shape))
    weights = home / sources.MOBILENET.path
    with h5py.File(weights, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    classes = home / sources.IMAGENET_CLASSES.path
    classes.write_text(json.dumps(NAMES), encoding="utf-8")
    return weights, classes


def test_without_weights_the_site_says_that_it_has_no_mobilenet(home: Path, checkout: Path) -> None:
    assert pretrained.place(checkout) is None
    card = json.loads((pretrained.served(checkout) / "models/mobilenet/card.json").read_text())
    assert card == {"name": "mobilenet", "served": False}
    for photograph in photographs.PHOTOGRAPHS:
        with Image.open(pretrained.served(checkout) / f"samples/{photograph.name}.jpg") as picture:
            assert min(picture.size) == 320


def test_fetch_without_a_network_is_one_sentence(home: Path, checkout: Path) -> None:
    said = course("fetch", cwd=checkout, KERAS_HOME=str(home), COURSE_OFFLINE="1", COURSE_DATA="")
    assert said.returncode == 1
    [sentence] = said.stderr.strip().splitlines()[-1:]
    assert "MobileNet's weights" in sentence
    assert "ToxBlock, a judge of comments could not be fetched (COURSE_OFFLINE is set)" in sentence
    assert "storage.googleapis.com does not answer" in sentence
    assert "COURSE_DATA" in sentence
    assert "Traceback" not in said.stderr
    assert "The site has no MobileNet" in said.stdout


def test_weights_that_are_not_mobilenets_are_refused(
    home: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(home)
    monkeypatch.setattr(
        sources, "IMAGENET_CLASSES", sources.RemoteFile("", "models/imagenet_class_index.json", "")
    )
    with pytest.raises(CourseError, match=r"mobilenet_2_5_224_tf\.h5 does not hold MobileNet's own weights"):
        pretrained.place(checkout)
    assert not (pretrained.served(checkout) / "models/mobilenet").exists()


def test_a_damaged_file_is_named(tmp_path: Path, home: Path) -> None:
    weights, classes = stand_in(home)
    weights.write_bytes(weights.read_bytes()[:9000])
    with pytest.raises(CourseError, match="delete it and run `course fetch`"):
        conversion.write_mobilenet(weights, classes, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_written_answers_as_keras_does(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the genuine weights where they are at hand; with a stand-in of the same network elsewhere."""
    monkeypatch.undo()
    real = sources.at_hand(sources.MOBILENET), sources.at_hand(sources.IMAGENET_CLASSES)
    if all(real):
        weights, classes = real
    else:
        weights, classes = stand_in(home)
        monkeypatch.setattr(conversion, "WEIGHTS_SHA256", digest_of(weights))
    steps: list[str] = []
    conversion.write_mobilenet(weights, classes, tmp_path / "mobilenet", steps.append)
    assert len(steps) >= 3
    card = json.loads((tmp_path / "mobilenet/card.json").read_text())
    assert card["served"]
    assert card["parameters"] == 475_544
    assert card["bytes"] <= conversion.MOST_BYTES
    assert card["agreement"]["decided"] == 1
    assert card["bytes"] >= sum(file.stat().st_size for file in (tmp_path / "mobilenet").glob("*.bin"))
    names = json.loads((tmp_path / "mobilenet/classes.json").read_text())
    assert len(names) == 1000
    assert not any("_" in name for name in names)
    pictures = photographs.crops(6, 224, seed=5).astype(np.float32) / 127.5 - 1
    ours = load_model(tmp_path / "mobilenet/model.json").predict(pictures, verbose=0)
    original = network()
    original.load_weights(weights)
    assert np.abs(ours - original.predict(pictures, verbose=0)).max() < 0.04
    if all(real):
        assert card["quantize"] == "float16"
        assert names[457] == "bow tie"
        assert card["agreement"]["all"] >= 0.97


def digest_of(weights: Path) -> str:
    model = network()
    model.load_weights(weights)
    return hashlib.sha256(
        b"".join(array.astype("<f4").tobytes() for array in model.get_weights())
    ).hexdigest()


def test_a_model_that_is_served_is_not_made_again(home: Path, checkout: Path) -> None:
    folder = pretrained.served(checkout) / "models/mobilenet"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text('{"served": true}')
    assert pretrained.place(checkout, lambda doing: pytest.fail("it was made again")) == folder
    assert (folder / "card.json").read_text() == '{"served": true}'


def test_the_photographs_may_be_passed_on() -> None:
    for photograph in photographs.PHOTOGRAPHS:
        assert photograph.licence in ("public domain", "CC BY 2.0")
        assert photograph.pixels().shape[2] == 3
        assert len(photograph.jpeg()) < 60_000
    cut = photographs.crops(9, 32)
    assert cut.shape == (9, 32, 32, 3)
    assert cut.dtype == np.uint8
    assert (photographs.crops(9, 32) == cut).all()
