"""The gesture trainer without a camera: sample hands, training, the game, files, and a lost graphics card."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.book import hand_sheet
from tests.conftest import ROOT
from tests.site import gesture_stage as stage
from tests.site.gesture_stage import NAMES, SAMPLE_HANDS
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

FIVE = [*NAMES, "Lizard", "Spock"]
LOSE_CONTEXT = "() => tf.backend().gpgpu.gl.getExtension('WEBGL_lose_context').loseContext()"

OpenTrainer = Callable[..., Page]


@pytest.fixture
def open_trainer(browser: Browser) -> Iterator[OpenTrainer]:
    with ExitStack() as stack:
        yield lambda data=None, **options: stack.enter_context(stage.trainer_page(browser, data, **options))


def use(page: Page, backend: str) -> None:
    page.get_by_label("Runs on").select_option(backend)
    expect(page.get_by_label("Runs on")).to_be_enabled(timeout=20_000)
    assert page.evaluate("tf.getBackend()") == backend


def identity(page: Page) -> dict:
    """How the page names its backbone in files."""
    stage.add_hands(page, "Rock")
    with stage.saved(page, "Save the project") as archive:
        return json.loads(archive.read("project.json"))["backbone"]


# ---- collect, train, play


@pytest.mark.parametrize("width", [390, 1200])
def test_sample_hands_are_learnt_and_hands_of_others_recognised(
    open_trainer: OpenTrainer, width: int
) -> None:
    page = open_trainer(width=width)
    stage.add_hands(page, *NAMES)
    assert stage.counts(page) == [SAMPLE_HANDS] * 3
    said = stage.train(page)
    assert "Of 9 held-back samples" in said
    right = sum(stage.show_hand(page, name) == name for name in NAMES for _ in range(5))
    assert right >= 11, f"{right} of 15"


def test_a_round_is_played_and_kept_in_the_score(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    stage.train(page)
    shown = stage.show_hand(page, "Paper")
    stage.go(page, "play")
    for _ in range(2):
        page.get_by_role("button", name="Play a round").press("Enter")
        expect(page.locator(".lab-gestures-counter").first).to_have_text("3")
        expect(page.locator(".lab-gestures-result")).to_contain_text(f"I saw {shown}", timeout=15_000)
        expect(page.get_by_role("button", name="Play a round")).to_be_visible()
    page.wait_for_timeout(600)
    rounds = page.evaluate("values.rounds")
    assert [one["mine"] for one in rounds] == [shown.lower()] * 2
    score = [int(text) for text in page.locator(".lab-gestures-score dd").all_inner_texts()]
    assert score == [sum(one["winner"] == who for one in rounds) for who in ("reader", "computer", "nobody")]
    page.get_by_text("The rounds so far").click()
    expect(page.get_by_role("region", name="The rounds so far").locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="New match").click()
    assert page.locator(".lab-gestures-score dd").all_inner_texts() == ["0", "0", "0"]


def test_the_game_says_what_it_lacks(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"class_names": ["Left", "Right"]})
    stage.go(page, "play")
    expect(page.get_by_role("button", name="Play a round")).to_be_disabled()
    assert page.get_by_text("needs classes called rock, paper and scissors").is_visible()


def test_five_classes_make_the_game_of_five(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    page.get_by_role("button", name="Add lizard and Spock").click()
    expect(page.get_by_label("Name of class 5")).to_be_focused()
    stage.add_hands(page, "Lizard", "Spock")
    stage.train(page)
    stage.go(page, "play")
    assert page.get_by_text("Five moves").is_visible()


def test_hidden_neurons_and_changed_copies(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"augment": True, "hidden": 32})
    assert "100 frames make 300 vectors" in page.get_by_text("Each frame is looked at 3 times").inner_text()
    stage.add_hands(page, *NAMES)
    stage.go(page, "train")
    page.get_by_role("button", name="Train", exact=True).click()
    stage.expect_status(page, "Training on 108 vectors; 9 samples are held back.")
    stage.expect_status(page, "Trained in")
    page.wait_for_timeout(600)
    assert [layer["units"] for layer in page.evaluate("values.head")] == [32, 3]
    assert page.evaluate("values.features.shape[0]") == 3 * 3 * SAMPLE_HANDS
    assert page.evaluate("new Uint8Array(values.copies.data.buffer).reduce((a, b) => a + b)") == 90


# ---- classes and samples


def test_classes_are_named_added_and_removed(open_trainer: OpenTrainer) -> None:
    page = open_trainer()
    stage.add_hands(page, "Paper")
    name = page.get_by_label("Name of class 1")
    name.fill("Fist")
    name.press("Enter")
    assert page.get_by_role("button", name="Hold to collect Fist").is_visible()
    assert not page.get_by_role("button", name="hands to Fist").is_visible()
    name.fill("paper")
    name.press("Enter")
    stage.expect_status(page, "There is a class paper already")
    expect(name).to_have_value("Fist")
    name.fill("  ")
    name.press("Enter")
    stage.expect_status(page, "A class needs a name.")
    for _ in range(3):
        page.get_by_role("button", name="Add a class").click()
    expect(page.get_by_role("button", name="Add a class")).to_be_disabled()
    page.get_by_role("button", name="Remove Fist").click()
    assert stage.counts(page) == [SAMPLE_HANDS, 0, 0, 0, 0]
    expect(page.get_by_label("Name of class 1")).to_have_value("Paper")
    for _ in range(3):
        page.get_by_role("button", name="Remove Gesture").first.click()
    expect(page.get_by_role("button", name="Remove Paper")).to_be_disabled()


def test_a_sample_is_deleted_by_its_picture_and_a_class_emptied(open_trainer: OpenTrainer) -> None:
    page = open_trainer()
    stage.add_hands(page, "Rock", "Paper")
    thumbnails = page.get_by_role("button", name="Delete this sample of Rock")
    expect(thumbnails).to_have_count(6)
    thumbnails.nth(2).click()
    expect(thumbnails).to_have_count(5)
    assert stage.counts(page) == [SAMPLE_HANDS - 1, SAMPLE_HANDS, 0]
    page.get_by_role("button", name="Empty Paper").click()
    assert stage.counts(page) == [SAMPLE_HANDS - 1, 0, 0]


def test_a_press_on_a_still_picture_is_one_sample(open_trainer: OpenTrainer) -> None:
    page = open_trainer()
    hold = page.get_by_role("button", name="Hold to collect Rock")
    hold.focus()
    page.keyboard.down("Space")
    stage.expect_status(page, "nothing to collect yet")
    page.keyboard.up("Space")
    page.get_by_role("group", name="No camera?").get_by_role("button", name="Rock").click()
    for key in ("Space", "Enter"):
        hold.focus()
        page.keyboard.down(key)
        expect(hold).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(500)
        page.keyboard.up(key)
        expect(hold).to_have_attribute("aria-pressed", "false")
    assert stage.counts(page) == [2, 0, 0]


def test_unequal_classes_are_said_to_be(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"class_names": ["Rock", "Paper"]})
    stage.add_hands(page, "Rock", "Rock", "Rock", "Paper")
    stage.go(page, "train")
    assert page.get_by_text("The classes are unequal").is_visible()


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
        (stage.project(backbone, ["one"], 2), "does not describe 2 to 6 classes"),
        (other, "another backbone (backbone 00000000"),
        (stage.project(backbone, list(NAMES), 2, version=2), "newer version of this page"),
        (stage.project(backbone, list(NAMES), 2, rows=7), "The samples in this file are damaged"),
        (
            stage.project(backbone, list(NAMES), 2, head=[{"inputs": 3, "units": 3}]),
            "The head in this file is damaged",
        ),
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


# ---- the page


def test_nothing_is_wider_than_a_small_phone_and_buttons_are_large_enough(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True}, width=360)
    stage.train(page)
    stage.show_hand(page, "Rock")
    for step in stage.STEPS:
        stage.go(page, step)
        page.wait_for_timeout(150)
        assert page.evaluate(WIDER_THAN_THE_PAGE) == []
    small = page.evaluate(
        "() => [...document.querySelectorAll('button')].filter((b) => b.offsetHeight && b.offsetHeight < 36)"
        ".map((b) => b.innerText)"
    )
    assert small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_trainer: OpenTrainer, theme: str) -> None:
    page = open_trainer({"sample_hands": True}, theme=theme)
    stage.train(page)
    stage.show_hand(page, "Rock")
    for step in stage.STEPS:
        stage.go(page, step)
        for summary in page.locator("summary:visible").all():
            summary.click()
        violations = axe_violations(page)
        assert [line for line in violations if not line.startswith("page-has-heading-one")] == []


def test_leaving_frees_everything(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    stage.train(page)
    page.evaluate("cleanup()")
    assert page.locator("#demo > *").count() == 0
    assert page.evaluate("listening()") == 0
    assert stage.tensors(page) == 0
    saves = page.evaluate("saves")
    page.wait_for_timeout(700)
    assert page.evaluate("saves") == saves


def test_leaving_during_training_frees_everything(open_trainer: OpenTrainer) -> None:
    page = open_trainer({"sample_hands": True})
    stage.go(page, "train")
    page.get_by_role("button", name="Train", exact=True).click()
    stage.expect_status(page, "Training on")
    page.evaluate("cleanup()")
    page.wait_for_timeout(700)
    assert stage.tensors(page) == 0


def test_the_sample_hands_are_those_that_the_project_draws() -> None:
    from PIL import Image, ImageChops, ImageStat

    shipped = Image.open(ROOT / hand_sheet.FILE).convert("RGB")
    drawn = Image.fromarray(
        hand_sheet.hand_sprite(hand_sheet.SIDE, len(hand_sheet.people()), hand_sheet.people())
    )
    assert shipped.size == drawn.size
    assert (ROOT / hand_sheet.FILE).stat().st_size <= 200_000
    assert max(ImageStat.Stat(ImageChops.difference(shipped, drawn)).mean) < 6
