"""TensorFlow.js layers models become Keras models again: TensorFlow.js' own, published ones, and ours."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from course_utils.conversion import layers, tfjs_reader
from course_utils.conversion.formats import TFJS_LAYERS
from course_utils.conversion.proof.runtimes import Job, run
from course_utils.conversion.tfjs_reader import read, write_keras
from course_utils.errors import CourseError

FIXTURE = Path(__file__).parent / "fixtures" / "tfjs-4.22.zip"
NAMES = ["branches", "images", "sequences", "teachable", "translator"]


@pytest.fixture(scope="module")
def written_by_tfjs(tmp_path_factory):
    """Models as TensorFlow.js' own model.save wrote them."""
    folder = tmp_path_factory.mktemp("tfjs")
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def model_json(written_by_tfjs, tmp_path):
    """One of them, to be damaged."""
    shutil.copytree(written_by_tfjs / "teachable", tmp_path / "model")
    return tmp_path / "model" / "model.json"


def said(model, inputs):
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)]


def assert_same(got, expected, bound=1e-5):
    for mine, theirs in zip(got, expected, strict=True):
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() <= bound * max(1.0, np.abs(theirs).max())


def values(folder, kind):
    recorded = json.loads((folder / "values.json").read_text())[kind]
    return [np.array(each["values"], "float32").reshape(each["shape"]) for each in recorded]


@pytest.mark.parametrize("name", NAMES)
def test_what_tensorflow_js_saved_computes_the_same(name, written_by_tfjs):
    folder = written_by_tfjs / name
    expected = values(folder, "y")
    assert all(output.std(axis=0).max() > 1e-3 * np.abs(output).max() for output in expected)
    assert_same(said(read(folder / "model.json"), values(folder, "x")), expected)


def test_what_was_read_is_written_as_a_plain_keras_model(written_by_tfjs, tmp_path):
    folder = written_by_tfjs / "sequences"
    written = write_keras(read(folder / "model.json"), tmp_path)
    assert written.files == (tmp_path / "model.keras",)
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(said(again, values(folder, "x")), values(folder, "y"))


# Models as published since 2018: Keras 2.1's topology, a shard for each layer, file names of those years.


def published_look_alike(folder):
    """MobileNet V1 0.25 as the first converters published it, with random weights, smaller pictures and classes."""
    random = np.random.default_rng(3)
    rows, manifest = [], []

    def add(class_name, name, weights=(), **settings):
        before = [[[rows[-1]["name"], 0, 0, {}]]] if rows else []
        config = {"name": name, "trainable": True, **settings} if rows else {"name": name, **settings}
        rows.append({"name": name, "class_name": class_name, "config": config, "inbound_nodes": before})
        if weights:
            number, blob, entries = len(manifest) + 1, b"", []
            for weight, shape in weights:
                fan_in = np.prod(shape[:2]) if "depthwise" in weight else np.prod(shape[:-1])
                drawn = random.normal(0, 1.2 / np.sqrt(fan_in) if len(shape) > 1 else 0.3, shape)
                drawn = drawn**2 + 0.7 if "variance" in weight else drawn + ("gamma" in weight)
                blob += drawn.astype("<f4").tobytes()
                entries.append({"name": f"{name}/{weight}", "shape": list(shape), "dtype": "float32"})
            file = f"group{number}-shard1of1"
            (folder / file).write_bytes(blob)
            manifest.append({"paths": [file], "weights": entries})

    def initializer(name, **config):
        return {"class_name": name, "config": config}

    spread = initializer("VarianceScaling", scale=1.0, mode="fan_avg", distribution="uniform", seed=None)
    zeros, ones = initializer("Zeros"), initializer("Ones")
    none = dict.fromkeys(
        (
            "kernel_regularizer",
            "bias_regularizer",
            "activity_regularizer",
            "kernel_constraint",
            "bias_constraint",
        )
    )
    square = {"data_format": "channels_last", "dilation_rate": [1, 1], "bias_initializer": zeros, **none}

    def normalised(name, channels):
        settings = {"axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}
        settings |= {"beta_initializer": zeros, "gamma_initializer": ones, "moving_mean_initializer": zeros}
        settings |= {"moving_variance_initializer": ones, "beta_regularizer": None, "gamma_regularizer": None}
        settings |= {"beta_constraint": None, "gamma_constraint": None}
        kinds = ("gamma", "beta", "moving_mean", "moving_variance")
        add("BatchNormalization", f"{name}_bn", [(kind, (channels,)) for kind in kinds], **settings)
        add("Activation", f"{name}_relu", activation="relu6")

    def conv(name, size, inward, outward, strides, activation="linear", use_bias=False, padding="same"):
        weights = [("kernel", (size, size, inward, outward)), *([("bias", (outward,))] if use_bias else [])]
        settings = {
            "filters": outward,
            "kernel_size": [size, size],
            "strides": [strides] * 2,
            "padding": padding,
        }
        settings |= {"activation": activation, "use_bias": use_bias, "kernel_initializer": spread}
        add("Conv2D", name, weights, **settings, **square)

    add("InputLayer", "input_1", batch_input_shape=[None, 64, 64, 3], dtype="float32", sparse=False)
    conv("conv1", 3, 3, 8, 2)
    normalised("conv1", 8)
    channels = 8
    for block, (outward, strides) in enumerate(
        [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)], start=1
    ):
        settings = {"kernel_size": [3, 3], "strides": [strides] * 2, "padding": "same", "depth_multiplier": 1}
        settings |= {"activation": "linear", "use_bias": False, "depthwise_initializer": spread}
        settings |= {"depthwise_regularizer": None, "depthwise_constraint": None}
        add(
            "DepthwiseConv2D",
            f"conv_dw_{block}",
            [("depthwise_kernel", (3, 3, channels, 1))],
            **settings,
            **square,
        )
        normalised(f"conv_dw_{block}", channels)
        conv(f"conv_pw_{block}", 1, channels, outward, 1)
        normalised(f"conv_pw_{block}", outward)
        channels = outward
    add("GlobalAveragePooling2D", "global_average_pooling2d_1", data_format="channels_last")
    add("Reshape", "reshape_1", target_shape=[1, 1, 256])
    add("Dropout", "dropout", rate=0.001, noise_shape=None, seed=None)
    conv("conv_preds", 1, 256, 20, 1, use_bias=True)
    add("Activation", "act_softmax", activation="softmax")
    add("Reshape", "reshape_2", target_shape=[20])
    ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [["reshape_2", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "mobilenet_0.25_64", "layers": rows, **ends}}
    topology = {"keras_version": "2.1.4", "backend": "tensorflow", "model_config": config}
    document = {"modelTopology": topology, "weightsManifest": manifest}
    (folder / "model.json").write_text(json.dumps(document))


