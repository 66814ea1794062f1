# ruff: noqa: ANN001, ANN201  it runs where the course and its types are not
"""Runs inside the environment of the reference converter, never in the course's: `python -I driver.py REQUESTS`.

REQUESTS is a JSON file with a list of {"source": path, "form": "saved-model" | "keras3" | "description", "to": …,
"folder": path, "quantize": …}. A "description" is a folder with model.json, a Keras 3 configuration, and weights.npz;
it is built again with Keras 2. For each request one line on stdout says {"error": null}, or what went wrong.
"""

import inspect
import json
import sys
import types
from pathlib import Path

# What Keras 3 says of a layer and Keras 2 does not know, and which changes nothing about its outputs.
MEANS_NOTHING = {"seed", "quantization_config", "autocast", "use_cudnn", "lora_rank", "lora_alpha", "renorm"}
# What Keras 2 calls otherwise.
RENAMED = {("LeakyReLU", "negative_slope"): "alpha"}


class Unknown(Exception):
    """Something that the reference converter does not know."""


def main(requests):
    """Convert all that is asked for; what one request meets costs no other."""
    said, sys.stdout = sys.stdout, sys.stderr  # tensorflowjs prints what it does
    convert = converter().convert
    for request in requests:
        try:
            answer(request, convert)
            error = None
        except Unknown as unknown:
            error = str(unknown)
        except (Exception, SystemExit) as failure:  # noqa: BLE001  whatever it is, it is the answer
            error = f"{type(failure).__name__}: {' '.join(str(failure).split())}"
        print(json.dumps({"error": error}), file=said, flush=True)


def answer(request, convert):
    """Convert what one request names."""
    source, folder = Path(request["source"]), request["folder"]
    if request["form"] == "description":
        source = rebuild(source)
        form = "keras"
    else:
        form = {"saved-model": "tf_saved_model", "keras3": "keras_keras"}[request["form"]]
    to = {"tfjs-layers": "tfjs_layers_model", "tfjs-graph": "tfjs_graph_model"}[request["to"]]
    options = [f"--input_format={form}", f"--output_format={to}"]
    if request["quantize"] != "none":
        options.append(f"--quantize_{request['quantize']}=*")
    if form == "tf_saved_model":
        options.append("--use_structured_outputs_names=True")
    convert([*options, str(source), folder])


