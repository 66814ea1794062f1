"""The settings of one layer: from the names and meanings of Keras 2 and TensorFlow.js to those of Keras 3."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from course_utils.conversion.keras2.values import Damaged, mapping
from course_utils.errors import CourseError

# Names that classes had besides their own.
ALIASES = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "CuDNNGRU": "GRU",
    "CuDNNLSTM": "LSTM",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "DropoutV2": "Dropout",
    "GRUCellV2": "GRUCell",
    "GRUV2": "GRU",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "LSTMCellV2": "LSTMCell",
    "LSTMV2": "LSTM",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "SyncBatchNormalization": "BatchNormalization",
    "ThresholdedReLU": "ReLU",
}
# The layers whose mathematics in Keras 3 has been compared with that of Keras 2, setting by setting.
# fmt: off
KNOWN = frozenset((
    "Activation", "ActivityRegularization", "Add", "AdditiveAttention", "AlphaDropout", "Attention",
    "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "BatchNormalization",
    "CategoryEncoding", "CenterCrop", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D",
    "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Cropping1D",
    "Cropping2D", "Cropping3D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "Dot",
    "Dropout", "ELU", "EinsumDense", "Embedding", "Flatten", "GRU", "GRUCell", "GaussianDropout",
    "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization", "Identity",
    "InputLayer", "LSTM", "LSTMCell", "LayerNormalization", "LeakyReLU", "Masking", "MaxPooling1D",
    "MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "Normalization",
    "PReLU", "Permute", "RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation",
    "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Resizing",
    "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell", "Softmax", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "Subtract", "UnitNormalization", "UpSampling1D", "UpSampling2D",
    "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
))
# fmt: on
# What Keras 3 has no layer for, and what to do.
GONE = {
    "LocallyConnected1D": "Keras 3 has no such layer: build the model again with Conv1D",
    "LocallyConnected2D": "Keras 3 has no such layer: build the model again with Conv2D",
    "RandomHeight": "Keras 3 has no such layer: it only augments in training, so save the model without it",
    "RandomWidth": "Keras 3 has no such layer: it only augments in training, so save the model without it",
    "RandomCrop": "Keras 3 crops in training alone where Keras 2 always did: save the model with CenterCrop instead",
    "DenseFeatures": "Keras 3 has no such layer: build the model again with preprocessing layers",
    "Merge": "it is of Keras 1: load the model in Keras 2.0 and save it with Add, Concatenate or the like",
    "TextVectorization": "its table is not in the file: adapt such a layer of Keras 3 again",
    "StringLookup": "its table is not in the file: adapt such a layer of Keras 3 again",
    "IntegerLookup": "its table is not in the file: adapt such a layer of Keras 3 again",
}
RENAMED = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("ThresholdedReLU", "theta"): "threshold",
    ("Softmax", "dim"): "axis",
}
_ANY = object()
# How a layer was computed, built or trained: not what it computes.
# fmt: off
_INDIFFERENT = (
    "adjustment", "autocast", "batch_input_shape", "batch_size", "conv_op", "dtype_policy",
    "experimental_autocast", "force_generator", "fused", "implementation", "input_dim", "input_dtype",
    "input_length", "input_shape", "key_shape", "momentum_schedule", "query_shape", "renorm_clipping",
    "renorm_momentum", "rng_type", "robust_masking", "shared_object_id", "softmax_robust_masking",
    "trainable", "unroll", "use_cudnn", "use_legacy_format", "value_shape", "virtual_batch_size",
)
# fmt: on
# Settings that Keras 3 has no name for, and at which value nothing is lost without them.
_DROPPED: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(_INDIFFERENT, (_ANY,)),
    "dynamic": (False, None),
    "groups": (1, None),
    "num_constants": (None, 0),
    "ragged": (False, None),
    "renorm": (False, None),
    "sparse": (False, None),
    "time_major": (False, None),
    "weights": (None,),
    "zero_output_for_mask": (False, None),
}
# Depthwise and separable layers inherited these in some versions, without using them.
_UNUSED = {"kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters"}
# What a file says by saying nothing: the defaults of the years in which the setting did not exist, and of TF.js.
_KERAS2_DEFAULTS = {"GRU": {"reset_after": False}, "GRUCell": {"reset_after": False}}
_TFJS_DEFAULTS = {
    "LSTM": {"recurrent_activation": "hard_sigmoid"},
    "LSTMCell": {"recurrent_activation": "hard_sigmoid"},
    "GRU": {"recurrent_activation": "hard_sigmoid", "reset_after": False},
    "GRUCell": {"recurrent_activation": "hard_sigmoid", "reset_after": False},
    "ConvLSTM2D": {"recurrent_activation": "hard_sigmoid"},
}
# fmt: off
_ACTIVATIONS = frozenset((
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "mish", "relu",
    "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
))
# fmt: on
_ACTIVATION_NAMES = {
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "logSoftmax": "log_softmax",
    "hardSigmoid": "hard_sigmoid",
    "swish": "silu",
    "identity": "linear",
}
_ACTIVATION_LAYERS = ("LeakyReLU", "ReLU", "ELU", "Softmax", "ThresholdedReLU")


def rename(class_name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings by the names that Keras 3 has for them."""
    return {RENAMED.get((class_name, key), key): value for key, value in settings.items()}


