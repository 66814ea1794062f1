"""The model that writes text character by character: a recurrent network whose state goes in and comes out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from rich.console import Console

from course_utils import data
from course_utils.conversion.formats import TFJS_GRAPH
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.recipes import FORMS, Fit, Recipe, Score, Sections

# Of a text to measure with, the model reads stretches of this many characters: the first ones only to have something to
# go on, the others to be judged by.
_READ, _JUDGED = 100, 300
_SAMPLE = {"begin": "ROMEO:\n", "length": 400, "temperature": 0.7}

_RESULT = """## How it writes

{length} characters after `{begin}`, drawn at temperature {temperature} by the seed of the training:

```text
{text}
```"""


@dataclass(frozen=True)
class Passage:
    """Text as numbers: for each character its place among the characters that the model knows.

    Of its stretches, one in `every` is measured with: all of them would keep each converted form busy for minutes.
    """

    codes: np.ndarray
    every: int = 1

    @property
    def starts(self) -> np.ndarray:
        """Where the stretches begin that are measured with: int64 of shape (n, 1)."""
        return np.arange(0, len(self.codes) - _READ - _JUDGED + 1, _JUDGED * self.every)[:, None]

    def __len__(self) -> int:
        """Characters that are judged."""
        return len(self.starts) * _JUDGED


@dataclass(frozen=True)
class Passages:
    """The three parts of a text as numbers."""

    train: Passage
    validation: Passage
    test: Passage
    characters: tuple[str, ...]
    source: str


def passages() -> Passages:
    """Tiny Shakespeare, or the bundled text, as numbers."""
    text = data.shakespeare()
    places = {character: place for place, character in enumerate(text.characters)}
    parts = (
        Passage(np.array([places[character] for character in part], np.int32), every)
        for part, every in ((text.train, 1), (text.validation, 4), (text.test, 4))
    )
    return Passages(*parts, characters=text.characters, source=text.source)


def network(characters: int = 65, units: int = 256) -> keras.Model:
    """One recurrent layer: (characters read, state before) → (probabilities of each next character, state after).

    It reads any number of characters at once, in a page one after the other. `reset_after` is off, for TensorFlow.js
    has no such gate.
    """
    read = keras.Input((None,), dtype="int32", name="characters")
    before = keras.Input((units,), name="state_before")
    x = layers.Embedding(characters, 32, name="embedding")(read)
    recurrent = layers.GRU(
        units, return_sequences=True, return_state=True, reset_after=False, name="recurrent"
    )
    x, after = recurrent(x, initial_state=before)
    following = layers.Dense(characters, activation="softmax", name="next")(x)
    return keras.Model([read, before], [following, after], name="text")


@dataclass(frozen=True, kw_only=True)
class TextRecipe(Recipe):
    """How a model that writes is made: trained on windows drawn anywhere from the text, each from an empty state."""

    epochs: int
    learning_rate: float
    window: int = 80
    batch_size: int = 64
    weight_decay: float = 1e-3
    averaging: float = 0.998
    clipping: float = 1.0

    rows_at_once: ClassVar[int] = 100

    def fit(self, data: Passages, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train on the training part: all epochs or, where given, `seconds` of wall time."""
        begin = time.monotonic()
        keras.utils.set_random_seed(seed)
        units = self.build().input_shape[1][1]
        model = network(len(data.characters), units)
        steps = max(1, len(data.train.codes) // (self.window * self.batch_size))
        plan = Stretch(
            self.epochs,
            steps,
            self.learning_rate,
            self.weight_decay,
            self.averaging,
            clipping=self.clipping,
        )
        with progress(console) as bar:
            # The state that comes out is no target.
            learner = keras.Model(model.inputs, model.outputs[0])
            windows = self._windows(data.train.codes, units, seed)
            learner, epochs = stretch(learner, windows, plan, seed, seconds, bar, self.name)
        model.set_weights(learner.get_weights())
        return Fit(model, epochs, time.monotonic() - begin)

    def _windows(self, codes: np.ndarray, units: int, seed: int) -> tf.data.Dataset:
        whole = tf.constant(codes)
        empty = tf.zeros([self.batch_size, units])

        def draw(number: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
            last = len(codes) - self.window
            key = tf.stack([number, tf.constant(seed, tf.int64)])
            starts = tf.random.stateless_uniform([self.batch_size, 1], key, 0, last, tf.int32)
            drawn = tf.gather(whole, starts + tf.range(self.window + 1))
            return (drawn[:, :-1], empty), drawn[:, 1:]

        return tf.data.Dataset.counter().map(draw).prefetch(4)

    def inputs(self, part: Passage) -> list[np.ndarray]:
        """Overlapping stretches of the text, each read from an empty state."""
        read = part.codes[part.starts + np.arange(_READ + _JUDGED - 1)]
        return [read, np.zeros((len(read), self.build().input_shape[1][1]), np.float32)]

    def representative_inputs(self, data: Passages) -> list[np.ndarray]:
        """Short stretches: what a runtime does wrong, it does in each character."""
        return [
            rows[:16, :32] if rows.dtype == np.int32 else rows[:16] for rows in self.inputs(data.validation)
        ]

    def score(self, outputs: list[np.ndarray], part: Passage) -> Score:
        """How often the likeliest character came next, and the mean loss in nats, after 100 characters at least."""
        said = outputs[0][:, _READ - 1 :]
        came = part.codes[part.starts + np.arange(_READ, _READ + _JUDGED)]
        of_those = np.take_along_axis(said, came[..., None].astype(np.int64), axis=2)
        better = (said > of_those).sum(axis=2)
        loss = -np.log(np.maximum(of_those, 1e-12, dtype=np.float64)).mean()
        return Score(
            float((better == 0).mean()), {"loss": float(loss), "top3_accuracy": float((better < 3).mean())}
        )

    def described(
        self, data: Passages, fitted: Fit, outputs: list[np.ndarray], whole: bool
    ) -> dict[str, Any]:
        """Its characters, how it was trained, and a piece of what it writes."""
        return {
            "training": {
                "batch_size": self.batch_size,
                "window": self.window,
                "learning_rate": self.learning_rate,
                "weight_decay": self.weight_decay,
                "averaging": self.averaging,
                "clipping": self.clipping,
            },
            "characters": "".join(data.characters),
            "units": fitted.model.input_shape[1][1],
            "sample": {**_SAMPLE, "text": write(fitted.model, data.characters, **_SAMPLE)},
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        training, figures, sample = card["training"], card["test_figures"], card["sample"]
        shipped, count = card["shipped"]["figures"], len(card["characters"])
        return Sections(
            task="characters read so far → what comes next",
            input=f"int32 of shape (time,), each character's place among the {count} known ones; float32 of shape "
            f"({card['units']},), the state before, zeros to begin with",
            output=f"{count} probabilities after each character; the state after the last",
            unit="characters",
            accuracy="share of test characters that were the likeliest",
            rows=(
                (
                    "**test loss**",
                    f"**{figures['loss']:.3f}** nats a character ({shipped['loss']:.3f} as shipped)",
                ),
                ("among the three likeliest", f"{figures['top3_accuracy']:.4f}"),
            ),
            training=(
                f"AdamW in batches of {training['batch_size']} windows of {training['window']} characters, drawn "
                f"anywhere from the training part, with weight decay {training['weight_decay']:g}; the learning rate "
                f"rises to {training['learning_rate']:g} and falls along a cosine to 0; gradients longer than "
                f"{training['clipping']:g} are shortened; the weights are averaged with momentum "
                f"{training['averaging']:g}.",
                "The text is cut by position: the last tenth is the test part, the twentieth before it validation. "
                f"Measured with were stretches of {_JUDGED} characters spread evenly over each; every one of those "
                f"characters follows at least {_READ} that were read.",
            ),
            result=_RESULT.format(**{**sample, "begin": sample["begin"].strip()}),
        )


def write(
    model: keras.Model,
    characters: tuple[str, ...],
    begin: str,
    length: int,
    temperature: float,
    seed: int = 0,
) -> str:
    """Let the model read `begin`, and write `length` characters more, each drawn from its probabilities.

    Characters of `begin` that the model does not know are left out.
    """
    random = np.random.default_rng(seed)
    places = {character: place for place, character in enumerate(characters)}
    state = tf.zeros([1, model.input_shape[1][1]])
    following = [places[character] for character in begin if character in places] or [0]
    written = ""
    for _ in range(length):
        said, state = model([tf.constant([following]), state], training=False)
        logits = np.log(np.asarray(said)[0, -1].astype(np.float64) + 1e-12) / temperature
        shares = np.exp(logits - logits.max())
        following = [int(random.choice(len(characters), p=shares / shares.sum()))]
        written += characters[following[0]]
    return written


# A graph of TensorFlow.js would hold a loop for the text, which the page does not need.
_FORMS = tuple((to, way) for to, way in FORMS if to != TFJS_GRAPH and way != "full-int8")

RECIPES = (
    TextRecipe(
        name="text",
        title="Text by character, one recurrent layer",
        build=network,
        data=passages,
        real_source="Tiny Shakespeare",
        licence="Passages of William Shakespeare's plays, collected by Andrej Karpathy; in the public domain",
        bundled_licence="Descriptions of data sets by the scikit-learn developers; BSD 3-clause",
        limits=(
            "It knows which characters follow which, and some words; it does not know what they mean. What it writes "
            "looks like a play and says nothing.",
            "It has read one author of around 1600, in English. It repeats his words, also those that hurt today.",
            "What it has read it keeps in 256 numbers: after a few lines a speaker, a place or a rhyme is forgotten.",
        ),
        bar=0.5,
        forms=_FORMS,
        epochs=12,
        learning_rate=5e-3,
    ),
)
