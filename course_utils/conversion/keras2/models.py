"""Whole models of a Keras 2 or TensorFlow.js config: rows of layers, and graphs of them, one inside another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from course_utils.conversion.keras2 import operations
from course_utils.conversion.keras2.layers import Origin, is_merging, is_recurrent, layer, safe
from course_utils.conversion.keras2.parts import MODELS, Part
from course_utils.conversion.keras2.settings import dtype, native
from course_utils.conversion.keras2.values import Damaged, mapping, shape, text
from course_utils.errors import CourseError

_FUNCTIONAL = "keras.src.models.functional"


def model(class_name: str, config: Any, part: Part, origin: Origin) -> dict[str, Any]:
    """The config, for Keras 3, of the model `part`, whose layers are added to it."""
    if class_name == "Sequential":
        return _sequential(config, part, origin)
    config = mapping(config, f"the model {part.name}")
    if not {"layers", "input_layers", "output_layers"} <= set(config):
        raise CourseError(
            f"The model {part.name} is of a class of its own ({class_name[:60]}), whose code is not in the file: "
            "load it where that class is defined, and save it as a SavedModel."
        )
    return _Graph(config, part, origin).made()


def input_layer(name: str, batch_shape: list[int | None], kind: str) -> dict[str, Any]:
    """An input, as Keras 3 writes it."""
    config = {"batch_shape": batch_shape, "dtype": kind, "name": name}
    return native("InputLayer", config)


def _sequential(config: Any, part: Part, origin: Origin) -> dict[str, Any]:
    entries = config if isinstance(config, list) else mapping(config, f"the model {part.name}").get("layers")
    if not isinstance(entries, list) or not entries:
        raise Damaged(f"The model {part.name} has no list of layers: save the model again.")
    settings: dict[str, Any] = {"name": part.key}
    if isinstance(config, dict) and isinstance(config.get("trainable"), bool):
        settings["trainable"] = config["trainable"]
    made: list[dict[str, Any]] = []
    used: set[str] = set()
    for index, entry in enumerate(entries):
        kind, own = _entry(entry, part.name)
        given = batch_shape(kind, own, f"{part.name}")
        if index == 0 and given is not None:
            first = kind == "InputLayer"
            name = str(own.get("name") or "input") if first and isinstance(own, dict) else f"{part.key}_input"
            made.append(_input(safe(name), given, own, name))
            if first:
                continue
        child = _child(kind, own, entry, index, used)
        made += [model(kind, own, child, origin)] if child.is_model else layer(kind, own, child, origin)
        part.children.append(child)
    built = config.get("build_input_shape") if isinstance(config, dict) else None
    if isinstance(built, list) and made[0]["class_name"] != "InputLayer":
        made.insert(0, input_layer(f"{part.key}_input", shape(built, part.name), "float32"))
    settings["layers"] = made
    return native("Sequential", settings, "keras")


def batch_shape(kind: str, config: Any, where: str) -> list[int | None] | None:
    """The shape of what goes into the layer or model, batch included, where its config says so."""
    if kind in MODELS:
        entries = (
            config if isinstance(config, list) else config.get("layers") if isinstance(config, dict) else None
        )
        if not isinstance(entries, list) or not entries:
            return None
        names = config.get("input_layers") if isinstance(config, dict) else None
        if (
            kind != "Sequential"
            and isinstance(names, list)
            and len(names) > 1
            and not isinstance(names[0], str)
        ):
            return None
        first = _entry(entries[0], where)
        return batch_shape(*first, where)
    if not isinstance(config, dict):
        return None
    for key in ("batch_input_shape", "batch_shape"):
        if config.get(key) is not None:
            return shape(config[key], where)
    if isinstance(config.get("input_shape"), list):
        return [None, *shape(config["input_shape"], where)]
    wrapped = config.get("layer")
    if kind in ("Bidirectional",) and isinstance(wrapped, dict):
        return batch_shape(str(wrapped.get("class_name")), wrapped.get("config"), where)
    return None


def _entry(entry: Any, where: str) -> tuple[str, Any]:
    entry = mapping(entry, f"a layer of {where}")
    kind = text(entry.get("class_name"), f"The class of a layer of {where}")
    config = entry.get("config")
    if not isinstance(config, dict) and not (kind == "Sequential" and isinstance(config, list)):
        raise Damaged(f"A layer of {where} ({kind[:60]}) has no settings: save the model again.")
    return kind, config


def _input(key: str, given: list[int | None], config: Any, name: str) -> dict[str, Any]:
    kind = dtype(config.get("dtype"), name) if isinstance(config, dict) else "float32"
    kind = "float32" if kind.startswith("mixed") else kind
    if isinstance(config, dict) and (config.get("sparse") is True and "embeddings_initializer" not in config):
        raise CourseError(
            f"The input {name} is sparse, which this converter cannot read: save the model with a dense input."
        )
    if isinstance(config, dict) and config.get("ragged"):
        raise CourseError(
            f"The input {name} is ragged, which this converter cannot read: save the model with a dense input."
        )
    return input_layer(key, given, kind)


def _child(kind: str, config: Any, entry: dict[str, Any], index: int, used: set[str]) -> Part:
    own = config.get("name") if isinstance(config, dict) else None
    # In a graph the name beside the config counts: TensorFlow 2.0 to 2.3 gave its operations two.
    name = str(entry.get("name") or own or f"{kind.lower()}_{index + 1}")
    key = safe(name)
    while key in used:
        key += "_"
    used.add(key)
    frozen = isinstance(config, dict) and config.get("trainable") is False
    return Part(name, key, kind, trainable=not frozen)


class _Graph:
    """A functional model: layers, and which of their outputs go where."""

    def __init__(self, config: dict[str, Any], part: Part, origin: Origin) -> None:
        self.config, self.part, self.origin = config, part, origin
        entries = config["layers"]
        if not isinstance(entries, list) or not entries:
            raise Damaged(f"The model {part.name} has no list of layers: save the model again.")
        self.entries = [mapping(entry, f"a layer of {part.name}") for entry in entries]
        used: set[str] = set()
        self.children: dict[str, Part] = {}
        for index, entry in enumerate(self.entries):
            child = _child(*_entry(entry, part.name), entry, index, used)
            if child.name in self.children:
                raise Damaged(
                    f"Two layers of the model {part.name} are named {child.name}: save the model again."
                )
            self.children[child.name] = child
        self.first = self._first_nodes()
        # How many states each cell has, of layers with several cells.
        self.stacks = {
            str(entry.get("name")): counts for entry in self.entries if (counts := stacked_states(entry))
        }

    def made(self) -> dict[str, Any]:
        """The config for Keras 3."""
        layers: list[dict[str, Any]] = []
        for entry, child in zip(self.entries, self.children.values(), strict=True):
            kind, config = _entry(entry, self.part.name)
            nodes = self._nodes(entry, child)
            if kind == "InputLayer":
                given = batch_shape(kind, config, child.name)
                if given is None:
                    raise Damaged(f"The input {child.name} has no shape: save the model again.")
                chain = [_input(child.key, given, config, child.name)]
            elif operations.is_operation(kind):
                chain, nodes = operations.made(kind, config, child, nodes)
            elif child.is_model:
                chain = [model(kind, config, child, self.origin)]
            else:
                chain = layer(kind, config, child, self.origin)
            if not operations.is_operation(kind):
                causal = isinstance(config, dict) and config.get("causal") is True
                nodes = [self._arguments(node, child, causal=causal) for node in nodes]
            layers += _linked(chain, nodes)
            self.part.children.append(child)
        settings: dict[str, Any] = {"name": self.part.key, "layers": layers}
        if isinstance(self.config.get("trainable"), bool):
            settings["trainable"] = self.config["trainable"]
        settings["input_layers"] = self._ends(self.config["input_layers"])
        settings["output_layers"] = self._ends(self.config["output_layers"])
        return {**native("Functional", settings, _FUNCTIONAL), "registered_name": "Functional"}

    def _first_nodes(self) -> dict[str, int]:
        """The number of each layer's first node: files count the models inside a model from 0 or from 1.

        A model that was built on its own has a node for that, which some versions counted and others did not; but
        all nodes of a file are used in it, so that the lowest number that occurs is the first.
        """
        lowest: dict[str, int] = {}
        ends = [self.config["input_layers"], self.config["output_layers"]]
        for name, node, _ in self._references([entry.get("inbound_nodes") for entry in self.entries] + ends):
            lowest[name] = min(node, lowest.get(name, node))
        return {name: lowest.get(name, 0) if child.is_model else 0 for name, child in self.children.items()}

    def _references(self, value: Any) -> Iterator[tuple[str, int, int]]:
        if _is_reference(value, self.children):
            yield value[0], value[1], value[2]
            if len(value) == 4:
                yield from self._references(value[3])
        elif isinstance(value, list):
            for item in value:
                yield from self._references(item)
        elif isinstance(value, dict):
            for item in value.values():
                yield from self._references(item)

    def _tensor(self, value: list[Any]) -> dict[str, Any]:
        child = self.children[value[0]]
        output = value[2]
        if self.origin.tfjs and output and child.name in self.stacks:
            output = 1 + _backwards(self.stacks[child.name]).index(output - 1)
        history = [child.key, value[1] - self.first[child.name], output]
        if history[1] < 0:
            raise Damaged(
                f"The model {self.part.name} is wired to a use of {child.name} that is not there: save it again."
            )
        # Keras looks the tensor up by its history; shape and type are those of the one it finds.
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None], "dtype": "float32", "keras_history": history},
        }

    def _nodes(self, entry: dict[str, Any], child: Part) -> list[operations.Node]:
        """For each use of the layer its tensors, as Keras 3 refers to them, and what it was called with beside them."""
        nodes = entry.get("inbound_nodes", [])
        if not isinstance(nodes, list):
            raise Damaged(f"The layer {child.name} is not wired: save the model again.")
        return [self._node(node, child) for node in nodes]

    def _node(self, node: Any, child: Part) -> operations.Node:
        if _is_reference(node, self.children) or (
            isinstance(node, list) and node and node[0] == "_CONSTANT_VALUE"
        ):
            node = [node]
        if isinstance(node, dict) and not child.is_model:
            raise CourseError(
                f"The layer {child.name} takes a dictionary of tensors: build the model with a list instead."
            )
        if not isinstance(node, list | dict) or not node:
            raise Damaged(f"The layer {child.name} is not wired: save the model again.")
        settings: dict[str, Any] = {}
        items = list(node.values()) if isinstance(node, dict) else node
        tensors = []
        for item in items:
            if not isinstance(item, list) or len(item) not in (3, 4):
                raise Damaged(f"The layer {child.name} is wired to {str(item)[:60]}: save the model again.")
            if item[0] == "_CONSTANT_VALUE":
                tensors.append(item[2])
            elif _is_reference(item, self.children):
                tensors.append(self._tensor(item))
            else:
                raise Damaged(
                    f"The layer {child.name} is wired to {str(item[0])[:60]}, which is not in the model: save it again."
                )
            if len(item) == 4 and isinstance(item[3], dict):
                settings |= item[3]
        settings = {key: self._argument(value) for key, value in settings.items()}
        names = list(node) if isinstance(node, dict) else None
        return operations.Node(tensors, settings, names)

    def _argument(self, value: Any) -> Any:
        if _is_reference(value, self.children):
            return self._tensor(value)
        if isinstance(value, list):
            return [self._argument(item) for item in value]
        return value

    def _arguments(self, node: operations.Node, child: Part, *, causal: bool) -> dict[str, Any]:
        """A call of a layer as Keras 3 writes it."""
        settings = dict(node.settings)
        if settings.get("mask", 0) is None:
            del settings["mask"]
        if self.origin.tfjs:  # where nothing but tensors reaches a layer
            settings = {key: value for key, value in settings.items() if operations.tensors_in(value)}
        if settings.get("training"):
            raise CourseError(
                f"The layer {child.name} was called with training=True, also to predict, which Keras 3 does not do: "
                "build the model again without it."
            )
        # Keras 3 lets the model's own call decide, which is without training where it predicts.
        settings.pop("training", None)
        tensors: Any = node.tensors
        if is_recurrent(child.class_name) and len(tensors) > 1:
            settings["initial_state"] = self._states(child, tensors[1:])
            tensors = tensors[:1]
        if is_recurrent(child.class_name) and settings.get("constants", 0) in (None, []):
            del settings["constants"]
        if causal:
            settings["use_causal_mask"] = True
        if node.names is not None:
            argument: Any = dict(zip(node.names, tensors, strict=True))
        elif len(tensors) == 1 and not is_merging(child.class_name):
            argument = tensors[0]
        else:
            argument = tensors
        return {"args": [argument], "kwargs": settings}

    def _states(self, child: Part, tensors: list[Any]) -> list[Any]:
        """The first states, those of each of several cells together."""
        counts = self.stacks.get(child.name)
        if counts is None or len(tensors) != sum(counts):
            return tensors
        if self.origin.tfjs:
            tensors = [tensors[place] for place in _backwards(counts)]
        rest = iter(tensors)
        own = [[next(rest) for _ in range(count)] for count in counts]
        return [states if len(states) > 1 else states[0] for states in own]

    def _ends(self, value: Any) -> Any:
        """The model's inputs or outputs."""
        if _is_reference(value, self.children):
            child = self.children[value[0]]
            # Keras 3 counts the nodes of a functional model from 1 here, and here alone.
            offset = 1 if child.is_model and child.class_name != "Sequential" else 0
            _, node, output = self._tensor(value)["config"]["keras_history"]
            return [child.key, node + offset, output]
        if isinstance(value, list) and len(value) == 1:
            return self._ends(value[0])  # a list of one was as good as the one; in Keras 3 it stays a list
        if isinstance(value, list) and value:
            return [self._ends(item) for item in value]
        if isinstance(value, dict) and value:
            return {key: self._ends(item) for key, item in value.items()}
        raise Damaged(
            f"The inputs or outputs of the model {self.part.name} are not in it: save the model again."
        )


