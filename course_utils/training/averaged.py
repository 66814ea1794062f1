"""Several networks of different kinds for the same pictures, whose probabilities are averaged: one model to load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import layers
from rich.console import Console

from course_utils.data import Splits
from course_utils.training.fitting import without_optimizer
from course_utils.training.pictures import PictureRecipe, stages_table, trained_as
from course_utils.training.recipes import Fit, Sections


@dataclass(frozen=True, kw_only=True)
class AveragedRecipe(PictureRecipe):
    """How one model is made of several: each is trained by its own recipe, on its own, and then they answer together.

    Networks that differ make different mistakes, so their mean is wrong less often than any of them (Hansen and
    Salamon 1990, "Neural network ensembles"). The members' layers need names that differ. A single member has to
    be mirrored.
    """

    members: tuple[PictureRecipe, ...]
    mirrored: bool = False  #: whether each is asked about the picture in a mirror, too
    stages: tuple = ()  #: none of its own

    def fit(self, data: Splits, seed: int, seconds: float | None, console: Console) -> Fit:
        """Train each member, whole or for an equal part of `seconds`, and put them together."""
        share = None if seconds is None else seconds / len(self.members)
        fits = [member.fit(data, seed, share, console) for member in self.members]
        model = averaged([fit.model for fit in fits], self.name, self.mirrored)
        return Fit(model, sum(fit.epochs for fit in fits), sum(fit.seconds for fit in fits))

    def training(self, whole: bool) -> dict[str, Any]:
        """How each member is trained, for machines."""
        return {
            "mirrored": self.mirrored,
            "members": [
                {"title": member.title, "started_from": member.started_from, **member.training(whole)}
                for member in self.members
            ],
        }

    def sections(self, card: dict) -> Sections:
        """The card's own parts, in Markdown: how each member was trained, one after the other."""
        members = card["training"]["members"]
        as_one = super().sections({**card, "training": members[0]})
        mirrored = "asked about the picture and its mirror image"
        if len(members) == 1:
            how = [f"It is one network, {mirrored}: the mean of both answers.", *trained_as(members[0])]
        else:
            each = f", each {mirrored}" if card["training"]["mirrored"] else ""
            how = [f"It is the mean of {len(members)} networks, each trained on its own{each}."]
            for number, member in enumerate(members, start=1):
                how.append(f"Network {number}: {member['title']}. It started from {member['started_from']}.")
                how += trained_as(member)
        stages = [stage for member in members for stage in member["stages"]]
        return replace(as_one, training=tuple(how), training_table=stages_table(stages))


def averaged(members: Sequence[keras.Model], name: str, mirrored: bool = False) -> keras.Model:
    """One flat model, on one input, whose output is the mean of the members' outputs; with layers of its own.

    Args:
        members: for pictures of shape (height, width, channels), the same for all.
        name: of the model.
        mirrored: whether each member is asked about the picture as in a mirror, too, with the same weights. What is
            in a photograph does not depend on which side it looks to, but a network's mistakes do (Krizhevsky,
            Sutskever and Hinton 2012, section 4.1).
    """
    image = keras.Input(members[0].input_shape[1:], name="image")
    shown = [image, in_a_mirror(image)] if mirrored else [image]
    said = [answer for member in members for answer in on_top_of(shown, without_optimizer(member))]
    return keras.Model(image, layers.Average(name="mean")(said), name=name)


def in_a_mirror(image: keras.KerasTensor) -> keras.KerasTensor:
    """The pictures with left and right exchanged, by layers that every format has: a product with a turned identity."""
    width = image.shape[2]
    turned = layers.Permute((1, 3, 2), name="columns_last")(image)
    exchange = layers.Dense(width, use_bias=False, trainable=False, name="mirror")
    exchanged = exchange(turned)
    exchange.set_weights([np.eye(width, dtype=np.float32)[::-1]])
    return layers.Permute((1, 3, 2), name="mirrored")(exchanged)


def on_top_of(inputs: Sequence[keras.KerasTensor], base: keras.Model) -> list[keras.KerasTensor]:
    """The output of `base` for each input, its layers laid one by one on it, so that they are layers of one flat model.

    They must belong to no other model: of a layer with two inputs nobody knows which is meant.
    """
    order = [(layer, layer.input, layer.output.name) for layer in base.layers[1:]]
    said = []
    for given in inputs:
        outputs = {base.input.name: given}
        for layer, below, name in order:
            outputs[name] = layer(
                [outputs[one.name] for one in below] if isinstance(below, list) else outputs[below.name]
            )
        said.append(outputs[base.output.name])
    return said
