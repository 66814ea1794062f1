"""The small detector of week 4, trained for longer: it finds discs, squares and triangles."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console

from course_utils import detection
from course_utils.data.shape_scenes import KINDS, SIDE, Scenes, shape_scenes
from course_utils.detection import single_shot
from course_utils.detection.judging import COCO_OVERLAPS, Found
from course_utils.training.fitting import Stretch, progress, stretch
from course_utils.training.recipes import Fit, Recipe, Score, Sections, table

#: Where the detector starts: the anchors of the chapter.
START = detection.anchors()
# Scenes to train with, to choose with and to measure with, and the seeds that they are drawn by.
_PARTS = {"train": (6000, 41), "validation": (300, 42), "test": (600, 43)}
_SAMPLES = 8


@dataclass(frozen=True)
class DrawnScenes:
    """Scenes in three parts that are drawn by three seeds."""

    train: Scenes
    validation: Scenes
    test: Scenes
    source: str = "scenes of shapes that the course draws"


@cache
def scenes() -> DrawnScenes:
    """The scenes of all parts."""
    return DrawnScenes(**{name: shape_scenes(*drawn) for name, drawn in _PARTS.items()})


def network() -> keras.Model:
    """The chapter's network for three kinds: squares of 64 pixels → 192 anchors with eight numbers each."""
    return detection.network(START, classes=len(KINDS), side=SIDE)


@dataclass(frozen=True, kw_only=True)
class ShapesRecipe(Recipe):
    """How the detector is made."""

    epochs: int
    learning_rate: float
    batch_size: int = 32
    weight_decay: float = 1e-3
    averaging: float = 0.995

    def fit(self, data: DrawnScenes, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train on the training part: all epochs or, where given, `seconds` of wall time."""
        begin = time.monotonic()
        keras.utils.set_random_seed(seed)
        plan = Stretch(
            self.epochs,
            max(1, len(data.train) // self.batch_size),
            self.learning_rate,
            self.weight_decay,
            self.averaging,
            loss=single_shot.loss,
        )
        with progress(console) as bar:
            batches = self._batches(data.train, seed)
            model, epochs = stretch(self.build(), batches, plan, seed, seconds, bar, self.name)
        return Fit(model, epochs, time.monotonic() - begin)

    def _batches(self, part: Scenes, seed: int) -> tf.data.Dataset:
        """Scenes by lot, half of them mirrored."""
        plain, mirrored = single_shot.answers_wanted(START, part)
        rows = tf.data.Dataset.range(len(part)).shuffle(len(part), seed=seed).repeat().batch(self.batch_size)
        images, wanted = tf.constant(part.images), tf.constant(np.stack([plain, mirrored]))

        def look(number: tf.Tensor, chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            key = tf.stack([number, tf.constant(seed, tf.int64)])
            turned = tf.random.stateless_uniform([self.batch_size], key) < 0.5
            seen = tf.gather(images, chosen)
            seen = tf.where(turned[:, None, None, None], tf.reverse(seen, [2]), seen)
            places = tf.stack([tf.cast(turned, tf.int64), chosen], axis=1)
            return seen, tf.gather_nd(wanted, places)

        return rows.enumerate().map(look).prefetch(2)

    def inputs(self, part: Scenes) -> list[np.ndarray]:
        """The pictures."""
        return [part.images]

    def score(self, outputs: list[np.ndarray], part: Scenes) -> Score:
        """The mean average precision at an overlap of 0.5, and over COCO's ten bounds."""
        found = single_shot.read(START, outputs[0])
        truth = [Found(*pair) for pair in zip(part.boxes, part.labels, strict=True)]
        return Score(
            detection.mean_average_precision(found, truth, len(KINDS)),
            {"coco": detection.mean_average_precision(found, truth, len(KINDS), COCO_OVERLAPS)},
        )

    def described(
        self, data: DrawnScenes, fitted: Fit, outputs: list[np.ndarray], whole: bool
    ) -> dict[str, Any]:
        """Its anchors, how they move and grow, and the average precision of each kind."""
        found = single_shot.read(START, outputs[0])
        truth = [Found(*pair) for pair in zip(data.test.boxes, data.test.labels, strict=True)]
        return {
            "training": {
                "batch_size": self.batch_size,
                "learning_rate": self.learning_rate,
                "weight_decay": self.weight_decay,
                "averaging": self.averaging,
            },
            "classes": list(KINDS),
            "input": {"shape": [SIDE, SIDE, 3], "range": [0, 1]},
            "anchors": {
                "grid": START.grid,
                "sizes": list(START.sizes),
                "move": single_shot.MOVE,
                "grow": single_shot.GROW,
            },
            "average_precision": {
                kind: round(detection.average_precision(found, truth, label), 4)
                for label, kind in enumerate(KINDS)
            },
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown."""
        training, figures, start = card["training"], card["test_figures"], card["anchors"]
        many = start["grid"] ** 2 * len(start["sizes"])
        kinds = [(kind, f"{value:.4f}") for kind, value in card["average_precision"].items()]
        return Sections(
            task=f"a square picture → boxes around its {', '.join(f'{kind}s' for kind in card['classes'])}",
            input=f"float32 of shape {tuple(card['input']['shape'])}, 0 is black and 1 is white",
            output=f"for each of {many} anchors {len(card['classes']) + 1} scores (nothing first), before the softmax, "
            "and four offsets: how far its middle moves down and to the right, how much its height and width grow",
            unit="scenes",
            accuracy="mAP at an overlap of 0.5, boxes suppressed at 0.4 kind by kind",
            counted=False,
            rows=(("**mAP over overlaps from 0.5 to 0.95**", f"**{figures['coco']:.4f}**"),),
            training=(
                f"AdamW in batches of {training['batch_size']} with weight decay {training['weight_decay']:g}; the "
                f"learning rate rises to {training['learning_rate']:g} and falls along a cosine to 0; the weights are "
                f"averaged with momentum {training['averaging']:g}. Half of the scenes are mirrored, anew each time.",
                "Network and loss are those of the chapter on detection, which trains for some seconds.",
            ),
            result="## Each kind\n\n" + table(("kind", "average precision at 0.5"), kinds),
        )


RECIPES = (
    ShapesRecipe(
        name="shapes",
        title="Discs, squares and triangles, a single-shot detector",
        build=network,
        data=scenes,
        real_source="scenes of shapes",
        licence="Drawn by this project; MIT, like the code",
        bundled_licence="Drawn by this project; MIT, like the code",
        limits=(
            "It knows three kinds of flat shapes. In a photograph it finds what looks like them, and nothing it says "
            "there was measured.",
            "It has seen things between a sixth and a half of the picture's edge. Smaller and larger ones it finds "
            "badly, or in pieces.",
            "It has seen one to four things that hardly cover each other, upright ones only.",
        ),
        bar=0.9,
        epochs=16,
        learning_rate=4e-3,
    ),
)