def stacked_states(entry: dict[str, Any]) -> list[int] | None:
    """How many states each of several cells on each other has; None for another layer."""
    config = entry.get("config")
    cell = config.get("cell") if entry.get("class_name") == "RNN" and isinstance(config, dict) else None
    if not isinstance(cell, dict) or cell.get("class_name") != "StackedRNNCells":
        return None
    return [2 if each["class_name"].startswith("LSTM") else 1 for each in cell["config"]["cells"]]


def _backwards(counts: list[int]) -> list[int]:
    """Where TensorFlow.js has each state: it lists those of several cells from the last cell on."""
    return [sum(counts[index + 1 :]) + place for index, count in enumerate(counts) for place in range(count)]


def _is_reference(value: Any, names: dict[str, Part]) -> bool:
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and value[0] in names
        and type(value[1]) is int
        and type(value[2]) is int
    )


def _linked(chain: list[dict[str, Any]], nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The layers one after the other: the first takes the nodes' tensors, each other the one before it."""
    for index, made in enumerate(chain):
        made["name"] = made["config"]["name"]
        if index:
            before = chain[index - 1]["name"]
            history = [
                {"shape": [None], "dtype": "float32", "keras_history": [before, use, 0]}
                for use in range(len(nodes))
            ]
            nodes = [
                {"args": [{"class_name": "__keras_tensor__", "config": each}], "kwargs": {}}
                for each in history
            ]
        made["inbound_nodes"] = nodes
    return chain
