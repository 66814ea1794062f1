"""The model that adds: it reads a sum as characters from the right, and writes the answer while it reads on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from rich.console import Console

from course_utils import data
from course_utils.data.sums import Sums, SumSplits
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.recipes import Fit, Recipe, Score, Sections, table

#: What the model reads and writes, in the order of its classes.
CHARACTERS = " +0123456789"
# Places of a number: 100 has three, and so has 200.
_PLACES = 3
#: Characters of a sum as the model reads it, such as " 38+ 94".
LENGTH = 2 * _PLACES + 1

_RESULT = """## Which sums it gets wrong

{kinds}

{wrong}"""


def read_as(question: str) -> str:
    """A sum as the model reads it: each number filled up from the left to three places, and all of it backwards.

    "38+94" becomes " 38+ 94" and then "49 +83 ": ones come before tens, as on paper.
    """
    one, other = question.split("+")
    return f"{one:>{_PLACES}}+{other:>{_PLACES}}"[::-1]


def written_as(answer: str) -> str:
    """What the model has to write meanwhile: nothing at first, then the answer backwards beside the second number."""
    return f"{answer:>{_PLACES}}"[::-1].rjust(LENGTH)


def encoded(questions: tuple[str, ...]) -> np.ndarray:
    """Sums as the model's input: float32 of shape (n, 7, 12), in each row of which one number is 1."""
    places = [[CHARACTERS.index(character) for character in read_as(question)] for question in questions]
    return np.eye(len(CHARACTERS), dtype=np.float32)[places]


def targets(answers: tuple[str, ...]) -> np.ndarray:
    """Answers as classes: int64 of shape (n, 7)."""
    return np.array([[CHARACTERS.index(character) for character in written_as(answer)] for answer in answers])


def network(unroll: bool = False) -> keras.Model:
    """One recurrent layer of 64 units: seven characters, each with the 12 probabilities of what to write beside it.

    `unroll` makes it faster to train and changes nothing of what it computes.
    """
    text = keras.Input((LENGTH, len(CHARACTERS)), name="sum")
    x = layers.GRU(64, return_sequences=True, reset_after=False, unroll=unroll, name="recurrent")(text)
    written = layers.Dense(len(CHARACTERS), activation="softmax", name="written")(x)
    return keras.Model(text, written, name="sums")


