"""The book's demos inside notebooks: the same modules of JavaScript, shown by anywidget.

Each function returns a widget: leave it as the last expression of a cell to show it. What the reader does in
it comes back to Python in its traits (`widget.weight`), and setting a trait changes the demo:

    from course_utils import widgets

    fit = widgets.line_fit(points=[[0, 1], [1, 3], [2, 4]])
    fit            # in a cell of its own: drag the line, press Run
    fit.weight     # later: where it stands now
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from course_utils.widgets.laboratory import (
    convolution,
    decision_boundaries,
    digits,
    gestures,
    judge,
    quantisation,
    sketches,
    sprite_training,
    sums,
    text,
    your_model,
)
from course_utils.widgets.picture_demos import detection, features, images, style_transfer

if TYPE_CHECKING:
    from course_utils.widgets import demos

__all__ = [
    "backprop_playground",
    "bell_curve",
    "convolution",
    "decision_boundaries",
    "detection",
    "digits",
    "features",
    "gestures",
    "images",
    "judge",
    "kernel_order",
    "leak",
    "line_fit",
    "neuron",
    "optimizer_race",
    "pixel_range",
    "quantisation",
    "sketches",
    "softmax",
    "sprite_training",
    "style_transfer",
    "sums",
    "text",
    "tfjs_neuron",
    "threshold",
    "your_model",
]


def line_fit(
    points: Sequence[Sequence[float]] = ((-1, -3), (0, -1), (1, 1), (2, 3), (3, 5), (4, 7)),
    *,
    weight: float = -1.0,
    bias: float = 4.0,
    learning_rate: float = 0.05,
    compact: bool = False,
) -> demos.LineFit:
    """Fit a line by hand or by gradient descent, with its squared errors and its loss surface.

    Args:
        points: pairs (x, y); an array of shape (n, 2) will do.
        weight: the line's slope at the start.
        bias: the line's height at x = 0 at the start.
        learning_rate: of gradient descent, 0.001 to 1.
        compact: leave out all controls but Run and Reset.

    Returns:
        A widget whose `points`, `weight`, `bias` and `loss` follow the reader.
    """
    pairs = [[float(x), float(y)] for x, y in points]
    return _demos().LineFit(
        points=pairs,
        weight=float(weight),
        bias=float(bias),
        learning_rate=float(learning_rate),
        compact=compact,
    )


def optimizer_race(
    surface: str = "valley",
    *,
    start: Sequence[float] | None = None,
    rates: Mapping[str, float] | None = None,
) -> demos.OptimizerRace:
    """Race SGD, momentum, RMSprop and Adam down one loss surface.

    Args:
        surface: "valley", "ravine", "saddle", "basins" or "noisy".
        start: the two parameters at the start; None takes the surface's own start.
        rates: learning rates by name ("sgd", "momentum", "rmsprop", "adam"); those left out suit the surface.

    Returns:
        A widget with `winner` (a name, "" before the end) and `arrivals` (steps by optimizer; None where it
        did not arrive).
    """
    return _demos().OptimizerRace(
        surface=surface,
        start=None if start is None else [float(value) for value in start],
        rates={name: float(rate) for name, rate in (rates or {}).items()},
    )


def tfjs_neuron(
    xs: Sequence[float] = (-1, 0, 1, 2, 3, 4),
    ys: Sequence[float] = (-3, -1, 1, 3, 5, 7),
    *,
    epochs: int = 200,
    learning_rate: float = 0.05,
    optimizer: str = "sgd",
) -> demos.TfjsNeuron:
    """Train one dense unit with TensorFlow.js in the browser that shows the notebook.

    TensorFlow.js (1.1 MB) is not part of the widget. The browser takes it from the course's site where the
    environment variable COURSE_SITE names its address, else from a content delivery network, at a pinned
    version, and checks its SHA-384 hash. If that fails and this machine has a copy (a built site, or the
    course's node_modules), the kernel sends it: so it also works offline. The same holds for every demo of the
    laboratory; the models that they need come from the kernel.

    Args:
        xs: the inputs.
        ys: the answer to each.
        epochs: passes over the data, 10 to 500.
        learning_rate: 0.001 to 1.
        optimizer: "sgd", "momentum", "rmsprop" or "adam".

    Returns:
        A widget with `weight`, `bias`, `loss` and `losses` of the last training.
    """
    return _demos().TfjsNeuron(
        xs=[float(x) for x in xs],
        ys=[float(y) for y in ys],
        epochs=epochs,
        learning_rate=float(learning_rate),
        optimizer=optimizer,
    )


def bell_curve(
    count: int = 10, *, mean: float = 25.6, sd: float = 1.7, within: float = 1.0, seed: int = 1
) -> demos.BellCurve:
    """The shoe maker's customers pile up to a bell.

    Args:
        count: customers at the start, at most 5000.
        mean: mean foot length of the town, in cm.
        sd: standard deviation of the foot lengths, in cm.
        within: how many standard deviations around the mean are marked.
        seed: the same seed brings the same customers.

    Returns:
        A widget whose `count` and `within` follow the reader.
    """
    return _demos().BellCurve(count=count, mean=float(mean), sd=float(sd), within=float(within), seed=seed)


def neuron(
    weights: Sequence[float] = (1, 1, 1), *, bias: float = 0.0, activation: str = "sigmoid", food: str = ""
) -> demos.Neuron:
    """One neuron decides whether something is a hot dog; find its weights by hand.

    Args:
        weights: of the three inputs (long, in a bun, red sauce), −5 to 5.
        bias: −8 to 8.
        activation: what squashes the sum, such as "sigmoid".
        food: the example that is loaded, by name; "" loads the first.

    Returns:
        A widget whose `weights`, `bias` and `activation` follow the reader.
    """
    return _demos().Neuron(
        weights=[float(w) for w in weights], bias=float(bias), activation=activation, food=food
    )


def kernel_order(price: int = 3) -> demos.KernelOrder:
    """Four cells to run in any order: what the page shows, and what the kernel remembers.

    Args:
        price: the number in the first cell.

    Returns:
        A widget with `order` (the cells run since the last restart, counted from 1) and `price`.
    """
    return _demos().KernelOrder(price=price)


def pixel_range(load: str = "uint8", operations: Sequence[str] = ()) -> demos.PixelRange:
    """A picture as numbers: what type and range do to it.

    Args:
        load: how the picture is read: "uint8", "float255", "float1" or "signed".
        operations: done to it in turn: "divide", "add", "uint8", "float32".

    Returns:
        A widget whose `load` and `operations` follow the reader.
    """
    return _demos().PixelRange(load=load, operations=list(operations))


def backprop_playground(
    problem: str = "wave",
    *,
    units: int = 4,
    activation: str = "tanh",
    rate: float = 0.1,
    seed: int = 1,
    steps: int = 0,
) -> demos.BackpropPlayground:
    """A tiny network learns by backpropagation; one step in slow motion, with the numbers of the chain rule.

    Args:
        problem: what it learns, such as "wave".
        units: hidden units.
        activation: of the hidden units, such as "tanh".
        rate: the learning rate.
        seed: of the first weights.
        steps: trained before it is shown.

    Returns:
        A widget with `steps` and `loss`, and the settings as the reader left them.
    """
    return _demos().BackpropPlayground(
        problem=problem, units=units, activation=activation, rate=float(rate), seed=seed, steps=steps
    )


def softmax(
    scores: Sequence[float] = (-1, 2, 1),
    names: Sequence[str] = ("setosa", "versicolor", "virginica"),
    *,
    truth: int = 1,
    temperature: float = 1.0,
) -> demos.Softmax:
    """Scores become probabilities, and the true class says what the answer costs.

    Args:
        scores: one a class, −5 to 5.
        names: of the classes, as many.
        truth: the place of the true class.
        temperature: what the scores are divided by first, 0.2 to 5.

    Returns:
        A widget with `scores`, `probabilities` and `loss`.
    """
    return _demos().Softmax(
        scores=[float(score) for score in scores],
        names=[str(name) for name in names],
        truth=int(truth),
        temperature=float(temperature),
    )


def leak(by: str = "row", *, patients: int = 40, rows: int = 4, seed: int = 1) -> demos.Leak:
    """Labels that nobody can predict, and what a split by rows makes of them.

    Args:
        by: what the split shuffles, "row" or "patient".
        patients: how many there are.
        rows: of each patient, 1 to 8.
        seed: the same seed draws the same patients and splits.

    Returns:
        A widget with the `accuracy` of the last split, and the `mean` of all `splits`.
    """
    return _demos().Leak(by=by, patients=patients, rows=rows, seed=seed)


def threshold(
    threshold: float = 0.5, *, apart: float = 1.6, ill: float = 0.3, sureness: float = 1.0, seed: int = 3
) -> demos.Threshold:
    """Patients with a probability each, and what a threshold makes of them: errors, ROC and calibration.

    Args:
        threshold: the probability from which on a patient is called ill, 0 to 1.
        apart: how far the ill and the healthy lie apart, 0 to 4.
        ill: the share of the ill, 0.05 to 0.5.
        sureness: 1 is as sure as it is right, more is too sure, less too timid.
        seed: the same seed makes the same patients.

    Returns:
        A widget with `threshold`, `precision`, `recall`, `accuracy`, `area` under the ROC curve and `loss`.
    """
    return _demos().Threshold(
        threshold=float(threshold), apart=float(apart), ill=float(ill), sureness=float(sureness), seed=seed
    )


def _demos() -> Any:
    # anywidget and ipywidgets are loaded with the first widget, not with the package.
    return importlib.import_module("course_utils.widgets.demos")
