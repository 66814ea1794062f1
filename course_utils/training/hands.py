"""The backbone for gestures, and the recogniser of photographs that is made from it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.console import Console

from course_utils.book.pages import find_root
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.data import Examples
from course_utils.data.rock_paper_scissors import SOURCE as REAL_HANDS
from course_utils.training import backbone_fitting, hand_material, mobilenet, photographs
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.gesture_protocol import (
    CURVE,
    OTHER_STRANGERS,
    SAMPLES,
    Trials,
    score,
    trials,
)
from course_utils.training.measuring import multiply_adds
from course_utils.training.recipes import FORMS, Fit, Recipe, Score, Sections, table

_RESULT = """## Result, trial by trial

In each trial the head learns from {samples} pictures a class of rock, paper and scissors: one person, one place, one
light, a burst with small movements, as the page collects them. Mean and standard deviation over the trials.

{figures}

The same with other numbers of samples a class:

{curve}

## Against the network that it started from

| judged by | this backbone | MobileNet, untouched |
| --- | --- | --- |
| strangers | {mine:.3f} | {first_strangers:.3f} |
| real hands | {real:.3f} | {first_real:.3f} |
| cats and dogs of CIFAR-10, a linear layer on top | {cats:.3f} | {first_cats:.3f} |
| all ten classes of CIFAR-10, a linear layer on top | {ten:.3f} | {first_ten:.3f} |
"""
# What the figures of the card are, in the order of the table.
_FIGURES = (
    ("strangers", "other people, either side of the hand, other places and light; rendered"),
    ("strangers, same side of the hand", "the same, where they show the side that was collected"),
    ("same person, other places", "the person who collected, in other places and light; rendered"),
    ("real hands", "other hands of the Rock-Paper-Scissors set, each picture before another place"),
    ("real hands on white", "the same before white, collected and judged"),
)


@dataclass(frozen=True)
class Material:
    """What the backbone is trained with, chosen with and measured with."""

    train: hand_material.Posed
    validation: Trials
    test: Trials
    source: str
    things: Examples  #: photographs to train with, enlarged, as uint8
    probe: Examples  #: and others to compare features by, enlarged, as uint8


@dataclass(frozen=True, kw_only=True)
class BackboneRecipe(Recipe):
    """How a network that describes pictures is made, and judged by what a small head then learns."""

    steps: int
    learning_rate: float
    weight_decay: float = 1e-4
    averaging: float = 0.995

    def fit(self, data: Material, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train all weights on all tasks: so many steps, or `seconds` by the clock."""
        begin = time.monotonic()
        keras.utils.set_random_seed(seed)
        started = self.build()
        pools = backbone_fitting.Pools(data.train, data.things)
        model = backbone_fitting.with_tasks(keras.models.clone_model(started))
        model.set_weights([*started.get_weights(), *model.get_weights()[len(started.weights) :]])
        plan = Stretch(
            epochs=1,
            steps=self.steps,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            averaging=self.averaging,
            loss=backbone_fitting.loss,
            clipping=1.0,
        )
        drawn = backbone_fitting.batches(pools, started, seed)
        with progress(console) as bar:
            model, done = stretch(model, drawn, plan, seed, seconds, bar, self.name)
        epochs = done * self.steps * pools.hands_in_batch / len(data.train)
        return Fit(backbone_fitting.without_tasks(model), epochs, time.monotonic() - begin)

    def inputs(self, part: Trials) -> list[np.ndarray]:
        """All pictures of the trials, from 0 to 1."""
        return [part.images.astype(np.float32) / np.float32(255)]

    def score(self, outputs: list[np.ndarray], part: Trials) -> Score:
        """What heads on top of these features reach."""
        return score(outputs[0], part)

    def described(
        self, data: Material, fitted: Fit, outputs: list[np.ndarray], whole: bool
    ) -> dict[str, Any]:
        """The learning curve, the comparison with the first network, and how it was trained."""
        model, first = fitted.model, self.build()
        before = features(first, data.test.images)
        started = score(before, data.test)
        curve = {
            str(samples): score(outputs[0], data.test, samples).figures
            for samples in CURVE
            if samples <= data.test.bursts.shape[2]
        }
        rounded = {
            samples: {name: round(value, 4) for name, value in figures.items()}
            for samples, figures in curve.items()
        }
        return {
            "training": {
                "steps": round(fitted.epochs * len(data.train) / backbone_fitting.Pools.hands_in_batch),
                "learning_rate": self.learning_rate,
                "weight_decay": self.weight_decay,
                "averaging": self.averaging,
                "hands_in_batch": backbone_fitting.Pools.hands_in_batch,
                "photographs_in_batch": backbone_fitting.Pools.photographs_in_batch,
            },
            "input": {
                "shape": list(model.input_shape[1:]),
                "range": [0, 1],
                "preprocessing": "colours divided by 255, so from 0 to 1",
            },
            "features": model.output_shape[1],
            "multiply_adds": multiply_adds(model),
            "curve": rounded,
            "sessions": len(data.test.bursts),
            "first": {name: round(value, 4) for name, value in started.figures.items()},
            "probe": probed(features(model, data.probe.images), data.probe.labels),
            "first_probe": probed(features(first, data.probe.images), data.probe.labels),
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        training, figures = card["training"], card["test_figures"]
        height, width, _ = card["input"]["shape"]
        rows = [
            (f"{name}: {words}", f"{figures[name]:.3f} ± {figures[f'{name}, spread']:.3f}")
            for name, words in _FIGURES
            if name in figures
        ]
        names = [name for name, _ in _FIGURES if name in figures]
        curve = [(samples, *(f"{of[name]:.3f}" for name in names)) for samples, of in card["curve"].items()]
        first, probe, first_probe = card["first"], card["probe"], card["first_probe"]
        return Sections(
            task=f"a colour picture of {height} × {width} pixels → {card['features']} numbers that describe it, for a "
            "small head on top to tell gestures apart",
            input=f"float32 of shape ({height}, {width}, 3), RGB: {card['input']['preprocessing']}",
            output=f"{card['features']} features: a vector of length 1, its mean 0",
            unit="pictures",
            accuracy=f"mean of the trials' accuracies with {SAMPLES} samples a class: half for rendered strangers, "
            "half for real hands that were never seen",
            counted=False,
            rows=(("multiply-adds a picture", f"{card['multiply_adds']:,}"),),
            training=(
                f"{training['steps']:,} steps of AdamW with weight decay {training['weight_decay']:g}, all weights; "
                f"the rate rises to {training['learning_rate']:g} and falls along a cosine to 0; the weights are "
                f"averaged with momentum {training['averaging']:g}. The normalisations of the first network are folded "
                "into its convolutions.",
                f"A batch holds {training['hands_in_batch']} hands, rendered ones and those of the "
                f"Rock-Paper-Scissors set before other places, and {training['photographs_in_batch']} photographs of "
                "CIFAR-10, enlarged. Four tasks at once: the gesture or pose; the bend of each finger and how the hand "
                "is turned; what a photograph shows; and features near those of the first network on photographs, so "
                "that what ImageNet taught is not forgotten.",
                "Each picture is cut, mirrored, lit and coloured anew each time.",
            ),
            result=_RESULT.format(
                samples=SAMPLES,
                figures=table(("judged by", "accuracy"), rows),
                curve=table(("samples a class", *names), curve),
                mine=figures["strangers"],
                real=figures.get("real hands", float("nan")),
                first_strangers=first["strangers"],
                first_real=first.get("real hands", float("nan")),
                cats=probe["cats and dogs"],
                first_cats=first_probe["cats and dogs"],
                ten=probe["ten classes"],
                first_ten=first_probe["ten classes"],
            ),
        )


def features(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """What a backbone says to pictures, uint8 of shape (n, side, side, 3)."""
    pieces = np.array_split(images, max(1, len(images) // 250))
    return np.concatenate(
        [model.predict_on_batch(piece.astype(np.float32) / np.float32(255)) for piece in pieces]
    )


def probed(described: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """What a linear layer reads from features of photographs: trained on one half, judged by the other."""
    from sklearn.linear_model import LogisticRegression

    described = described * np.sqrt(described.shape[1])
    cats_and_dogs = np.isin(labels, (photographs.CLASSES.index("cat"), photographs.CLASSES.index("dog")))
    found = {}
    for name, rows in (
        ("cats and dogs", np.flatnonzero(cats_and_dogs)),
        ("ten classes", np.arange(len(labels))),
    ):
        half = len(rows) // 2
        layer = LogisticRegression(C=0.01, max_iter=500).fit(described[rows[:half]], labels[rows[:half]])
        found[name] = round(float(layer.score(described[rows[half:]], labels[rows[half:]])), 4)
    return found


def material(
    plain: int = 14_000,
    before_photographs: int = 8_000,
    real: int = 5_000,
    sessions: int = 10,
    others: int = 450,
) -> Material:
    """Everything that the backbone is made with; pictures that were drawn before are taken from a temporary folder.

    Args:
        plain, before_photographs, real: how many hands to train with: rendered ones, the same before photographs, and
            those of the Rock-Paper-Scissors set before other places.
        sessions, others: the size of the protocol's test.
    """
    things = photographs.photographs()
    known, unseen, source = hand_material.real_hands()
    small = things.train.images
    kept = hand_material.kept
    parts = [
        kept(f"rendered-{plain}", lambda: hand_material.rendered(plain, 100)),
        kept(
            f"before-{before_photographs}",
            lambda: hand_material.rendered(before_photographs, 300, small),
        ),
    ]
    if source.startswith(REAL_HANDS):
        parts.append(kept(f"pasted-{real}", lambda: hand_material.pasted(known, real, 0, small)))
    return Material(
        train=hand_material.joined(parts),
        validation=trials(4, SAMPLES, 150, people=OTHER_STRANGERS, seed=1),
        test=trials(sessions, max(CURVE), others, real=unseen if source.startswith(REAL_HANDS) else None),
        source=f"{source}; rendered hands; {things.source}",
        things=Examples(hand_material.enlarged(small, hand_material.SIDE), things.train.labels),
        probe=Examples(
            hand_material.enlarged(things.validation.images, hand_material.SIDE), things.validation.labels
        ),
    )


def _started() -> keras.Model:
    return mobilenet.pretrained(hand_material.SIDE) or mobilenet.network(hand_material.SIDE)


def _shipped() -> Path:
    return find_root() / "book" / "_static" / "models"


_LICENCE = (
    "MobileNet's weights: Google, through keras.applications (Apache-2.0). Rock-Paper-Scissors: Laurence Moroney "
    f"(CC BY 2.0). {photographs.LICENCE}. The rendered hands: this project (MIT)"
)
# Those of the page in all precisions, the others as they are.
_FORMS = tuple((to, way) for to, way in FORMS if to == TFJS_LAYERS or way == "none")

RECIPES = (
    BackboneRecipe(
        name="backbone",
        title="Backbone for gestures and features: a small MobileNet that has seen hands",
        build=_started,
        data=material,
        real_source=REAL_HANDS,
        licence=_LICENCE,
        bundled_licence=_LICENCE,
        started_from="MobileNet V1, width 0.25, as trained on ImageNet",
        bar=0.90,
        forms=_FORMS,
        # A run of 1,000 steps reached 0.97 with other pictures of the strangers where this one reached 0.98, and
        # 0.86 with real hands where this one reached 0.90; likeness to the first network counted two, not three.
        steps=3500,
        learning_rate=1e-3,
        limits=(
            "No photograph of a real hand was used or at hand: the hands are rendered by this project, and drawn by a "
            "computer for the Rock-Paper-Scissors set. How well it does before your camera you see when you collect: "
            "the trainer shows the accuracy on samples it held back.",
            "The real hands of the test are four that it never saw, but of the same making as those it learned from.",
            "It looks at the whole picture: a hand that fills less than a third of it is seen poorly.",
        ),
    ),
)
