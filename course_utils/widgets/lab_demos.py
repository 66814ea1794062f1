"""One widget class a demo of the laboratory: which values it shares with Python. See `base.py` for how to add one."""

from __future__ import annotations

import traitlets

from course_utils.widgets.base import DemoWidget, number, shared


def _rows(**settings: object) -> traitlets.List:
    return shared(traitlets.List(traitlets.List(traitlets.Float()), **settings))


class Convolution(DemoWidget):
    """See `course_utils.widgets.convolution`."""

    demo = "convolution"
    picture = _rows(minlen=12, maxlen=12, default_value=None, allow_none=True)
    kernel = _rows(minlen=3, maxlen=3, default_value=[[-1.0, 0.0, 1.0]] * 3)
    bias = number(0.0)
    stride = shared(traitlets.Enum([1, 2, 3], default_value=1))
    padding = shared(traitlets.Enum(["valid", "same"], default_value="valid"))
    relu = shared(traitlets.Bool(False))
    pooling = shared(traitlets.Enum(["none", "max", "average"], default_value="none"))
    output = _rows()
    pooled = _rows(default_value=None, allow_none=True)


#: The widget classes of the laboratory's demos.
WIDGETS: tuple[type[DemoWidget], ...] = (Convolution,)
