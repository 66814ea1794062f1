"""What the demos of the laboratory have in common: the fold that leads on, and a graphics card that is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.book.demo_page import ORIGIN
from course_utils.book.pages import pages
from tests.conftest import ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press

# A large network is slow where the graphics card is software.
WAIT_MS = 120_000
MODELS = ROOT / "book" / "_static" / "models"
# Of each demo that computes with TensorFlow.js: what is pressed, and what it says then. The trainer of gestures and the
# decision boundaries lose their card in tests of their own.
WORKED = {
    "digits": ("7", "convolutional network says 7"),
    "sketches": ("bicycle", "I see a bicycle"),
    "images": ("Drawn ship", "Drawn ship: ship"),
    "features": ("Hands in three gestures", "pictures, each now 256 numbers"),
    "sums": ("7+0", "7+0 is 7: right"),
    "text": ("One character", "The character"),
    "detection": ("A crowd", "A crowd: 1 disc."),
    "judge": ("Plainly civil", "so it stays"),
    "quantisation": ("7", "8 bits say 7"),
    "sprite-training": ("Train", "Epoch 1, step"),
    "style-transfer": ("Paint", "After"),
}
# The same, and what else has files of its own, once the network is gone.
STARTED = {
    **{name: [worked] for name, worked in WORKED.items()},
    "images": [("Dahlia", "Dahlia: "), WORKED["images"]],
    "features": [("Photographs in pieces", "36 pictures"), WORKED["features"]],
    "style-transfer": [("Portrait", "Press Paint"), WORKED["style-transfer"]],
    "detection": [("Portrait", "Portrait: "), WORKED["detection"]],
    "decision-boundaries": [("Train", "After")],
    "gestures": [("Add 15 hands to Rock", "added to Rock"), ("Spock", "added to Rock")],
    "your-model": [("Take the course's digits", "30,602 parameters")],
}
# Networks so large that WebGL in software takes a minute for one picture.
LARGE = {"images", "features"}
# What is computed before the loss is not looked at.
DRAW_NOTHING = "() => { WebGL2RenderingContext.prototype.drawElements = () => {}; }"
# These make a new network, or none, after a loss; their button stops what it began.
TRAINED = {"sprite-training", "style-transfer"}
FOLDED = [*WORKED, "convolution", "decision-boundaries", "gestures", "your-model"]
LOSE = """() => {
  const { tf } = globalThis[Symbol.for("course.tensorflow.js")];
  return tf.then(({ backend }) => backend().gpgpu.gl.getExtension("WEBGL_lose_context").loseContext());
}"""


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def choose(tab: Page, backend: str) -> None:
    picker = tab.get_by_label("Runs on")
    picker.select_option(backend, timeout=WAIT_MS)
    expect(picker).to_be_enabled(timeout=WAIT_MS)
    expect(picker).to_have_value(backend)


def lose_webgl(tab: Page) -> None:
    """Compute with WebGL, and let the browser take it away."""
    choose(tab, "webgl")
    tab.evaluate(LOSE)
    expect(tab.locator(".lab-backend-note")).to_contain_text("took WebGL away", timeout=WAIT_MS)
    expect(tab.get_by_label("Runs on")).not_to_have_value("webgl")


@pytest.mark.parametrize("name", FOLDED)
def test_a_fold_says_how_it_works_and_leads_to_pages_and_cards_that_exist(
    open_demo: OpenDemo, name: str
) -> None:
    tab = open_demo(name, width=390)
    fold = tab.locator("details.lab-how", has=tab.locator("summary", has_text="How it works"))
    fold.locator("summary").focus()
    tab.keyboard.press("Enter")
    expect(fold.locator(".lab-how-text")).to_be_visible()
    assert len(fold.locator(".lab-how-text").inner_text().split()) > 30
    links = fold.locator("a").evaluate_all("(links) => links.map(({ href }) => href)")
    links = [link.removeprefix(f"{ORIGIN}/") for link in links]
    chapters = [link for link in links if "#" not in link]
    assert len(chapters) == 1
    assert chapters[0].removesuffix(".html") in pages(ROOT)
    for link in set(links) - set(chapters):
        page, card = link.split("#")
        assert page == "book/reference/models.html"
        assert (MODELS / card / "card.json").is_file()


@pytest.mark.parametrize("name", WORKED)
def test_a_demo_goes_on_when_the_graphics_card_is_lost(open_demo: OpenDemo, name: str) -> None:
    pressed, said = WORKED[name]
    tab = open_demo(name, {"seed": 1})
    if name in LARGE:
        tab.evaluate(DRAW_NOTHING)
    elif name not in TRAINED:
        # Weights are in the card's memory, and lost with it, once they were computed with there.
        choose(tab, "webgl")
        press(tab, pressed)
        expect(tab.locator(".lab-status").first).to_contain_text(said, timeout=WAIT_MS)
    lose_webgl(tab)
    press(tab, pressed)
    expect(tab.locator(".lab-status").first).to_contain_text(said, timeout=WAIT_MS)


def test_a_model_of_the_reader_s_own_gets_its_weights_again(open_demo: OpenDemo) -> None:
    tab = open_demo("your-model", {"digit": 3})
    lose_webgl(tab)
    tab.evaluate("() => { values.output = null; }")
    tab.get_by_text("as drawn", exact=True).click()
    answer = """async () => {
      while (!values.output) await new Promise((go) => { setTimeout(go, 20); });
      return [...new Float32Array(values.output.data.buffer)];
    }"""
    shares = tab.evaluate(answer)
    assert shares.index(max(shares)) == 3
    assert max(shares) > 0.5


@pytest.mark.parametrize("name", STARTED)
def test_a_demo_that_was_started_needs_no_network(open_demo: OpenDemo, name: str) -> None:
    tab = open_demo(name, {"seed": 1})
    tab.context.unroute_all()
    asked: list[str] = []
    tab.context.route("**/*", lambda route: (asked.append(route.request.url), route.abort()))
    for pressed, said in STARTED[name]:
        press(tab, pressed)
        expect(tab.locator(".lab-status").first).to_contain_text(said, timeout=WAIT_MS)
    assert asked == []
