"""What the tests of the gesture trainer share: its page, its steps, and projects made in Python."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils.bench.demos.head import project, zipped
from course_utils.book.demo_page import open_demo
from tests.conftest import ROOT

__all__ = ["project", "zipped"]

STEPS = {"collect": "1 Collect", "train": "2 Train", "play": "3 Play", "keep": "4 Keep"}
NAMES = ("Rock", "Paper", "Scissors")
SAMPLE_HANDS = 15

_TENSORFLOW = "globalThis[Symbol.for('course.tensorflow.js')].tf"


@contextmanager
def trainer_page(
    browser: Browser, data: dict | None = None, *, width: int = 1000, theme: str = "light", **options: object
) -> Iterator[Page]:
    """The trainer on a bare page, as a reader with reduced motion meets it; fails if it threw or complained."""
    page = open_demo(
        browser,
        ROOT,
        "gestures",
        {"seed": 1, **(data or {})},
        width=width,
        theme=theme,
        color_scheme=theme,
        has_touch=True,
        reduced_motion="reduce",
        **options,
    )
    page.evaluate(f"async () => {{ window.tf = await {_TENSORFLOW}; }}")
    try:
        yield page
    finally:
        problems = [*page.errors, *page.complaints, *page.foreign]
        page.context.close()
    assert problems == []


OpenTrainer = Callable[..., Page]


@pytest.fixture
def open_trainer(browser: Browser) -> Iterator[OpenTrainer]:
    """`open_trainer(data, …)`: a page of the trainer, as `trainer_page` gives it; any number of them."""
    with ExitStack() as stack:
        yield lambda data=None, **options: stack.enter_context(trainer_page(browser, data, **options))


def go(page: Page, step: str) -> None:
    """Turn to one of the four steps."""
    page.get_by_text(STEPS[step], exact=True).click()


def expect_status(page: Page, text: str, timeout: float = 30_000) -> str:
    """Wait until the status line says it, and return all that it says."""
    line = page.locator(".lab-status").first
    expect(line).to_contain_text(text, timeout=timeout)
    return line.inner_text()


def add_hands(page: Page, *names: str) -> None:
    """Add the sample hands of some classes."""
    for name in names:
        page.get_by_role("button", name=f"Add {SAMPLE_HANDS} hands to {name}").click()
        expect_status(page, f"added to {name}")


def train(page: Page) -> str:
    """Train the head and return what is said then."""
    go(page, "train")
    page.get_by_role("button", name="Train", exact=True).click()
    return expect_status(page, "Trained in", 60_000)


def counts(page: Page) -> list[int]:
    """Samples of each class, as shown."""
    return [int(text.split()[0]) for text in page.locator(".lab-gestures-count").all_text_contents()]


def best(page: Page) -> str:
    """The class that the head sees now."""
    return page.locator(".lab-bars tr[data-best] th").inner_text()


def show_hand(page: Page, name: str) -> str:
    """Show the next sample hand of a gesture, and return what the head sees in it."""
    line = page.locator(".lab-gestures-looks")
    looks = line.text_content() or ""
    page.get_by_role("group", name="No camera?").get_by_role("button", name=name).click()
    expect(line).not_to_have_text(looks)
    return best(page)


def tensors(page: Page) -> int:
    """How many tensors live."""
    return page.evaluate("tf.memory().numTensors")


def saved(page: Page, button: str) -> zipfile.ZipFile:
    """The file that a button gives."""
    go(page, "keep")
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))


def open_file(page: Page, data: bytes, name: str = "file.zip") -> None:
    """Give the trainer a file, as chosen in the browser's window."""
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": data}
    )