def converter():
    """The module `tensorflowjs.converters.converter`."""
    import keras  # noqa: F401  before the stand-ins, since it asks whether JAX is there
    import tensorflow  # noqa: F401

    # Imported by tensorflowjs whatever it is to convert, and used for JAX' functions and decision forests alone.
    for name in ("jax", "jax.experimental", "jax.experimental.jax2tf", "tensorflow_decision_forests"):
        module = sys.modules[name] = types.ModuleType(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    from tensorflowjs.converters import converter

    return converter


def rebuild(folder):
    """Build the described model with Keras 2, with the same weights; returns the path of its HDF5 file."""
    import numpy
    import tf_keras

    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    with numpy.load(folder / "weights.npz") as weights:
        model = Builder(tf_keras, weights).model(described, "")
    path = folder / "model.h5"
    model.save(str(path))
    return path


class Builder:
    """Builds Keras 2 models from what Keras 3 says of its own, by calling their layers in the same way."""

    def __init__(self, keras, weights) -> None:
        self.keras = keras
        self.weights = weights

    def model(self, described, place):
        """A model, or a model inside another; `place` is where its weights are, such as "0/3/"."""
        config = described["config"]
        make = self.sequential if described["class_name"] == "Sequential" else self.functional
        return make(config, place)

    def sequential(self, config, place):
        """A stack of layers."""
        built = self.keras.Sequential(name=config["name"])
        shape = None
        for index, described in enumerate(config["layers"]):
            if described["class_name"] == "InputLayer":
                shape = described["config"]["batch_shape"]
                continue
            layer = self.layer(described, f"{place}{index}/", shape)
            shape = None
            built.add(layer)
        if not built.built:
            built.build(config["build_input_shape"])
        for index, described in enumerate(config["layers"]):
            if described["class_name"] != "InputLayer":
                self.fill(built.get_layer(described["config"]["name"]), described, f"{place}{index}/")
        return built

    def functional(self, config, place):
        """A graph of layers, by calling each as often as it was called."""
        tensors, layers, waiting = {}, {}, []
        for index, described in enumerate(config["layers"]):
            name = described["name"]
            if described["class_name"] == "InputLayer":
                made = self.input_layer(described["config"])
                tensors[name, 0, 0] = made
            else:
                layers[name] = self.layer(described, f"{place}{index}/")
                waiting += [(name, node, call) for node, call in enumerate(described["inbound_nodes"])]
        while waiting:
            later = []
            for name, node, call in waiting:
                if not ready(call, tensors) or (node and (name, node - 1, 0) not in tensors):
                    later.append((name, node, call))
                    continue
                given = layers[name](
                    *fed(call["args"], tensors), **self.keywords(fed(call["kwargs"], tensors))
                )
                results = given if isinstance(given, list | tuple) else [given]
                tensors.update({(name, node, index): tensor for index, tensor in enumerate(results)})
            if len(later) == len(waiting):
                raise Unknown(f"The layer {later[0][0]!r} waits for an input that nothing gives")
            waiting = later
        for index, described in enumerate(config["layers"]):
            if described["class_name"] != "InputLayer":
                self.fill(layers[described["name"]], described, f"{place}{index}/")
        ends = [ended(config[end], tensors) for end in ("input_layers", "output_layers")]
        return self.keras.Model(*ends, name=config["name"])

    def input_layer(self, config):
        """An input of the same shape and type."""
        shape, dtype = config["batch_shape"], config["dtype"]
        given = {"name": config["name"], "dtype": dtype if isinstance(dtype, str) else "float32"}
        return self.keras.layers.Input(shape=shape[1:], batch_size=shape[0], **given)

    def layer(self, described, place, shape=None):
        """A layer of the same class and settings; the first of a stack says what `shape` the inputs have."""
        kind, config = described["class_name"], dict(described["config"])
        if kind in ("Sequential", "Functional", "Model"):
            return self.model(described, place)
        known = getattr(self.keras.layers, kind, None)
        if known is None:
            raise Unknown(f"Keras 2 has no {kind}, which layer {config.get('name')!r} is")
        for key in ("layer", "backward_layer", "cell"):
            if isinstance(config.get(key), dict):
                config[key] = self.layer(config[key], "")
        settings = self.settings(known, config)
        return known(**settings, batch_input_shape=shape) if shape else known(**settings)

    def settings(self, known, config):
        """The settings of a layer in Keras 2's words."""
        accepted = set()
        for parent in known.__mro__:
            accepted |= set(inspect.signature(parent.__init__).parameters)
        kept = {}
        for said, value in config.items():
            key = RENAMED.get((known.__name__, said), said)
            if key == "dtype":
                kept[key] = value if isinstance(value, str) else value["config"]["name"]
            elif value == "hard_sigmoid":
                raise Unknown(
                    f"Keras 2 computes another hard_sigmoid than Keras 3, see layer {config['name']!r}"
                )
            elif key.endswith("_initializer"):
                continue  # the weights are set
            elif key in accepted or key in ("name", "trainable"):
                kept[key] = plain(value)
            elif key not in MEANS_NOTHING and value not in (None, False, "auto", "channels_last"):
                raise Unknown(
                    f"Keras 2 knows no {key!r} of {known.__name__}, as layer {config['name']!r} has it"
                )
        return kept

    def keywords(self, given):
        """The keyword arguments of a call which do not stand for a default."""
        return {key: value for key, value in given.items() if value is not None}

    def fill(self, layer, described, place):
        """Set the weights of a layer; those of a model inside have been set while it was built."""
        if described["class_name"] in ("Sequential", "Functional", "Model"):
            return
        values = []
        while f"{place}{len(values)}" in self.weights:
            values.append(self.weights[f"{place}{len(values)}"])
        wanted = layer.get_weights()
        if described["class_name"] == "Normalization" and len(wanted) == len(values) + 1:
            values.append(wanted[-1])  # how many examples its statistics were taken from
        shapes = [value.shape for value in values], [value.shape for value in wanted]
        if shapes[0] != shapes[1]:
            raise Unknown(
                f"Keras 2 keeps other weights in layer {layer.name!r}: {shapes[1]} in place of {shapes[0]}"
            )
        layer.set_weights(values)


def plain(value):
    """A setting without the names of modules that Keras 2 does not have."""
    if isinstance(value, dict):
        return {
            key: plain(one)
            for key, one in value.items()
            if key not in ("module", "registered_name", "build_config")
        }
    return [plain(one) for one in value] if isinstance(value, list) else value


def tensor_key(value):
    """Which tensor a value of a configuration stands for; None where it is no tensor."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return tuple(value["config"]["keras_history"])
    return None


def ready(value, tensors):
    """Whether all tensors that a call takes are there."""
    if key := tensor_key(value):
        return key in tensors
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(ready(one, tensors) for one in inner)


def fed(value, tensors):
    """The arguments of a call with tensors in place of what stands for them."""
    if key := tensor_key(value):
        return tensors[key]
    if isinstance(value, dict):
        return {key: fed(one, tensors) for key, one in value.items()}
    return [fed(one, tensors) for one in value] if isinstance(value, list) else value


def ended(value, tensors):
    """The tensors that a model's configuration lists as its inputs or outputs."""
    if len(value) == 3 and isinstance(value[0], str):
        return tensors[tuple(value)]
    return [tensors[tuple(one)] for one in value]


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
