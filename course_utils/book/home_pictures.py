"""The pictures of the home page, from the chapters' own code, and the README's picture of the built site:
`python -m course_utils.book.home_pictures`.

Each of the home page exists for light and for dark pages. They are committed, since they take a
minute to draw and seldom change.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from course_utils import plots
from course_utils.book.pages import find_root
from course_utils.book.server import serve
from course_utils.browser import launch

# Twice the size at which the home page shows them at most, for dense screens.
SIZE = (880, 620)
DPI = 200
QUALITY = 82

Names = dict[str, Any]


def draw_all(root: Path) -> list[Path]:
    """Draw every picture in both themes into `book/_static/home`, and return the files."""
    folder = root / "book" / "_static" / "home"
    folder.mkdir(exist_ok=True)
    optimizers = run_until(root / "book/week1/optimizers.md", "paths")
    digits = run_until(root / "book/week1/from-scratch.md", "test_logits")
    drawings: dict[str, Callable[[], Figure]] = {
        "surface": _surface,
        "race": lambda: _race(optimizers),
        "digits": lambda: _digits(digits),
    }
    files = []
    for theme in ("light", "dark"):
        with _colours_of(theme):
            for name, drawing in drawings.items():
                files.append(_save(drawing(), folder / f"{name}.{theme}.webp"))
        files.append(_crop_demo(root, folder / f"browser.{theme}.webp", theme))
    return files


def run_until(chapter: Path, name: str) -> Names:
    """What the chapter's cells have defined as soon as there is a variable `name`."""
    names: Names = {}
    for cell in jupytext.read(chapter).cells:
        if cell.cell_type != "code" or "remove-cell" in cell.metadata.get("tags", []):
            continue
        with redirect_stdout(io.StringIO()):
            exec(compile(cell.source, str(chapter), "exec"), names)
        plt.close("all")
        if name in names:
            return names
    raise LookupError(f"No cell of {chapter} defines {name}.")


def _surface() -> Figure:
    """The loss of every line through the six points of week 1, and gradient descent on it."""
    x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    y = 2 * x - 1
    path = [np.array([-1.6, 5.5])]
    for _ in range(60):
        errors = path[-1][0] * x + path[-1][1] - y
        path.append(path[-1] - 0.035 * 2 * np.array([np.mean(errors * x), np.mean(errors)]))
    weights, biases = np.meshgrid(np.linspace(-2, 6, 45), np.linspace(-8, 7, 45))
    steps = np.array(path)

    def loss(weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
        return np.mean((weight[..., None] * x + bias[..., None] - y) ** 2, axis=-1)

    drawing = _blank()
    axes = drawing.add_axes((-0.16, -0.26, 1.32, 1.5), projection="3d", computed_zorder=False)
    heights = np.sqrt(loss(weights, biases))
    axes.plot_surface(
        weights, biases, heights, cmap=plots.SEQUENTIAL, rstride=1, cstride=1, alpha=0.95, linewidth=0
    )
    walked = np.sqrt(loss(steps[:, 0], steps[:, 1])) + 0.12
    axes.plot(steps[:, 0], steps[:, 1], walked, color=plots.COLORS["paper"], linewidth=4.5, zorder=5)
    axes.plot(
        steps[:, 0],
        steps[:, 1],
        walked,
        ".-",
        color=plots.COLORS["red"],
        linewidth=1.8,
        markersize=6,
        zorder=6,
    )
    axes.view_init(elev=42, azim=-62)
    axes.set_axis_off()
    return drawing


def _race(names: Names) -> Figure:
    """The four paths of the optimizers chapter, one beside the other on its loss surface."""
    grid = np.meshgrid(np.linspace(-0.6, 4.4, 80), np.linspace(-3.4, 9.0, 80))
    heights = np.vectorize(names["loss"])(*grid)
    drawing = _blank()
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.contour(*grid, heights, np.geomspace(4, 700, 16), colors=plots.COLORS["grid"], linewidths=1.4)
    for name, path in names["paths"].items():
        axes.plot(*path.T, ".-", markersize=4, linewidth=1.8, label=name)
    axes.plot(*names["START"], "s", *names["lowest"], "X", color=plots.COLORS["ink"], markersize=8)
    axes.legend(loc="lower right", fontsize=11, borderaxespad=1.2)
    axes.set_axis_off()
    return drawing


def _digits(names: Names) -> Figure:
    """The first digits of the test part, and below each what the network of the chapter reads."""
    pictures = names["test"].images[:15].reshape(-1, names["side"], names["side"])
    labels, answers = names["test"].labels[:15], names["test_logits"][:15].argmax(axis=1)
    paper_to_ink = LinearSegmentedColormap.from_list("ink", [plots.COLORS["paper"], plots.COLORS["ink"]])
    drawing = _blank()
    for index, (picture, label, answer) in enumerate(zip(pictures, labels, answers, strict=True)):
        row, column = divmod(index, 5)
        axes = drawing.add_axes((0.03 + 0.19 * column, 0.72 - 0.32 * row, 0.18, 0.22))
        axes.imshow(picture, cmap=paper_to_ink, vmin=0, vmax=1)
        axes.set_axis_off()
        colour = plots.COLORS["green"] if label == answer else plots.COLORS["red"]
        axes.text(
            0.5,
            -0.22,
            answer,
            color=colour,
            fontsize=13,
            weight="bold",
            ha="center",
            transform=axes.transAxes,
        )
    return drawing


def _crop_demo(root: Path, target: Path, theme: str) -> Path:
    """The upper part of the picture of the TensorFlow.js demo."""
    with Image.open(root / "book" / "_static" / "demos" / f"tfjs-neuron.{theme}.webp") as picture:
        image = picture.convert("RGB")
    scale = SIZE[0] / image.width
    image = image.resize((SIZE[0], round(image.height * scale)), Image.Resampling.LANCZOS)
    image.crop((0, 0, *SIZE)).save(target, quality=QUALITY, method=6)
    return target


def photograph(root: Path) -> Path:
    """The page that the README shows, with its demo running, from the built site."""
    target = root / ".github" / "site.webp"
    with serve(root / "_build" / "html") as address, launch() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1010}, device_scale_factor=1.25)
        page.goto(f"{address}/book/week1/one-neuron.html")
        page.locator(".demo-start").first.click()
        page.get_by_role("button", name="Run", exact=True).click()
        page.wait_for_timeout(1200)
        page.evaluate("scrollTo(0, 0)")
        page.mouse.move(0, 0)
        pixels = io.BytesIO(page.screenshot())
    Image.open(pixels).convert("RGB").save(target, quality=QUALITY, method=6)
    return target


def _blank() -> Figure:
    drawing = plt.figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, layout="none")
    drawing.set_facecolor(plots.COLORS["paper"])
    return drawing


@contextmanager
def _colours_of(theme: str) -> Iterator[None]:
    """Draw with the colours of a theme while the block runs."""
    before = dict(plots.COLORS)
    if theme == "dark":
        plots.COLORS.update({name: plots.DARK_COLORS[colour] for name, colour in before.items()})
    plots.use_style()
    try:
        yield
    finally:
        plots.COLORS.update(before)


def _save(drawing: Figure, target: Path) -> Path:
    pixels = io.BytesIO()
    drawing.savefig(pixels, dpi=DPI, format="png")
    plt.close(drawing)
    Image.open(pixels).convert("RGB").save(target, quality=QUALITY, method=6)
    return target


if __name__ == "__main__":
    matplotlib.use("Agg")
    for file in [*draw_all(find_root()), photograph(find_root())]:
        print(f"{file.stat().st_size:7,} bytes  {file}")
