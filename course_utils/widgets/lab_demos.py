"""One widget class a demo of the laboratory: which values it shares with Python. See `base.py` for how to add one."""

from __future__ import annotations

import traitlets

from course_utils.widgets.base import DemoWidget, LabWidget, array, number, numbers, shared
from course_utils.widgets.gesture_trainer import Gestures


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


class SpriteTraining(LabWidget):
    """See `course_utils.widgets.sprite_training`."""

    demo = "sprite-training"
    network = shared(traitlets.Enum(["dense", "convolutional"], default_value="dense"))
    learning_rate = number(0.002)
    batch_size = shared(traitlets.Enum([32, 64, 128], default_value=64))
    leak = shared(traitlets.Bool(False))
    seed = shared(traitlets.Int(1))
    stop_after = shared(traitlets.Int(0))
    steps = shared(traitlets.Int(0))
    losses = numbers()
    accuracy = number()
    tensors = shared(traitlets.Int(0))


class Digits(LabWidget):
    """See `course_utils.widgets.digits`."""

    demo = "digits"
    strokes = shared(traitlets.List())
    preprocess = shared(traitlets.Bool(True))
    inside = shared(traitlets.Bool(True))
    drawing = array()
    digit = shared(traitlets.Int(None, allow_none=True))
    probabilities = shared(traitlets.Dict())


class Sketches(LabWidget):
    """See `course_utils.widgets.sketches`."""

    demo = "sketches"
    strokes = shared(traitlets.List())
    words = shared(traitlets.List(traitlets.Unicode()))
    seconds = shared(traitlets.Int(20))
    drawing = array()
    guess = shared(traitlets.Unicode(""))
    probabilities = shared(traitlets.Dict())


#: The widget classes of the laboratory's demos.
WIDGETS: tuple[type[DemoWidget], ...] = (Convolution, SpriteTraining, Gestures, Digits, Sketches)
