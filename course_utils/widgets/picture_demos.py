"""The functions that make widgets of the demos that look at pictures; `course_utils.widgets` has them all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_utils.widgets import lab_demos

__all__ = ["detection", "features", "images", "style_transfer"]


def images(picture: Any = None, *, sample: str = "pavilion") -> lab_demos.Images:
    """What a pretrained network makes of a picture: MobileNet where this machine has it, else a small one that ships.

    Args:
        picture: of shape (height, width) or (height, width, 3), 0 to 255; None shows the sample.
        sample: "portrait", "pavilion" or "dahlia".

    Returns:
        A widget with `predictions` (the five best, each a dictionary with `name` and `probability`), `probabilities` of
        all classes as an array, `picture_name`, and `mattered`, an array of shape (8, 8), once the reader has asked
        which part mattered. Setting `picture` shows another one.
    """
    return _demos().Images(picture=_dots(picture, 2), sample=sample)


def features(pictures: Any = None, *, sample: str = "pieces") -> lab_demos.Features:
    """Pictures as feature vectors, on a map on which similar ones lie close together.

    Args:
        pictures: of shape (n, height, width) or (n, height, width, 3), 0 to 255, 60 at most; None shows the sample.
        sample: "pieces" of photographs, or "hands".

    Returns:
        A widget with `vectors` of shape (n, features) and `places` on the map of shape (n, 2) as arrays, the `names` of
        the pictures, the name of the one `chosen`, and the `network` that looked.
    """
    return _demos().Features(pictures=_dots(pictures, 3), sample=sample)


def detection(
    picture: Any = None, *, seed: int = 199, least: float = 0.5, overlap: float = 0.4, suppressed: bool = True
) -> lab_demos.Detection:
    """A small detector says what is where; watch what suppression makes of its boxes.

    Args:
        picture: of shape (height, width) or (height, width, 3), 0 to 255; None draws a scene.
        seed: of that scene.
        least: the score from which on a box is shown, 0.05 to 0.95.
        overlap: the intersection over union that two boxes of one kind may have, 0 to 1.
        suppressed: show the boxes after suppression, or all.

    Returns:
        A widget with the `boxes` shown, as an array of shape (n, 4): top, left, bottom, right, as shares of the middle
        square; their `kinds` and `scores`; `before`, how many there were before suppression; and `picture_name`.
        Setting `picture` shows another one.
    """
    return _demos().Detection(
        picture=_dots(picture, 2),
        seed=seed,
        least=float(least),
        overlap=float(overlap),
        suppressed=suppressed,
    )


def style_transfer(
    picture: Any = None,
    style_picture: Any = None,
    *,
    sample: str = "pavilion",
    style: str = "strokes",
    style_weight: float = 10.0,
    smoothness: float = 20.0,
    layers: Sequence[float] = (1, 1, 1, 1, 1),
    start: str = "content",
    stop_after: int = 100,
) -> lab_demos.StyleTransfer:
    """Paint a picture in the style of another, step by step, by gradient descent on its colours.

    Args:
        picture: of shape (height, width) or (height, width, 3), 0 to 255; None shows the sample.
        style_picture: the same for the style; None takes `style`.
        sample: "portrait", "pavilion" or "dahlia".
        style: "strokes", "waves" or "dots".
        style_weight: how much the style loss counts against the content loss, 0.1 to 1,000.
        smoothness: how much the differences of neighbouring dots count, 0 to 100.
        layers: the weight of each of the five style layers, from fine to coarse, 0 to 1.
        start: "content" or "noise".
        stop_after: so many steps at each press of Paint.

    Returns:
        A widget with `steps`, `content_loss` and `style_loss`, and, once Paint has come to its end, `painted` of shape
        (96, 96, 3), from 0 to 1. Setting `picture` or `style_picture` begins anew.
    """
    return _demos().StyleTransfer(
        picture=_dots(picture, 2),
        style_picture=_dots(style_picture, 2),
        sample=sample,
        style=style,
        style_weight=float(style_weight),
        smoothness=float(smoothness),
        layers=[float(weight) for weight in layers],
        start=start,
        stop_after=stop_after,
    )


def _dots(pictures: Any, least: int) -> Any:
    """Numbers from 0 to 255 as bytes, with at least so many dimensions."""
    if pictures is None:
        return None
    import numpy as np

    dots = np.asarray(pictures)
    if dots.ndim not in (least, least + 1):
        raise ValueError(
            f"The array has shape {dots.shape}: give {least} dimensions, or {least + 1} with colours."
        )
    if dots.dtype.kind == "f" and 0 < dots.max(initial=0) <= 1:
        raise ValueError(
            f"The largest number is {dots.max():.2f}: give numbers from 0 to 255 (255 * picture, if 1 is white)."
        )
    if dots.ndim == least:
        dots = dots[..., None]
    return np.clip(np.round(dots), 0, 255).astype(np.uint8)


def _demos() -> Any:
    # anywidget and ipywidgets are loaded with the first widget, not with the package.
    return importlib.import_module("course_utils.widgets.lab_demos")
