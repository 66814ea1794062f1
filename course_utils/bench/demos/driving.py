"""Drives the demos of the built site, and the plain port, in a real browser, and measures them."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PREDICTIONS = 500
WAIT_MS = 60_000
# Polled without frames, so that the screen's rhythm is not added to every measurement; Playwright's own waiting
# evaluates text in the page, which the site's policy forbids.
_TURN = """
  const turn = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
"""
_UNTIL = (
    """async (most) => {"""
    + _TURN
    + """
  const end = performance.now() + most;
  while (!(%s)) { if (performance.now() > end) return false; await turn(); }
  return true;
}"""
)
_PREDICT = (
    """async ([sample, answer, says, most]) => {"""
    + _TURN
    + """
  const buttons = [...document.querySelectorAll(".lab-sample")];
  const began = performance.now();
  buttons.find((button) => button.innerText.trim() === sample).click();
  while (!document.querySelector(answer).textContent.startsWith(says)) {
    if (performance.now() - began > most) return null;
    await turn();
  }
  return (performance.now() - began) / 1000;
}"""
)


@dataclass(frozen=True)
class Measured:
    """What one demo cost.

    Attributes:
        name: of the demo, or of the port.
        backend: what it computed with.
        page: bytes over the network until the page is loaded and its Start can be pressed, compressed as sent.
        size: the same from Start to the first prediction.
        cold: seconds from Start to the first prediction, nothing in the browser's cache.
        cached: the same on the second visit.
        milliseconds: the median of a prediction, from the input's change to the answer on the page.
        tensors: how many more tensors are alive after 500 predictions than after the first.
        memory: bytes of all tensors then.
        right: of fifty drawings in five places and sizes, how many were read rightly; None where it is not measured.
    """

    name: str
    backend: str
    page: int
    size: int
    cold: float
    cached: float
    milliseconds: float
    tensors: int
    memory: int
    right: int | None = None


@dataclass(frozen=True)
class Demo:
    """How a demo of the site is worked.

    Attributes:
        name: of the demo.
        page: that it runs on.
        samples: labels of two buttons that each give it an input.
        answer: a selector of the element that holds the answer.
        says: the answer to each sample, as the element's text begins.
    """

    name: str
    page: str
    samples: tuple[str, str]
    answer: str
    says: tuple[str, str]


DEMOS = (
    Demo("digits", "book/lab/digits", ("1", "7"), ".lab-answer-class", ("1", "7")),
    Demo(
        "sketches",
        "book/lab/sketches",
        ("bicycle", "apple"),
        ".lab-answer-class",
        ("I see a bicycle", "I see an apple"),
    ),
    Demo("sums", "book/lab/sums", ("38+94", "7+0"), ".lab-sums-answer", ("38 + 94 = 132", "7 + 0 = 7")),
    Demo(
        "images",
        "book/lab/images",
        ("Dahlia", "Portrait"),
        "#demo-images .lab-status",
        ("Dahlia:", "Portrait:"),
    ),
    Demo(
        "detection",
        "book/week4/detection",
        ("Scene 160", "Scene 111"),
        "#demo-detection .lab-status",
        ("Scene 160:", "Scene 111:"),
    ),
    Demo(
        "judge",
        "book/week4/judging-text",
        ("Plainly rude", "Plainly civil"),
        ".lab-judge-words",
        ("You", "What"),
    ),
)


def measure(browser: Browser, site: str, demo: Demo) -> Measured:
    """Measure a demo of the site at the address `site`.

    Raises `CourseError` when it gives no answer within a minute.
    """
    with context(browser) as visitor:
        page, sent = _page(visitor, f"{site}/{demo.page}.html")
        before_start = sent()
        cold = _seconds_to_first(page, demo)
        size = sent() - before_start
        page.close()
        page, _ = _page(visitor, f"{site}/{demo.page}.html")
        cached = _seconds_to_first(page, demo)
        before, _ = _memory(page, demo)
        times = []
        for number in range(PREDICTIONS):
            times.append(_predict(page, demo, (number + 1) % 2))
        after, memory = _memory(page, demo)
        backend = page.get_by_label("Runs on").first.input_value()
        right = _count_right(page) if demo.name == "digits" else None
    return Measured(
        demo.name,
        backend,
        before_start,
        size,
        cold,
        cached,
        1000 * statistics.median(times),
        after - before,
        memory,
        right,
    )


@contextmanager
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor with an empty cache, at a desk, who wants less motion."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    try:
        yield context
    finally:
        context.close()


def _page(context: BrowserContext, address: str) -> tuple[Page, Callable[[], int]]:
    """The page, opened, and what tells how many bytes came over the network for it so far."""
    page = context.new_page()
    requests: list = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(address, wait_until="load")
    return page, lambda: sum(request.sizes()["responseBodySize"] for request in requests)


def _seconds_to_first(page: Page, demo: Demo) -> float:
    figure = page.locator(f"#demo-{demo.name}")
    begin = time.perf_counter()
    figure.locator(".demo-start").click()
    figure.get_by_role("button", name=demo.samples[0], exact=True).first.click(timeout=WAIT_MS)
    _wait(page, demo, 0)
    return time.perf_counter() - begin


def _wait(page: Page, demo: Demo, which: int) -> None:
    ready = f"document.querySelector({demo.answer!r})?.textContent.startsWith({demo.says[which]!r})"
    if not at_first(page, ready):
        raise CourseError(
            f"The demo {demo.name} did not say {demo.says[which]} within a minute: try it in a browser."
        )


def at_first(page: Page, ready: str) -> bool:
    """Wait in the page until an expression of JavaScript is true; False after a minute."""
    return page.evaluate(_UNTIL % ready, WAIT_MS)


def _predict(page: Page, demo: Demo, which: int) -> float:
    """Seconds from pressing a sample's button to its answer, measured in the page."""
    took = page.evaluate(_PREDICT, [demo.samples[which], demo.answer, demo.says[which], WAIT_MS])
    if took is None:
        raise CourseError(
            f"The demo {demo.name} did not say {demo.says[which]} within a minute: try it in a browser."
        )
    return took


