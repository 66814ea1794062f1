"""One widget class a demo: which values it shares with Python."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import traitlets

from course_utils.widgets import modules, tensorflow_js


def _shared(trait: traitlets.TraitType) -> Any:
    return trait.tag(sync=True)


def _number(default: float | None = None) -> Any:
    # A browser has no JSON for infinity, which a diverging run reaches: it arrives as None.
    return _shared(traitlets.Float(default, allow_none=True))


def _numbers() -> Any:
    return _shared(traitlets.List(traitlets.Float(allow_none=True), default_value=[]))


class DemoWidget(anywidget.AnyWidget):
    """A demo of the book as a widget. Subclasses name the demo and the traits that it reads or sets."""

    demo: ClassVar[str]

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_esm")
    def _script(self) -> str:
        return modules.notebook_script(self.demo)

    @traitlets.default("_css")
    def _styles(self) -> str:
        return modules.stylesheet()


class LineFit(DemoWidget):
    """See `course_utils.widgets.line_fit`."""

    demo = "line-fit"
    points = _shared(traitlets.List(traitlets.List(traitlets.Float())))
    weight = _number(-1.0)
    bias = _number(4.0)
    learning_rate = _number(0.05)
    compact = _shared(traitlets.Bool(False))
    loss = _number()


class OptimizerRace(DemoWidget):
    """See `course_utils.widgets.optimizer_race`."""

    demo = "optimizer-race"
    surface = _shared(
        traitlets.Enum(["valley", "ravine", "saddle", "basins", "noisy"], default_value="valley")
    )
    start = _shared(
        traitlets.List(traitlets.Float(), minlen=2, maxlen=2, default_value=None, allow_none=True)
    )
    rates = _shared(traitlets.Dict(value_trait=traitlets.Float(), key_trait=traitlets.Unicode()))
    winner = _shared(traitlets.Unicode(""))
    arrivals = _shared(
        traitlets.Dict(value_trait=traitlets.Int(allow_none=True), key_trait=traitlets.Unicode())
    )


class TfjsNeuron(DemoWidget):
    """See `course_utils.widgets.tfjs_neuron`."""

    demo = "tfjs-neuron"
    xs = _shared(traitlets.List(traitlets.Float()))
    ys = _shared(traitlets.List(traitlets.Float()))
    epochs = _shared(traitlets.Int(200))
    learning_rate = _number(0.05)
    optimizer = _shared(traitlets.Enum(["sgd", "momentum", "rmsprop", "adam"], default_value="sgd"))
    weight = _number()
    bias = _number()
    loss = _number()
    losses = _numbers()
    tfjs = _shared(traitlets.Unicode())
    tfjs_integrity = _shared(traitlets.Unicode(tensorflow_js.INTEGRITY))
    tfjs_from_kernel = _shared(
        traitlets.Bool(help="Can the kernel send TensorFlow.js when the address fails?")
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.on_msg(self._answer)

    @traitlets.default("tfjs")
    def _address(self) -> str:
        return tensorflow_js.address()

    @traitlets.default("tfjs_from_kernel")
    def _can_send(self) -> bool:
        return tensorflow_js.local_copy() is not None

    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        copy = tensorflow_js.local_copy()
        if isinstance(content, dict) and content.get("kind") == "tfjs" and copy is not None:
            self.send({"kind": "tfjs"}, buffers=[copy.read_bytes()])


class BellCurve(DemoWidget):
    """See `course_utils.widgets.bell_curve`."""

    demo = "bell-curve"
    count = _shared(traitlets.Int(10))
    mean = _number(25.6)
    sd = _number(1.7)
    within = _number(1.0)
    seed = _shared(traitlets.Int(1))


class Neuron(DemoWidget):
    """See `course_utils.widgets.neuron`."""

    demo = "neuron"
    weights = _shared(traitlets.List(traitlets.Float(), minlen=3, maxlen=3, default_value=[1.0, 1.0, 1.0]))
    bias = _number(0.0)
    activation = _shared(traitlets.Unicode("sigmoid"))
    food = _shared(traitlets.Unicode(""))


class KernelOrder(DemoWidget):
    """See `course_utils.widgets.kernel_order`."""

    demo = "kernel-order"
    price = _number(3)
    order = _shared(traitlets.List(traitlets.Int()))


class PixelRange(DemoWidget):
    """See `course_utils.widgets.pixel_range`."""

    demo = "pixel-range"
    load = _shared(traitlets.Enum(["uint8", "float255", "float1", "signed"], default_value="uint8"))
    operations = _shared(traitlets.List(traitlets.Enum(["divide", "add", "uint8", "float32"])))


class BackpropPlayground(DemoWidget):
    """See `course_utils.widgets.backprop_playground`."""

    demo = "backprop-playground"
    problem = _shared(traitlets.Unicode("wave"))
    units = _shared(traitlets.Int(4))
    activation = _shared(traitlets.Unicode("tanh"))
    rate = _number(0.1)
    seed = _shared(traitlets.Int(1))
    steps = _shared(traitlets.Int(0))
    loss = _number()


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
    )
}
