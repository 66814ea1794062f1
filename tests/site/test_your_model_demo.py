"""Your model: what is dropped runs as it does in Keras, whatever it takes; what cannot run is told in a sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from course_utils import convert
from course_utils.conversion import load_model
from tests.conftest import ROOT
from tests.site.picture_models import SIDE, array, drop, encoded, pixels, says, small_network, stage, tensors

SHIPPED = ROOT / "book" / "_static" / "models" / "digits-cnn"


@pytest.fixture
def open_one(browser: Browser) -> Iterator:
    with stage(browser) as opener:
        yield opener


def files_of(folder: Path) -> dict[str, bytes]:
    """A converted model's files, by name."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """One network in every form that the page reads."""
    model = small_network()
    forms = {}
    for to, quantize in (
        ("tfjs-layers", "none"),
        ("tfjs-layers", "uint8"),
        ("tfjs-layers", "float16"),
        ("tfjs-graph", "none"),
    ):
        folder = tmp_path_factory.mktemp("web") / "model"
        convert(model, to, folder, quantize=quantize, verify=0)
        forms[f"{to} {quantize}"] = files_of(folder)
    return forms


def dense_model(inputs: int, outputs: int, activation: str = "linear") -> keras.Model:
    keras.utils.set_random_seed(5)
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs, activation=activation)])


def web_form(model: keras.Model, folder: Path) -> dict[str, bytes]:
    convert(model, "tfjs-layers", folder / "web", verify=0)
    return files_of(folder / "web")


def facts(tab: Page) -> dict[str, str]:
    names = tab.locator(".lab-readout-label").all_inner_texts()
    return dict(zip(names, tab.locator(".lab-readout-value").all_inner_texts(), strict=True))


@pytest.mark.parametrize(
    "form", ["tfjs-layers none", "tfjs-layers uint8", "tfjs-layers float16", "tfjs-graph none"]
)
def test_a_dropped_model_answers_pictures_as_keras_does(
    open_one, converted: dict[str, dict[str, bytes]], form: str, tmp_path: Path
) -> None:
    tab = open_one("your-model", {})
    files = converted[form]
    drop(tab, files)
    says(tab, "model.json is loaded")
    told = facts(tab)
    assert told["Kind"] == form.split()[0].removeprefix("tfjs-")
    assert told["Input"] == f"[{SIDE}, {SIDE}, 3]"
    if "layers" in form:
        assert told["Parameters"] == f"{small_network().count_params():,}"
    if "none" not in form:
        assert form.split()[1] in told["Weights stored as"]
    tab.get_by_text("−1..1", exact=True).click()
    picture = pixels(2)
    drop(tab, {"blocks.png": encoded(picture)})
    says(tab, "Blocks.png")
    if form == "tfjs-graph none":
        model = small_network()
    else:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        model = load_model(tmp_path / "model.json")
    expected = model.predict(picture[None].astype(np.float32) / 127.5 - 1, verbose=0)[0]
    assert np.abs(array(tab, "output") - expected).max() < 1e-4
    tab.get_by_text("Its layers").first.click()
    rows = tab.locator(".lab-layers tbody tr").count()
    assert rows == (len(small_network().layers) if "layers" in form else rows) > 2


def test_the_courses_digits_read_a_drawing(open_one) -> None:
    tab = open_one("your-model", {}, {"digit": 4})
    says(tab, "The drawing: 4")
    seen = array(tab, "input")
    assert seen.shape == (28, 28, 1)
    expected = load_model(SHIPPED / "model.json").predict(seen[None], verbose=0)[0]
    assert np.abs(array(tab, "output") - expected).max() < 1e-4
    pad = tab.locator(".lab-pad")
    tab.get_by_role("button", name="Clear").click()
    box = pad.bounding_box()
    middle, top, height = box["x"] + box["width"] / 2, box["y"], box["height"]
    tab.mouse.move(middle, top + 0.2 * height)
    tab.mouse.down()
    tab.mouse.move(middle, top + 0.8 * height, steps=6)
    tab.mouse.up()
    says(tab, "The drawing: 1")


def test_numbers_are_answered_and_a_wrong_count_is_told(open_one, tmp_path: Path) -> None:
    model = dense_model(8, 3)
    tab = open_one("your-model", {})
    drop(tab, web_form(model, tmp_path))
    says(tab, "model.json is loaded")
    numbers = [0.5, -1, 2, 0, 3.25, -0.125, 1, 4]
    field = tab.locator(".lab-model-numbers")
    field.fill(", ".join(map(str, numbers)).replace("-", "−"))
    field.blur()
    says(tab, "8 numbers")
    expected = model.predict(np.array([numbers], np.float32), verbose=0)[0]
    assert array(tab, "output") == pytest.approx(expected, abs=1e-5)
    field.fill("1, 2, 3")
    field.blur()
    says(tab, "The model takes 8 numbers, and these are 3.")
    field.fill("1, two, 3")
    field.blur()
    says(tab, "Something there is no number")


def test_a_few_numbers_have_fields_of_their_own_and_one_answer_is_a_number(open_one, tmp_path: Path) -> None:
    model = dense_model(2, 1)
    tab = open_one("your-model", {})
    drop(tab, web_form(model, tmp_path))
    says(tab, "model.json is loaded")
    tab.get_by_label("Number 1").fill("3")
    tab.get_by_label("Number 2").fill("-2")
    expected = float(model.predict(np.array([[3, -2]], np.float32), verbose=0)[0, 0])
    tab.wait_for_timeout(600)
    assert array(tab, "output") == pytest.approx([expected], abs=1e-5)
    assert float(tab.locator(".lab-model-answer").inner_text().replace("−", "-")) == pytest.approx(
        expected, abs=1e-4
    )