def settings_of(class_name: str, config: Any, layer: str, *, tfjs: bool = False) -> dict[str, Any]:
    """The settings of the layer named `layer`, as Keras 3's class of this name (after ALIASES) takes them.

    Args:
        class_name: as the file has it.
        config: its settings, unwrapped.
        layer: the name that errors mention.
        tfjs: the file is TensorFlow.js': what it does not know it ignores, and null is as good as nothing.

    Raises:
        CourseError: a setting has no counterpart, or a value that means something else now.
    """
    settings = rename(class_name, mapping(config, f"the layer {layer}"))
    modern = ALIASES.get(class_name, class_name)
    if tfjs:
        settings = {key: value for key, value in settings.items() if value is not None or key == "activation"}
    if class_name == "CuDNNLSTM":
        settings.update(activation="tanh", recurrent_activation="sigmoid")
    elif class_name == "CuDNNGRU":
        settings.update(activation="tanh", recurrent_activation="sigmoid", reset_after=True)
    defaults = _TFJS_DEFAULTS if tfjs else _KERAS2_DEFAULTS
    settings = {**defaults.get(modern, {}), **settings}
    known = _arguments(modern)
    kept: dict[str, Any] = {}
    for key, value in settings.items():
        if key in known:
            kept[key] = _value(key, value, modern, layer, tfjs=tfjs)
        elif key == "causal" and value in (False, None):
            continue
        elif not (tfjs or _may_go(key, value, modern)):
            raise CourseError(
                f"The layer {layer} ({class_name}) has the setting {key} = {str(value)[:60]}, which Keras 3 does "
                "not have: build the model again without it."
            )
        elif tfjs and key in _DROPPED and not _may_go(key, value, modern):
            raise CourseError(
                f"The layer {layer} ({class_name}) has {key} = {str(value)[:60]}, which Keras 3 does not have: "
                "build the model again without it."
            )
    kept.pop("autocast", None)
    return kept


def _may_go(key: str, value: Any, class_name: str) -> bool:
    if value is None:
        return True
    if key in _UNUSED and class_name.startswith(("Depthwise", "Separable")):
        return True
    allowed = _DROPPED.get(key, ())
    return _ANY in allowed or any(
        value is each or (value == each and type(value) is type(each)) for each in allowed
    )


@functools.cache
def _arguments(class_name: str) -> frozenset[str]:
    """The names that the class takes in Keras 3, its base class' own included."""
    import keras

    taken: set[str] = set()
    for each in getattr(keras.layers, class_name).__mro__:
        if "__init__" in vars(each):
            arguments = inspect.signature(each.__init__).parameters
            taken |= set(arguments)
            if not any(argument.kind is argument.VAR_KEYWORD for argument in arguments.values()):
                break
    # Shapes and weights belong to the moment of building, for which this reader has its own.
    own = {"input_dim"} if class_name == "Embedding" else {"sparse"}
    return frozenset(taken) - (
        {"self", "args", "kwargs", "weights", "input_shape", "input_dim", "sparse"} - own
    )


