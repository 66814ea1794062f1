"""Models that compute in 16 bits: converted ones compute in 32, so that is what they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

_HALVES = {"float16", "bfloat16", "mixed_float16", "mixed_bfloat16"}
_HALF_DTYPES = {"float16", "bfloat16"}


def is_half(model: Any) -> bool:
    """Whether any layer of a Keras model computes in 16 bits."""
    import keras

    return isinstance(model, keras.Model) and any(
        str(layer.compute_dtype) in _HALF_DTYPES for layer in model._flatten_layers()
    )


def in_float32(model: keras.Model) -> keras.Model:
    """The same model with the same weights, computing in float32; the model itself where it does so already.

    A model that Keras cannot make again from its own configuration stays as it is.
    """
    import keras

    if not is_half(model):
        return model
    try:
        copy = type(model).from_config(_widened(model.get_config()))
        copy.set_weights([weight.astype("float32") for weight in model.get_weights()])
    # A subclass' own from_config may raise anything; its answers in 16 bits are then the only ones there are.
    except Exception:  # noqa: BLE001
        return model
    return copy if isinstance(copy, keras.Model) else model


def _widened(config: Any) -> Any:
    """A configuration in which what computed in 16 bits computes in 32."""
    if isinstance(config, dict):
        return {
            key: "float32" if key in ("dtype", "name") and _is_half_name(key, config) else _widened(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_widened(value) for value in config)
    return config


def _is_half_name(key: str, config: dict) -> bool:
    """Whether the entry is a number type: a layer may be called float16 too."""
    value = config[key]
    is_policy = key == "dtype" or set(config) <= {"name", "source_name"}
    return isinstance(value, str) and value in _HALVES and is_policy
