"""How long the gesture trainer's head takes to learn, beside a head as it is usually published."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.bench.demos.driving import WAIT_MS, at_first, context
from course_utils.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CLASSES, EACH = ("Rock", "Paper", "Scissors", "Lizard", "Spock"), 200
PAGE = "book/lab/gestures"
#: With what the plain head is trained, the one that gets to its end last.
PLAIN_BACKENDS = ("webgl", "cpu")
PLAIN = "a head as usually published"
_WATCH = """async () => {
  const script = document.querySelector('script[src*="lab/page.js"]').src;
  window.benchTf = await import(new URL("../vendor/tfjs/tf.fesm.min.js", script));
  window.most = 0;
  setInterval(() => { window.most = Math.max(window.most, window.benchTf.memory().numBytes); }, 2);
}"""


@dataclass(frozen=True)
class Head:
    """What training a head on 5 × 200 samples cost.

    Attributes:
        name: whose head.
        backend: what it computed with.
        numbers: that are kept of a sample.
        seconds: of training; None where it broke off.
        memory: bytes of tensors, at most, while it was trained, or when it broke off.
        problem: what the browser said then.
    """

    name: str
    backend: str
    numbers: int
    seconds: float | None
    memory: int
    problem: str = ""


def measure_head(browser: Browser, site: str) -> Head:
    """Train the head in the gesture trainer of the site, on a project of made-up samples.

    Raises `CourseError` when the trainer does not say that it has learnt.
    """
    with context(browser) as own:
        page = own.new_page()
        page.goto(f"{site}/{PAGE}.html", wait_until="load")
        page.locator("#demo-gestures .demo-start").click()
        page.get_by_role("button", name="hands to Rock").click(timeout=WAIT_MS)
        _until_said(page, "added to Rock")
        backbone = _backbone(page)
        page.locator("#demo-gestures input[type=file]").set_input_files(
            {
                "name": "project.zip",
                "mimeType": "application/zip",
                "buffer": project(backbone, list(CLASSES), EACH),
            }
        )
        _until_said(page, "Project opened")
        page.evaluate(_WATCH)
        page.get_by_text("2 Train", exact=True).click()
        page.get_by_role("button", name="Train", exact=True).click()
        said = _until_said(page, "Trained in")
        backend, memory = page.evaluate("[benchTf.getBackend(), window.most]")
    seconds = re.search(r"Trained in ([\d.]+)", said)
    if not seconds:
        raise CourseError(f"The gesture trainer says “{said}” and no time: has its sentence changed?")
    return Head("gestures", backend, backbone["length"], float(seconds[1]), memory)


def measure_plain_head(browser: Browser, address: str, backend: str) -> Head:
    """Train the plain head, served at `address`, with a backend of TensorFlow.js."""
    with context(browser) as own:
        page = own.new_page()
        page.goto(f"{address}/plain-head.html", wait_until="load")
        result = page.evaluate(f"tryHead({len(CLASSES)}, {EACH}, {backend!r})")
    problem = result.get("problem", "").partition("\n")[0]
    return Head(PLAIN, backend, 7 * 7 * 256, result["seconds"], result["most"], problem)


def lay_plain_head(root: Path, folder: Path) -> None:
    """Lay the plain head's page and TensorFlow.js into `folder`."""
    shutil.copyfile(Path(__file__).with_name("plain-head.html"), folder / "plain-head.html")
    shutil.copyfile(root / "node_modules/@tensorflow/tfjs/dist/tf.min.js", folder / "tf.min.js")


def project(backbone: dict, classes: list[str], each: int, **changes: object) -> bytes:
    """A project file of the gesture trainer with made-up samples, `each` of a class, in bursts of twenty.

    Args:
        backbone: as the trainer names it in its own files.
        classes: their names.
        each: how many samples a class has.
        changes: what `project.json` says otherwise.
    """
    random = np.random.default_rng(0)
    rows = each * len(classes)
    labels = np.arange(rows) % len(classes)
    middles = 2 * random.random((len(classes), backbone["length"]))
    features = np.maximum(0, middles[labels] + random.normal(0, 0.8, (rows, backbone["length"])))
    bursts = np.arange(rows) // (20 * len(classes)) * len(classes) + labels + 1
    about = {
        "kind": "gestures-project",
        "version": 1,
        "classes": classes,
        "backbone": backbone,
        "rows": rows,
        "head": None,
    }
    return zipped(
        {
            "project.json": json.dumps({**about, **changes}),
            "features.bin": features.astype("<f4").tobytes(),
            "labels.bin": labels.astype("u1").tobytes(),
            "bursts.bin": bursts.astype("<u4").tobytes(),
            "copies.bin": bytes(rows),
        }
    )


def zipped(files: dict[str, bytes | str]) -> bytes:
    """A zip file of some files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _backbone(page: Page) -> dict:
    """How the trainer names its backbone in files, from one that it saves."""
    page.get_by_text("4 Keep", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the project").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        return json.loads(archive.read("project.json"))["backbone"]


def _until_said(page: Page, text: str) -> str:
    said = at_first(page, f"document.querySelector('.lab-status').textContent.includes({text!r})")
    line = page.locator(".lab-status").first.inner_text()
    if not said:
        raise CourseError(f"The gesture trainer did not say “{text}” within a minute, but “{line}”.")
    return line
