"""The student's side: a Keras model as plain data, each layer with its settings and its weights.

What a model answers, how large it is and what shapes it has is not asked of it: `networks` finds that out on the
trusted side, from this data alone.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt
from course_utils.checks.networks import MOST_LAYERS, SETTINGS
from course_utils.checks.plain import describe

_LONGEST_NAME = 60


def collect_built(
    namespace: Namespace, *arguments: Any, also: Callable[[Any], Data] = lambda model: {}
) -> Data:
    """Call the student's `build_model` and describe what it returns; `also` is asked of a Keras model beside that."""
    function = namespace.get("build_model")
    if not callable(function):
        return {"missing": True, "name": "build_model"}

    def facts() -> Data:
        model = function(*arguments)
        described = describe_model(model)
        return {**described, **also(model)} if described.get("keras") else described

    return attempt(facts, namespace)


def compiled_loss(model: Any, labels: Any, predictions: Any) -> Data:
    """Return whether the model is compiled, and the mean of its loss for labels and predictions of shape (n,)."""
    import keras

    facts: Data = {"compiled": bool(model.compiled)}
    if model.compiled and model.loss is not None:
        loss = keras.losses.get(model.loss)
        columns = (np.asarray(values, dtype=np.float32)[:, np.newaxis] for values in (labels, predictions))
        facts["loss"] = describe(float(np.mean(loss(*columns))))
    return facts


def describe_model(model: Any) -> Data:
    """Return `{"model": its kind}`, and for a Keras model `"keras": True` and its `"network"`.

    The network has `layers`, in an order in which each comes after those that it takes its input from, and the places
    of its `outputs`. Models that serve as layers are opened. A layer has a `kind`, `settings`, and `from`: the places
    of its inputs. The first call of a layer has its `weights`, others say `same` and the place of the first.
    """
    import keras

    facts: Data = {"model": describe(model)}
    if not isinstance(model, keras.Model):
        return facts
    listing = _Listing()
    outputs = listing.open(model, None)
    return {**facts, "keras": True, "network": {"layers": listing.layers, "outputs": outputs}}


class _Listing:
    """The layers of a model, one after the other as they are called."""

    def __init__(self) -> None:
        self.layers: list[Data] = []
        self._first: dict[int, int] = {}

    def open(self, model: Any, given: Sequence[int] | None) -> list[int]:
        """Note the layers of a model that gets what stands in the places `given`; return the places of its outputs."""
        import keras

        if isinstance(model, keras.Sequential):
            places = list(given or [self._input(getattr(model, "input_shape", None))])
            for layer in model.layers:
                places = self._call(layer, places)
            return places
        plan = model.get_config()
        if "output_layers" not in plan:  # a class of the student's own: what it does stands in its code alone
            return [self._note({"kind": type(model).__name__[:_LONGEST_NAME], "from": list(given or [])})]
        calls = {layer["name"]: layer["inbound_nodes"] for layer in plan["layers"]}
        inputs = [place[0] for place in _places(plan["input_layers"])]
        done: dict[tuple[str, int], list[int]] = {}

        def tensor(name: str, number: int, part: int) -> int:
            key = name, number
            if key not in done and name in inputs:
                there = inputs.index(name)
                done[key] = [given[there] if given else self._input(model.get_layer(name).batch_shape)]
            elif key not in done:
                sources = [tensor(*place) for place in _histories(calls[name][number])]
                done[key] = self._call(model.get_layer(name), sources)
            return done[key][part]

        return [tensor(*place) for place in _places(plan["output_layers"])]

    def _call(self, layer: Any, places: list[int]) -> list[int]:
        import keras

        if isinstance(layer, keras.Model):
            return self.open(layer, places)
        made: Data = {"kind": type(layer).__name__[:_LONGEST_NAME], "from": places}
        if id(layer) in self._first:
            made["same"] = self._first[id(layer)]
        else:
            self._first[id(layer)] = len(self.layers)
            made["settings"] = _settings(layer.get_config())
            made["weights"] = [describe(np.asarray(weight)) for weight in layer.get_weights()]
        return [self._note(made)]

    def _input(self, shape: Any) -> int:
        """Note an input; `shape` begins with the number of rows. Without one, the model has not been built."""
        sizes = (
            [-1 if size is None else int(size) for size in shape[1:]] if isinstance(shape, tuple) else None
        )
        return self._note({"kind": "InputLayer", "shape": sizes})

    def _note(self, layer: Data) -> int:
        if len(self.layers) >= MOST_LAYERS:
            raise ValueError(f"a model of more than {MOST_LAYERS} layers")
        self.layers.append(layer)
        return len(self.layers) - 1


def _settings(config: dict[str, Any]) -> Data:
    """Return the settings that decide what a layer computes; of one that is no plain data, the name of its type."""
    return {name: _plain(config[name]) for name in SETTINGS if name in config}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict) and value.get("class_name") == "function":  # so Keras writes tf.nn.relu
        value = value.get("config")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:_LONGEST_NAME]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return type(value).__name__[:_LONGEST_NAME]


def _places(said: Any) -> list[tuple[str, int, int]]:
    """Return [name, call, part] places, of which Keras writes a single one without brackets around it."""
    said = list(said.values()) if isinstance(said, dict) else said
    return [tuple(said)] if said and isinstance(said[0], str) else [tuple(place) for place in said]


def _histories(said: Any) -> Iterator[tuple[str, int, int]]:
    """Yield the places that the arguments of a call came from, wherever they stand in what Keras wrote."""
    if isinstance(said, dict):
        if said.get("class_name") == "__keras_tensor__":
            yield tuple(said["config"]["keras_history"])
        else:
            yield from (place for item in said.values() for place in _histories(item))
    elif isinstance(said, list | tuple):
        yield from (place for item in said for place in _histories(item))
