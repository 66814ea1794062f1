"""The functions that make widgets of the laboratory's demos; `course_utils.widgets` has them all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_utils.widgets import gesture_trainer, lab_demos

__all__ = [
    "convolution",
    "decision_boundaries",
    "digits",
    "gestures",
    "judge",
    "quantisation",
    "sketches",
    "sprite_training",
    "sums",
    "text",
    "your_model",
]

_MOST_POINTS, _MOST_CLASSES = 5000, 6


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


def sprite_training(
    network: str = "dense",
    *,
    learning_rate: float = 0.002,
    batch_size: int = 64,
    leak: bool = False,
    seed: int = 1,
    stop_after: int = 0,
) -> lab_demos.SpriteTraining:
    """Train a network on pictures of clothes that come as one sheet, and watch the memory.

    The sheet holds Fashion-MNIST where this machine has it (`course fetch` brings it), else drawn clothes.

    Args:
        network: "dense" or "convolutional".
        learning_rate: of Adam, 0.0001 to 0.1.
        batch_size: 32, 64 or 128 pictures.
        leak: leave out the line that disposes of each batch.
        seed: of the first weights and of the order of the pictures.
        stop_after: pause after so many steps; 0 trains until the reader stops it.

    Returns:
        A widget with `steps`, `losses` (one a step), `accuracy` (of held-back pictures, 0 to 1) and `tensors` (alive
        now), and the settings as the reader left them.
    """
    return _demos().SpriteTraining(
        network=network,
        learning_rate=float(learning_rate),
        batch_size=batch_size,
        leak=leak,
        seed=seed,
        stop_after=stop_after,
    )


def gestures(
    class_names: Sequence[str] = ("Rock", "Paper", "Scissors"),
    *,
    augment: bool = False,
    hidden: int = 0,
    seed: int | None = None,
) -> gesture_trainer.Gestures:
    """Teach your gestures to a network and play rock-paper-scissors against the computer.

    The camera's pictures stay in the browser; what comes back to Python are feature vectors.

    Args:
        class_names: two to six names.
        augment: learn from changed copies of each frame too.
        hidden: hidden neurons of the head, 0 or 32.
        seed: of the first weights, of what is held back and of the computer's moves; None draws these by lot.

    Returns:
        A widget with `features` of shape (n, length), `labels`, `bursts` (which press of a button a row came from),
        `copies` (1 for a changed copy), `accuracy` (on held-back samples) and `rounds`; `weights()` gives the
        trained head as arrays, `head_model()` as a Keras model.
    """
    return _demos().Gestures(class_names=list(class_names), augment=augment, hidden=hidden, seed=seed)


def decision_boundaries(
    features: Any = None,
    labels: Sequence[Any] | None = None,
    *,
    feature_names: Sequence[str] = (),
    dataset: str = "iris",
    layers: int = 2,
    units: int = 16,
    learning_rate: float = 0.01,
    l2: float = 0.0,
    dropout: float = 0.0,
    wrong_labels: float = 0.0,
    seed: int = 1,
) -> lab_demos.DecisionBoundaries:
    """Train a small network on points of a plane, and watch its borders move.

    Args:
        features: of shape (n, 2), n at most 5000; None takes the points of `dataset`.
        labels: the class of each point: numbers or names, 2 to 6 different ones.
        feature_names: what the two features are called.
        dataset: "iris", "moons", "rings" or "spiral", where no features are given.
        layers: hidden layers, 0 to 3.
        units: of each hidden layer, 1 to 64.
        learning_rate: of Adam, 0.0005 to 0.3.
        l2: penalty on squared weights, 0 to 0.3.
        dropout: share of the units left out in each step, 0 to 0.7.
        wrong_labels: share of the training labels that are changed, 0 to 0.4.
        seed: of the split, the first weights and the order of the points.

    Returns:
        A widget with `accuracy` (of the 30 % held back), `training_accuracy`, `epoch`, `predicted` (a class for each
        of `points`, as a position in `class_names`) and `weights` (kernel, bias, kernel, …) of the last training.

    Raises:
        ValueError: the arrays do not fit together, or there are too many points or classes.
    """
    values: dict[str, Any] = {}
    if features is not None:
        values = _points(features, labels if labels is not None else ())
    return _demos().DecisionBoundaries(
        feature_names=[str(name) for name in feature_names],
        dataset="own" if values else dataset,
        layers=layers,
        units=units,
        learning_rate=float(learning_rate),
        l2=float(l2),
        dropout=float(dropout),
        wrong_labels=float(wrong_labels),
        seed=seed,
        **values,
    )


def digits(
    strokes: Sequence[Sequence[Sequence[float]]] = (), *, preprocess: bool = True, inside: bool = True
) -> lab_demos.Digits:
    """Draw a digit; a convolutional network and one of dense layers say what it is.

    Args:
        strokes: a drawing to begin with, as lists of points (x, y) on a pad of 280 × 280, y downwards.
        preprocess: is the drawing brought into MNIST's form (cropped, scaled to 20 pixels, centred by its mass)?
        inside: are the feature maps of every layer unfolded?

    Returns:
        A widget with `drawing`, the picture of shape (28, 28) that the networks saw, as a float array; `digit`, what
        the convolutional network says; `probabilities` of "cnn" and "mlp"; and `strokes`.
    """
    return _demos().Digits(strokes=_strokes(strokes), preprocess=preprocess, inside=inside)


def sketches(
    strokes: Sequence[Sequence[Sequence[float]]] = (), *, words: Sequence[str] = (), seconds: int = 20
) -> lab_demos.Sketches:
    """Draw one of ten things; a network guesses with every stroke.

    Args:
        strokes: a drawing to begin with, as lists of points (x, y) on a pad of 280 × 280, y downwards.
        words: what a round asks for, such as "bicycle"; five of the ten by lot without.
        seconds: to draw each.

    Returns:
        A widget with `drawing`, the picture of shape (28, 28) that the network saw, as a float array; `guess`;
        `probabilities` by name; and `strokes`.
    """
    return _demos().Sketches(strokes=_strokes(strokes), words=list(words), seconds=seconds)


def sums(sum: str = "38+94") -> lab_demos.Sums:
    """A network reads a sum as characters and writes its answer.

    Args:
        sum: two whole numbers of at most three digits with a plus between them; it was trained up to 100.

    Returns:
        A widget with `sum` as the reader left it, `answer`, and `probabilities` of the answer's characters, ones first;
        once all sums were tried, `tried` and `right` say how many and how many were right.
    """
    return _demos().Sums(sum=sum)


def text(
    begin: str = "ROMEO:\n", *, length: int = 300, temperature: float = 0.7, seed: int = 0
) -> lab_demos.Text:
    """A network that has read Shakespeare goes on with a text, character by character.

    Args:
        begin: what it reads first.
        length: characters to write at one go, 20 to 1000.
        temperature: 0.1 (nearly always the likeliest character) to 2.
        seed: the same seed writes the same text; 0 draws anew each time.

    Returns:
        A widget with `text`, the beginning and what was written, and `entropies`, how undecided the network was before
        each character written, in bits.
    """
    return _demos().Text(begin=begin, length=length, temperature=float(temperature), seed=seed)


def quantisation(strokes: Sequence[Any] = (), *, bits: int = 8) -> lab_demos.Quantisation:
    """Let one network of digits answer a drawing with its weights in 32, 16, 8 and fewer bits.

    Args:
        strokes: lists of points (x, y) on a pad of 280 × 280, drawn at the start.
        bits: the form that is looked at: 32, 16, 8, 6, 5, 4, 3 or 2.

    Returns:
        A widget with `answers`, the digit that each form names, from 32 bits to 2 (empty where nothing is drawn),
        the ten `probabilities` of the form that is looked at, and `strokes` and `bits` as the reader left them.
    """
    plain = [[list(map(float, point)) for point in stroke] for stroke in strokes]
    return _demos().Quantisation(strokes=plain, bits=bits)


def judge(
    text: str = "", *, threshold: float = 0.5, miss: float = 1.0, alarm: float = 1.0
) -> lab_demos.Judge:
    """One neuron judges a remark by its words; see what each word added, and what a threshold costs.

    Args:
        text: the remark; "" takes a sample.
        threshold: the probability of *rude* from which on a remark is hidden, 0 to 1.
        miss: what a rude remark costs that stays.
        alarm: what a civil remark costs that is hidden.

    Returns:
        A widget with the `probability` of rude, the `parts` (what each word adds to the sum, by word; 0 where it is not
        known), and `caught` (rude remarks), `alarms` (civil ones) and `cost` on the 197 remarks to choose with.
    """
    return _demos().Judge(text=text, threshold=float(threshold), miss=float(miss), alarm=float(alarm))


def your_model(digit: int | None = None) -> lab_demos.YourModel:
    """Drop a converted model into the page and try it; it stays in the browser.

    Args:
        digit: start with the course's own model of digits, and draw this one.

    Returns:
        A widget with the model's `name`, `bytes` and `input_shape` (0 where it is open), and with the last `input` and
        `output` as arrays.
    """
    return _demos().YourModel(digit=digit)


def _strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> list[list[list[float]]]:
    return [[[float(x), float(y)] for x, y in stroke] for stroke in strokes]


def _rows(table: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[float(value) for value in row] for row in table]


def _demos() -> Any:
    # anywidget and ipywidgets are loaded with the first widget, not with the package.
    return importlib.import_module("course_utils.widgets.lab_demos")


def _points(features: Any, labels: Sequence[Any]) -> dict[str, Any]:
    """Points and classes as the demo wants them, the classes' names sorted."""
    import numpy as np

    points = np.asarray(features, np.float32)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"features has shape {points.shape}: give two numbers a point, shape (n, 2).")
    names, classes = np.unique(np.asarray(labels), return_inverse=True)
    if len(classes) != len(points):
        raise ValueError(f"There are {len(points)} points and {len(classes)} labels: give one label a point.")
    if len(points) > _MOST_POINTS:
        raise ValueError(f"There are {len(points)} points: {_MOST_POINTS} are the most that the demo draws.")
    if not 2 <= len(names) <= _MOST_CLASSES:
        raise ValueError(f"There are {len(names)} classes: 2 to {_MOST_CLASSES} can be told apart here.")
    return {
        "points": points,
        "classes": classes.astype(np.int32),
        "class_names": [str(name) for name in names],
    }
