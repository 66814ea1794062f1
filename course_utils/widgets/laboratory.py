"""The functions that make widgets of the laboratory's demos; `course_utils.widgets` has them all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_utils.widgets import lab_demos

__all__ = ["convolution"]


def convolution(
    picture: Sequence[Sequence[float]] | None = None,
    kernel: Sequence[Sequence[float]] = ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
    *,
    bias: float = 0.0,
    stride: int = 1,
    padding: str = "valid",
    relu: bool = False,
    pooling: str = "none",
) -> lab_demos.Convolution:
    """Slide a kernel over a painted picture, number by number.

    Args:
        picture: of shape (12, 12), numbers from 0 to 9; None shows a seven.
        kernel: of shape (3, 3).
        bias: added at every place.
        stride: 1 to 3.
        padding: "valid" or "same".
        relu: are negative numbers of the map made 0?
        pooling: "none", "max" or "average", over squares of 2 × 2.

    Returns:
        A widget whose `output` is the feature map as rows of numbers, `pooled` the pooled one (None without
        pooling), and whose other values follow the reader.
    """
    values: dict[str, Any] = {} if picture is None else {"picture": _rows(picture)}
    return _demos().Convolution(
        kernel=_rows(kernel),
        bias=float(bias),
        stride=stride,
        padding=padding,
        relu=relu,
        pooling=pooling,
        **values,
    )


def _rows(table: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[float(value) for value in row] for row in table]


def _demos() -> Any:
    # anywidget and ipywidgets are loaded with the first widget, not with the package.
    return importlib.import_module("course_utils.widgets.lab_demos")
