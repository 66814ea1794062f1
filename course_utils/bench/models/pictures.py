"""The recognisers of pictures, on test pictures of the real data where at hand: as they ship, and after a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from course_utils.bench.models.row import Row
from course_utils.book.pages import find_root

if TYPE_CHECKING:
    import keras

    from course_utils.training.recipes import Recipe

#: The digits' convolutional network after a minute: the seconds, the seed, and the accuracy that is promised.
SECONDS, SEED, MINUTE_BAR = 60, 0, 0.993
#: With how many parameters others reach less; ours has to stay within them.
MOST_PARAMETERS = 37_610

Part = Callable[[Callable[[str], None]], Iterator[Row]]


def as_shipped(*names: str) -> Part:
    """A part that loads and tries the shipped models of these names; nothing is trained."""
    return partial(_as_shipped, names)


def _as_shipped(names: tuple[str, ...], tell: Callable[[str], None]) -> Iterator[Row]:
    import keras

    from course_utils.training.registry import recipe

    for name in names:
        tell(f"{name}, as shipped")
        begun, chosen = time.perf_counter(), recipe(name)
        model = keras.models.load_model(folder(name) / f"{name}.keras")
        yield _row(
            f"{name}, as shipped", chosen, model, chosen.data(), chosen.bar, begun, f"course train {name}"
        )


def after_a_minute(tell: Callable[[str], None]) -> Iterator[Row]:
    """The digits' convolutional network, trained here for `SECONDS` of wall time from random weights."""
    from course_utils.training.registry import recipe

    name = "digits-cnn"
    tell(f"{name}, training for {SECONDS} seconds")
    begun, chosen = time.perf_counter(), recipe(name)
    data = chosen.data()
    fitted = chosen.fit(data, SEED, SECONDS, Console(quiet=True))
    how = f"course train {name} --seed {SEED} --seconds {SECONDS}"
    yield _row(f"{name}, after {SECONDS} seconds", chosen, fitted.model, data, MINUTE_BAR, begun, how)


def folder(name: str) -> Path:
    """Where the shipped model of this name lies."""
    return find_root() / "book" / "_static" / "models" / name


def _row(
    title: str, chosen: Recipe, model: keras.Model, data: Any, bar: float, begun: float, how: str
) -> Row:
    """The accuracy on the test part, as the model's card measures it."""
    from course_utils.training import measuring

    is_real = data.source.startswith(chosen.real_source)
    said = measuring.said_by_keras(chosen, model, data.test)
    share = chosen.score(said, data.test).accuracy
    what = f"{len(data.test):,} test pictures, {chosen.real_source if is_real else data.source}"
    seconds = time.perf_counter() - begun
    return Row(
        title, what, share, None, bar, is_real, seconds, f"{model.count_params():,} parameters, `{how}`"
    )
