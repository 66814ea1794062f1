"""The model that judges remarks: one neuron on the words that occur, as week 4 trains it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console

from course_utils import data
from course_utils.data.remarks import GROUPS, Remarks, words
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.recipes import Fit, Recipe, Score, Sections, table

# Which of the made-up forums: the one of the chapter.
_FORUM = 2
#: A word is in the vocabulary when so many remarks of the training part hold it.
LEAST = 3
_SHOWN = 8

_RESULT = """## Which words count

A remark's judgement is the sum of its words' weights and of the bias, through a sigmoid. The words that count most:

{words}

## Whom it wrongs

"My neighbour is a …." is a civil remark whatever the word is. What it says of it, in Keras:

{groups}"""


@dataclass(frozen=True)
class Judged:
    """Remarks in three parts, and the words that the training part holds often enough."""

    train: Remarks
    validation: Remarks
    test: Remarks
    vocabulary: tuple[str, ...]
    source: str = "remarks made of parts, written for the course"


@cache
def forum() -> Judged:
    """The remarks of the chapter with its vocabulary."""
    parts = data.remarks(seed=_FORUM)
    return Judged(parts.train, parts.validation, parts.test, vocabulary(parts.train.texts))


def vocabulary(texts: Iterable[str]) -> tuple[str, ...]:
    """The words that `LEAST` texts hold or more, in the order of the alphabet."""
    counted = Counter(word for text in texts for word in set(words(text)))
    return tuple(sorted(word for word, count in counted.items() if count >= LEAST))


def rows(texts: Iterable[str], known: tuple[str, ...]) -> np.ndarray:
    """Texts as the model's input: float32 of shape (n, words), 1 where a word occurs."""
    place = {word: number for number, word in enumerate(known)}
    found = [{place[word] for word in words(text) if word in place} for text in texts]
    table = np.zeros((len(found), len(known)), np.float32)
    for row, places in zip(table, found, strict=True):
        row[sorted(places)] = 1
    return table


def network() -> keras.Model:
    """One neuron: 1 or 0 for each known word → the probability of *rude*."""
    held = keras.Input((len(forum().vocabulary),), name="words")
    return keras.Model(held, keras.layers.Dense(1, activation="sigmoid", name="rude")(held), name="remarks")


@dataclass(frozen=True, kw_only=True)
class RemarksRecipe(Recipe):
    """How the model that judges remarks is made."""

    epochs: int
    learning_rate: float
    batch_size: int = 32
    averaging: float = 0.98

    def fit(self, data: Judged, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train on the training part: all epochs or, where given, `seconds` of wall time."""
        begin = time.monotonic()
        keras.utils.set_random_seed(seed)
        plan = Stretch(
            self.epochs,
            max(1, len(data.train) // self.batch_size),
            self.learning_rate,
            weight_decay=0.0,
            averaging=self.averaging,
            loss="binary_crossentropy",
        )
        pairs = rows(data.train.texts, data.vocabulary), data.train.labels[:, None].astype(np.float32)
        drawn = tf.data.Dataset.from_tensor_slices(pairs).shuffle(len(data.train), seed=seed)
        with progress(console) as bar:
            batches = drawn.repeat().batch(self.batch_size).prefetch(2)
            model, epochs = stretch(self.build(), batches, plan, seed, seconds, bar, self.name)
        return Fit(model, epochs, time.monotonic() - begin)

    def inputs(self, part: Remarks) -> list[np.ndarray]:
        """Which words each remark holds."""
        return [rows(part.texts, forum().vocabulary)]

    def score(self, outputs: list[np.ndarray], part: Remarks) -> Score:
        """The share of remarks judged as they are labelled, when those from 0.5 on are called rude."""
        called = outputs[0][:, 0] >= 0.5
        rude = part.labels == 1
        return Score(
            float(np.mean(called == rude)),
            {"found": float(called[rude].mean()), "false_alarms": float(called[~rude].mean())},
        )

    def described(self, data: Judged, fitted: Fit, outputs: list[np.ndarray], whole: bool) -> dict[str, Any]:
        """Its words, their weights, what it says of four groups, and the remarks that were held back."""
        weights, bias = fitted.model.get_layer("rude").get_weights()
        asked = rows([f"My neighbour is a {group}." for group in GROUPS], data.vocabulary)
        said = fitted.model.predict(asked, verbose=0)[:, 0]
        return {
            "training": {
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "averaging": self.averaging,
            },
            "vocabulary": " ".join(data.vocabulary),
            "weights": dict(
                zip(data.vocabulary, (round(float(weight), 4) for weight in weights[:, 0]), strict=True)
            ),
            "bias": round(float(bias[0]), 4),
            "groups": {group: round(float(share), 4) for group, share in zip(GROUPS, said, strict=True)},
            "held_back": {
                name: {"texts": list(part.texts), "labels": "".join(map(str, part.labels))}
                for name, part in (("validation", data.validation), ("test", data.test))
            },
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        training, figures = card["training"], card["test_figures"]
        ordered = sorted(card["weights"].items(), key=lambda pair: pair[1])
        told = [
            ("rude", ", ".join(f"{word} {weight:+.2f}" for word, weight in ordered[: -_SHOWN - 1 : -1])),
            (
                "civil",
                ", ".join(f"{word} {weight:+.2f}".replace("-", "−") for word, weight in ordered[:_SHOWN]),
            ),
        ]
        groups = [(group, f"{share:.2f}") for group, share in card["groups"].items()]
        return Sections(
            task="a remark in English → how likely it is that its label says *rude*",
            input=f"float32 of shape ({len(card['weights'])},): 1 for each known word that occurs, however often",
            output="one probability",
            unit="remarks",
            accuracy="share of test remarks judged as they are labelled, at a threshold of 0.5",
            rows=(
                ("rude remarks found", f"{figures['found']:.4f} at 0.5"),
                ("civil remarks called rude", f"{figures['false_alarms']:.4f} at 0.5"),
            ),
            training=(
                f"AdamW without weight decay in batches of {training['batch_size']}; the learning rate rises to "
                f"{training['learning_rate']:g} and falls along a cosine to 0; the weights are averaged with momentum "
                f"{training['averaging']:g}.",
                "The vocabulary is taken from the training part alone: words that "
                f"{LEAST} of its remarks hold or more.",
            ),
            result=_RESULT.format(
                words=table(("speaks for", "words and weights"), told),
                groups=table(("word", "probability of rude"), groups),
            ),
        )


RECIPES = (
    RemarksRecipe(
        name="remarks",
        title="Remarks judged by their words, one neuron",
        build=network,
        data=forum,
        real_source="remarks made of parts",
        licence="Written by this project; MIT, like the code",
        bundled_licence="Written by this project; MIT, like the code",
        limits=(
            "It is made to show how such a model fails. Use it on nobody's words.",
            "It knows a few dozen nouns and adjectives of made-up remarks, in English. What it does not know leaves no "
            "trace in its answer.",
            "It counts words and knows no order: *not*, a quotation and a joke are words like others.",
            "On the forum that it learned from, people quarrel with cyclists, so it takes the word itself for rude.",
            "Two labels in a hundred are not what most people would say, in the test part too.",
        ),
        bar=0.9,
        epochs=25,
        learning_rate=0.03,
    ),
)
