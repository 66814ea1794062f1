"""Dense, Embedding, shapes, noise: what TensorFlow.js has under the same name, and what stands for what it has not."""

from __future__ import annotations

from typing import Any

from course_utils.conversion.layers.activations import activated, difference, fused
from course_utils.conversion.layers.convolutions import plain
from course_utils.conversion.layers.registry import Call, refuse, rule
from course_utils.conversion.layers.settings import settings
from course_utils.conversion.layers.sketch import Shape, Site, Tensor

#: Keras' layers for training that pass everything through otherwise.
_AUGMENTATION = (
    "AugMix", "AutoContrast", "CutMix", "Equalization", "MaxNumBoundingBoxes", "MixUp", "RandAugment",
    "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
    "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert",
    "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom", "Solarization",
)  # fmt: skip
#: Of these, those that act at inference too.
_ALWAYS = ("AutoContrast", "Equalization", "MaxNumBoundingBoxes", "Solarization")


@rule("Dense")
def _dense(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    if len(call.x.shape) < 2 or len(call.x.shape) > 5:
        refuse(layer, f"takes {len(call.x.shape)} axes, and TensorFlow.js 2 to 5")
    activation = fused(layer.activation)
    config = {
        "units": layer.units,
        "activation": activation or "linear",
        "use_bias": layer.use_bias,
        **settings(layer, kernel=layer.kernel, bias=layer.bias),
    }
    weights = [("kernel", layer.kernel), *([("bias", layer.bias)] if layer.use_bias else [])]
    y = site.add("Dense", call.x, config, shape=call.shape, weights=weights)
    return y if activation is not None else activated(site, layer.activation, y)


@rule("Embedding")
def _embedding(site: Site, layer: Any, call: Call) -> Tensor:
    plain(layer)
    config = {
        "input_dim": layer.input_dim,
        "output_dim": layer.output_dim,
        "mask_zero": bool(layer.mask_zero),
        **settings(layer, embeddings=layer.embeddings),
    }
    return site.add("Embedding", call.x, config, shape=call.shape, weights=[("embeddings", layer.embeddings)])


@rule("Masking")
def _masking(site: Site, layer: Any, call: Call) -> Tensor:
    return site.add("Masking", call.x, {"mask_value": float(layer.mask_value)})


@rule("Dropout")
def _dropout(site: Site, layer: Any, call: Call) -> Tensor:
    noise = (
        None
        if layer.noise_shape is None
        else [None if size in (None, -1) else size for size in layer.noise_shape]
    )
    return site.add("Dropout", call.x, {"rate": float(layer.rate), "noise_shape": noise})


@rule("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
def _spatial_dropout(site: Site, layer: Any, call: Call) -> Tensor:
    if type(layer).__name__ == "SpatialDropout1D":
        return site.add("SpatialDropout1D", call.x, {"rate": float(layer.rate)})
    noise: list[int | None] = [1] * len(call.x.shape)
    noise[0] = noise[1 if layer.data_format == "channels_first" else -1] = None
    return site.add("Dropout", call.x, {"rate": float(layer.rate), "noise_shape": noise})


@rule("GaussianNoise")
def _gaussian_noise(site: Site, layer: Any, call: Call) -> Tensor:
    return site.add("GaussianNoise", call.x, {"stddev": float(layer.stddev)})


@rule("GaussianDropout", "AlphaDropout")
def _other_dropout(site: Site, layer: Any, call: Call) -> Tensor:
    return site.add(type(layer).__name__, call.x, {"rate": float(layer.rate)})


@rule("Identity", "ActivityRegularization", *_AUGMENTATION)
def _nothing(site: Site, layer: Any, call: Call) -> Tensor:
    name = type(layer).__name__
    if name in _ALWAYS:
        refuse(
            layer, "changes pictures by what is in them, which TensorFlow.js cannot", "do it before the model"
        )
    if name != "Identity":
        site.tell(
            f"{layer.name} ({name}) acts in training only and TensorFlow.js has no such layer: left out."
        )
    return site.activate(call.x, "linear", role="")


@rule("Flatten")
def _flatten(site: Site, layer: Any, call: Call) -> Tensor:
    x, size = call.x, call.shape[1]
    if layer.data_format == "channels_first" and len(x.shape) > 2:
        x = site.permute(x, [*range(2, len(x.shape)), 1], "channels_last")
    # Flatten of TensorFlow.js takes nothing that is flat already, nor a length that is not known.
    if len(x.shape) < 3 or None in x.shape[1:]:
        return site.reshape(x, (size,), "")
    return site.add("Flatten", x, {}, shape=call.shape)


@rule("Reshape")
def _reshape(site: Site, layer: Any, call: Call) -> Tensor:
    target = [int(size) for size in layer.target_shape]
    if not target:
        refuse(layer, "leaves no axis but the batch, which TensorFlow.js cannot")
    return site.add("Reshape", call.x, {"target_shape": target}, shape=call.shape)


@rule("Permute")
def _permute(site: Site, layer: Any, call: Call) -> Tensor:
    return site.permute(call.x, layer.dims, "")


@rule("RepeatVector")
def _repeat(site: Site, layer: Any, call: Call) -> Tensor:
    return site.add("RepeatVector", call.x, {"n": int(layer.n)}, shape=call.shape)


@rule("Add", "Multiply", "Average", "Maximum", "Minimum")
def _merge(site: Site, layer: Any, call: Call) -> Tensor:
    if len(call.inputs) == 1:
        return site.activate(call.x, "linear", role="")
    return site.add(type(layer).__name__, call.inputs, {}, shape=call.shape)


@rule("Subtract")
def _subtract(site: Site, layer: Any, call: Call) -> Tensor:
    a, b = call.inputs
    if len(a.shape) != len(b.shape):
        refuse(layer, "takes tensors with different numbers of axes", "reshape one of them")
    result = difference(site, a, b, "")
    return Tensor(result.layer, result.call, 0, call.shape)


@rule("Concatenate")
def _concatenate(site: Site, layer: Any, call: Call) -> Tensor:
    if len(call.inputs) == 1:
        return site.activate(call.x, "linear", role="")
    # TensorFlow.js takes any negative axis for the last one.
    axis = layer.axis % len(call.x.shape)
    if axis == 0:
        refuse(layer, "goes along the batch, which TensorFlow.js cannot")
    return site.add("Concatenate", call.inputs, {"axis": axis}, shape=call.shape)


@rule("Dot")
def _dot(site: Site, layer: Any, call: Call) -> Tensor:
    ranks = [len(tensor.shape) for tensor in call.inputs]
    if max(ranks) > 3:
        refuse(layer, "takes tensors of more than 3 axes, which TensorFlow.js cannot multiply")
    axes = layer.axes if isinstance(layer.axes, list | tuple) else [layer.axes, layer.axes]
    axes = [axis % rank for axis, rank in zip(axes, ranks, strict=True)]
    inputs = list(call.inputs)
    if layer.normalize:
        # A vector shorter than 1e-7 is not brought to length 1 by Keras; TensorFlow.js draws that line at the square
        # root of it. What is scaled up by the quotient meets the same one.
        factor = (1e-7**0.5) / 1e-7
        inputs = [site.rescale(x, factor, role=f"longer_{place}") for place, x in enumerate(inputs)]
    return site.add("Dot", inputs, {"axes": axes, "normalize": bool(layer.normalize)}, shape=call.shape)


@rule("Rescaling")
def _rescaling(site: Site, layer: Any, call: Call) -> Tensor:
    import keras
    import numpy as np

    if keras.config.image_data_format() == "channels_first" and np.ndim(layer.scale):
        refuse(layer, "scales the channels of pictures that have them first", "move the channels to the end")
    if max(np.ndim(layer.scale), np.ndim(layer.offset)) > len(call.x.shape):
        refuse(layer, "has more axes in its scale than the input has")
    return site.rescale(call.x, layer.scale, layer.offset, role="")


@rule("Normalization")
def _normalization(site: Site, layer: Any, call: Call) -> Tensor:
    import numpy as np

    mean, deviation = np.asarray(layer.mean), np.maximum(np.sqrt(np.asarray(layer.variance)), 1e-7)
    if mean.size == 1:
        mean, deviation = mean.reshape(()), deviation.reshape(())
    if layer.invert:
        return site.rescale(call.x, deviation, mean, role="")
    # In two steps, as Keras does it: x/d - m/d would lose digits where the mean is large.
    return site.rescale(site.rescale(call.x, 1.0, -mean, role="centre"), 1 / deviation, role="")


@rule("CategoryEncoding")
def _category_encoding(site: Site, layer: Any, call: Call) -> Tensor:
    import numpy as np

    if layer.sparse:
        refuse(layer, "gives sparse tensors, which TensorFlow.js has not", "take sparse=False")
    shape: Shape = call.x.shape
    if len(shape) != 2:
        refuse(layer, f"takes {len(shape)} axes", "give it (batch, values)")
    # CategoryEncoding of TensorFlow.js cannot encode a row of several values; a lookup of unit vectors can.
    tokens = layer.num_tokens
    config = {"input_dim": tokens, "output_dim": tokens, "mask_zero": False, "trainable": False}
    weights = [("embeddings", np.eye(tokens, dtype=np.float32))]
    vectors = (shape[0], shape[1], tokens)
    one_hot = site.add("Embedding", call.x, config, shape=vectors, weights=weights, role="unit_vectors")
    if layer.output_mode == "one_hot":
        return site.reshape(one_hot, call.shape[1:], "")
    if layer.output_mode == "multi_hot":
        return site.add("GlobalMaxPooling1D", one_hot, {}, shape=call.shape)
    if shape[1] is None:
        refuse(layer, "counts in rows of any length", "give the Input a fixed shape")
    mean = site.add("GlobalAveragePooling1D", one_hot, {}, shape=call.shape, role="mean")
    return site.rescale(mean, float(shape[1]), role="")
