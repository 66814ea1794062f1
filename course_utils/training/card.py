"""The model card: what a shipped model is, where it came from and what it is worth, for machines and for people.

`card.json` is written from the run, and `README.md` from `card.json`, so nobody types a number.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from course_utils import __version__
from course_utils.training.measuring import Form
from course_utils.training.recipes import Recipe, Score, Sections, table

if TYPE_CHECKING:
    from course_utils.training.run import Run

_README = """# {title}

Model card of `{name}`, written by `{command}`. Do not edit it: train again.

{table}

## Data

{source}: {training:,} {unit} to train with, {validation:,} to choose with, {test:,} to measure with once, at the end.
{licence}.

## Training

- Command: `{command}`, seed {seed}. It started from {started_from}.
- {epochs:.1f} epochs, {time} on {cores} cores{machine}.
{notes}
- Trained on {date}, with {versions}.
{stages}
{result}## Forms and what they cost

Each form was run over the whole test part in its own runtime. The difference is the largest from any number
that Keras gave.

{forms}

## Files

{files}
{kept}
## Limits

{limits}
"""

_ROUNDED = """
The weights in the Keras file are rounded to half precision, as those for the page are. Keras' line in the table of
forms is of the network before that.
"""


@dataclass(frozen=True)
class Measured:
    """What a trained model was found to be worth.

    Attributes:
        outputs: what it said to the test part, in Keras.
        validation, test: its scores there, in Keras.
        forms: what each converted form did.
        shipped: the one of them that ships for the page.
    """

    outputs: list[np.ndarray]
    validation: Score
    test: Score
    forms: list[Form]
    shipped: Form


def describe(run: Run, measured: Measured) -> dict[str, Any]:
    """The card of a run as a dictionary, but for the files, which `write` adds."""
    recipe, data, fitted = run.recipe, run.data, run.fitted
    real = data.source.startswith(recipe.real_source)
    own = recipe.described(data, fitted, measured.outputs, run.whole)
    training = {
        "started_from": recipe.started_from,
        "epochs": round(fitted.epochs, 1),
        "seconds": round(fitted.seconds),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    figures = {name: round(value, 6) for name, value in measured.test.figures.items()}
    return {
        "name": recipe.name,
        "title": recipe.title,
        "command": run.command,
        "seed": run.seed,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "data": {
            "source": data.source,
            "licence": recipe.licence if real else recipe.bundled_licence,
            "training": len(data.train),
            "validation": len(data.validation),
            "test": len(data.test),
        },
        **own,
        "training": training | own["training"],
        "parameters": fitted.model.count_params(),
        "validation_accuracy": round(measured.validation.accuracy, 6),
        "test_accuracy": round(measured.test.accuracy, 6),
        **({"test_figures": figures} if figures else {}),
        "forms": [form.as_dict() for form in measured.forms],
        "shipped": measured.shipped.as_dict(),
        "versions": versions(),
        "limits": list(recipe.limits),
    }


def versions() -> dict[str, str]:
    """What the model was made with, for the card."""
    import tensorflow as tf

    return {
        "Python": platform.python_version(),
        "TensorFlow": tf.__version__,
        "Keras": keras.__version__,
        "course_utils": __version__,
    }


def write(card: dict[str, Any], folder: Path, recipe: Recipe) -> dict[str, Any]:
    """Write `card.json`, with the sizes of the files that lie in `folder`, and `README.md` from it.

    Returns the card as written.
    """
    files = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
    whole = {**card, "files": files}
    (folder / "card.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(whole, recipe), encoding="utf-8")
    return whole


def readme(card: dict, recipe: Recipe) -> str:
    """The model card in Markdown, made from the card alone; the recipe knows how its kind of model is told."""
    training, seconds, own = card["training"], card["training"]["seconds"], recipe.sections(card)
    machine = f" ({training['machine']})" if "machine" in training else ""
    return _README.format(
        **{name: card[name] for name in ("title", "name", "command", "seed", "date")},
        **card["data"],
        unit=own.unit,
        table=_facts(card, own),
        started_from=training.get("started_from", recipe.started_from),
        epochs=training["epochs"],
        time=f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds} seconds",
        cores=training["cores"],
        machine=machine,
        notes="\n".join(f"- {note}" for note in own.training),
        versions=", ".join(f"{name} {version}" for name, version in card["versions"].items()),
        stages=f"\n{own.training_table}\n" if own.training_table else "",
        result=f"{own.result}\n\n" if own.result else "",
        forms=_forms(card),
        files=table(("file", "bytes"), [(f"`{name}`", f"{size:,}") for name, size in card["files"].items()]),
        kept=_ROUNDED if card.get("keras_file") == "float16" else "",
        limits="\n".join(f"- {limit}" for limit in card["limits"]),
    )


def _facts(card: dict, own: Sections) -> str:
    count, accuracy, shipped = card["data"]["test"], card["test_accuracy"], card["shipped"]
    return table(
        ("what", "of this model"),
        [
            ("task", own.task),
            ("input", own.input),
            ("output", own.output),
            ("parameters", f"{card['parameters']:,}"),
            *own.rows,
            (
                "**test accuracy**",
                f"**{accuracy:.4f}**: {own.accuracy}"
                + (f" ({round(accuracy * count):,} of {count:,})" if own.counted else ""),
            ),
            (
                "as shipped for the page",
                f"{shipped['test_accuracy']:.4f}, as `{form_name(shipped)}` of {shipped['bytes']:,} bytes, "
                "run by TensorFlow.js",
            ),
            ("validation accuracy", f"{card['validation_accuracy']:.4f}"),
        ],
    )


def form_name(form: dict) -> str:
    """A form in words, such as "tfjs-layers, uint8"."""
    return f"{form['to']}, {form['quantize'] if form['quantize'] != 'none' else 'float32'}"


def _forms(card: dict) -> str:
    rows = [("Keras", "–", f"{card['test_accuracy']:.4f}", "–")]
    rows += [
        (
            f"`{form_name(form)}`",
            f"{form['bytes']:,}",
            f"{form['test_accuracy']:.4f}",
            f"{form['difference']:.1e}",
        )
        for form in card["forms"]
    ]
    return table(("form", "bytes", "test accuracy", "difference"), rows)
