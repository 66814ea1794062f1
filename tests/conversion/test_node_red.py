"""The flow that the page shows, in the real Node-RED: it answers a picture with what Keras says to it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from course_utils.node import modules, node_environment, node_path
from tests.conftest import ROOT

RECIPE = ROOT / "book" / "reference" / "files"
MODEL = ROOT / "book" / "_static" / "models" / "digits-cnn"
START_SECONDS = 90


@dataclass(frozen=True)
class NodeRed:
    """A running Node-RED: its address, its model's folder, and the file that it logs to."""

    address: str
    model: Path
    log: Path

    def post(self, picture: object) -> dict:
        """What the flow answers."""
        body = json.dumps({"image": picture}).encode()
        request = urllib.request.Request(
            f"{self.address}/digit", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def node_red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeRed]:
    """Node-RED on a free port of this machine, with a user folder made as the page says."""
    user = tmp_path_factory.mktemp("node-red")
    for name in ("settings.js", "load-model.js", "flow.json"):
        shutil.copy2(RECIPE / name, user)
    packages = modules("node-red", "@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm")
    (user / "node_modules").symlink_to(packages, target_is_directory=True)
    model = user / "model"
    shutil.copytree(MODEL, model)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = user / "log.txt"
    program = packages / "node-red" / "red.js"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [node_path(), program, "--userDir", user, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=user,
            env=node_environment() | {"HOME": str(user), "MODEL_FOLDER": str(model)},
        )
    try:
        _wait_for("Started flows", log, process)
        yield NodeRed(f"http://127.0.0.1:{port}", model, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while words not in (said := log.read_text(encoding="utf-8")):
        assert process.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.1)


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


def test_the_flow_answers_what_keras_says(
    node_red: NodeRed, pictures: np.ndarray, expected: np.ndarray
) -> None:
    for picture, probabilities in zip(pictures, expected, strict=True):
        answer = node_red.post(picture.tolist())
        assert answer["digit"] == probabilities.argmax()
        np.testing.assert_allclose(answer["probabilities"], probabilities, atol=1e-5)


def test_different_pictures_get_different_answers(node_red: NodeRed, pictures: np.ndarray) -> None:
    assert len({node_red.post(picture.tolist())["digit"] for picture in pictures}) >= 3


def test_the_model_is_loaded_once_when_the_flow_starts(node_red: NodeRed, pictures: np.ndarray) -> None:
    away = node_red.model.rename(node_red.model.with_name("away"))
    try:
        assert sum(node_red.post(pictures[0].tolist())["probabilities"]) == pytest.approx(1, abs=1e-4)
    finally:
        away.rename(node_red.model)


def test_a_wrong_picture_is_answered_by_what_is_wrong_with_it(
    node_red: NodeRed, pictures: np.ndarray
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        node_red.post([1, 2, 3])
    assert refused.value.code == 400
    assert "28 rows of 28 numbers" in json.load(refused.value)["error"]
    assert "digit" in node_red.post(pictures[0].tolist())


def test_it_listens_to_this_machine_alone(node_red: NodeRed) -> None:
    assert f"running at {node_red.address}" in node_red.log.read_text(encoding="utf-8")


def test_the_code_that_the_page_shows_is_the_code_of_the_flow() -> None:
    flow = json.loads((RECIPE / "flow.json").read_text(encoding="utf-8"))
    [node] = [node for node in flow if node["type"] == "function"]
    assert (RECIPE / "on-start.js").read_text(encoding="utf-8").strip() == node["initialize"]
    assert (RECIPE / "on-message.js").read_text(encoding="utf-8").strip() == node["func"]


def test_the_page_asks_at_the_place_where_the_flow_listens() -> None:
    page = (RECIPE.parent / "conversion.md").read_text(encoding="utf-8")
    [address] = [line.split()[-1] for line in page.splitlines() if line.startswith("curl --json")]
    flow = json.loads((RECIPE / "flow.json").read_text(encoding="utf-8"))
    [asked] = [node for node in flow if node["type"] == "http in"]
    # 1880 is Node-RED's own port, which settings.js leaves as it is.
    assert (address, asked["method"]) == (f"http://127.0.0.1:1880{asked['url']}", "post")
    assert "uiPort" not in (RECIPE / "settings.js").read_text(encoding="utf-8")
