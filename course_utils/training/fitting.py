"""Training itself: batches, the learning rate's course, the average over the weights, the progress bar."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import keras
import tensorflow as tf
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from course_utils.data import Splits
from course_utils.training.augmentation import batches
from course_utils.training.registry import Recipe, Stage

# The share of the run in which the learning rate rises to its highest value.
_RISE = 0.05


@dataclass(frozen=True)
class Fit:
    """What a training run was: `epochs` is how often each picture was seen, `seconds` the wall time."""

    model: keras.Model
    epochs: float
    seconds: float
    validation_accuracy: float


def fit(recipe: Recipe, splits: Splits, seed: int, seconds: float | None, console: Console) -> Fit:
    """Train `recipe`'s model on the training part: its stages or, where given, `seconds` of wall time of the first.

    The test part is not looked at. The validation part is measured once, at the end, and chooses nothing here:
    it is there for whoever changes the recipe. A run of whole stages repeats itself with the same seed on the
    same machine; a run of so many seconds takes as many steps as the machine manages.
    """
    begin = time.monotonic()
    keras.utils.set_random_seed(seed)
    model, epochs = recipe.build(), 0.0
    with _progress(console) as bar:
        for number, stage in enumerate(recipe.stages if seconds is None else recipe.stages[:1]):
            model, done = run_stage(model, recipe, stage, splits, seed + 100 * number, seconds, bar)
            epochs += done
    spent = time.monotonic() - begin
    said = model.predict(splits.validation.images, batch_size=500, verbose=0)
    right = said.argmax(axis=1) == splits.validation.labels
    return Fit(model, epochs, spent, float(right.mean()))


def run_stage(
    model: keras.Model,
    recipe: Recipe,
    stage: Stage,
    splits: Splits,
    seed: int,
    seconds: float | None,
    bar: Progress,
) -> tuple[keras.Model, float]:
    """Train `model` for one stage; returns it without its optimizer, and how often each picture was seen."""
    keras.utils.set_random_seed(seed)
    model = without_optimizer(model)  # with new seeds for its dropout, so that a stage can be repeated alone
    model.compile(
        optimizer=keras.optimizers.AdamW(stage.learning_rate, weight_decay=recipe.weight_decay),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # compiled, convolutions take twice as long on a processor
    )
    batch_size = min(recipe.batch_size, len(splits.train))
    steps_in_epoch = len(splits.train) // batch_size
    pace = _Pace(recipe.name, stage.learning_rate, steps_in_epoch * stage.epochs, seconds, bar)
    model.fit(
        batches(splits.train, batch_size, stage.warp, seed),
        # In a run by the clock, `pace` ends it.
        epochs=stage.epochs if seconds is None else 1_000_000,
        steps_per_epoch=steps_in_epoch,
        shuffle=False,  # they come shuffled
        verbose=0,
        callbacks=[_Average(recipe.averaging), pace],
    )
    return without_optimizer(model), pace.steps / steps_in_epoch


def without_optimizer(model: keras.Model) -> keras.Model:
    """The same model with the same weights, and nothing of its training."""
    bare = keras.Model.from_config(model.get_config())
    bare.set_weights(model.get_weights())
    return bare


class _Average(keras.callbacks.Callback):
    """Keeps a moving average over all weights, the statistics of normalisations too, and leaves it in the model.

    Its momentum grows from 0 to `momentum`, so that the first, random weights are soon forgotten. (The average of
    Keras' own optimizers starts with them at full weight, which spoils a run of a few thousand steps.)
    """

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self._momentum = momentum
        self._steps = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Called by Keras."""
        weights = [weight.value for weight in self.model.weights if weight.dtype == "float32"]
        averages = [tf.Variable(weight) for weight in weights]

        @tf.function
        def update(momentum: tf.Tensor) -> None:
            for average, weight in zip(averages, weights, strict=True):
                average.assign_add((1 - momentum) * (weight - average))

        @tf.function
        def take() -> None:
            for average, weight in zip(averages, weights, strict=True):
                weight.assign(average)

        self._update, self._take = update, take

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called by Keras."""
        self._update(tf.constant(min(self._momentum, self._steps / (self._steps + 10.0))))
        self._steps += 1

    def on_train_end(self, logs: dict | None = None) -> None:
        """Called by Keras."""
        self._take()


class _Pace(keras.callbacks.Callback):
    """Sets the learning rate before each step by how much of the run is over, and shows it."""

    def __init__(self, name: str, highest: float, steps: int, seconds: float | None, bar: Progress) -> None:
        super().__init__()
        self.steps = 0
        self._begin = time.monotonic()
        self._highest = highest
        self._all_steps, self._seconds = steps, seconds
        self._bar = bar
        self._task = bar.add_task(f"Training {name}", total=1.0, loss="")

    def _done(self) -> float:
        if self._seconds is None:
            return self.steps / self._all_steps
        return (time.monotonic() - self._begin) / self._seconds

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called by Keras."""
        self.model.optimizer.learning_rate = self._highest * rate(self._done())

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called by Keras."""
        self.steps += 1
        done = self._done()
        if self.steps % 10 == 0 or done >= 1:
            loss = f"loss {logs['loss']:.4f}" if logs else ""
            self._bar.update(self._task, completed=min(done, 1.0), loss=loss)
        # By the clock the run can end within an epoch; Keras asks after each step only through this attribute.
        if done >= 1:
            self.model.stop_training = True


def rate(done: float) -> float:
    """The learning rate as a share of its highest, when the share `done` of the run is over.

    It rises along a line and falls along a half cosine (Loshchilov and Hutter 2017, "SGDR", without restarts).
    """
    if done < _RISE:
        return max(done, _RISE / 10) / _RISE
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - _RISE) / (1 - _RISE))))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