def _value(key: str, value: Any, class_name: str, layer: str, *, tfjs: bool) -> Any:
    if key in ("activation", "recurrent_activation"):
        return activation(value, layer, tfjs=tfjs)
    if key.endswith("_initializer"):
        return _part("initializers", value) or {
            "module": "keras.initializers",
            "class_name": "Zeros",
            "config": {},
        }
    if key.endswith(("_regularizer", "_constraint")):
        return _part("regularizers" if key.endswith("_regularizer") else "constraints", value)
    if key == "dtype":
        return dtype(value, layer)
    if key == "axis" and class_name in ("BatchNormalization", "Concatenate") and isinstance(value, list):
        if len(value) != 1:
            raise CourseError(
                f"The layer {layer} normalises over the axes {value} at once, which Keras 3 cannot: build the "
                "model again with one axis."
            )
        return value[0]
    if key == "ragged" or key == "sparse":
        if value:
            raise CourseError(
                f"The input {layer} is {key}, which this converter cannot read: save the model with a dense input."
            )
        return False
    return value


def activation(value: Any, layer: str, *, tfjs: bool = False) -> Any:
    """The activation as Keras 3 names it; a layer as an activation as the config of that layer."""
    if value is None:
        return "linear"
    if isinstance(value, dict) and value.get("class_name") in _ACTIVATION_LAYERS:
        class_name = value["class_name"]
        inner = settings_of(class_name, value.get("config", {}), layer, tfjs=tfjs)
        return native(ALIASES.get(class_name, class_name), inner)
    if isinstance(value, dict) and isinstance(value.get("config"), str):  # {"class_name": "function", …}
        value = value["config"]
    elif isinstance(value, dict) and isinstance(value.get("class_name"), str):
        # TensorFlow.js takes {"className": "relu", "config": {}} for "relu".
        value = value["class_name"]
    name = _ACTIVATION_NAMES.get(value, value) if isinstance(value, str) else None
    if name not in _ACTIVATIONS:
        raise CourseError(
            f"The layer {layer} has the activation {str(value)[:60]!r}, which is not one of Keras 3 with the same "
            "meaning: build the model again with one that is."
        )
    return name


def dtype(value: Any, layer: str) -> str:
    """The name of a number format or of a policy of them."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("name") if isinstance(config, dict) else None
    if isinstance(value, str) and value.startswith(("infer", "_infer")):  # Keras 2.1 to 2.3: from the input
        value = "float32"
    known = ("float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool")
    if value not in (*known, "mixed_float16", "mixed_bfloat16", "string", None):
        raise Damaged(
            f"The layer {layer} has the number format {str(value)[:60]!r}, which Keras has not: save it again."
        )
    return value or "float32"


def _part(kind: str, value: Any) -> dict[str, Any] | None:
    """An initializer, regularizer or constraint where Keras 3 has one of that name, else none.

    None of them takes part in a prediction: the weights are in the file.
    """
    import keras

    if isinstance(value, str):
        value = {"class_name": value, "config": {}}
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        return None
    config = value.get("config")
    config = {key: item for key, item in config.items() if key != "dtype"} if isinstance(config, dict) else {}
    if config.get("distribution") == "normal":  # Keras 2.1 and TensorFlow.js: truncated, without saying so
        config["distribution"] = "truncated_normal"
    given = {"class_name": value["class_name"].replace("LeCun", "Lecun"), "config": config}
    module = getattr(keras, kind)
    try:
        made = module.deserialize(given)
        if not hasattr(made, "get_config") or type(made).__name__ in (
            "Initializer",
            "Regularizer",
            "Constraint",
        ):
            return None
    except Exception:  # noqa: BLE001  # Keras raises whatever its constructors do; the part is not needed
        return None
    return {
        "module": f"keras.{kind}",
        "class_name": type(made).__name__,
        "config": made.get_config(),
        "registered_name": None,
    }


def native(class_name: str, config: dict[str, Any], module: str = "keras.layers") -> dict[str, Any]:
    """The config of a layer as Keras 3 writes it."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}