@dataclass(frozen=True, kw_only=True)
class SumsRecipe(Recipe):
    """How a model that adds is made."""

    epochs: int
    learning_rate: float
    batch_size: int = 128
    weight_decay: float = 1e-3
    averaging: float = 0.995
    clipping: float = 1.0

    def fit(self, data: SumSplits, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train on the training part: all epochs or, where given, `seconds` of wall time."""
        begin = time.monotonic()
        keras.utils.set_random_seed(seed)
        model = self.build()
        learner = network(unroll=True)
        learner.set_weights(model.get_weights())
        plan = Stretch(
            self.epochs,
            len(data.train) // self.batch_size,
            self.learning_rate,
            self.weight_decay,
            self.averaging,
            clipping=self.clipping,
        )
        rows = encoded(data.train.questions), targets(data.train.answers)
        drawn = tf.data.Dataset.from_tensor_slices(rows).shuffle(len(data.train), seed=seed)
        with progress(console) as bar:
            drawn = drawn.repeat().batch(self.batch_size).prefetch(4)
            learner, epochs = stretch(learner, drawn, plan, seed, seconds, bar, self.name)
        model.set_weights(learner.get_weights())
        return Fit(model, epochs, time.monotonic() - begin)

    def inputs(self, part: Sums) -> list[np.ndarray]:
        """The sums, encoded."""
        return [encoded(part.questions)]

    def score(self, outputs: list[np.ndarray], part: Sums) -> Score:
        """The share of sums whose answer is right in every character."""
        return Score(
            float(
                np.mean([said == answer for said, answer in zip(read(outputs[0]), part.answers, strict=True)])
            )
        )

    def described(
        self, data: SumSplits, fitted: Fit, outputs: list[np.ndarray], whole: bool
    ) -> dict[str, Any]:
        """How it was trained, what it gets wrong in each part, and which sums it was never trained on."""
        wrong: dict[str, list[str]] = {}
        zeros = [0, 0]
        for name in ("training", "validation", "test"):
            part = data.train if name == "training" else getattr(data, name)
            said = read(fitted.model.predict(encoded(part.questions), batch_size=1000, verbose=0))
            rows = list(zip(part.questions, said, part.answers, strict=True))
            wrong[name] = [f"{question}={text}" for question, text, answer in rows if text != answer]
            with_zero = [text == answer for question, text, answer in rows if "0" in question.split("+")]
            zeros = [zeros[0] + sum(with_zero), zeros[1] + len(with_zero)]
        count = len(data.train) + len(data.validation) + len(data.test)
        return {
            "training": {
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "weight_decay": self.weight_decay,
                "averaging": self.averaging,
                "clipping": self.clipping,
            },
            "characters": CHARACTERS,
            "sums": count,
            "all_accuracy": round(1 - sum(map(len, wrong.values())) / count, 6),
            "zero_accuracy": round(zeros[0] / zeros[1], 6),
            "wrong": wrong,
            # One way round is enough: both orders of a pair lie in one part.
            "never_trained_on": " ".join(
                question
                for question in (*data.validation.questions, *data.test.questions)
                if int(question.split("+")[0]) <= int(question.split("+")[1])
            ),
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        training, counts = card["training"], card["data"]
        rows = [
            (name, f"{counts[name]:,}", str(len(wrong)), ", ".join(wrong[:8]) or "–")
            for name, wrong in card["wrong"].items()
        ]
        return Sections(
            task='a sum of two numbers from 0 to 100 as text, such as "38+94" → its answer as text, "132"',
            input=f"float32 of shape ({LENGTH}, {len(CHARACTERS)}): the sum backwards, each number filled up with "
            "spaces to three places, one character a row",
            output=f"{len(CHARACTERS)} probabilities beside each character read; those of the last three write the "
            "answer, backwards",
            unit="sums",
            accuracy="share of test sums whose answer is right in every character; no test sum was trained on, in "
            "either order",
            rows=(
                (
                    "**all sums**",
                    f"**{card['all_accuracy']:.4f}** of {card['sums']:,}, those trained on included",
                ),
                ("sums with a 0", f"{card['zero_accuracy']:.4f}"),
            ),
            training=(
                f"AdamW in batches of {training['batch_size']} with weight decay {training['weight_decay']:g}; the "
                f"learning rate rises to {training['learning_rate']:g} and falls along a cosine to 0; gradients "
                f"longer than {training['clipping']:g} are shortened; the weights are averaged with momentum "
                f"{training['averaging']:g}.",
                "38+94 and 94+38 always lie in the same part: a tenth of the pairs is the test part, a twentieth "
                "validation.",
            ),
            result=_RESULT.format(
                kinds=table(("part", "sums", "wrong", "which"), rows),
                wrong="All in Keras. The page runs the whole table again with the form that ships.",
            ),
        )


def read(outputs: np.ndarray) -> list[str]:
    """The answers that the model wrote, from its probabilities of shape (n, 7, 12)."""
    classes = outputs[:, -_PLACES:].argmax(axis=2)[:, ::-1]
    return ["".join(CHARACTERS[place] for place in row).strip() for row in classes]


RECIPES = (
    SumsRecipe(
        name="sums",
        title="Sums as sequences, one recurrent layer",
        build=network,
        data=data.sums,
        real_source="all sums",
        licence="Generated by this project; MIT, like the code",
        bundled_licence="Generated by this project; MIT, like the code",
        limits=(
            "It adds two whole numbers from 0 to 100. To larger ones it gives an answer too, and mostly a wrong one.",
            "Of the numbers with three digits it has seen 100 alone, so sums with 100 are its weakest.",
            "It has not been told what a number is: it has seen characters beside characters. That it is right where "
            "it was never trained was measured, not proven.",
        ),
        bar=0.99,
        epochs=60,
        learning_rate=1e-2,
    ),
)
