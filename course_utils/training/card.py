"""The model card: what a shipped model is, where it came from and what it is worth, for machines and for people.

`card.json` is written from the run, and `README.md` from `card.json`, so nobody types a number.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from course_utils import __version__
from course_utils.training.measuring import Form, multiply_adds

if TYPE_CHECKING:
    from course_utils.training.run import Run

_README = """# {title}

Model card of `{name}`, written by `{command}`. Do not edit it: train again.

| what | |
|---|---|
| task | a grey picture of {height} × {width} pixels → one of {classes} |
| input | float32 of shape ({height}, {width}, 1): pixels divided by 255, so from 0 (black) to 1 |
| output | {class_count} probabilities, in the order of the classes |
| parameters | {parameters:,} |
| multiply-adds a picture | {multiply_adds:,} |
| **test accuracy** | **{accuracy:.4f}** ({correct:,} of {test:,} test pictures) |
| as shipped for the page | {shipped_accuracy:.4f}, as {shipped_form} of {shipped_bytes:,} bytes, run by TensorFlow.js |
| validation accuracy | {validation_accuracy:.4f} |

## Data

{source}: {training:,} pictures to train with, {validation:,} to choose with, {test:,} to measure with once, at the end.
{licence}.

## Training

- Command: `{command}`, seed {seed}.
- {epochs:.1f} epochs in batches of {batch_size}, {minutes} on {cores} cores.
- AdamW with weight decay {weight_decay:g}; in each stage the learning rate rises to its highest and falls along a
  cosine to 0; the weights are averaged with momentum {averaging:g}.
- Each picture is bent anew each time, by amounts up to those in the table: rotated, shifted along each axis, each axis
  scaled, sheared, and bent elastically (standard deviation before smoothing).
- Trained on {date}, with {versions}.

{stages_table}

## Result for each class

Of the test pictures of a class, the share that was recognised (recall); of those given to a class, the share that
belonged there (precision).

{classes_table}

Which label (row) was given which class (column) how often:

{confusion_table}

## Forms and what they cost

Each form was run over the whole test part in its own runtime. The difference is the largest from any probability
that Keras gave.

{forms_table}

## Files

{files_table}

## Limits

{limits}
"""


def describe(run: Run, confusion: np.ndarray, forms: list[Form], shipped: Form) -> dict[str, object]:
    """The card of a run as a dictionary, but for the files, which `write` adds.

    `confusion` counts the test pictures: a row for each label, a column for each class that was given.
    """
    recipe, splits, fitted = run.recipe, run.splits, run.fitted
    real = splits.source.startswith(recipe.real_source)
    return {
        "name": recipe.name,
        "title": recipe.title,
        "command": run.command,
        "seed": run.seed,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "data": {
            "source": splits.source,
            "licence": recipe.licence if real else recipe.bundled_licence,
            "training": len(splits.train),
            "validation": len(splits.validation),
            "test": len(splits.test),
        },
        "training": {
            "epochs": round(fitted.epochs, 1),
            "seconds": round(fitted.seconds),
            "cores": os.cpu_count(),
            "batch_size": recipe.batch_size,
            "weight_decay": recipe.weight_decay,
            "averaging": recipe.averaging,
            "stages": [asdict(stage) for stage in (recipe.stages[: run.stages])],
        },
        "input": {
            "shape": list(fitted.model.input_shape[1:]),
            "range": [0, 1],
            "preprocessing": "pixels / 255",
        },
        "classes": list(splits.classes),
        "parameters": fitted.model.count_params(),
        "multiply_adds": multiply_adds(fitted.model),
        "validation_accuracy": round(fitted.validation_accuracy, 6),
        "test_accuracy": round(float(np.trace(confusion) / confusion.sum()), 6),
        "confusion": confusion.tolist(),
        "forms": [form.as_dict() for form in forms],
        "shipped": shipped.as_dict(),
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


def write(card: dict[str, object], folder: Path) -> dict[str, object]:
    """Write `card.json`, with the sizes of the files that lie in `folder`, and `README.md` from it.

    Returns the card as written.
    """
    files = {file.name: file.stat().st_size for file in sorted(folder.iterdir())}
    whole = {**card, "files": files}
    (folder / "card.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(readme(whole), encoding="utf-8")
    return whole


def readme(card: dict) -> str:
    """The model card in Markdown."""
    training, data, shipped = card["training"], card["data"], card["shipped"]
    confusion = np.array(card["confusion"])
    return _README.format(
        **{
            name: card[name]
            for name in ("title", "name", "command", "seed", "date", "parameters", "multiply_adds")
        },
        **{name: training[name] for name in ("epochs", "batch_size", "cores", "weight_decay", "averaging")},
        **data,
        minutes=f"{training['seconds'] / 60:.0f} minutes"
        if training["seconds"] >= 120
        else f"{training['seconds']} seconds",
        height=card["input"]["shape"][0],
        width=card["input"]["shape"][1],
        classes=", ".join(card["classes"]),
        class_count=len(card["classes"]),
        accuracy=card["test_accuracy"],
        correct=int(np.trace(confusion)),
        validation_accuracy=card["validation_accuracy"],
        shipped_accuracy=shipped["test_accuracy"],
        shipped_form=f"`{form_name(shipped)}`",
        shipped_bytes=shipped["bytes"],
        versions=", ".join(f"{name} {version}" for name, version in card["versions"].items()),
        stages_table=_stages(training["stages"]),
        classes_table=_classes(card["classes"], confusion),
        confusion_table=_confusion(card["classes"], confusion),
        forms_table=_forms(card),
        files_table=_table(
            ("file", "bytes"), [(f"`{name}`", f"{size:,}") for name, size in card["files"].items()]
        ),
        limits="\n".join(f"- {limit}" for limit in card["limits"]),
    )


def form_name(form: dict) -> str:
    """A form in words, such as "tfjs-layers, uint8"."""
    return f"{form['to']}, {form['quantize'] if form['quantize'] != 'none' else 'float32'}"


def _stages(stages: list[dict]) -> str:
    head = ("stage", "highest rate", "rotation", "shift", "scale", "shear", "elastic")
    rows = []
    for number, stage in enumerate(stages, start=1):
        warp = stage["warp"]
        amounts = (
            f"{warp['degrees']:g}°",
            f"{warp['pixels']:g} px",
            f"{warp['zoom']:.0%}",
            f"{warp['shear']:g}",
        )
        rows.append((str(number), f"{stage['learning_rate']:g}", *amounts, f"{warp['elastic']:g} px"))
    return _table(head, rows)


def _classes(classes: list[str], confusion: np.ndarray) -> str:
    labelled, given = confusion.sum(axis=1), confusion.sum(axis=0)
    rows = []
    for index, name in enumerate(classes):
        right = confusion[index, index]
        shares = [f"{right / count:.4f}" if count else "–" for count in (labelled[index], given[index])]
        rows.append((name, f"{labelled[index]:,}", *shares))
    return _table(("class", "pictures", "recall", "precision"), rows)


def _confusion(classes: list[str], confusion: np.ndarray) -> str:
    rows = [
        (f"**{name}**", *(str(count or "·") for count in row))
        for name, row in zip(classes, confusion, strict=True)
    ]
    return _table(("", *classes), rows)


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
    return _table(("form", "bytes", "test accuracy", "difference"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
