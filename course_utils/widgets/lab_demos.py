"""One widget class a demo of the laboratory: which values it shares with Python. See `base.py` for how to add one."""

from __future__ import annotations

import traitlets

from course_utils.widgets.base import DemoWidget, LabWidget, array, arrays, number, numbers, shared
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


class DecisionBoundaries(LabWidget):
    """See `course_utils.widgets.decision_boundaries`."""

    demo = "decision-boundaries"
    dataset = shared(traitlets.Enum(["iris", "moons", "rings", "spiral", "own"], default_value="iris"))
    layers = shared(traitlets.Enum([0, 1, 2, 3], default_value=2))
    units = shared(traitlets.Int(16, min=1, max=64))
    learning_rate = number(0.01)
    l2 = number(0.0)
    dropout = number(0.0)
    wrong_labels = number(0.0)
    seed = shared(traitlets.Int(1))
    points = array()
    classes = array()
    class_names = shared(traitlets.List(traitlets.Unicode()))
    feature_names = shared(traitlets.List(traitlets.Unicode()))
    epoch = shared(traitlets.Int(0))
    accuracy = number()
    training_accuracy = number()
    predicted = array()
    weights = arrays()


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


class Sums(LabWidget):
    """See `course_utils.widgets.sums`."""

    demo = "sums"
    sum = shared(traitlets.Unicode("38+94"))
    answer = shared(traitlets.Unicode(""))
    probabilities = numbers()
    tried = shared(traitlets.Int(0))
    right = shared(traitlets.Int(0))


class Text(LabWidget):
    """See `course_utils.widgets.text`."""

    demo = "text"
    begin = shared(traitlets.Unicode("ROMEO:\n"))
    length = shared(traitlets.Int(300))
    temperature = number(0.7)
    seed = shared(traitlets.Int(0))
    text = shared(traitlets.Unicode(""))
    entropies = numbers()


class Images(LabWidget):
    """See `course_utils.widgets.images`."""

    demo = "images"
    picture = array()
    sample = shared(traitlets.Enum(["portrait", "pavilion", "dahlia"], default_value="pavilion"))
    picture_name = shared(traitlets.Unicode(""))
    predictions = shared(traitlets.List(traitlets.Dict()))
    probabilities = array()
    mattered = array()


class Features(LabWidget):
    """See `course_utils.widgets.features`."""

    demo = "features"
    pictures = array()
    sample = shared(traitlets.Enum(["pieces", "hands"], default_value="pieces"))
    names = shared(traitlets.List(traitlets.Unicode()))
    chosen = shared(traitlets.Unicode(""))
    network = shared(traitlets.Unicode(""))
    vectors = array()
    places = array()


class Judge(LabWidget):
    """See `course_utils.widgets.judge`."""

    demo = "judge"
    text = shared(traitlets.Unicode(""))
    threshold = number(0.5)
    miss = number(1.0)
    alarm = number(1.0)
    probability = number()
    parts = shared(traitlets.Dict())
    caught = shared(traitlets.Int(0))
    alarms = shared(traitlets.Int(0))
    cost = number()


class Detection(LabWidget):
    """See `course_utils.widgets.detection`."""

    demo = "detection"
    picture = array()
    seed = shared(traitlets.Int(199))
    least = number(0.5)
    overlap = number(0.4)
    suppressed = shared(traitlets.Bool(True))
    boxes = array()
    kinds = shared(traitlets.List(traitlets.Unicode()))
    scores = numbers()
    before = shared(traitlets.Int(0))
    picture_name = shared(traitlets.Unicode(""))


class YourModel(LabWidget):
    """See `course_utils.widgets.your_model`."""

    demo = "your-model"
    digit = shared(traitlets.Int(None, allow_none=True, min=0, max=9))
    name = shared(traitlets.Unicode(""))
    bytes = shared(traitlets.Int(0))
    input_shape = shared(traitlets.List(traitlets.Int()))
    input = array()
    output = array()


class Quantisation(LabWidget):
    """See `course_utils.widgets.quantisation`."""

    demo = "quantisation"
    strokes = shared(traitlets.List())
    bits = shared(traitlets.Enum([32, 16, 8, 6, 5, 4, 3, 2], default_value=8))
    answers = shared(traitlets.List(traitlets.Int()))
    probabilities = numbers()


class StyleTransfer(LabWidget):
    """See `course_utils.widgets.style_transfer`."""

    demo = "style-transfer"
    picture = array()
    style_picture = array()
    sample = shared(traitlets.Enum(["portrait", "pavilion", "dahlia"], default_value="pavilion"))
    style = shared(traitlets.Enum(["strokes", "waves", "dots"], default_value="strokes"))
    style_weight = number(10.0)
    smoothness = number(20.0)
    layers = shared(traitlets.List(traitlets.Float(), minlen=5, maxlen=5, default_value=[1.0] * 5))
    start = shared(traitlets.Enum(["content", "noise"], default_value="content"))
    stop_after = shared(traitlets.Int(100, min=1))
    steps = shared(traitlets.Int(0))
    content_loss = number()
    style_loss = number()
    painted = array()


#: The widget classes of the laboratory's demos.
WIDGETS: tuple[type[DemoWidget], ...] = (
    Convolution,
    SpriteTraining,
    Gestures,
    Digits,
    Sketches,
    Sums,
    Text,
    DecisionBoundaries,
    Images,
    Features,
    Quantisation,
    Judge,
    Detection,
    StyleTransfer,
    YourModel,
)
