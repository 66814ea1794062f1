"""The gesture trainer without a camera: sample hands, classes, training, the game, and the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from course_utils.book import hand_sheet
from tests.conftest import ROOT
from tests.site import gesture_stage as stage
from tests.site.gesture_stage import NAMES, SAMPLE_HANDS, OpenTrainer, open_trainer
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

__all__ = ["open_trainer"]


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
        hand_sheet.hand_sprite(hand_sheet.SIDE, len(hand_sheet.SHEET_PEOPLE), hand_sheet.SHEET_PEOPLE)
    )
    assert shipped.size == drawn.size
    assert (ROOT / hand_sheet.FILE).stat().st_size <= 200_000
    assert max(ImageStat.Stat(ImageChops.difference(shipped, drawn)).mean) < 6
