"""The kind of model that tells pictures of any size apart: how it is trained, measured and described."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import Progress

from course_utils.data import Examples, Splits
from course_utils.training.augmentation import Warp, batches
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.measuring import multiply_adds
from course_utils.training.recipes import Fit, Recipe, Score, Sections, table

_RESULT = """## Result for each class

Of the test pictures of a class, the share that was recognised (recall); of those given to a class, the share that
belonged there (precision).

{classes}

Which label (row) was given which class (column) how often:

{confusion}"""


@dataclass(frozen=True)
class Stage:
    """One stretch of training: over its epochs the learning rate rises to `learning_rate` and falls to 0."""

    epochs: int
    learning_rate: float
    warp: Warp


@dataclass(frozen=True)
class Teachers:
    """Larger models, trained first, whose probabilities the small one learns beside the labels.

    For each bent picture the target is `share` of the teachers' mean probabilities and the rest of the label
    (Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network").
    """

    build: Callable[[], keras.Model]
    count: int
    stages: tuple[Stage, ...]
    share: float
    temperature: float = 1.0  #: above 1 it evens the teachers' probabilities out


@dataclass(frozen=True, kw_only=True)
class PictureRecipe(Recipe):
    """How one shipped model that tells pictures apart is made.

    `build()` gives the untrained model for float32 pictures of shape (height, width, channels) with numbers from
    0 to 1, which ends in the classes' probabilities; `data()` gives the splits that hold such pictures.
    """

    stages: tuple[Stage, ...]
    batch_size: int = 128
    weight_decay: float = 1e-3
    averaging: float = 0.999  #: momentum of the moving average over the weights
    smoothing: float = 0.0  #: how much of each label is spread over all classes, for some labels are wrong
    teachers: Teachers | None = None  #: of a whole run; one by the clock does without
    preprocessing: str = "pixels divided by 255, so from 0 (black) to 1"
    precision: str = "float32"  #: Keras' policy while training; what ships always holds float32

    def fit(self, data: Splits, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train on the training part: all stages or, where given, `seconds` of wall time of the first.

        The test part is not looked at, and the validation part chooses nothing here: it is there for whoever
        changes the recipe. A run of whole stages repeats itself with the same seed on the same machine.
        """
        begin = time.monotonic()
        with progress(console) as bar:
            masters = self._masters(data, seed, bar) if seconds is None else []
            stages = self.stages if seconds is None else self.stages[:1]
            model, epochs = self._trained(self.build, self.name, stages, data, seed, seconds, bar, masters)
        return Fit(model, epochs, time.monotonic() - begin)

    def _masters(self, data: Splits, seed: int, bar: Progress) -> list[keras.Model]:
        if self.teachers is None:
            return []
        build, stages = self.teachers.build, self.teachers.stages
        return [
            self._trained(build, f"teacher {number}", stages, data, seed + 1000 * number, None, bar, [])[0]
            for number in range(1, self.teachers.count + 1)
        ]

    def _trained(
        self,
        build: Callable[[], keras.Model],
        name: str,
        stages: tuple[Stage, ...],
        data: Splits,
        seed: int,
        seconds: float | None,
        bar: Progress,
        masters: list[keras.Model],
    ) -> tuple[keras.Model, float]:
        keras.utils.set_random_seed(seed)
        model, epochs = _built(build, self.precision), 0.0
        batch_size = min(self.batch_size, len(data.train))
        for number, stage in enumerate(stages):
            drawn = batches(data.train, batch_size, stage.warp, seed + 100 * number)
            plan = Stretch(
                stage.epochs,
                len(data.train) // batch_size,
                stage.learning_rate,
                self.weight_decay,
                self.averaging,
            )
            if masters or self.smoothing:
                spread = _spread(self.smoothing, len(data.classes))
                taught = _taught(masters, self.teachers, len(data.classes)) if masters else spread
                drawn = drawn.map(taught).prefetch(2)
                plan = replace(plan, loss="categorical_crossentropy")
            model, done = stretch(model, drawn, plan, seed + 100 * number, seconds, bar, name)
            epochs += done
        if self.precision != "float32":
            trained, model = model, build()
            model.set_weights(trained.get_weights())
        return model, epochs

    def inputs(self, part: Examples) -> list[np.ndarray]:
        """The pictures."""
        return [part.images]

    def score(self, outputs: list[np.ndarray], part: Examples) -> Score:
        """The share of pictures whose most probable class is their label."""
        return Score(accuracy(outputs[0], part))

    def described(self, data: Splits, fitted: Fit, outputs: list[np.ndarray], whole: bool) -> dict[str, Any]:
        """Classes, confusion and how it was trained."""
        model = fitted.model
        return {
            "training": self.training(whole),
            "input": {
                "shape": list(model.input_shape[1:]),
                "range": [0, 1],
                "preprocessing": self.preprocessing,
            },
            "classes": list(data.classes),
            "multiply_adds": multiply_adds(model),
            "confusion": confusion(outputs[0], data.test).tolist(),
        }

    def training(self, whole: bool) -> dict[str, Any]:
        """How it is trained, for machines; `whole` or by the clock."""
        told: dict[str, Any] = {
            "batch_size": self.batch_size,
            "weight_decay": self.weight_decay,
            "averaging": self.averaging,
            "stages": [asdict(stage) for stage in (self.stages if whole else self.stages[:1])],
        }
        if self.smoothing:
            told["smoothing"] = self.smoothing
        if self.teachers is not None and whole:
            teachers = asdict(self.teachers) | {"parameters": self.teachers.build().count_params()}
            told["teachers"] = {key: value for key, value in teachers.items() if key != "build"}
        return told

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        counts = np.array(card["confusion"])
        height, width, channels = card["input"]["shape"]
        kind = "grey" if channels == 1 else "colour"
        return Sections(
            task=f"a {kind} picture of {height} × {width} pixels → one of {', '.join(card['classes'])}",
            input=f"float32 of shape ({height}, {width}, {channels}): {self.preprocessing}",
            output=f"{len(card['classes'])} probabilities, in the order of the classes",
            unit="pictures",
            accuracy="share of test pictures whose most probable class is their label",
            rows=(("multiply-adds a picture", f"{card['multiply_adds']:,}"),),
            training=trained_as(card["training"]),
            training_table=stages_table(card["training"]["stages"]),
            result=_RESULT.format(
                classes=classes_table(card["classes"], counts),
                confusion=confusion_table(card["classes"], counts),
            ),
        )


def _built(build: Callable[[], keras.Model], precision: str) -> keras.Model:
    """The untrained model, computing in that precision."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def accuracy(said: np.ndarray, examples: Examples) -> float:
    """The share of pictures whose most probable class is their label."""
    return float(np.mean(said.argmax(axis=1) == examples.labels))


def confusion(said: np.ndarray, examples: Examples) -> np.ndarray:
    """How often each label (row) was given each class (column): int64 of shape (classes, classes)."""
    counts = np.zeros((said.shape[1],) * 2, np.int64)
    np.add.at(counts, (examples.labels, said.argmax(axis=1)), 1)
    return counts


def trained_as(training: dict) -> tuple[str, ...]:
    """How a card's `training` went, a sentence or two each."""
    return (
        f"AdamW in batches of {training['batch_size']} with weight decay {training['weight_decay']:g}; in each "
        "stage the learning rate rises to its highest and falls along a cosine to 0; the weights are averaged "
        f"with momentum {training['averaging']:g}.",
        "Each picture is bent anew each time, by amounts up to those in the table: rotated, shifted along each "
        "axis, each axis scaled, sheared, and bent elastically (standard deviation before smoothing).",
        *_of_shares([stage["warp"].get("share", 1.0) for stage in training["stages"]]),
        *_of_smoothing(training.get("smoothing", 0.0)),
        *_of_teachers(training.get("teachers")),
    )


def stages_table(stages: list[dict]) -> str:
    """The stages of a card and how far each bends the pictures, in Markdown."""
    head = ("stage", "epochs", "highest rate", "rotation", "shift", "scale", "shear", "elastic")
    rows = []
    for number, stage in enumerate(stages, start=1):
        warp = stage["warp"]
        amounts = (
            f"{warp['degrees']:g}°",
            f"{warp['pixels']:g} px",
            f"{warp['zoom']:.0%}",
            f"{warp['shear']:g}",
        )
        rates = (f"{stage['epochs']}", f"{stage['learning_rate']:g}")
        rows.append((str(number), *rates, *amounts, f"{warp['elastic']:g} px"))
    return table(head, rows)


def classes_table(classes: list[str], counts: np.ndarray) -> str:
    """Recall and precision of each class, in Markdown."""
    labelled, given = counts.sum(axis=1), counts.sum(axis=0)
    rows = []
    for index, name in enumerate(classes):
        right = counts[index, index]
        shares = [f"{right / count:.4f}" if count else "–" for count in (labelled[index], given[index])]
        rows.append((name, f"{labelled[index]:,}", *shares))
    return table(("class", "pictures", "recall", "precision"), rows)


def confusion_table(classes: list[str], counts: np.ndarray) -> str:
    """The confusion table in Markdown; a dot for none."""
    rows = [
        (f"**{name}**", *(str(count or "·") for count in row))
        for name, row in zip(classes, counts, strict=True)
    ]
    return table(("label", *classes), rows)


def _taught(masters: list[keras.Model], teachers: Teachers, classes: int) -> Callable[..., tuple]:
    """Gives each batch, instead of labels, targets that are partly what the teachers say to the same bent pictures."""

    def targets(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        said = tf.add_n([master(images, training=False) for master in masters]) / len(masters)
        even = tf.nn.softmax(tf.math.log(said + 1e-7) / teachers.temperature)
        return images, teachers.share * even + (1 - teachers.share) * tf.one_hot(labels, classes)

    return targets


def _spread(smoothing: float, classes: int) -> Callable[..., tuple]:
    """Gives each batch, instead of labels, targets of which `smoothing` is spread evenly over all classes."""

    def targets(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return images, (1 - smoothing) * tf.one_hot(labels, classes) + smoothing / classes

    return targets


def _of_shares(shares: list[float]) -> tuple[str, ...]:
    if all(share == 1 for share in shares):
        return ()
    bent = " and ".join(f"{share:.0%} in stage {number}" for number, share in enumerate(shares, start=1))
    return (
        f"Not every picture is bent, but {bent}: bending blurs a little, and the pictures to be recognised are sharp.",
    )


def _of_smoothing(smoothing: float) -> tuple[str, ...]:
    if not smoothing:
        return ()
    return (f"Of each label {smoothing:.0%} is spread over all classes, for some labels are wrong.",)


def _of_teachers(told: dict | None) -> tuple[str, ...]:
    if told is None:
        return ()
    rates = " and ".join(
        f"{stage['epochs']} epochs at {stage['learning_rate']:g}" for stage in told["stages"]
    )
    return (
        f"It learned from {told['count']} larger models as well, of {told['parameters']:,} parameters each, trained "
        f"before it on the same pictures ({rates}): the target for each bent picture is {told['share']:.0%} their mean "
        f"probabilities at temperature {told['temperature']:g}, and the rest the label.",
    )