def _memory(page: Page, demo: Demo) -> tuple[int, int]:
    """Tensors and bytes alive now: the page's own copy of TensorFlow.js is asked."""
    page.wait_for_timeout(300)
    return tuple(
        page.evaluate(
            """async () => {
              const script = document.querySelector('script[src*="lab/page.js"]').src;
              const tf = await import(new URL("../vendor/tfjs/tf.fesm.min.js", script));
              const { numTensors, numBytes } = tf.memory();
              return [numTensors, numBytes];
            }"""
        )
    )


def _count_right(page: Page) -> int:
    page.get_by_role("button", name="Count right answers").click()
    row = page.locator(".lab-tally tbody tr").first
    row.wait_for(timeout=WAIT_MS)
    return int(row.locator("td").first.inner_text().split()[0])


def measure_plain(browser: Browser, address: str, strokes: dict[str, list], places: list[list]) -> Measured:
    """Measure the plain port, served at `address`.

    Args:
        browser: the one that measured the demos.
        address: of the folder that `plain_folder` made.
        strokes: of the two digits that are drawn in turn.
        places: fifty drawings, five of each digit in order.
    """
    with context(browser) as visitor:
        page, sent = _page(visitor, f"{address}/plain.html")
        before_start = sent()
        cold = _plain_first(page, strokes["1"])
        size = sent() - before_start
        page.close()
        page, _ = _page(visitor, f"{address}/plain.html")
        cached = _plain_first(page, strokes["1"])
        before = page.evaluate("tf.memory().numTensors")
        times = page.evaluate(
            """async ([drawings, count]) => {
              const times = [];
              for (let i = 0; i < count; i += 1) {
                const began = performance.now();
                draw(drawings[i % 2]);
                await predict();
                times.push(performance.now() - began);
              }
              return times;
            }""",
            [[strokes["7"], strokes["1"]], PREDICTIONS],
        )
        after, memory = page.evaluate("[tf.memory().numTensors, tf.memory().numBytes]")
        said = page.evaluate(
            """async (all) => {
              const said = [];
              for (const strokes of all) {
                draw(strokes);
                said.push(await predict());
              }
              return said;
            }""",
            places,
        )
        backend = page.evaluate("tf.getBackend()")
    right = sum(digit == number // 5 for number, digit in enumerate(said))
    return Measured(
        "digits, plain port",
        backend,
        before_start,
        size,
        cold,
        cached,
        statistics.median(times),
        after - before,
        memory,
        right,
    )


def _plain_first(page: Page, strokes: list) -> float:
    begin = time.perf_counter()
    page.locator("#start").click()
    if not at_first(page, "window.started"):
        raise CourseError("The plain port did not start within a minute: is the machine very busy?")
    page.evaluate("async (strokes) => { draw(strokes); await predict(); }", strokes)
    return time.perf_counter() - begin


def drawings(page: Page) -> tuple[dict[str, list], list[list]]:
    """The strokes that the demo's samples have, and its fifty drawings in other places, from the site's own module."""
    return tuple(
        page.evaluate(
            """async () => {
              const script = document.querySelector('script[src*="lab/page.js"]').src;
              const { digitStrokes, moved } = await import(new URL("strokes.js", script));
              const { PLACES } = await import(new URL("../demos/digits.js", script));
              const digits = [..."0123456789"];
              return [{ 1: digitStrokes("1"), 7: digitStrokes("7") },
                digits.flatMap((digit) => PLACES.map((place) => moved(digitStrokes(digit), place)))];
            }"""
        )
    )


def plain_folder(root: Path, folder: Path) -> Path:
    """Lay the plain port into `folder`: its page, TensorFlow.js, and the digits' network with float32 weights."""
    import keras

    from course_utils.conversion import convert

    shutil.copyfile(Path(__file__).with_name("plain.html"), folder / "plain.html")
    shutil.copyfile(root / "node_modules/@tensorflow/tfjs/dist/tf.min.js", folder / "tf.min.js")
    model = keras.models.load_model(root / "book/_static/models/digits-cnn/digits-cnn.keras")
    convert(model, "tfjs-layers", folder / "model", quantize="none", verify=0)
    return folder
