"""Training from a sprite sheet: it learns, memory stays flat, and with the leak switched on it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.data.sprite_sheet import TRAIN, make_sheet
from tests.site.demo_stage import OpenDemo, demo_stage, press
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


def train(tab: Page) -> str:
    """Train until it ends by itself, and return what is said then."""
    press(tab, "Train")
    expect(tab.locator(".lab-status").first).to_contain_text("held-back pictures it knows", timeout=60_000)
    expect(tab.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=60_000)
    tab.wait_for_timeout(450)
    return tab.locator(".lab-status").first.inner_text()


def shared(tab: Page, name: str) -> object:
    tab.wait_for_timeout(400)
    return tab.evaluate(f"values['{name}']")


def use_cpu(tab: Page) -> None:
    tab.get_by_label("Runs on").select_option("cpu")
    expect(tab.get_by_label("Runs on")).to_be_enabled()


def test_the_sheet_is_cut_into_the_very_numbers(open_demo: OpenDemo, tmp_path: Path) -> None:
    from PIL import Image

    tab = open_demo("sprite-training")
    read = tab.evaluate(
        """async (number) => {
          const { openSheet } = await import("/lab/sprites.js");
          const sheet = await openSheet({ get: (name) => values[name] }, "sprites/fashion");
          const size = sheet.side * sheet.side;
          return [...sheet.pixels.slice(number * size, (number + 1) * size), sheet.labels[number]];
        }""",
        TRAIN + 123,
    )
    folder = make_sheet(tmp_path)
    sheet = np.asarray(Image.open(folder / "sheet.png"))
    row, column = divmod(TRAIN + 123, 100)
    expected = sheet[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28]
    assert read[:-1] == expected.ravel().tolist()
    assert read[-1] == (folder / "labels.bin").read_bytes()[TRAIN + 123]


def test_it_learns_and_holds_no_more_tensors_than_at_the_start(open_demo: OpenDemo) -> None:
    tab = open_demo("sprite-training", {"stop_after": 40})
    use_cpu(tab)
    train(tab)
    tensors = shared(tab, "tensors")
    said = train(tab)
    assert re.search(r"step 80: loss", said)
    assert shared(tab, "accuracy") > 0.6
    losses = shared(tab, "losses")
    assert len(losses) == 80
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    assert shared(tab, "tensors") == tensors


def test_without_the_last_line_three_tensors_a_step_stay_until_it_starts_over(
    open_demo: OpenDemo,
) -> None:
    tab = open_demo("sprite-training", {"stop_after": 20})
    use_cpu(tab)
    train(tab)
    before = shared(tab, "tensors")
    tab.get_by_label("Forget to dispose").check()
    assert "forgotten" in tab.locator("pre.lab-code").inner_text()
    said = train(tab)
    assert shared(tab, "tensors") == before + 3 * 20
    assert "Each step leaves 3 tensors and 203 kB behind" in said
    press(tab, "Start over")
    assert shared(tab, "tensors") < before


def test_a_convolutional_network_trains_and_webassembly_says_that_it_cannot(open_demo: OpenDemo) -> None:
    tab = open_demo("sprite-training", {"network": "convolutional", "stop_after": 2, "batch_size": 32})
    use_cpu(tab)
    train(tab)
    assert shared(tab, "steps") == 2
    tab.get_by_label("Runs on").select_option("wasm")
    expect(tab.get_by_label("Runs on")).to_be_enabled(timeout=30_000)
    press(tab, "Train")
    expect(tab.locator(".lab-status").first).to_contain_text("cannot train convolutions with WebAssembly")


def test_it_can_be_stopped_and_goes_on(open_demo: OpenDemo) -> None:
    tab = open_demo("sprite-training")
    use_cpu(tab)
    press(tab, "Train")
    expect(tab.locator(".lab-status").first).to_contain_text("held-back")
    press(tab, "Stop")
    expect(tab.get_by_role("button", name="Train", exact=True)).to_be_enabled(timeout=30_000)
    steps = shared(tab, "steps")
    tab.wait_for_timeout(500)
    assert shared(tab, "steps") == steps
    tab.get_by_text("What it gets wrong").click()
    expect(tab.get_by_text("Pictures it has not trained on")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1000)])
def test_nothing_keeps_anyone_out_and_leaving_frees_all(open_demo: OpenDemo, theme: str, width: int) -> None:
    tab = open_demo("sprite-training", {"stop_after": 3}, theme=theme, width=width)
    use_cpu(tab)
    train(tab)
    tab.get_by_text("What it gets wrong").click()
    # The heading is the page's business.
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
    assert not tab.evaluate(WIDER_THAN_THE_PAGE)
    left = tab.evaluate(
        """async () => {
          const tf = await import("/vendor/tfjs/tf.fesm.min.js");
          cleanup();
          return [tf.memory().numTensors, listening(), document.getElementById("demo").childElementCount];
        }"""
    )
    assert left == [0, 0, 0]
