"""Weights and BatchNorm statistics that make a model's outputs vary with its inputs, as those of a trained one do.

A deep network as Keras initialises it answers almost the same to every input: its normalisations pass everything
through, and what is left of the input drowns. A conversion that mixes up weights then still agrees to many digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOGIT_SPREAD = 1.0  # standard deviation of what the last layer says, before its activation
_TRANSPOSED = keras.layers.Conv1DTranspose | keras.layers.Conv2DTranspose | keras.layers.Conv3DTranspose
MOST_GAIN = 50.0  # of the last layer: more would magnify the rounding of float32 with it


def randomise(
    model: keras.Model, inputs: Sequence[np.ndarray], seed: int = 0, spread: float = LOGIT_SPREAD
) -> keras.Model:
    """Draw all weights of `model`, and take its normalisations' statistics from `inputs`; changes it in place.

    Args:
        model: a built model.
        inputs: one array an input with some ten examples, as they will be when conversions are tried.
        seed: of the draw; the same seed gives the same weights. The global random state is not touched.
        spread: standard deviation of what the last layer says, before its activation.

    Returns:
        The model.
    """
    random = np.random.default_rng(seed)
    for layer in leaves(model):
        for variable in layer.weights:
            variable.assign(_drawn(layer, variable, random))
    _measure_statistics(model, inputs)
    widen_outputs(model, inputs, random, spread)
    return model


def leaves(layer: keras.Layer) -> Iterator[keras.Layer]:
    """The layers inside `layer` that hold weights of their own, in the order in which they were added, each once."""
    inner = list(layer._flatten_layers(include_self=False, recursive=False))
    own = {id(weight) for one in inner for weight in one.weights}
    if any(id(weight) not in own for weight in layer.weights) or not inner:
        yield layer
        return
    seen: set[int] = set()
    for one in inner:
        for leaf in leaves(one):
            if id(leaf) not in seen:
                seen.add(id(leaf))
                yield leaf


def _drawn(layer: keras.Layer, variable: keras.Variable, random: np.random.Generator) -> np.ndarray:
    """New values for one weight."""
    shape, name = tuple(variable.shape), variable.path.split("/")[-1]
    if not str(variable.dtype).startswith("float"):
        return variable.numpy()  # the state of a random generator, a counter
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    if name == "gamma":
        return random.uniform(0.5, 1.0, shape)
    if name == "beta":
        # Mostly above zero, as in trained networks: with half of all ReLUs shut, thirty layers of random weights
        # magnify any rounding a hundredfold.
        return random.normal(0.7, 0.3, shape)
    if name == "bias" or "mean" in name:
        return random.normal(0, 0.2, shape)
    if name == "embeddings":
        return random.normal(0, 1, shape)
    fan_in = _fan_in(layer, name, shape)
    kernel = random.normal(0, np.sqrt(_gain(layer) / fan_in), shape)
    if name == "kernel" and fan_in > 8 and not isinstance(layer, _TRANSPOSED):
        # What all of a ReLU's outputs have in common is the same for every input: it would drown what differs.
        kernel -= kernel.mean(axis=tuple(range(len(shape) - 1)), keepdims=True)
    return kernel


def _fan_in(layer: keras.Layer, name: str, shape: tuple[int, ...]) -> int:
    """How many products a kernel sums up for one output."""
    depthwise = "depthwise" in name or isinstance(
        layer, keras.layers.DepthwiseConv2D | keras.layers.DepthwiseConv1D
    )
    if depthwise:
        return max(1, int(np.prod(shape[:-2])))
    if isinstance(layer, _TRANSPOSED):
        return max(1, int(np.prod(shape[:-2])) * shape[-1] // int(np.prod(layer.strides)))
    return max(1, int(np.prod(shape[:-1])))


def _gain(layer: keras.Layer) -> float:
    """2 where a ReLU throws half away (He), else 1 (LeCun)."""
    activation = getattr(layer, "activation", None)
    if isinstance(layer, keras.layers.Conv1D | keras.layers.Conv2D | keras.layers.Conv3D):
        return 2.0
    return 2.0 if activation in (keras.activations.relu, keras.activations.relu6) else 1.0


def _measure_statistics(model: keras.Model, inputs: Sequence[np.ndarray]) -> None:
    """Make every BatchNorm's moving mean and variance those of `inputs`, by one pass as in training."""
    flat = list(model._flatten_layers())
    norms = [layer for layer in flat if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    # Dropout would disturb the statistics, and differently every time.
    dropouts = [layer for layer in flat if isinstance(layer, keras.layers.Dropout)]
    rates = [dropout.rate for dropout in dropouts]
    for norm in norms:
        norm.momentum = 0.0
    for dropout in dropouts:
        dropout.rate = 0.0
    model(_as_fed(model, inputs), training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    for dropout, rate in zip(dropouts, rates, strict=True):
        dropout.rate = rate


def widen_outputs(
    model: keras.Model,
    inputs: Sequence[np.ndarray],
    random: np.random.Generator,
    spread: float = LOGIT_SPREAD,
) -> None:
    """Scale and shift the last layer before each output, so that what it says varies over `inputs`; in place."""
    for output in model.outputs:
        layer = _last_with_kernel(output)
        if layer is None:
            continue
        activation, layer.activation = layer.activation, keras.activations.linear
        said = keras.Model(model.inputs, layer.output)(_as_fed(model, inputs), training=False)
        layer.activation = activation
        said = said.numpy().astype(np.float64).reshape(-1, said.shape[-1])
        gain = np.minimum(spread / np.maximum(said.std(axis=0), 1e-9), MOST_GAIN)
        layer.kernel.assign(layer.kernel.numpy().astype(np.float64) * gain)
        if layer.use_bias:
            centre = said.mean(axis=0) - layer.bias.numpy().astype(np.float64)
            layer.bias.assign(random.normal(0, 0.3, centre.shape) - gain * centre)


def _last_with_kernel(output: keras.KerasTensor) -> keras.Layer | None:
    """The Dense or convolution that an output comes from, with nothing but shapes and an activation between."""
    layer = output._keras_history.operation
    passing = keras.layers.Activation | keras.layers.Reshape | keras.layers.Flatten | keras.layers.Dropout
    while isinstance(layer, passing):
        layer = layer.input._keras_history.operation
    is_last = isinstance(layer, keras.layers.Dense | keras.layers.Conv2D) and len(layer._inbound_nodes) == 1
    return layer if is_last else None


def _as_fed(model: keras.Model, inputs: Sequence[np.ndarray]) -> object:
    """The inputs as the model is called with: a tensor, or a list of them."""
    tensors = [keras.ops.convert_to_tensor(array) for array in inputs]
    return tensors if len(model.inputs) > 1 else tensors[0]
