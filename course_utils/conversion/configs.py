"""What a model's configuration may ask for, decided before Keras acts on it.

A configuration names classes and functions for Keras to find and call. Keras' safe mode refuses marshalled Python and
a list of names; here the other way round, only what models are made of is let through: layers and their parts, from
Keras' own modules, and what the running program registered itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from course_utils.errors import CourseError

# Where the classes and functions of models live; a function from elsewhere (keras.utils.get_file) is no part of one.
_MODULES = (
    *(
        "keras",
        "keras.activations",
        "keras.constraints",
        "keras.dtype_policies",
        "keras.initializers",
        "keras.layers",
    ),
    *("keras.losses", "keras.metrics", "keras.models", "keras.ops", "keras.ops.image", "keras.ops.linalg"),
    *(
        "keras.ops.nn",
        "keras.ops.numpy",
        "keras.optimizers",
        "keras.quantizers",
        "keras.random",
        "keras.regularizers",
    ),
)
# Layers whose configuration is a program, or names one on disk.
_PROGRAMS = {
    "Lambda": "Python code",
    "__lambda__": "Python code",
    "TFSMLayer": "a SavedModel elsewhere on the disk",
    "TorchModuleWrapper": "a pickled PyTorch module",
    "JaxLayer": "Python code",
    "FlaxLayer": "Python code",
}
_DEEPEST = 200
# Weights that a model may create beyond what its file holds: those that a layer makes and does not save.
_SPARE_BYTES = 64 * 2**20


def parsed(text: bytes | str, name: str) -> dict[str, Any]:
    """The configuration in `text`; `name` says in an error whose it is."""
    try:
        config = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise CourseError(
            f"{name} is damaged, for its configuration is not JSON: copy or save it again."
        ) from None
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise CourseError(f"{name} does not describe a Keras model: save it again with model.save(…).")
    return config


def checked(
    config: dict[str, Any], name: str, *, trust: bool = False, strangers: bool = False
) -> dict[str, Any]:
    """The configuration without what only training needs, once nothing in it is refused.

    Args:
        config: as `keras.Model` serialises itself, with Keras 2 or 3.
        name: the file, for the error.
        trust: let programs through, such as a Lambda's.
        strangers: let other classes through, for what rewrites the configuration and has the result checked.

    Raises:
        CourseError: it holds a program, or a class or function that is neither Keras' own nor registered.
    """
    return _Checker(name, trust, strangers).checked(config, "", 0)


@dataclass(frozen=True)
class _Checker:
    name: str
    trust: bool
    strangers: bool

    def checked(self, value: Any, layer: str, depth: int) -> Any:
        """The part `value` of a configuration, which is inside `layer`."""
        if depth > _DEEPEST:
            raise CourseError(
                f"{self.name} is damaged, for its configuration nests without end: copy or save it again."
            )
        if isinstance(value, list):
            return [self.checked(item, layer, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("class_name"), str):
            inner = value.get("config")
            own = inner.get("name") if isinstance(inner, dict) else None
            layer = own if isinstance(own, str) else layer
            if not self.trust:
                _refuse_programs(value, self.name, layer)
            if not self.strangers:
                _refuse_strangers(value, self.name, layer)
        return {
            key: self.checked(item, layer, depth + 1)
            for key, item in value.items()
            if key != "compile_config"
        }


def _refuse_programs(value: dict[str, Any], name: str, layer: str) -> None:
    what = _PROGRAMS.get(value["class_name"])
    if what is None and _names_a_file(value):
        what = "the name of a vocabulary file elsewhere on the disk"
    if what:
        raise CourseError(
            f"{name} was not loaded, since its layer {layer or value['class_name']} ({value['class_name']}) holds "
            f"{what}: pass --trust (trust=True) if you know who made it."
        )


def _names_a_file(value: dict[str, Any]) -> bool:
    inner = value.get("config")
    return isinstance(inner, dict) and isinstance(inner.get("vocabulary"), str)


def _refuse_strangers(value: dict[str, Any], name: str, layer: str) -> None:
    """Refuse a class or function with a module that is not Keras' own, unless the program registered it."""
    class_name, module = value["class_name"], value.get("module")
    if class_name.startswith("__") or _is_registered(value):
        return
    if class_name == "function":
        if not _is_keras_function(module, value.get("config")):
            raise CourseError(_stranger(name, layer, f"the function {value.get('config')}"))
        return
    if "module" not in value:
        return  # Keras 2, .h5 and TensorFlow.js: the loader knows these by their class names alone
    if not isinstance(module, str) or not _is_keras_class(module, class_name):
        raise CourseError(_stranger(name, layer, f"the class {class_name}"))


