"""Training itself: one stretch of steps, the learning rate's course, the average over the weights, the progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

# The share of the run in which the learning rate rises to its highest value.
_RISE = 0.05


@dataclass(frozen=True)
class Stretch:
    """One stretch of training: over its steps the learning rate rises to `learning_rate` and falls to 0."""

    epochs: int
    steps: int  #: in an epoch
    learning_rate: float
    weight_decay: float
    averaging: float  #: momentum of the moving average over the weights
    loss: str | Callable[..., Any] = "sparse_categorical_crossentropy"
    clipping: float | None = None  #: longest gradient of a step, over all weights together


def stretch(
    model: keras.Model,
    batches: tf.data.Dataset,
    plan: Stretch,
    seed: int,
    seconds: float | None,
    bar: Progress,
    name: str,
) -> tuple[keras.Model, float]:
    """Train `model` on endless `batches` of (inputs, targets); returns it without its optimizer, and the epochs.

    With `seconds` the run ends by the clock, and takes as many steps as the machine manages. A whole run repeats
    itself with the same seed on the same machine.
    """
    keras.utils.set_random_seed(seed)
    model = without_optimizer(
        model
    )  # with new seeds for its dropout, so that a stretch can be repeated alone
    model.compile(
        optimizer=keras.optimizers.AdamW(
            plan.learning_rate, weight_decay=plan.weight_decay, global_clipnorm=plan.clipping
        ),
        loss=plan.loss,
        jit_compile=False,  # compiled, convolutions take twice as long on a processor
    )
    pace = _Pace(name, plan.learning_rate, plan.steps * plan.epochs, seconds, bar)
    model.fit(
        batches,
        # In a run by the clock, `pace` ends it.
        epochs=plan.epochs if seconds is None else 1_000_000,
        steps_per_epoch=plan.steps,
        shuffle=False,  # they come shuffled
        verbose=0,
        callbacks=[_Average(plan.averaging), pace],
    )
    return without_optimizer(model), pace.steps / plan.steps


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


def progress(console: Console) -> Progress:
    """The progress bar of a training."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
