"""The flow that the page shows, in the real Node-RED: it answers a picture with what Keras says to it."""

from __future__ import annotations

import json
import shutil
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion.proof.node_red import NodeRed, running
from course_utils.errors import CourseError
from tests.conftest import ROOT

RECIPE = ROOT / "book" / "reference" / "files"
MODEL = ROOT / "book" / "_static" / "models" / "digits-cnn"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits' network in a folder of its own, which a test may move away."""
    return Path(shutil.copytree(MODEL, tmp_path_factory.mktemp("served") / "model"))


@pytest.fixture(scope="module")
def flow(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeRed]:
    """Node-RED on a free port of this machine, with a user folder made as the page says."""
    with running(RECIPE, model, tmp_path_factory.mktemp("node-red")) as started:
        yield started


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Five digits of the bundled set, 28 × 28, with numbers from 0 to 255 as a page would send them."""
    from sklearn.datasets import load_digits

    from course_utils.training.digits import framed

    return np.rint(framed((load_digits().images[:5] / 16).astype(np.float32)) * 255)


@pytest.fixture(scope="module")
def expected(pictures: np.ndarray) -> np.ndarray:
    """What the model that TensorFlow.js loads would say in Keras, with the same rounded weights."""
    import keras

    from course_utils.conversion.shards import read_weights

    model = keras.models.load_model(MODEL / "digits-cnn.keras")
    described = json.loads((MODEL / "model.json").read_text(encoding="utf-8"))
    rounded = read_weights(described["weightsManifest"], MODEL)
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(rounded[f"{layer.name}/{weight.name}"])
    return model.predict(pictures[..., None] / 255, verbose=0)


def test_the_flow_answers_what_keras_says(flow: NodeRed, pictures: np.ndarray, expected: np.ndarray) -> None:
    for picture, probabilities in zip(pictures, expected, strict=True):
        answer = flow.post(picture.tolist())
        assert answer["digit"] == probabilities.argmax()
        np.testing.assert_allclose(answer["probabilities"], probabilities, atol=1e-5)


def test_different_pictures_get_different_answers(flow: NodeRed, pictures: np.ndarray) -> None:
    assert len({flow.post(picture.tolist())["digit"] for picture in pictures}) >= 3


def test_the_model_is_loaded_once_when_the_flow_starts(
    flow: NodeRed, model: Path, pictures: np.ndarray
) -> None:
    away = model.rename(model.with_name("away"))
    try:
        assert sum(flow.post(pictures[0].tolist())["probabilities"]) == pytest.approx(1, abs=1e-4)
    finally:
        away.rename(model)


def test_a_wrong_picture_is_answered_by_what_is_wrong_with_it(flow: NodeRed, pictures: np.ndarray) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        flow.post([1, 2, 3])
    assert refused.value.code == 400
    assert "28 rows of 28 numbers" in json.load(refused.value)["error"]
    assert "digit" in flow.post(pictures[0].tolist())


def test_it_listens_to_this_machine_alone(flow: NodeRed) -> None:
    assert f"running at {flow.address}" in flow.log.read_text(encoding="utf-8")


def test_the_code_that_the_page_shows_is_the_code_of_the_flow() -> None:
    nodes = json.loads((RECIPE / "flow.json").read_text(encoding="utf-8"))
    [node] = [node for node in nodes if node["type"] == "function"]
    assert (RECIPE / "on-start.js").read_text(encoding="utf-8").strip() == node["initialize"]
    assert (RECIPE / "on-message.js").read_text(encoding="utf-8").strip() == node["func"]


def test_the_page_asks_at_the_place_where_the_flow_listens() -> None:
    page = (RECIPE.parent / "conversion.md").read_text(encoding="utf-8")
    [address] = [line.split()[-1] for line in page.splitlines() if line.startswith("curl --json")]
    nodes = json.loads((RECIPE / "flow.json").read_text(encoding="utf-8"))
    [asked] = [node for node in nodes if node["type"] == "http in"]
    # 1880 is Node-RED's own port, which settings.js leaves as it is.
    assert (address, asked["method"]) == (f"http://127.0.0.1:1880{asked['url']}", "post")
    assert "uiPort" not in (RECIPE / "settings.js").read_text(encoding="utf-8")


def test_a_flow_that_does_not_start_is_told_by_its_last_words(tmp_path: Path) -> None:
    recipe, user = tmp_path / "recipe", tmp_path / "user"
    shutil.copytree(RECIPE, recipe)
    user.mkdir()
    (recipe / "settings.js").write_text("throw new Error('no settings today');", encoding="utf-8")
    with (
        pytest.raises(CourseError, match=r"Node-RED ended\. The last that it said: .*"),
        running(recipe, MODEL, user),
    ):
        pass
