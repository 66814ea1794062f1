"""The pictures that stand in a page until a demo is started: each demo in a telling state, light and dark."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import browser as chromium
from course_utils.book.demo_page import open_demo
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    from PIL import Image
    from playwright.sync_api import Browser, Page

THEMES = ("light", "dark")
MOST_BYTES = 40_000
# A demo is as wide in the picture as in the page: this, less its margins.
WIDTH = 796
# Flat colours and text: without loss on a small palette they are sharper and smaller than any lossy quality.
# Screen densities from sharp to plain; for each, sizes of the palette.
DENSITIES = (1.5, 1.25, 1.0)
PALETTES = (128, 64)
LAST_PALETTE = 32
QUALITIES = (75, 60, 45, 30, 20)
# A demo that trains until then is slow on a busy machine.
STATE_SECONDS = 150


@dataclass(frozen=True)
class Scene:
    """The state in which a demo is pictured.

    Attributes:
        data: what it starts with.
        presses: names of buttons, pressed in turn.
        until: text that the status line must contain before the picture is taken.
        demo: its name, where this is a further picture of it, which a page asks for with `:picture:`.
    """

    data: dict[str, Any] = field(default_factory=dict)
    presses: Sequence[str] = ()
    until: str = ""
    demo: str = ""


SCENES = {
    "line-fit": Scene(presses=("Step",) * 9),
    "optimizer-race": Scene(presses=("Race",), until="wins"),
    "tfjs-neuron": Scene(
        data={"seed": 3, "epochs": 60, "learning_rate": 0.02}, presses=("Train",), until="epochs:"
    ),
    "bell-curve": Scene(data={"count": 500, "within": 2}),
    "neuron": Scene(data={"weights": [2.5, 2, 1], "bias": -2}),
    "kernel-order": Scene(presses=("Run all", "Run cell 3")),
    "pixel-range": Scene(data={"operations": ["add"]}),
    "convolution": Scene(data={"pooling": "max"}),
    "sprite-training": Scene(data={"stop_after": 100}, presses=("Train",), until="Of 1000 held-back"),
    "backprop-playground": Scene(data={"steps": 1200}),
    "softmax": Scene(data={"scores": [-1, 2, 1]}),
    "leak": Scene(presses=("50 times",), until="right"),
    "threshold": Scene(data={"threshold": 0.3}),
    "decision-boundaries": Scene(data={"epochs": 120}, until="After "),
    "text": Scene(data={"seed": 4, "length": 260}, presses=("Write",), until="characters written"),
    "sums": Scene(presses=("Try all 10,201 sums",), until="All sums tried"),
    "digits": Scene(data={"inside": False}, presses=("3",), until="says 3"),
    "sketches": Scene(presses=("bicycle",), until="bicycle"),
    "images": Scene(presses=("Drawn traffic light", "Which part mattered?"), until="framed piece"),
    "features": Scene(until="36 pictures"),
    "gestures": Scene(
        data={"sample_hands": True, "step": "train", "seed": 1},
        presses=("Train", "Scissors"),
        until="Trained in",
    ),
    "gestures-five": Scene(
        data={
            "sample_hands": True,
            "step": "train",
            "seed": 1,
            "class_names": ["Rock", "Paper", "Scissors", "Lizard", "Spock"],
        },
        presses=("Train", "Spock"),
        until="Trained in",
        demo="gestures",
    ),
    "quantisation": Scene(data={"bits": 3}, presses=("5",), until="say"),
    "judge": Scene(until="Rude:"),
    "detection": Scene(until="Suppression left"),
    "style-transfer": Scene(data={"stop_after": 30}, presses=("Paint",), until="After 30 steps"),
    "your-model": Scene(data={"digit": 4}, until="The drawing"),
}


def take(root: Path, names: Sequence[str] | None = None) -> Iterator[Path]:
    """Take the pictures of some demos, or of all, and yield the path of each once it is written.

    Args:
        root: the checkout.
        names: demos, or scenes of them; None for every module in book/_static/demos and every scene.

    Raises:
        UsageError: there is no such demo.
        CourseError: a demo did not start, or did not reach the state to be pictured.
    """
    folder = root / "book" / "_static" / "demos"
    known = sorted({path.stem for path in folder.glob("*.js")} | set(SCENES))
    for name in names or ():
        if name not in known:
            raise UsageError(f"There is no demo “{name}”: choose from {', '.join(known)}.")
    with chromium.launch() as browser:
        for name in names or known:
            for theme in THEMES:
                path = folder / f"{name}.{theme}.webp"
                path.write_bytes(picture(browser, root, name, theme))
                yield path


def picture(browser: Browser, root: Path, name: str, theme: str) -> bytes:
    """One demo in its state, as WebP: as sharp as `MOST_BYTES` allow."""
    shots = []
    for density in DENSITIES:
        shots.append(_shoot(browser, root, name, theme, density))
        for colors in PALETTES:
            data = _compress(shots[-1], colors)
            if len(data) <= MOST_BYTES:
                return data
    # Pictures within the picture: photographs and drawings by the hundred, which only a lossy format makes small.
    for quality in QUALITIES:
        for shot in shots:
            data = _compress_with_loss(shot, quality)
            if len(data) <= MOST_BYTES:
                return data
    return _compress(shots[-1], LAST_PALETTE)


def _shoot(browser: Browser, root: Path, name: str, theme: str, density: float) -> bytes:
    scene = SCENES.get(name, Scene())
    page = open_demo(
        browser,
        root,
        scene.demo or name,
        scene.data,
        theme=theme,
        width=WIDTH,
        device_scale_factor=density,
        reduced_motion="reduce",
    )
    try:
        _act(page, name, scene)
        return page.locator("#demo").screenshot(animations="disabled")
    finally:
        page.context.close()


def _act(page: Page, name: str, scene: Scene) -> None:
    from playwright.sync_api import TimeoutError as TookTooLong

    for label in scene.presses:
        page.get_by_role("button", name=label, exact=True).first.click()
    if scene.until:
        try:
            page.locator(".lab-status", has_text=scene.until).first.wait_for(timeout=1000 * STATE_SECONDS)
        except TookTooLong:
            raise CourseError(
                f"The picture {name} was not taken: in {STATE_SECONDS} s no status line of the demo said "
                f"“{scene.until}”. Try again when the machine is idle, or correct its scene in {__file__}."
            ) from None
    # Status lines wait up to 0.4 s for the last message.
    page.wait_for_timeout(600)
    page.evaluate("() => document.activeElement?.blur()")
    page.mouse.move(0, 0)


def _compress(png: bytes, colors: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = image.convert("RGB").quantize(
            palette=_palette(image.convert("RGB"), colors), dither=Image.Dither.NONE
        )
        flat.convert("RGB").save(buffer, "WEBP", lossless=True, quality=100, method=6)
    return buffer.getvalue()


def _compress_with_loss(png: bytes, quality: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(buffer, "WEBP", quality=quality, method=6)
    return buffer.getvalue()


def _palette(image: Image.Image, colors: int) -> Image.Image:
    """Half of the colours for the large areas (the shades of a surface), half for the rare ones (its lines)."""
    from PIL import Image

    # Every third pixel shows all colours, and the search takes a ninth of the time.
    image = image.resize((image.width // 3, image.height // 3), Image.Resampling.NEAREST)
    entries: list[int] = []
    for method in (Image.Quantize.MEDIANCUT, Image.Quantize.MAXCOVERAGE):
        part = image.quantize(colors // 2, method=method, dither=Image.Dither.NONE)
        entries += (part.getpalette() or [])[: 3 * (colors // 2)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(entries)
    return palette
