"""One layer of a Keras 2 or TensorFlow.js config: the layer, or the few, that compute the same in Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from course_utils.conversion.keras2.parts import HARD_SIGMOID, Part
from course_utils.conversion.keras2.settings import ALIASES, GONE, KNOWN, native, settings_of
from course_utils.conversion.keras2.values import Damaged, mapping, text
from course_utils.errors import CourseError

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "RNN", "Bidirectional")
_MERGING = (
    "Add", "AdditiveAttention", "Attention", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply",
    "Subtract",
)  # fmt: skip
_FOLDABLE = (
    "Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
    "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell", "GRU",
    "GRUCell", "Activation",
)  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Whose file it is, where that changes what a config means."""

    tfjs: bool = False
    # Keras on TensorFlow 1, and TensorFlow.js, enlarge with the corner of the first pixel at 0, not its middle.
    corners: bool = False
    trust: bool = False


def is_recurrent(class_name: str) -> bool:
    """Whether further inputs of the layer are its first state."""
    return ALIASES.get(class_name, class_name) in _RECURRENT


def is_merging(class_name: str) -> bool:
    """Whether the layer takes a list of tensors, even of one."""
    return class_name in _MERGING


def layer(class_name: str, config: Any, part: Part, origin: Origin) -> list[dict[str, Any]]:
    """The layers of Keras 3 that compute, one after the other, what this one does; the last bears its name.

    `part` gets the settings and what is inside. Raises CourseError, naming the layer, where there are none.
    """
    class_name = class_name.split(">")[-1] if class_name.startswith("Keras>") else class_name
    modern = ALIASES.get(class_name, class_name)
    where = part.name
    if modern in GONE:
        raise CourseError(f"The layer {where} is a {class_name}, and {GONE[modern]}.")
    if modern == "TimeDistributed":
        return _time_distributed(config, part, origin)
    if modern == "Bidirectional":
        return [_bidirectional(config, part, origin)]
    if modern == "RNN":
        return [_rnn(config, part, origin)]
    if modern == "Lambda":
        return [_lambda(config, part, origin)]
    if modern not in KNOWN:
        raise CourseError(
            f"The layer {where} is a {class_name[:80]}, which is no layer that Keras 2 and Keras 3 share: load the "
            "model where that class is defined, and save it without it."
        )
    settings = settings_of(class_name, config, where, tfjs=origin.tfjs)
    settings["name"] = part.key
    part.settings = settings
    if settings.get("activation") == "hard_sigmoid" and modern not in _FOLDABLE:
        raise CourseError(
            f"The layer {where} ({class_name}) has the activation hard_sigmoid of Keras 2, which Keras 3 does not "
            "have: build the model again with another activation."
        )
    if modern == "Activation" and settings.get("activation") == "hard_sigmoid":
        before = {
            "name": f"{part.key}_times_1_2",
            "scale": HARD_SIGMOID,
            "offset": 0.0,
            "dtype": settings.get("dtype", "float32"),
        }
        return [native("Rescaling", before), native("Activation", settings)]
    if modern in _SPECIAL:
        return _SPECIAL[modern](class_name, settings, part, origin)
    return [native(modern, settings)]


def _relu(class_name: str, settings: dict[str, Any], part: Part, origin: Origin) -> list[dict[str, Any]]:
    if class_name == "ThresholdedReLU":
        settings.setdefault("threshold", 1.0)
    return [native("ReLU", {key: value for key, value in settings.items() if value is not None})]


def _input(class_name: str, settings: dict[str, Any], part: Part, origin: Origin) -> list[dict[str, Any]]:
    raise Damaged(f"The layer {part.name} is an input in the middle of the model: save the model again.")


