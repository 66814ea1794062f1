"""The course's figures: one palette, one style, and the few plots that many chapters share.

Chapters use the colours of `COLORS` and nothing else. The site's build swaps each of them for its
counterpart in `DARK_COLORS`, so that every figure exists in a light and in a dark version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

#: Named colours on a light page: at least 4.5:1 against white, distinct for the common colour-vision
#: deficiencies (blue, orange and green differ in lightness too), and still apart in a grey print.
COLORS = {
    "blue": "#1f63b5",
    "orange": "#c2560c",
    "green": "#17795e",
    "red": "#b4233c",
    "purple": "#7848b0",
    "grey": "#667080",
    "ink": "#1f2933",
    "grid": "#d7dce3",
    "paper": "#ffffff",
}

#: The colour that takes each one's place on a dark page.
DARK_COLORS = {
    COLORS["blue"]: "#6cb2ff",
    COLORS["orange"]: "#ffa35c",
    COLORS["green"]: "#4fd0a5",
    COLORS["red"]: "#ff8795",
    COLORS["purple"]: "#c4a5ff",
    COLORS["grey"]: "#9aa5b4",
    COLORS["ink"]: "#e5e9ee",
    COLORS["grid"]: "#37404c",
    COLORS["paper"]: "#14181e",
}

#: Colour maps that read the same in grey and for colour-blind readers.
SEQUENTIAL = "cividis"
DIVERGING = "PuOr"

_CYCLE = ("blue", "orange", "green", "purple", "red", "grey")


def use_style() -> None:
    """Make the course's look the default for all figures that follow, as SVG inside a notebook."""
    ink, grid, paper = COLORS["ink"], COLORS["grid"], COLORS["paper"]
    matplotlib.rcParams.update(
        {
            "axes.axisbelow": True,
            "axes.edgecolor": COLORS["grey"],
            "axes.facecolor": paper,
            "axes.grid": True,
            "axes.labelcolor": ink,
            "axes.prop_cycle": matplotlib.cycler(color=[COLORS[name] for name in _CYCLE]),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlecolor": ink,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "figure.dpi": 100,
            "figure.facecolor": paper,
            "figure.figsize": (5.6, 3.4),
            "figure.constrained_layout.use": True,
            "font.family": "DejaVu Sans",
            "font.size": 10.5,
            "grid.color": grid,
            "grid.linewidth": 0.8,
            "image.cmap": SEQUENTIAL,
            "legend.edgecolor": grid,
            "legend.facecolor": paper,
            "legend.framealpha": 1.0,
            "legend.labelcolor": ink,
            "lines.linewidth": 2.0,
            "savefig.facecolor": paper,
            # A fixed salt and outlined text: the same figure gives the same bytes, whatever fonts a reader has.
            "svg.fonttype": "path",
            "svg.hashsalt": "course",
            "text.color": ink,
            "xtick.color": COLORS["grey"],
            "xtick.labelcolor": ink,
            "ytick.color": COLORS["grey"],
            "ytick.labelcolor": ink,
        }
    )
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # a plain script: figures are saved, not shown inline
        return
    set_matplotlib_formats("svg")