def _stranger(name: str, layer: str, what: str) -> str:
    where = f"its layer {layer} needs" if layer else "it needs"
    return (
        f"{name} was not loaded, since {where} {what}, which is not Keras' own: load the model in Python where "
        "that is defined, and pass the model itself to course_utils.convert(model, …)."
    )


def _is_registered(value: dict[str, Any]) -> bool:
    import keras

    names = (value.get("registered_name"), value["class_name"], value.get("config"))
    return any(
        isinstance(name, str) and keras.saving.get_registered_object(name) is not None for name in names
    )


def _is_keras_function(module: object, function: object) -> bool:
    """Whether Keras itself has the function; without a module, among those that layers are given by name."""
    import keras

    if not isinstance(function, str):
        return False
    if module not in (None, "builtins"):
        return module in _MODULES
    homes = (keras.activations, keras.losses, keras.metrics, keras.initializers, keras.regularizers)
    return any(callable(getattr(home, function, None)) for home in homes)


def _is_keras_class(module: str, class_name: str) -> bool:
    if module.startswith("keras.src."):
        # Only what Keras has loaded by itself: a configuration decides on no import.
        found = vars(sys.modules[module]).get(class_name) if module in sys.modules else None
        return isinstance(found, type)
    return module in _MODULES or module.startswith("keras.optimizers.")


def with_modules(value: Any) -> Any:
    """A configuration from an .h5 of Keras 3 with the modules that .keras names and .h5 leaves out.

    Without them Keras finds no operation (keras.ops.tanh, or the mask of an Embedding), or the layer of the same name.
    """
    if isinstance(value, list):
        return [with_modules(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: with_modules(item) for key, item in value.items()}
    class_name, inner = value.get("class_name"), value.get("config")
    if isinstance(class_name, str) and isinstance(inner, dict) and "module" not in value:
        module = _home(class_name, is_layer="trainable" in inner or "layers" in inner)
        if module is not None:
            result |= {"module": module, "registered_name": None}
    return result


def _home(class_name: str, *, is_layer: bool) -> str | None:
    """The module of a class of Keras; of two with the same name a layer has a setting `trainable`."""
    import keras

    operation = None if is_layer else _operations().get(class_name)
    if operation is not None:
        return operation
    homes = (keras.layers, keras.models, keras.initializers, keras.regularizers, keras.constraints)
    found = next((home.__name__ for home in homes if isinstance(getattr(home, class_name, None), type)), None)
    if class_name == "Functional":
        return "keras.src.models.functional"
    return found.replace("keras._tf_keras.", "") if found else None


def _operations() -> dict[str, str]:
    """The classes behind the functions of keras.ops, and their modules."""
    import keras

    waiting, found = [keras.Operation], {}
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith("keras.src.ops."):
                found[one.__name__] = one.__module__
    return found


@contextmanager
def weights_bounded(stored: int, name: str) -> Iterator[None]:
    """While a model is built: refuse to create much more than the `stored` bytes of weights that its file holds.

    A damaged size in a configuration would otherwise take all of the machine's memory before its weights, which do
    not fit it, are looked at.
    """
    import keras

    original = keras.layers.Layer.add_weight
    left = 2 * stored + _SPARE_BYTES

    def add_weight(self: Any, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        size = 4
        for length in shape if isinstance(shape, tuple | list) else ():
            size *= int(length or 1)
        left -= size
        if left < 0:
            raise CourseError(
                f"{name} is damaged, for its layer {self.name} asks for more weights than the file holds: "
                "copy or save it again."
            )
        return original(self, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = original