def _upsampling(
    class_name: str, settings: dict[str, Any], part: Part, origin: Origin
) -> list[dict[str, Any]]:
    """Bilinear enlargement as of TensorFlow 1, by layers that Keras 3 has.

    Each new row lies between its own old one and the next: so the mean of neighbours after rows were doubled, where
    average pooling with the padding "same" takes the last alone at the border. Four times is twice that.
    """
    if not origin.corners or settings.get("interpolation", "nearest") == "nearest":
        return [native("UpSampling2D", settings)]
    size = settings.get("size", [2, 2])
    size = [size, size] if isinstance(size, int) else list(size)
    powers = all(isinstance(factor, int) and factor > 0 and factor & (factor - 1) == 0 for factor in size)
    if settings["interpolation"] != "bilinear" or not powers or len(size) != 2:
        raise CourseError(
            f"The layer {part.name} enlarges {settings['interpolation']} by {size}, from the pixels' corners, which "
            "Keras 3 cannot: build the model again with the sizes 2, 4 or 8, or with nearest."
        )
    common = {key: settings[key] for key in ("data_format", "dtype", "trainable") if key in settings}
    chain = []
    while max(size) > 1:
        step = [2 if factor > 1 else 1 for factor in size]
        size = [factor // each for factor, each in zip(size, step, strict=True)]
        chain.append(native("UpSampling2D", {**common, "size": step, "interpolation": "nearest"}))
        pool = {**common, "pool_size": step, "strides": 1, "padding": "same"}
        chain.append(native("AveragePooling2D", pool))
    chain = chain or [native("Identity", common)]
    for index, made in enumerate(chain[:-1]):
        made["config"]["name"] = f"{part.key}_step_{index + 1}"
    chain[-1]["config"]["name"] = part.key
    return chain


def _corner_to_corner(
    class_name: str, settings: dict[str, Any], part: Part, origin: Origin
) -> list[dict[str, Any]]:
    if origin.tfjs:
        raise CourseError(
            f"The layer {part.name} ({class_name}) takes pixels from other places than that of Keras does: leave it "
            "out, and bring the pictures to their size before the model."
        )
    return [native(class_name, settings)]


def _time_distributed(config: Any, part: Part, origin: Origin) -> list[dict[str, Any]]:
    settings, chain = _wrapped(config, part, origin)
    if len(chain) > 1:
        # Only layers that work on each number alone become several: they need no wrapper.
        if part.children[0].class_name != "Activation":
            raise CourseError(
                f"The layer {part.name} repeats a {part.children[0].class_name} that Keras 3 needs several layers "
                "for: build the model again without TimeDistributed."
            )
        chain[-1]["config"]["name"] = part.key
        part.class_name, part.children = "Activation", []
        return chain
    return [native("TimeDistributed", {**settings, "layer": chain[0]})]


def _bidirectional(config: Any, part: Part, origin: Origin) -> dict[str, Any]:
    settings, chain = _wrapped(config, part, origin)
    backward = mapping(config, part.name).get("backward_layer")
    forward = part.children[0]
    if not is_recurrent(forward.class_name) or len(chain) > 1:
        raise Damaged(
            f"The layer {part.name} is a Bidirectional of something that is no recurrent layer: save the model again."
        )
    if backward is None:
        part.children.append(
            Part(forward.name, forward.key, forward.class_name, forward.settings, forward.trainable)
        )
        part.children[-1].children = forward.children
    else:
        other = Part("", "", "", trainable=True)
        settings["backward_layer"] = _wrapped({"layer": backward}, other, origin)[1][0]
        part.children += other.children
    merge = mapping(config, part.name).get("merge_mode", "concat")
    return native("Bidirectional", {**settings, "merge_mode": merge, "layer": chain[0]})


def _rnn(config: Any, part: Part, origin: Origin) -> dict[str, Any]:
    """RNN of one cell, or of several on each other."""
    config = mapping(config, part.name)
    cell = mapping(config.get("cell"), f"the cell of {part.name}")
    cells = [cell]
    if cell.get("class_name") == "StackedRNNCells":
        cells = mapping(cell.get("config"), f"the cells of {part.name}").get("cells") or []
    made = []
    for each in cells:
        each = mapping(each, f"a cell of {part.name}")
        kind = text(each.get("class_name"), f"A cell of {part.name}")
        name = mapping(each.get("config"), f"a cell of {part.name}").get("name") or f"cell_{len(made)}"
        child = Part(str(name), safe(str(name)), kind)
        if kind not in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
            raise CourseError(
                f"The layer {part.name} has a cell of the class {kind[:80]}, which Keras does not have: load the "
                "model where that class is defined, and save it with a layer of Keras."
            )
        made += layer(kind, each.get("config"), child, origin)
        part.children.append(child)
    keep = (
        "return_sequences",
        "return_state",
        "go_backwards",
        "stateful",
        "unroll",
        "name",
        "trainable",
        "dtype",
    )
    if config.get("time_major"):
        raise CourseError(
            f"The layer {part.name} has time_major, which Keras 3 does not have: build it without."
        )
    settings = {key: config[key] for key in keep if config.get(key) is not None}
    settings["name"] = part.key
    whole = made[0] if len(made) == 1 else native("StackedRNNCells", {"cells": made})
    return native("RNN", {**settings, "cell": whole})


def _wrapped(config: Any, part: Part, origin: Origin) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The wrapper's own settings, and the layers inside."""
    from course_utils.conversion.keras2.models import model

    config = mapping(config, f"the layer {part.name}")
    inner = mapping(config.get("layer"), f"the layer inside {part.name or 'a wrapper'}")
    kind = text(inner.get("class_name"), f"The layer inside {part.name}")
    own = inner.get("config")
    name = (own.get("name") if isinstance(own, dict) else None) or f"{part.name}_inner"
    child = Part(
        str(name),
        safe(str(name)),
        kind,
        trainable=not (isinstance(own, dict) and own.get("trainable") is False),
    )
    chain = [model(kind, own, child, origin)] if child.is_model else layer(kind, own, child, origin)
    part.children.append(child)
    settings: dict[str, Any] = {"name": part.key}
    if isinstance(config.get("trainable"), bool):
        settings["trainable"] = config["trainable"]
    return settings, chain


def _lambda(config: Any, part: Part, origin: Origin) -> dict[str, Any]:
    """Code of the file's own: handed on, never run here; Keras 3 unpacks it if it is trusted."""
    if origin.tfjs or not origin.trust:
        raise CourseError(
            f"The layer {part.name} is a Lambda, Python code inside the model file, which is not run: trust the "
            "file with --trust if you know where it comes from, or build the model without Lambda."
        )
    config = mapping(config, f"the layer {part.name}")
    function = config.get("function")
    if isinstance(function, dict) and function.get("class_name") == "__lambda__":
        function = mapping(function.get("config"), part.name)
        function = [function.get("code"), function.get("defaults"), function.get("closure")]
    if not isinstance(function, list) or len(function) != 3 or not isinstance(function[0], str):
        raise CourseError(
            f"The layer {part.name} calls the function {str(function)[:60]!r}, which is not in the file: load the "
            "model where it is defined, and save it with layers instead."
        )
    code, defaults, closure = function
    config_of = {"code": code, "defaults": defaults, "closure": closure}
    settings = {key: config[key] for key in ("name", "trainable", "arguments") if config.get(key) is not None}
    settings["name"] = part.key
    settings["function"] = {"class_name": "__lambda__", "config": config_of}
    return native("Lambda", settings)


def safe(name: str) -> str:
    """A name that Keras 3 takes: it uses slashes for paths."""
    return name.replace("/", "_")


_SPECIAL = {
    "ReLU": _relu,
    "InputLayer": _input,
    "UpSampling2D": _upsampling,
    "Resizing": _corner_to_corner,
    "CenterCrop": _corner_to_corner,
}
