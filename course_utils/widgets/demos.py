"""One widget class a demo of the weeks: which values it shares with Python."""

from __future__ import annotations

import traitlets

from course_utils.widgets import lab_demos
from course_utils.widgets.base import DemoWidget, LabWidget, number, numbers, shared


class LineFit(DemoWidget):
    """See `course_utils.widgets.line_fit`."""

    demo = "line-fit"
    points = shared(traitlets.List(traitlets.List(traitlets.Float())))
    weight = number(-1.0)
    bias = number(4.0)
    learning_rate = number(0.05)
    compact = shared(traitlets.Bool(False))
    loss = number()


class OptimizerRace(DemoWidget):
    """See `course_utils.widgets.optimizer_race`."""

    demo = "optimizer-race"
    surface = shared(
        traitlets.Enum(["valley", "ravine", "saddle", "basins", "noisy"], default_value="valley")
    )
    start = shared(traitlets.List(traitlets.Float(), minlen=2, maxlen=2, default_value=None, allow_none=True))
    rates = shared(traitlets.Dict(value_trait=traitlets.Float(), key_trait=traitlets.Unicode()))
    winner = shared(traitlets.Unicode(""))
    arrivals = shared(
        traitlets.Dict(value_trait=traitlets.Int(allow_none=True), key_trait=traitlets.Unicode())
    )


class TfjsNeuron(LabWidget):
    """See `course_utils.widgets.tfjs_neuron`."""

    demo = "tfjs-neuron"
    xs = shared(traitlets.List(traitlets.Float()))
    ys = shared(traitlets.List(traitlets.Float()))
    epochs = shared(traitlets.Int(200))
    learning_rate = number(0.05)
    optimizer = shared(traitlets.Enum(["sgd", "momentum", "rmsprop", "adam"], default_value="sgd"))
    weight = number()
    bias = number()
    loss = number()
    losses = numbers()


class BellCurve(DemoWidget):
    """See `course_utils.widgets.bell_curve`."""

    demo = "bell-curve"
    count = shared(traitlets.Int(10))
    mean = number(25.6)
    sd = number(1.7)
    within = number(1.0)
    seed = shared(traitlets.Int(1))


class Neuron(DemoWidget):
    """See `course_utils.widgets.neuron`."""

    demo = "neuron"
    weights = shared(traitlets.List(traitlets.Float(), minlen=3, maxlen=3, default_value=[1.0, 1.0, 1.0]))
    bias = number(0.0)
    activation = shared(traitlets.Unicode("sigmoid"))
    food = shared(traitlets.Unicode(""))


class KernelOrder(DemoWidget):
    """See `course_utils.widgets.kernel_order`."""

    demo = "kernel-order"
    price = number(3)
    order = shared(traitlets.List(traitlets.Int()))


class PixelRange(DemoWidget):
    """See `course_utils.widgets.pixel_range`."""

    demo = "pixel-range"
    load = shared(traitlets.Enum(["uint8", "float255", "float1", "signed"], default_value="uint8"))
    operations = shared(traitlets.List(traitlets.Enum(["divide", "add", "uint8", "float32"])))


class BackpropPlayground(DemoWidget):
    """See `course_utils.widgets.backprop_playground`."""

    demo = "backprop-playground"
    problem = shared(traitlets.Unicode("wave"))
    units = shared(traitlets.Int(4))
    activation = shared(traitlets.Unicode("tanh"))
    rate = number(0.1)
    seed = shared(traitlets.Int(1))
    steps = shared(traitlets.Int(0))
    loss = number()


class Softmax(DemoWidget):
    """See `course_utils.widgets.softmax`."""

    demo = "softmax"
    scores = shared(traitlets.List(traitlets.Float(), minlen=2, default_value=[-1.0, 2.0, 1.0]))
    names = shared(traitlets.List(traitlets.Unicode(), default_value=["setosa", "versicolor", "virginica"]))
    truth = shared(traitlets.Int(1))
    temperature = number(1.0)
    probabilities = numbers()
    loss = number()


class Leak(DemoWidget):
    """See `course_utils.widgets.leak`."""

    demo = "leak"
    patients = shared(traitlets.Int(40))
    rows = shared(traitlets.Int(4))
    by = shared(traitlets.Enum(["row", "patient"], default_value="row"))
    seed = shared(traitlets.Int(1))
    accuracy = number()
    mean = number()
    splits = shared(traitlets.Int(0))


class Threshold(DemoWidget):
    """See `course_utils.widgets.threshold`."""

    demo = "threshold"
    threshold = number(0.5)
    apart = number(1.6)
    ill = number(0.3)
    sureness = number(1.0)
    seed = shared(traitlets.Int(3))
    precision = number()
    recall = number()
    accuracy = number()
    area = number()
    loss = number()


#: The widget class of each demo, by the demo's name.
WIDGETS: dict[str, type[DemoWidget]] = {
    widget.demo: widget
    for widget in (
        LineFit,
        OptimizerRace,
        TfjsNeuron,
        BellCurve,
        Neuron,
        KernelOrder,
        PixelRange,
        BackpropPlayground,
        Softmax,
        Leak,
        Threshold,
        *lab_demos.WIDGETS,
    )
}
