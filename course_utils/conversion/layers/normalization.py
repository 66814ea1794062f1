"""Normalisations: along the last axis, where TensorFlow.js computes them right on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.settings import initializer, settings
from course_utils.conversion.layers.sketch import Site, Tensor


@rule("BatchNormalization")
def _batch(site: Site, layer: Any, call: Call) -> Tensor:
    rank = len(call.x.shape)
    axis = (layer.axis[0] if isinstance(layer.axis, list | tuple) else layer.axis) % rank
    gamma, beta = (layer.gamma if layer.scale else None), (layer.beta if layer.center else None)
    config = {
        "axis": -1,
        "momentum": float(layer.momentum),
        "epsilon": float(layer.epsilon),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
        "moving_mean_initializer": initializer(layer.moving_mean_initializer),
        "moving_variance_initializer": initializer(layer.moving_variance_initializer),
        **settings(layer, gamma=gamma, beta=beta),
    }
    weights = [("moving_mean", layer.moving_mean), ("moving_variance", layer.moving_variance)]
    weights += [(name, weight) for name, weight in (("gamma", gamma), ("beta", beta)) if weight is not None]
    # On its CPU backend TensorFlow.js repeats the statistics along the last axis, whichever they belong to.
    x, back = _moved_last(site, call.x, axis)
    # And it has no batch normalisation of more than 4 axes.
    y = _at_most_four(
        site, layer, x, lambda image: site.add("BatchNormalization", image, config, weights=weights)
    )
    return back(y)


def _moved_last(site: Site, x: Tensor, axis: int) -> tuple[Tensor, Any]:
    rank = len(x.shape)
    if axis == rank - 1:
        return x, lambda y: y
    dims = [*(dim for dim in range(1, rank) if dim != axis), axis]
    again = [dims.index(dim) + 1 for dim in range(1, rank)]
    return site.permute(x, dims, "to_last"), lambda y: site.permute(y, again, "from_last")


def _at_most_four(site: Site, layer: Any, x: Tensor, act: Any) -> Tensor:
    if len(x.shape) <= 4:
        return act(x)
    if None in x.shape[1:]:
        refuse(layer, f"takes {len(x.shape)} axes of any length", "give the Input a fixed shape")
    flat = site.reshape(x, (int(np.prod(x.shape[1:-2])), *x.shape[-2:]), "fewer_axes")
    return site.reshape(act(flat), x.shape[1:], "all_axes")


@rule("LayerNormalization")
def _layer(site: Site, layer: Any, call: Call) -> Tensor:
    if getattr(layer, "rms_scaling", False):
        refuse(layer, "scales by the root mean square, which TensorFlow.js cannot")
    x, rank = call.x, len(call.x.shape)
    axes = sorted(
        axis % rank for axis in (layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis])
    )
    if axes[0] == 0:
        refuse(layer, "normalises over the batch, which TensorFlow.js cannot")
    if rank > 4 and axes != [rank - 1]:
        refuse(layer, f"takes {rank} axes, and TensorFlow.js at most 4", "normalise the last axis alone")
    gamma, beta = (layer.gamma if layer.scale else None), (layer.beta if layer.center else None)
    config = {
        "axis": -1 if axes == [rank - 1] else axes,
        "epsilon": float(layer.epsilon),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
        **settings(layer, gamma=gamma, beta=beta),
    }
    weights = [(name, weight) for name, weight in (("gamma", gamma), ("beta", beta)) if weight is not None]
    return _at_most_four(site, layer, x, lambda y: site.add("LayerNormalization", y, config, weights=weights))


@rule("GroupNormalization")
def _group(site: Site, layer: Any, call: Call) -> Tensor:
    rank = len(call.x.shape)
    x, back = _moved_last(site, call.x, layer.axis % rank)
    if rank < 3 or None in x.shape[1:]:
        refuse(
            layer, "takes pictures of any size, which TensorFlow.js cannot", "give the Input a fixed shape"
        )
    channels = x.shape[-1]
    groups = channels if layer.groups == -1 else layer.groups
    # Over all places and the channels of a group: a layer normalisation once the groups have an axis of their own.
    grouped = site.reshape(x, (int(np.prod(x.shape[1:-1])), groups, channels // groups), "groups")
    config = {"axis": [1, 3], "epsilon": float(layer.epsilon), "center": False, "scale": False}
    normal = site.reshape(
        site.add("LayerNormalization", grouped, config, role="normal"), x.shape[1:], "ungrouped"
    )
    if not (layer.scale or layer.center):
        return back(normal)
    # And gamma and beta by a batch normalisation that takes mean 0 and variance 1 for granted.
    zero, one = np.zeros(channels, np.float32), np.ones(channels, np.float32)
    weights = [("moving_mean", zero), ("moving_variance", one)]
    weights += [("gamma", layer.gamma)] if layer.scale else []
    weights += [("beta", layer.beta)] if layer.center else []
    config = {"axis": -1, "epsilon": 0.0, "center": bool(layer.center), "scale": bool(layer.scale)}
    return back(
        _at_most_four(
            site, layer, normal, lambda y: site.add("BatchNormalization", y, config, weights=weights)
        )
    )


#: The longest vector that is brought to length 1 by a product with all unit vectors.
_LONGEST = 1024


def _last_alone(layer: Any, rank: int) -> None:
    axes = [axis % rank for axis in (layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis])]
    if axes != [rank - 1]:
        refuse(
            layer,
            "goes along other axes than the last, which TensorFlow.js cannot",
            "move that axis to the end",
        )


@rule("UnitNormalization")
def _unit(site: Site, layer: Any, call: Call) -> Tensor:
    x = call.x
    _last_alone(layer, len(x.shape))
    size = x.shape[-1]
    if None in x.shape[1:] or size > _LONGEST:
        refuse(
            layer,
            f"takes vectors of no fixed number, or longer than {_LONGEST}",
            "give the Input a fixed shape",
        )
    # TensorFlow.js normalises in Dot alone: the product with each unit vector gives one number of the vector. The unit
    # vectors are looked up by numbers that do not depend on the input.
    count = int(np.prod(x.shape[1:-1]))
    rows = site.reshape(x, (count, size), "vectors")
    places = site.add("GlobalMaxPooling1D", rows, {}, shape=(x.shape[0], size), role="any_vector")
    places = site.rescale(places, 0.0, np.arange(size), role="places")
    config = {"input_dim": size, "output_dim": size, "mask_zero": False, "trainable": False}
    weights = [("embeddings", np.eye(size, dtype=np.float32))]
    units = site.add(
        "Embedding", places, config, shape=(x.shape[0], size, size), weights=weights, role="units", key=size
    )
    # Keras leaves vectors shorter than 1e-12 short, and TensorFlow.js those shorter than the root of 1e-7.
    longer = site.rescale(rows, 1e-7**0.5 / 1e-12, role="longer")
    config = {"axes": [2, 2], "normalize": True}
    return site.reshape(
        site.add("Dot", [longer, units], config, shape=(x.shape[0], count, size)), x.shape[1:], "shape"
    )


@rule("RMSNormalization")
def _root_mean_square(site: Site, layer: Any, call: Call) -> Tensor:
    x, rank = call.x, len(call.x.shape)
    _last_alone(layer, rank)
    size = x.shape[-1]
    # Beside their negatives the numbers have mean 0, so that their variance is their mean square.
    both = site.add(
        "Concatenate",
        [x, site.rescale(x, -1.0, role="negative")],
        {"axis": rank - 1},
        shape=(*x.shape[:-1], 2 * size),
        role="both",
    )
    config = {"axis": -1, "epsilon": float(layer.epsilon), "center": False, "scale": False}
    normal = _at_most_four(
        site, layer, both, lambda y: site.add("LayerNormalization", y, config, role="normal")
    )
    kernel = np.concatenate([np.diag(np.asarray(layer.scale)), np.zeros((size, size), np.float32)])
    config = {"units": size, "activation": "linear", "use_bias": False}
    return site.add("Dense", normal, config, shape=x.shape, weights=[("kernel", kernel)])
