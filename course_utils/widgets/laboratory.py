"""The functions that make widgets of the laboratory's demos; `course_utils.widgets` has them all."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_utils.widgets import gesture_trainer, lab_demos

__all__ = ["convolution", "digits", "gestures", "sketches", "sprite_training"]


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


def _strokes(strokes: Sequence[Sequence[Sequence[float]]]) -> list[list[list[float]]]:
    return [[[float(x), float(y)] for x, y in stroke] for stroke in strokes]


def _rows(table: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[float(value) for value in row] for row in table]


def _demos() -> Any:
    # anywidget and ipywidgets are loaded with the first widget, not with the package.
    return importlib.import_module("course_utils.widgets.lab_demos")
