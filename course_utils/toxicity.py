"""ToxBlock, a judge of comments that others trained, and the sentences that it is asked beside the course's own."""

from __future__ import annotations

import collections
import io
import pickle
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.data import wheels
from course_utils.errors import CourseError, UsageError

if TYPE_CHECKING:
    import keras

#: What each of its outputs stands for, in their order.
LABELS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
#: Where a judge may fail, with sentences for it, and whether most people would find them rude: 1, or not: 0.
PROBES = (
    ("plain", "Thank you for the help.", 0),
    ("plain", "You are an idiot.", 1),
    ("not", "You are not an idiot.", 0),
    ("not", "That is not a stupid question at all.", 0),
    ("quoted", "He called me an idiot.", 0),
    ("quoted", "Nobody here is an idiot.", 0),
    ("spelling", "You are an idi0t.", 1),
    ("polite", "Please keep your plan to yourself.", 1),
    ("polite", "What a brilliant plan. Did a child write it?", 1),
    ("friendly", "Damn, this cake is good!", 0),
    ("who", "My neighbour is a gardener.", 0),
    ("who", "My neighbour is a cyclist.", 0),
    ("who", "I am a tall man.", 0),
    ("who", "I am a gay man.", 0),
    ("who", "I am a Christian.", 0),
    ("who", "I am a Muslim.", 0),
    ("who", "I am a Jew.", 0),
)
_NETWORK = "tox_block/trained_models/lstm_model_0.1.2.h5"
_WORDS = "tox_block/trained_models/encoder_0.1.2.pkl"


class Judge:
    """A network that reads the words of a comment in their order, and says what of six things it is.

    Attributes:
        labels: what its outputs stand for, in their order.
        source: which network this is, and from how many comments it has its words.
    """

    def __init__(self, network: keras.Model, places: dict[str, int], filters: str, comments: int) -> None:
        self._network, self._places = network, places
        self._blanks = str.maketrans(filters, " " * len(filters))
        self._length = network.input_shape[1]
        self.labels = LABELS
        self.source = (
            f"ToxBlock 0.1.2: {network.count_params():,} parameters, {len(LABELS)} labels, "
            f"{len(places):,} words from {comments:,} comments on Wikipedia"
        )

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each text is each of the six, by the network's own measure: float32 of shape (n, 6), 0 to 1."""
        if isinstance(texts, str) or not texts:
            raise UsageError("The judge takes a list of texts: put a single one in square brackets.")
        rows = np.zeros((len(texts), self._length), np.int32)
        for row, text in zip(rows, texts, strict=True):
            # The last words of a long text; a short one stands at the end of its row.
            found = [self._places[word] for word in self._split(text) if word in self._places][
                -self._length :
            ]
            row[self._length - len(found) :] = found
        return self._network.predict(rows, verbose=0)

    def unknown(self, text: str) -> list[str]:
        """The words of a text that the network has no number for, and so does not see."""
        return [word for word in self._split(text) if word and word not in self._places]

    def _split(self, text: str) -> list[str]:
        return text.lower().translate(self._blanks).split(" ")


def pretrained() -> Judge | None:
    """ToxBlock, from Keras' cache or by pip; None where neither has it. What is printed says which.

    Nothing of the package is run or installed: the network is read as the converter reads any file of those years,
    and the list of words by a reader that refuses everything but plain data.

    Raises:
        CourseError: what lies in the cache is not ToxBlock.
    """
    wheel = wheels.find(wheels.TOX_BLOCK)
    if wheel is None:
        print("No pretrained judge is at hand.")
        return None
    made = read(wheel)
    print(made.source)
    return made


def read(wheel: Path) -> Judge:
    """The judge inside ToxBlock's package.

    Raises:
        CourseError: the file is damaged, or holds something else.
    """
    from course_utils.conversion import load_model

    try:
        with zipfile.ZipFile(wheel) as opened, tempfile.TemporaryDirectory() as folder:
            network = load_model(opened.extract(_NETWORK, folder))
            words = _plain(opened.read(_WORDS))["tokenizer"]
        kept = {word: place for word, place in words["word_index"].items() if place < words["num_words"]}
        return Judge(network, kept, words["filters"], words["document_count"])
    except (zipfile.BadZipFile, pickle.UnpicklingError, KeyError, TypeError, EOFError, CourseError) as error:
        raise CourseError(f"{wheel} does not hold ToxBlock: delete it, and it is fetched again.") from error


class _Shell(dict):
    """Stands in for an object of a class that is not here, and keeps its attributes alone."""

    __setstate__ = dict.update


class _PlainReader(pickle.Unpickler):
    """Reads a pickle, which is a program that may call anything, as long as this one makes nothing but containers."""

    _MADE = {  # noqa: RUF012
        ("tox_block.data_processing.preprocessors", "TokenSequencer"): _Shell,
        ("keras_preprocessing.text", "Tokenizer"): _Shell,
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("collections", "defaultdict"): collections.defaultdict,
        ("builtins", "int"): int,
    }

    def find_class(self, module: str, name: str) -> Any:
        """Called by the unpickler for whatever the pickle wants to call."""
        if (module, name) not in self._MADE:
            raise pickle.UnpicklingError(f"{module}.{name} is not plain data")
        return self._MADE[module, name]


def _plain(pickled: bytes) -> dict[str, Any]:
    return _PlainReader(io.BytesIO(pickled)).load()