def published(tmp_path):
    """The look-alike, and the genuine models where they are at hand."""
    folder = tmp_path / "look-alike"
    folder.mkdir()
    published_look_alike(folder)
    data = Path(os.environ["COURSE_DATA"]) / "tfjs" if os.environ.get("COURSE_DATA") else tmp_path / "none"
    return [folder, *sorted(path.parent for path in data.glob("mobilenet*/model.json"))]


def test_published_models_compute_what_they_do_in_tensorflow_js(tmp_path):
    folders = published(tmp_path)
    models = [read(folder / "model.json") for folder in folders]
    inputs = [
        np.random.default_rng(1).uniform(-1, 1, (3, *model.input_shape[1:])).astype("float32")
        for model in models
    ]
    jobs = [Job(TFJS_LAYERS, folder, [x], "wasm") for folder, x in zip(folders, inputs, strict=True)]
    again = []
    for number, model in enumerate(models):  # and back, and back again
        place = tmp_path / str(number)
        place.mkdir()
        layers.write(model, place)
        again.append(read(place / "model.json"))
        jobs.append(Job(TFJS_LAYERS, place, [inputs[number]], "wasm"))
    results = run(jobs)
    for model, round_trip, x, first, second in zip(
        models, again, inputs, results[: len(models)], results[len(models) :], strict=True
    ):
        expected = said(model, [x])
        assert expected[0].std(axis=0).max() > 1e-3 * np.abs(expected[0]).max()
        assert first.error is None
        assert_same(expected, first.outputs)
        assert_same(said(round_trip, [x]), expected)
        assert_same(second.outputs, expected)


def test_the_look_alike_is_as_it_was_published(tmp_path):
    published_look_alike(tmp_path)
    assert len(list(tmp_path.glob("group*-shard1of1"))) == 55
    assert len(read(tmp_path / "model.json").layers) == 88


# How weights find their place.


def rewritten(path, change):
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return path


def test_keys_and_values_of_either_spelling(model_json, written_by_tfjs):
    def camel(document):
        text = json.dumps(document["modelTopology"])
        for name in (
            "class_name",
            "batch_input_shape",
            "kernel_size",
            "use_bias",
            "data_format",
            "channels_last",
        ):
            first, *rest = name.split("_")
            text = text.replace(f'"{name}"', f'"{first + "".join(map(str.capitalize, rest))}"')
        document["modelTopology"] = json.loads(text)

    folder = written_by_tfjs / "teachable"
    assert_same(said(read(rewritten(model_json, camel)), values(folder, "x")), values(folder, "y"))


def test_the_cell_in_a_name_and_an_optimizer_s_weights_are_passed_over(written_by_tfjs, tmp_path):
    shutil.copytree(written_by_tfjs / "sequences", tmp_path / "model")

    def change(document):
        group = document["weightsManifest"][0]
        for entry in group["weights"]:
            layer, _, weight = entry["name"].rpartition("/")
            if "lstm" in layer or "gru" in layer:
                entry["name"] = f"{layer}/lstm_cell_3/{weight}"
        group["weights"].append({"name": "Adam/iter", "shape": [], "dtype": "float32", "group": "optimizer"})

    path = rewritten(tmp_path / "model" / "model.json", change)
    with (tmp_path / "model" / "weights.bin").open("ab") as file:
        file.write(b"\0\0\0\0")
    assert_same(said(read(path), values(tmp_path / "model", "x")), values(tmp_path / "model", "y"))


