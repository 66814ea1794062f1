"""Initializers, regularizers and constraints as TensorFlow.js reads them; they matter when it trains the model on."""

from __future__ import annotations

from typing import Any

import numpy as np

# Keras' class → that of TensorFlow.js, and what its constructor takes.
_INITIALIZERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Zeros": ("Zeros", ()),
    "Ones": ("Ones", ()),
    "Constant": ("Constant", ("value",)),
    "RandomUniform": ("RandomUniform", ("minval", "maxval", "seed")),
    "RandomNormal": ("RandomNormal", ("mean", "stddev", "seed")),
    "TruncatedNormal": ("TruncatedNormal", ("mean", "stddev", "seed")),
    "Identity": ("Identity", ("gain",)),
    "IdentityInitializer": ("Identity", ("gain",)),
    "Orthogonal": ("Orthogonal", ("gain", "seed")),
    "OrthogonalInitializer": ("Orthogonal", ("gain", "seed")),
    "VarianceScaling": ("VarianceScaling", ("scale", "mode", "distribution", "seed")),
    "GlorotUniform": ("GlorotUniform", ("seed",)),
    "GlorotNormal": ("GlorotNormal", ("seed",)),
    "HeUniform": ("HeUniform", ("seed",)),
    "HeNormal": ("HeNormal", ("seed",)),
    "LecunUniform": ("LeCunUniform", ("seed",)),
    "LecunNormal": ("LeCunNormal", ("seed",)),
}


def initializer(value: Any) -> dict[str, Any]:
    """An initializer of a Keras layer for TensorFlow.js; those that it lacks become Zeros.

    They are never used: the weights that are loaded take their place.
    """
    name = type(value).__name__
    if name not in _INITIALIZERS:
        return {"class_name": "Zeros", "config": {}}
    class_name, keys = _INITIALIZERS[name]
    config = {key: _plain(found) for key, found in value.get_config().items() if key in keys}
    if name == "Constant" and not isinstance(config.get("value"), int | float):
        return {"class_name": "Zeros", "config": {}}
    # "normal" of TensorFlow.js is truncated, and whatever it does not know is uniform.
    if str(config.get("distribution", "")).endswith("normal"):
        config["distribution"] = "normal"
    return {"class_name": class_name, "config": config}


def regularizer(value: Any) -> dict[str, Any] | None:
    """A regularizer for TensorFlow.js, which has L1L2 alone, and 0.01 where a factor is not named."""
    if value is None:
        return None
    if type(value).__name__ not in ("L1", "L2", "L1L2"):
        return None
    factors = {key: float(getattr(value, key, 0.0) or 0.0) for key in ("l1", "l2")}
    return {"class_name": "L1L2", "config": factors}


def has_regularizer(value: Any) -> bool:
    """Whether a regularizer, or its absence, is kept."""
    return value is None or regularizer(value) is not None


def constraint(value: Any, weight: Any) -> dict[str, Any] | None:
    """A constraint for TensorFlow.js, or None where there is none that would leave the weight as it is.

    Keras constrains a weight after each step of training alone, TensorFlow.js also when it loads one, which would
    change a weight that was set otherwise.
    """
    if value is None or type(value).__name__ not in ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"):
        return None
    current = np.asarray(weight)
    constrained = np.asarray(value(current))
    if np.abs(constrained - current).max(initial=0) > 1e-6 * np.abs(current).max(initial=1e-30):
        return None
    config = {key: _plain(found) for key, found in value.get_config().items()}
    return {"class_name": type(value).__name__, "config": config}


def settings(layer: Any, **weights: Any) -> dict[str, Any]:
    """Initializer, regularizer and constraint of the layer's weights: `settings(layer, kernel=…, bias=…)`."""
    config: dict[str, Any] = {}
    for name, weight in weights.items():
        if hasattr(layer, f"{name}_initializer"):
            config[f"{name}_initializer"] = initializer(getattr(layer, f"{name}_initializer"))
        if hasattr(layer, f"{name}_regularizer"):
            config[f"{name}_regularizer"] = regularizer(getattr(layer, f"{name}_regularizer"))
        if hasattr(layer, f"{name}_constraint") and weight is not None:
            config[f"{name}_constraint"] = constraint(getattr(layer, f"{name}_constraint"), weight)
    return config


def _plain(value: Any) -> Any:
    """A value that JSON has: numbers as Python's own, a generator's seed left out."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else None
