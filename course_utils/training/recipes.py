"""What every recipe has: its data, its model, a training, a measure, and what its card says of them.

A kind of model is a subclass of `Recipe`: `pictures.PictureRecipe` tells pictures apart, `sums` and `text` hold
sequence models. `run.train` drives any of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from course_utils.conversion.formats import KERAS, QUANTIZATIONS

if TYPE_CHECKING:
    import keras
    from rich.console import Console

#: Every form that a model can be measured in, the unquantised one of each format first.
FORMS = tuple((to, way) for to, ways in QUANTIZATIONS.items() if to != KERAS for way in ways)


class Parts(Protocol):
    """Data as a recipe needs them: three parts that share no row, and where they come from."""

    train: Sized
    validation: Sized
    test: Sized
    source: str


@dataclass(frozen=True)
class Fit:
    """What a training was: `epochs` is how often each example was seen, `seconds` the wall time."""

    model: keras.Model
    epochs: float
    seconds: float


@dataclass(frozen=True)
class Score:
    """What a model's outputs are worth: a share between 0 and 1, and further figures by name."""

    accuracy: float
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sections:
    """The parts of a card in Markdown that differ from kind to kind of model.

    Attributes:
        task, input, output: one line each.
        unit: what the examples are, in the plural.
        accuracy: what the accuracy counts, as "share of test pictures that …".
        counted: whether it is a share of the test part's examples.
        rows: further lines of the first table, each a name and a value.
        training: one sentence each on how it was trained.
        training_table: a table of the training's stages, or "".
        result: sections with headings on what it does well and badly, or "".
    """

    task: str
    input: str
    output: str
    unit: str
    accuracy: str
    counted: bool = True
    rows: tuple[tuple[str, str], ...] = ()
    training: tuple[str, ...] = ()
    training_table: str = ""
    result: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """How one shipped model is made.

    `build()` gives the untrained model and `data()` the parts that it is trained, chosen and measured with.
    `bar` is the test accuracy that the shipped model must reach.
    """

    name: str
    title: str
    build: Callable[[], keras.Model]
    data: Callable[[], Any]
    real_source: str  #: how the source of the real data begins, as `data().source` says it
    licence: str  #: of the real data
    bundled_licence: str
    limits: tuple[str, ...]  #: what the model must not be trusted with, one sentence each
    bar: float
    started_from: str = "weights drawn at random"
    forms: tuple[tuple[str, str], ...] = FORMS  #: formats and quantisations that it is measured in
    too_coarse: tuple[str, ...] = ()  #: quantisations that are measured, and known to lose too much to ship

    #: Rows that go through a runtime at once.
    rows_at_once: ClassVar[int] = 500

    @abstractmethod
    def fit(self, data: Any, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train the model on `data.train`: whole, or `seconds` by the clock. The test part is not looked at."""

    @abstractmethod
    def inputs(self, part: Any) -> list[np.ndarray]:
        """A part of the data as the model's inputs, one array each, whose rows belong together."""

    def representative_inputs(self, data: Any) -> list[np.ndarray]:
        """A few rows of the validation part, with which a conversion is proven and quantised."""
        return [rows[:300] for rows in self.inputs(data.validation)]

    @abstractmethod
    def score(self, outputs: list[np.ndarray], part: Any) -> Score:
        """What the model's outputs for `inputs(part)` are worth."""

    @abstractmethod
    def described(self, data: Any, fitted: Fit, outputs: list[np.ndarray], whole: bool) -> dict[str, Any]:
        """What the card says of this kind of model, for machines.

        `outputs` are those for the test part; `whole` says that the whole recipe was run. The dictionary has
        "training", a dictionary, among its keys.
        """

    @abstractmethod
    def sections(self, card: dict) -> Sections:
        """The same for people, made from the card alone."""

    def shortfall(self, score: Score) -> str | None:
        """Why a test score is not good enough, as "a test accuracy of 0.9, below its bar of 0.95"; or None."""
        if score.accuracy < self.bar:
            return f"a test accuracy of {score.accuracy:.4f}, below its bar of {self.bar}"
        return None


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
