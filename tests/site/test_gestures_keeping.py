"""What the gesture trainer keeps: samples in little memory, through a lost graphics card, and in files."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.site import gesture_stage as stage
from tests.site.gesture_stage import NAMES, SAMPLE_HANDS, OpenTrainer, open_trainer

__all__ = ["open_trainer"]

FIVE = [*NAMES, "Lizard", "Spock"]
LOSE_CONTEXT = "() => tf.backend().gpgpu.gl.getExtension('WEBGL_lose_context').loseContext()"


def use(page: Page, backend: str) -> None:
    page.get_by_label("Runs on").select_option(backend)
    expect(page.get_by_label("Runs on")).to_be_enabled(timeout=20_000)
    assert page.evaluate("tf.getBackend()") == backend


def identity(page: Page) -> dict:
    """How the page names its backbone in files."""
    stage.add_hands(page, "Rock")
    with stage.saved(page, "Save the project") as archive:
        return json.loads(archive.read("project.json"))["backbone"]


def with_head(backbone: dict, layers: list) -> bytes:
    """A project that says it has these layers of a head, with four bytes of numbers for them."""
    with zipfile.ZipFile(io.BytesIO(stage.project(backbone, list(NAMES), 2, head=layers))) as archive:
        return stage.zipped(
            {**{name: archive.read(name) for name in archive.namelist()}, "head.bin": bytes(4)}
        )


# ---- speed and memory


@pytest.mark.parametrize("backend", ["wasm", "cpu"])
def test_a_thousand_samples_are_learnt_in_ten_seconds_and_little_memory(
    open_trainer: OpenTrainer, backend: str
) -> None:
    page = open_trainer()
    use(page, backend)
    stage.open_file(page, stage.project(identity(page), FIVE, 200))
    stage.expect_status(page, "Project opened: 1000 samples")
    page.evaluate(
        "() => { window.most = 0; setInterval(() => { most = Math.max(most, tf.memory().numBytes); }, 2); }"
    )
    before = stage.tensors(page)
    said = stage.train(page)
    assert float(said.split("Trained in ")[1].split()[0]) <= 10
    assert "100 % are right" in said
    assert 0 < page.evaluate("most") < 100e6
    assert stage.tensors(page) == before


def test_what_is_kept_is_worked_out(open_trainer: OpenTrainer) -> None:
    page = open_trainer()
    length = identity(page)["length"]
    page.get_by_text("What is kept, in bytes").click()
    text = page.locator(".lab-gestures-sum").inner_text()
    assert f"{SAMPLE_HANDS} × {length} × 4 bytes" in text
    assert "7 × 7 × 1,024 = 50\u2009176 numbers" in text
    assert "1000 × 50\u2009176 × 4 bytes = 201 MB" in text


# ---- a lost graphics card


def test_a_lost_graphics_card_loses_no_sample(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    use(page, "webgl")
    stage.go(page, "train")
    before = stage.tensors(page)
    page.get_by_role("button", name="Train", exact=True).click()
    stage.expect_status(page, "Training on")
    page.evaluate(LOSE_CONTEXT)
    expect(page.locator(".lab-backend-note")).to_contain_text("took", timeout=20_000)
    stage.expect_status(page, "Trained in", 60_000)
    assert page.evaluate("tf.getBackend()") == "wasm"
    assert stage.counts(page) == [SAMPLE_HANDS] * 3
    assert stage.tensors(page) == before
    stage.go(page, "collect")
    stage.add_hands(page, "Rock")
    assert stage.counts(page)[0] == 2 * SAMPLE_HANDS
    stage.train(page)
    assert stage.show_hand(page, "Rock") in NAMES


# ---- files


def test_a_project_is_saved_and_opened_elsewhere(open_trainer: OpenTrainer) -> None:
    first = open_trainer({"sample_hands": True, "augment": True})
    stage.train(first)
    seen = [stage.show_hand(first, name) for name in NAMES]
    shares = first.locator(".lab-bars-value").all_inner_texts()
    archive = stage.saved(first, "Save the project")
    about = json.loads(archive.read("project.json"))
    assert archive.testzip() is None
    assert about["classes"] == list(NAMES)
    features = np.frombuffer(archive.read("features.bin"), "<f4").reshape(
        about["rows"], about["backbone"]["length"]
    )
    assert len(features) == 3 * 3 * SAMPLE_HANDS
    second = open_trainer({"class_names": ["A", "B"]})
    stage.open_file(second, archive.fp.getvalue())
    stage.expect_status(second, "Project opened: 45 samples of Rock, Paper, Scissors, with a trained head.")
    assert stage.counts(second) == [SAMPLE_HANDS] * 3
    assert [stage.show_hand(second, name) for name in NAMES] == seen
    assert second.locator(".lab-bars-value").all_inner_texts() == shares
    assert stage.saved(second, "Save the project").read("features.bin") == archive.read("features.bin")


def test_wrong_files_are_refused_in_a_sentence(open_trainer: OpenTrainer) -> None:
    page = open_trainer()
    backbone = identity(page)
    good = stage.project(backbone, list(NAMES), 2)
    other = stage.project({**backbone, "hash": "00000000"}, list(NAMES), 2)
    for data, words in (
        (b"not a zip file at all, only text", "This file cannot be read: it is no zip file."),
        (good[:200], "This file cannot be read"),
        (stage.zipped({"a.txt": "hello"}), "neither a project nor a model"),
        (stage.zipped({"project.json": "{"}), "project.json in this file is damaged"),
        (stage.zipped({"project.json": "{}"}), "does not describe 2 to 6 classes"),
        (stage.zipped({"project.json": "null"}), "does not describe 2 to 6 classes"),
        (stage.project(backbone, ["Rock", "rock"], 2), "each with a name of its own"),
        (stage.project(backbone, ["Rock", " "], 2), "each with a name of its own"),
        (stage.project(backbone, ["Rock", "R" * 25], 2), "each with a name of its own"),
        (stage.project(backbone, ["one"], 2), "does not describe 2 to 6 classes"),
        (other, "another backbone (backbone 00000000"),
        (stage.project(backbone, list(NAMES), 2, version=2), "newer version of this page"),
        (stage.project(backbone, list(NAMES), 2, rows=7), "The samples in this file are damaged"),
        (
            stage.project(backbone, list(NAMES), 2, head=[{"inputs": 3, "units": 3}]),
            "The head in this file is damaged",
        ),
        (with_head(backbone, [None]), "The head in this file is damaged"),
    ):
        stage.open_file(page, data)
        stage.expect_status(page, words)
        assert stage.counts(page) == [SAMPLE_HANDS, 0, 0]
    stage.open_file(page, good)
    stage.expect_status(page, "Project opened: 6 samples")


def test_the_exported_model_is_backbone_and_head_in_one(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    stage.train(page)
    before = stage.tensors(page)
    archive = stage.saved(page, "Export the model")
    assert stage.tensors(page) == before
    stage.show_hand(page, "Scissors")
    shares = [int(text.split()[0]) / 100 for text in page.locator(".lab-bars-value").all_inner_texts()]
    model = json.loads(archive.read("model.json"))
    card = json.loads(archive.read("gestures.json"))
    assert card["classes"] == list(NAMES)
    weights = {
        path: list(archive.read(path)) for group in model["weightsManifest"] for path in group["paths"]
    }
    answer = page.evaluate(
        """async ({ model, weights, range }) => {
          const files = { "model.json": new File([JSON.stringify(model)], "model.json") };
          for (const [path, bytes] of Object.entries(weights)) files[path] = new File([Uint8Array.from(bytes)], path);
          const net = await tf.loadLayersModel(tf.io.browserFiles(Object.values(files)));
          const [, size] = net.inputs[0].shape;
          const picture = document.querySelector(".lab-gestures-screen canvas");
          const answer = tf.tidy(() => {
            const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
            const context = canvas.getContext("2d");
            context.imageSmoothingQuality = "high";
            context.drawImage(picture, 0, 0, size, size);
            const pixels = tf.browser.fromPixels(canvas).toFloat().mul((range[1] - range[0]) / 255).add(range[0]);
            return [...net.predict(pixels.expandDims()).dataSync()];
          });
          net.dispose();
          return answer;
        }""",
        {"model": model, "weights": weights, "range": card["input"]["range"]},
    )
    assert answer == pytest.approx(shares, abs=0.0051)
    assert stage.tensors(page) == before
    # The backbone still sees, and the page takes its own model back.
    other = open_trainer({"class_names": ["A", "B"]})
    stage.open_file(other, archive.fp.getvalue())
    stage.expect_status(other, "Model opened: it tells apart Rock, Paper, Scissors.")
    stage.show_hand(other, "Scissors")
    assert [
        int(text.split()[0]) / 100 for text in other.locator(".lab-bars-value").all_inner_texts()
    ] == pytest.approx(shares)
    assert stage.counts(other) == [0, 0, 0]