@pytest.mark.parametrize(("quantize", "bound"), [("float16", 2e-2), ("uint8", 0.2)])
def test_quantised_weights_come_back_as_tensorflow_js_reads_them(quantize, bound, written_by_tfjs, tmp_path):
    folder = written_by_tfjs / "teachable"
    layers.write(read(folder / "model.json"), tmp_path, quantize)
    x = values(folder, "x")
    back = said(read(tmp_path / "model.json"), x)
    assert_same(back, values(folder, "y"), bound)
    (result,) = run([Job(TFJS_LAYERS, tmp_path, x)])
    assert_same(back, result.outputs)


# What is refused.


def _weights(document):
    return document["weightsManifest"][0]["weights"]


def _superfluous(document):
    document["weightsManifest"].append(
        {"paths": [], "weights": [{"name": "a/b", "shape": [0], "dtype": "float32"}]}
    )


def _layers(document):
    return document["modelTopology"]["config"]["layers"][0]["config"]["layers"]


def _named(document, **settings):
    _layers(document)[0]["config"].update(settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: _weights(d)[0].update(name="conv/nothing"), ("conv/nothing", "no layer")),
        (_superfluous, ("a/b", "no layer")),
        (lambda d: _weights(d)[0].update(shape=[3, 3, 4, 3]), ("kernel", "[3, 3, 4, 3]", "[3, 3, 3, 4]")),
        (lambda d: _named(d, filters=5), ("cannot build", "shape=(None, 5)")),
        (lambda d: _named(d, filters=10**9), ("more weights than the file holds",)),
        (lambda d: _named(d, activation="gelu_new"), ("conv2d", "gelu_new")),
        (lambda d: _layers(d)[0].update(class_name="Custom"), ("Custom",)),
        (lambda d: _layers(d)[0].update(class_name="Lambda"), ("Lambda", "not run")),
        (lambda d: _layers(d)[1].update(class_name="Resizing"), ("Resizing", "before the model")),
        (lambda d: _layers(d)[1].update(class_name="RandomWidth"), ("RandomWidth", "training")),
        (lambda d: d.pop("weightsManifest"), ("lists no weights",)),
        (lambda d: d.update(format="graph-model"), ("graph model", "layers model")),
        (lambda d: d.update(modelTopology={"node": [], "library": {}}), ("graph model",)),
        (lambda d: d.update(modelTopology=[]), ("describes no layers",)),
        (lambda d: d["modelTopology"]["config"].update(layers={}), ("no list of layers",)),
        (lambda d: d["weightsManifest"][0].update(paths=["../weights.bin"]), ("weights.bin",)),
    ],
    ids=range(16),
)
def test_what_does_not_fit_is_refused_in_one_sentence(change, words, model_json):
    rewritten(model_json, change)
    with pytest.raises(CourseError) as refusal:
        read(model_json)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


def test_a_layer_that_leads_nowhere_is_named(written_by_tfjs, tmp_path):
    shutil.copytree(written_by_tfjs / "branches", tmp_path / "model")

    def change(document):
        document["modelTopology"]["config"]["output_layers"] = [["inner", 1, 0]]

    with pytest.raises(CourseError, match="leads to no output"):
        read(rewritten(tmp_path / "model" / "model.json", change))


def test_a_missing_weight_is_named(model_json):
    def change(document):
        entry = _weights(document).pop()
        (size,) = {int(np.prod(entry["shape"]))}
        data = (model_json.parent / "weights.bin").read_bytes()
        (model_json.parent / "weights.bin").write_bytes(data[: -4 * size])

    rewritten(model_json, change)
    with pytest.raises(CourseError, match=r"lacks the weight .*/kernel"):
        read(model_json)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"modelTopology": {}}', "[" * 100_000])
def test_what_is_no_model_is_refused_in_one_sentence(text, tmp_path):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(CourseError) as refusal:
        read(tmp_path / "model.json")
    assert "model.json" in str(refusal.value)
    with pytest.raises(CourseError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_kernels_transposed_by_mistake_would_be_seen(written_by_tfjs, monkeypatch):
    right = tfjs_reader.shards.read_weights

    def wrong(manifest, folder):
        read = right(manifest, folder)
        name = next(name for name in read if name.endswith("left/kernel"))
        return read | {name: np.roll(read[name], 1, axis=0)}

    monkeypatch.setattr(tfjs_reader.shards, "read_weights", wrong)
    folder = written_by_tfjs / "branches"
    with pytest.raises(AssertionError):
        assert_same(said(read(folder / "model.json"), values(folder, "x")), values(folder, "y"))