def figure(
    width: float = 5.6, height: float = 3.4, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """A new figure of `width` × `height` inches and its axes.

    Returns `(figure, axes)`: one `Axes` when there is a single panel, otherwise an array of them of
    shape `(rows, columns)` with length-one dimensions dropped, as in `matplotlib.pyplot.subplots`.
    """
    return plt.subplots(rows, columns, figsize=(width, height), **subplots)


def loss_curve(
    *curves: Sequence[float],
    labels: Sequence[str] | None = None,
    log: bool = False,
    ylabel: str = "Loss",
    xlabel: str = "Epoch",
    ax: Axes | None = None,
) -> Axes:
    """Draw one loss value an epoch for each curve; `log` puts the losses on a logarithmic axis."""
    if ax is None:
        _, ax = figure()
    styles = ("-", "--", "-.", ":")
    for index, curve in enumerate(curves):
        epochs = np.arange(1, len(curve) + 1)
        label = labels[index] if labels else None
        ax.plot(epochs, curve, linestyle=styles[index % len(styles)], label=label)
    if log:
        ax.set_yscale("log")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if labels:
        ax.legend()
    return ax


def line_fit(
    x: np.ndarray,
    y: np.ndarray,
    slope: float,
    intercept: float,
    *,
    xlabel: str = "x",
    ylabel: str = "y",
    residuals: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw points `(x, y)`, both of shape `(n,)`, the line `slope * x + intercept`, and what it misses."""
    x, y = np.ravel(x), np.ravel(y)
    if ax is None:
        _, ax = figure()
    span = np.array([x.min(), x.max()])
    predictions = slope * x + intercept
    if residuals:
        ax.vlines(x, y, predictions, color=COLORS["grey"], linewidth=1.2, label="error")
    ax.plot(span, slope * span + intercept, color=COLORS["orange"], label="line")
    ax.scatter(x, y, color=COLORS["blue"], zorder=3, label="data")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend()
    return ax


def image_grid(
    images: np.ndarray, titles: Sequence[str] | None = None, columns: int = 8, size: float = 0.9
) -> Figure:
    """Draw pictures in a grid, dark ink on light paper, each in a thin frame.

    `images` has shape `(n, height, width)` (grey, 0 to 1, where 1 is ink) or `(n, height, width, 3)`
    (colour, 0 to 1). `size` is the edge of one picture in inches.
    """
    images = np.asarray(images)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    title_room = 0.28 if titles is not None else 0.0
    drawing, axes = plt.subplots(
        rows, columns, figsize=(size * columns, (size + title_room) * rows), squeeze=False
    )
    for index, ax in enumerate(axes.flat):
        ax.axis("off")
        if index >= len(images):
            continue
        ax.imshow(images[index], cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest")
        # Light paper on a light page: only a frame says where a picture ends.
        frame = {"edgecolor": COLORS["grid"], "linewidth": 0.8, "fill": False, "clip_on": False}
        ax.add_patch(Rectangle((0, 0), 1, 1, transform=ax.transAxes, **frame))
        if titles is not None:
            ax.set_title(titles[index], fontsize=9, loc="center")
    return drawing


def boxes(
    picture: np.ndarray,
    boxes: np.ndarray,
    labels: Sequence[str] | None = None,
    *,
    color: str = "orange",
    ax: Axes | None = None,
) -> Axes:
    """Draw boxes, of shape (n, 4): top, left, bottom, right as shares, over a picture of shape (height, width, 3)."""
    if ax is None:
        _, ax = figure(3.4, 3.4)
    height, width = picture.shape[:2]
    ax.imshow(picture, extent=(0, width, height, 0), interpolation="nearest")
    for number, (top, left, bottom, right) in enumerate(np.asarray(boxes) * [height, width, height, width]):
        # A pale line under the coloured one keeps every box readable before any ground.
        for line_color, line_width in ((COLORS["paper"], 3.5), (COLORS[color], 1.8)):
            ax.add_patch(
                Rectangle(
                    (left, top),
                    right - left,
                    bottom - top,
                    fill=False,
                    edgecolor=line_color,
                    linewidth=line_width,
                )
            )
        if labels is not None:
            # Outlined in the figure's own paper, a name is readable before any ground, in a dark page too.
            ax.text(
                max(left, 0) + 0.01 * width,
                max(top, 0) + 0.01 * height,
                labels[number],
                fontsize=7.5,
                va="top",
                color=COLORS["ink"],
                bbox={"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 1.2},
            )
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    return ax


def contour(
    function: Callable[[np.ndarray, np.ndarray], np.ndarray],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    paths: dict[str, np.ndarray] | None = None,
    *,
    xlabel: str = "Weight",
    ylabel: str = "Bias",
    zlabel: str = "Loss",
    levels: int = 24,
    log: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw `function(x, y)` over a rectangle as filled contours, with paths across it.

    `function` takes two arrays of one shape and returns an array of that shape. `paths` maps a label to
    points of shape `(steps, 2)`. With `log`, levels are spaced by a constant factor, which shows a valley's floor.
    """
    grid_x, grid_y = np.meshgrid(np.linspace(*x_range, 121), np.linspace(*y_range, 121))
    heights = np.asarray(function(grid_x, grid_y))
    if ax is None:
        _, ax = figure(5.8, 4.3)
    if log:
        floor = max(float(heights.min()), float(heights.max()) * 1e-5)
        edges = np.geomspace(floor, float(heights.max()), levels)
        norm = matplotlib.colors.LogNorm(floor, float(heights.max()))
        filled = ax.contourf(
            grid_x, grid_y, np.maximum(heights, floor), levels=edges, cmap=SEQUENTIAL, norm=norm, alpha=0.85
        )
        ax.figure.colorbar(filled, ax=ax, label=zlabel, format="%.3g")
    else:
        filled = ax.contourf(grid_x, grid_y, heights, levels=levels, cmap=SEQUENTIAL, alpha=0.85)
        ax.figure.colorbar(filled, ax=ax, label=zlabel)
    styles = ("-", "--", "-.", ":")
    for index, (label, points) in enumerate((paths or {}).items()):
        points = np.asarray(points)
        # A pale edge keeps every path readable over both ends of the colour map.
        ax.plot(points[:, 0], points[:, 1], color=COLORS["paper"], linewidth=4)
        ax.plot(points[:, 0], points[:, 1], linestyle=styles[index % len(styles)], label=label, marker=".")
    if paths:
        ax.legend()
    ax.set_xlim(*x_range)
    ax.set_ylim(*y_range)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.grid(False)
    return ax
