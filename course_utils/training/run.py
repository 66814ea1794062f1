"""From a recipe to the folder that ships: train, convert and prove, measure, write the card."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from course_utils.book.pages import find_root
from course_utils.errors import CourseError, UsageError
from course_utils.training import card, measuring
from course_utils.training.fitting import without_optimizer
from course_utils.training.recipes import Fit, Parts, Recipe, Score
from course_utils.training.registry import recipe

if TYPE_CHECKING:
    import keras

#: A Keras file that would be larger than that, in bytes, keeps its weights in half precision.
LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Trained:
    """A finished run: the folder, and the card that lies in it."""

    folder: Path
    card: dict
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        shipped = self.card["shipped"]
        lines = [
            *self.notes,
            f"{self.card['name']}: {self.card['parameters']:,} parameters, "
            f"test accuracy {self.card['test_accuracy']:.4f}, validation {self.card['validation_accuracy']:.4f}",
            f"for the page: {card.form_name(shipped)}, {shipped['bytes']:,} bytes, "
            f"test accuracy {shipped['test_accuracy']:.4f}",
            f"{self.folder}: see README.md in it",
        ]
        return "\n".join(lines)


def train(
    model: str | Recipe,
    out: Path | None = None,
    seed: int = 0,
    seconds: float | None = None,
    root: Path | None = None,
    console: Console | None = None,
) -> Trained:
    """Train a model and write it, its TensorFlow.js form and its model card.

    Args:
        model: the name of one of `MODELS`, or a recipe.
        out: the folder to write. By default the shipped one, `book/_static/models/NAME`, which only a whole run
            on the real data replaces; any other run goes to `_build/models/NAME`.
        seed: of weights and order, and of the bending of pictures.
        seconds: train for so long, by the clock, instead of the recipe's epochs.
        root: the checkout; the one that the current folder lies in by default.
        console: where progress is shown.

    Raises:
        UsageError: there is no such model, or `out` holds something else.
        CourseError: a whole run stays below its bar; the shipped model is kept.
    """
    chosen = model if isinstance(model, Recipe) else recipe(model)
    name = chosen.name
    if seconds is not None and seconds <= 0:
        raise UsageError(f"--seconds {seconds:g} leaves no time to train: give a positive number.")
    console = console or Console(stderr=True)
    if out is not None:
        _check_replaceable(out, chosen)
    data = chosen.data()
    real = data.source.startswith(chosen.real_source)
    whole = real and seconds is None
    notes: tuple[str, ...] = ()
    if out is None:
        out = (root or find_root()) / ("book/_static" if whole else "_build") / "models" / name
        if not whole:
            why = (
                f"{seconds:g} seconds are not its whole training"
                if real
                else f"this was not {chosen.real_source}"
            )
            notes = (f"The shipped model is not replaced, for {why}.",)
        _check_replaceable(out, chosen)
    fitted = chosen.fit(data, seed, seconds, console)
    options = f" --seconds {seconds:g}" if seconds is not None else ""
    command = f"course train {name} --seed {seed}{options}"
    run = Run(chosen, data, fitted, command, seed, seconds is None, whole)
    with console.status("Measuring …") as status, _replacing(out) as folder:
        described = finish(run, folder, lambda doing: status.update(f"{doing} …"))
    return Trained(out, described, notes)


@dataclass(frozen=True)
class Run:
    """A training that has ended."""

    recipe: Recipe
    data: Parts
    fitted: Fit
    command: str
    seed: int
    whole: bool  #: the recipe was run to its end
    counts: bool  #: on the real data too: the result has to reach its bar


def finish(run: Run, folder: Path, tell: Callable[[str], None]) -> dict:
    """Convert, prove and measure the trained model, fill `folder` with what ships, and return its card.

    This is the one place where the test part is opened. Raises `CourseError` where the model, or its form for
    the page, stays below what it has to reach.
    """
    recipe, data, model = run.recipe, run.data, run.fitted.model
    said = measuring.said_by_keras(recipe, model, data.test)
    test = recipe.score(said, data.test)
    if run.counts and (why := recipe.shortfall(test)):
        raise CourseError(f"{recipe.name} has {why}; the old one is kept.")
    validation = recipe.score(measuring.said_by_keras(recipe, model, data.validation), data.validation)
    with tempfile.TemporaryDirectory(prefix="course-train-") as scratch:
        folders = measuring.convert_all(recipe, model, data, Path(scratch), tell)
        forms = measuring.measure(recipe, model, folders, data, said, tell)
        shipped = measuring.choose(forms, validation.accuracy, recipe.too_coarse)
        if run.counts and (why := _shortfall(recipe, test, shipped)):
            raise CourseError(f"{recipe.name} as {shipped.quantize} has {why}; the old one is kept.")
        halved = keep(model, folder / f"{recipe.name}.keras")
        for file in folders[shipped.to, shipped.quantize].iterdir():
            shutil.copy2(file, folder)
    tell("Writing the model card")
    described = card.describe(run, card.Measured(said, validation, test, forms, shipped))
    return card.write(described | ({"keras_file": "float16"} if halved else {}), folder, recipe)


def keep(model: keras.Model, path: Path) -> bool:
    """Write the Keras file, compressed; returns whether it is so large that its weights had to be rounded.

    Rounded are the numbers, to those that float16 has. The file holds float32 all the same, and loads like any other.
    """
    _save_compressed(model, path)
    if path.stat().st_size <= LARGEST_FILE:
        return False
    rounded = without_optimizer(model)
    rounded.set_weights([weight.astype(np.float16).astype(np.float32) for weight in model.get_weights()])
    _save_compressed(rounded, path)
    return True


def _save_compressed(model: keras.Model, path: Path) -> None:
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    # Keras stores without compressing. Of the kinds that Python unpacks, this one makes rounded weights smallest.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def _shortfall(recipe: Recipe, test: Score, shipped: measuring.Form) -> str | None:
    """Why the form for the page is not good enough: it need not reach the bar to the last digit."""
    loss = test.accuracy - shipped.test_accuracy
    if loss > measuring.LARGEST_LOSS:
        return f"a test accuracy of {shipped.test_accuracy:.4f}, {loss:.2%} below Keras"
    return None


def _check_replaceable(out: Path, chosen: Recipe) -> None:
    """Refuse to write where anything else lies than an earlier run of the same recipe."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        holds = json.loads((out / "card.json").read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, KeyError, TypeError):
        holds = None
    if holds != chosen.name:
        raise UsageError(f"{out} holds something else than {chosen.name}: name another folder with --out.")


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `out` when the block ends well."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        new.mkdir()
        yield new
        if out.exists():
            out.rename(old)
        new.rename(out)