def test_raw_numbers_become_probabilities_on_demand(open_one, tmp_path: Path) -> None:
    model = dense_model(8, 4)
    tab = open_one("your-model", {})
    drop(tab, {**web_form(model, tmp_path), "labels.txt": b"ant\nbee\ncat\ndog"})
    says(tab, "model.json is loaded")
    tab.get_by_role("button", name="Numbers at random").click()
    says(tab, "Largest:")
    logits = array(tab, "output")
    best = ["ant", "bee", "cat", "dog"][int(logits.argmax())]
    tab.get_by_label("Softmax").click()
    shares = np.exp(logits) / np.exp(logits).sum()
    first = tab.locator(".lab-bars:visible tbody tr").first.inner_text().split()
    assert first[0] == best
    assert float(first[1]) == pytest.approx(100 * shares.max(), abs=0.06)


def test_a_zip_file_is_unpacked(open_one, converted: dict[str, dict[str, bytes]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in converted["tfjs-layers none"].items():
            archive.writestr(f"web-model/{name}", data)
    tab = open_one("your-model", {})
    drop(tab, {"web-model.zip": buffer.getvalue()})
    says(tab, "model.json is loaded")


def keras3_model(good: dict[str, bytes]) -> dict[str, bytes]:
    """As the reference converter writes a model of Keras 3 (tensorflowjs issue 8328)."""
    layer = {
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 4], "dtype": "float32", "name": "in"},
    }
    topology = {
        "keras_version": "3.9.0",
        "model_config": {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}},
    }
    return {
        "model.json": json.dumps(
            {"format": "layers-model", "modelTopology": topology, "weightsManifest": []}
        ).encode()
    }


def changed(good: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    text = good["model.json"].decode()
    assert old in text
    return {**good, "model.json": text.replace(old, new).encode()}


BAD = {
    "no shard": (
        lambda good: {"model.json": good["model.json"]},
        "group1-shard1of1.bin is missing, which model.json asks for: drop all files of the model's folder together.",
    ),
    "short shard": (
        lambda good: {**good, "group1-shard1of1.bin": good["group1-shard1of1.bin"][:-4]},
        "it is cut short or belongs to another model.",
    ),
    "only weights": (
        lambda good: {"group1-shard1of1.bin": good["group1-shard1of1.bin"]},
        "model.json is missing: drop it together with its .bin files.",
    ),
    "not JSON": (
        lambda good: {**good, "model.json": b"<!doctype html><title>404</title>"},
        "model.json is not JSON: was it cut short, or saved from a page that said “not found”?",
    ),
    "other JSON": (
        lambda good: {"package.json": b'{"name": "x"}'},
        "package.json is JSON, but no model of TensorFlow.js",
    ),
    "keras file": (
        lambda good: {"net.keras": b"PK"},
        "convert net.keras first, with “course convert net.keras --to tfjs-layers",
    ),
    "h5 file": (lambda good: {"old.h5": b"HDF"}, "convert old.h5 first"),
    "onnx file": (lambda good: {"net.onnx": b"onnx"}, "net.onnx is an ONNX file, which a browser cannot run"),
    "Keras 3": (
        keras3_model,
        "holds a configuration of Keras 3 that TensorFlow.js cannot read: convert the model again",
    ),
    "unknown layer": (
        lambda good: changed(good, '"GlobalAveragePooling2D"', '"MyOwnPooling"'),
        "TensorFlow.js knows no layer MyOwnPooling: convert the model as a graph instead",
    ),
    "other weights": (
        lambda good: changed(good, "edges/kernel", "edgy/kernel"),
        "TensorFlow.js could not load model.json (",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_run_is_told_in_a_sentence_and_leaves_nothing(
    open_one, converted: dict[str, dict[str, bytes]], case: str
) -> None:
    spoil, sentence = BAD[case]
    tab = open_one("your-model", {})
    before = tensors(tab)
    drop(tab, spoil(converted["tfjs-layers none"]))
    said = says(tab, sentence)
    assert tab.locator(".lab-status").first.get_attribute("data-tone") == "bad"
    assert said.endswith((".", "?"))
    assert tensors(tab) == before
    drop(tab, converted["tfjs-layers none"])
    says(tab, "model.json is loaded")


def test_one_model_takes_the_place_of_another(
    open_one, converted: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    tab = open_one("your-model", {})
    drop(tab, converted["tfjs-layers none"])
    says(tab, "model.json is loaded")
    tab.wait_for_timeout(500)
    first = tensors(tab)
    drop(tab, web_form(dense_model(8, 3), tmp_path))
    says(tab, "27 parameters")
    drop(tab, converted["tfjs-layers none"])
    says(tab, "drawn clock")
    tab.wait_for_timeout(500)
    assert tensors(tab) == first


def test_tensors_stay_flat_over_500_predictions_and_none_is_left(
    open_one, converted: dict[str, dict[str, bytes]]
) -> None:
    tab = open_one("your-model", {})
    drop(tab, converted["tfjs-layers none"])
    says(tab, "drawn clock")
    before = tensors(tab)
    done = tab.evaluate(
        """async () => {
          const scalings = [...document.querySelectorAll(".lab-model-left .lab-choice-input")];
          let done = 0;
          for (let i = 0; i < 500; i += 1) {
            const last = values.output;
            scalings[i % scalings.length].click();
            for (let wait = 0; values.output === last && wait < 400; wait += 1) {
              await new Promise((go) => { setTimeout(go); });
            }
            done += Number(values.output !== last);
          }
          return done;
        }"""
    )
    assert done >= 499
    assert tensors(tab) == before
    tab.evaluate("cleanup()")
    assert tensors(tab) == 0
    assert tab.evaluate("listening()") == 0
    assert tab.locator("#demo > *").count() == 0
