"""Models that are damaged, hostile or unfit: each is refused in one sentence, nothing runs, nothing is written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.conversion import convert, load_model, shards
from course_utils.errors import CourseError, UsageError

HERE = Path(__file__).parent
Make = Callable[[Path], Path]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, so that a test sees what stays there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def dense(units: int = 2, **options: Any) -> Any:
    import keras

    keras.utils.set_random_seed(5)
    return keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(units, name="out", **options)])


def contents(folder: Path) -> dict[str, bytes | None]:
    """All below a folder: files with their bytes, folders with None."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@contextmanager
def refused(where: Path, *words: str, kind: type[CourseError] = CourseError) -> Iterator[None]:
    """The block raises one sentence with these words, and below `where` nothing has changed."""
    before = contents(where)
    with pytest.raises(CourseError) as caught:
        yield
    sentence = str(caught.value)
    assert type(caught.value) is kind, sentence
    assert "\n" not in sentence
    assert sentence.endswith("."), sentence
    for word in words:
        assert word in sentence, sentence
    assert contents(where) == before


def edited_archive(folder: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """A .keras of `dense()` whose configuration `edit` has changed."""
    dense().save(folder / "whole.keras")
    with zipfile.ZipFile(folder / "whole.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    edit(config)
    members["config.json"] = json.dumps(config).encode()
    return archive_of(folder, members)


def archive_of(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def members_of(model: Any, folder: Path) -> dict[str, bytes]:
    model.save(folder / "whole.keras")
    with zipfile.ZipFile(folder / "whole.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def last_layer(config: dict[str, Any]) -> dict[str, Any]:
    return config["config"]["layers"][-1]


# Damage


def truncated_h5(folder: Path) -> Path:
    dense().save(folder / "whole.h5")
    path = folder / "model.h5"
    path.write_bytes((folder / "whole.h5").read_bytes()[:-4000])
    return path


def beheaded_h5(folder: Path) -> Path:
    path = truncated_h5(folder)
    path.write_bytes((folder / "whole.h5").read_bytes()[64:])
    return path


def truncated_keras(folder: Path) -> Path:
    dense().save(folder / "whole.keras")
    path = folder / "model.keras"
    path.write_bytes((folder / "whole.keras").read_bytes()[:-100])
    return path


def no_zip(folder: Path) -> Path:
    path = folder / "model.keras"
    path.write_text("<!DOCTYPE html><title>404</title>")
    return path


def empty(folder: Path) -> Path:
    path = folder / "model.keras"
    path.touch()
    return path


def without_weights(folder: Path) -> Path:
    members = members_of(dense(), folder)
    del members["model.weights.h5"]
    return archive_of(folder, members)


def without_config(folder: Path) -> Path:
    return archive_of(folder, {"notes.txt": b"hello"})


def with_other_weights(folder: Path) -> Path:
    members = members_of(dense(), folder) | {"config.json": members_of(dense(4), folder)["config.json"]}
    return archive_of(folder, members)


def with_huge_layer(folder: Path) -> Path:
    return edited_archive(folder, lambda config: last_layer(config)["config"].update(units=10**9))


def endless_h5(folder: Path) -> Path:
    # A few flipped bits in what Keras wrote, in which the HDF5 library searches for ever.
    return Path(shutil.copy(HERE / "fixtures" / "endless.h5", folder / "model.h5"))


def weights_alone(folder: Path) -> Path:
    path = folder / "model.weights.h5"
    dense().save_weights(path)
    return path


def weights_alone_of_keras_2(folder: Path) -> Path:
    import h5py

    path = folder / "weights.h5"
    dense().save(folder / "whole.h5")
    with h5py.File(folder / "whole.h5") as whole, h5py.File(path, "w") as alone:
        for name in whole["model_weights"]:
            whole.copy(f"model_weights/{name}", alone)
        alone.attrs["layer_names"] = whole["model_weights"].attrs["layer_names"]
    return path


def other_h5(folder: Path) -> Path:
    import h5py

    path = folder / "model.h5"
    with h5py.File(path, "w") as file:
        file["temperature"] = np.arange(5.0)
    return path


DAMAGED = [
    (truncated_h5, ["damaged or incomplete", "copy or save it again"]),
    (beheaded_h5, ["not an HDF5 file", "copy or save it again"]),
    (truncated_keras, ["damaged or incomplete", "copy or save it again"]),
    (no_zip, ["not a .keras file", "no zip archive", "copy or save it again"]),
    (empty, ["is empty", "copy or save it again"]),
    (without_weights, ["holds no model.weights.h5", "model.save"]),
    (without_config, ["holds no config.json", "model.save"]),
    (with_other_weights, ["cannot be loaded", "copy or save it again"]),
    (with_huge_layer, ["layer out asks for more weights than the file holds"]),
    (endless_h5, ["damaged or incomplete", "took too long"]),
    (weights_alone, ["holds weights without a model", "load_weights"]),
    (weights_alone_of_keras_2, ["holds weights without a model", "load_weights"]),
    (other_h5, ["without a Keras model", "model.save"]),
]


@pytest.mark.parametrize(("make", "words"), DAMAGED, ids=[make.__name__ for make, _ in DAMAGED])
def test_damage_is_told_in_one_sentence(make: Make, words: list[str], tmp_path: Path) -> None:
    path = make(tmp_path)
    started = time.monotonic()
    with refused(tmp_path, str(path), *words):
        convert(path, "tfjs-layers", tmp_path / "out")
    assert time.monotonic() - started < 20


def test_a_damaged_file_that_has_the_library_search_for_ever_costs_this_process_nothing(
    tmp_path: Path,
) -> None:
    # The guard is needed: read here, the same file does not come back.
    import subprocess

    path = endless_h5(tmp_path)
    program = (
        "import h5py, sys\ndef walk(group):\n    dict(group.attrs)\n    for name in group:\n"
        "        item = group[name]\n        walk(item) if isinstance(item, h5py.Group) else item[()]\n"
        "walk(h5py.File(sys.argv[1]))"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-c", program, str(path)], timeout=5, check=False, capture_output=True
        )


# Hostility


def in_place_of_activation(value: object) -> Make:
    def make(folder: Path) -> Path:
        return edited_archive(folder, lambda config: last_layer(config)["config"].update(activation=value))

    return make


def in_place_of_layer(**described: object) -> Make:
    def make(folder: Path) -> Path:
        return edited_archive(folder, lambda config: last_layer(config).update(described))

    return make


def function(module: str, name: str) -> Make:
    described = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    return in_place_of_activation(described)


HOSTILE = {
    "os.system": (function("os", "system"), "function system"),
    "eval": (function("builtins", "eval"), "function eval"),
    "get_file": (function("keras.utils", "get_file"), "function get_file"),
    "load_model": (function("keras.saving", "load_model"), "function load_model"),
    "load_library": (function("tensorflow", "load_library"), "function load_library"),
    "enable_unsafe_deserialization": (
        function("keras.config", "enable_unsafe_deserialization"),
        "function enable",
    ),
    "Popen": (
        in_place_of_layer(
            module="subprocess", class_name="Popen", config={"args": "true"}, registered_name=None
        ),
        "class Popen",
    ),
    "a module of the user's": (
        in_place_of_layer(module="hostile_module", class_name="Layer", config={}, registered_name=None),
        "class Layer",
    ),
    "a module of Keras": (
        in_place_of_layer(module="keras.src.hostile", class_name="Layer", config={}, registered_name=None),
        "class Layer",
    ),
    "TFSMLayer": (
        in_place_of_layer(
            module="keras.layers", class_name="TFSMLayer", config={"filepath": "x"}, registered_name=None
        ),
        "a SavedModel elsewhere",
    ),
    "TorchModuleWrapper": (
        in_place_of_layer(
            module="keras.layers",
            class_name="TorchModuleWrapper",
            config={"module": "gASV"},
            registered_name=None,
        ),
        "pickled",
    ),
    "vocabulary": (
        in_place_of_layer(
            module="keras.layers",
            class_name="StringLookup",
            config={"name": "words", "vocabulary": "/etc/passwd"},
            registered_name=None,
        ),
        "vocabulary file elsewhere",
    ),
    "a marshalled function": (
        in_place_of_activation({"class_name": "__lambda__", "config": {"value": ["4wAA", None, None]}}),
        "Python code",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_configuration_calls_nothing_but_what_models_are_made_of(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, words = HOSTILE[name]
    marker = tmp_path / "it-ran"
    (tmp_path / "hostile_module.py").write_text(f"open({str(marker)!r}, 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    path = make(tmp_path)
    with refused(tmp_path, str(path), "was not loaded", words):
        load_model(path)
    assert "hostile_module" not in sys.modules


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_lambda_is_not_executed_unless_trusted(suffix: str, tmp_path: Path) -> None:
    import keras

    marker = tmp_path / "it-ran"
    code = f"lambda x: (open({str(marker)!r}, 'w').close(), x * 3)[1]"
    layers = [keras.Input((3,)), keras.layers.Dense(2), keras.layers.Lambda(eval(code), name="triple")]
    model = keras.Sequential(layers)
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    marker.unlink(missing_ok=True)
    with refused(tmp_path, str(path), "triple (Lambda)", "Python code", "--trust"):
        convert(path, "litert", tmp_path / "out")
    assert not marker.exists()
    inputs = np.ones((2, 3), "float32")
    trusted = load_model(path, trust=True)
    assert np.allclose(trusted(inputs), model(inputs))
    assert marker.exists(), "the Lambda shows when it runs, so the test above could fail"


def test_a_trusted_lambda_is_converted_where_the_format_can(tmp_path: Path) -> None:
    import keras

    path = tmp_path / "model.keras"
    keras.utils.set_random_seed(2)
    layers = [
        keras.Input((3,)),
        keras.layers.Dense(2),
        keras.layers.Lambda(lambda x: x * 3 + 1, name="triple"),
    ]
    keras.Sequential(layers).save(path)
    for to in ("tfjs-graph", "litert", "onnx"):
        made = convert(path, to, tmp_path / to, trust=True)
        assert made.proof is not None
        assert made.proof.max_abs < 1e-5
    with refused(tmp_path, "triple", "Lambda"):
        convert(path, "tfjs-layers", tmp_path / "out", trust=True)


def test_a_class_that_is_not_there_is_named_and_one_that_is_registered_is_loaded(tmp_path: Path) -> None:
    import keras

    class Mine(keras.layers.Dense):
        pass

    path = tmp_path / "model.keras"
    model = keras.Sequential([keras.Input((3,)), Mine(2, name="special")])
    model.save(path)
    with refused(tmp_path, str(path), "layer special", "class Mine", "course_utils.convert"):
        convert(path, "tfjs-graph", tmp_path / "out")
    model.save(tmp_path / "model.h5")
    with refused(tmp_path, "model.h5", "Mine", "course_utils.convert"):
        convert(tmp_path / "model.h5", "tfjs-graph", tmp_path / "out")
    inputs = np.ones((2, 3), "float32")
    with keras.saving.custom_object_scope({"Mine": Mine}):
        assert np.allclose(load_model(path)(inputs), model(inputs))


def test_a_function_that_is_not_there_is_named(tmp_path: Path) -> None:
    def squared(x: Any) -> Any:
        return x * x

    path = tmp_path / "model.keras"
    dense(activation=squared).save(path)
    with refused(tmp_path, str(path), "layer out", "function squared", "course_utils.convert"):
        convert(path, "tfjs-layers", tmp_path / "out")


@pytest.mark.parametrize("name", ["assets/../../escaped", "assets/..\\..\\escaped", "assets/C:/escaped"])
def test_an_archive_unpacks_nothing_outside(name: str, tmp_path: Path) -> None:
    path = archive_of(tmp_path, members_of(dense(), tmp_path) | {name: b"x"})
    with refused(tmp_path, str(path), "would leave its folder"):
        load_model(path)


def test_members_that_no_model_has_are_not_unpacked(tmp_path: Path) -> None:
    path = archive_of(tmp_path, members_of(dense(), tmp_path) | {"../escaped": b"x", "/tmp/escaped": b"x"})
    before = contents(tmp_path)
    assert load_model(path)(np.ones((1, 3), "float32")).shape == (1, 2)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "assets/words.txt"])
def test_an_archive_that_unpacks_to_far_more_than_it_holds_is_refused(
    name: str, tmp_path: Path, temporary: Path
) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members_of(dense(), tmp_path).items():
            if member != name:
                archive.writestr(member, content)
        with archive.open(name, "w", force_zip64=True) as bomb:
            for _ in range(200):
                bomb.write(b" " * 2**20)
    with refused(tmp_path, str(path), name, "far more than is stored"):
        load_model(path)


def h5_with(folder: Path, change: Callable[[Any], object]) -> Path:
    import h5py

    path = folder / "model.h5"
    dense().save(path)
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def external_link(file: Any) -> None:
    import h5py

    del file["model_weights/out"]
    file["model_weights/out"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: Any) -> None:
    import h5py

    file["model_weights/again"] = h5py.SoftLink("/model_weights")


def loop(file: Any) -> None:
    file["model_weights/again"] = file["model_weights"]


def bias(file: Any) -> str:
    names: list[str] = []
    file.visit(lambda name: names.append(name) if name.endswith("bias") else None)
    return names[0]


def external_data(file: Any) -> None:
    del file[bias(file)]
    file.create_dataset("model_weights/out/bias", (2,), "float32", external=[("/etc/passwd", 0, 8)])


def virtual_data(file: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout((2,), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2,), "float32")
    del file[bias(file)]
    file.create_virtual_dataset("model_weights/out/bias", layout)


def claims_much(file: Any) -> None:
    file.create_dataset("model_weights/out/much", (10**6, 10**6), "float32", chunks=(1000, 1000))


LINKS = {
    external_link: "points to another place",
    soft_link: "points to another place",
    loop: "holds itself",
    external_data: "lies in another file",
    virtual_data: "lies in another file",
    claims_much: "larger than what is stored",
}


@pytest.mark.parametrize("change", LINKS, ids=lambda change: change.__name__)
def test_an_h5_reads_no_other_file_and_claims_no_more_than_it_holds(
    change: Callable[[Any], None], tmp_path: Path
) -> None:
    path = h5_with(tmp_path, change)
    with refused(tmp_path, str(path), LINKS[change]):
        load_model(path)


def saved_model(folder: Path, function: Callable[[Any], Any]) -> Path:
    import tensorflow as tf

    module = tf.Module()
    module.call = tf.function(function, input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    path = folder / "saved"
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.call})
    return path


def test_a_saved_model_acts_on_nothing_unless_trusted(tmp_path: Path) -> None:
    import tensorflow as tf

    marker = tmp_path / "it-ran"

    def writes(x: Any) -> Any:
        tf.io.write_file(str(marker), "ran")
        return {"y": x + 1.0}

    path = saved_model(tmp_path, writes)
    with refused(tmp_path, str(path), "WriteFile", "--trust"):
        convert(path, "onnx", tmp_path / "out")
    source = load_model(path, trust=True)
    source([np.ones((1, 3), "float32")])
    assert marker.exists(), "the SavedModel shows when it runs, so the test above could fail"


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("ReadFile", lambda tf, x: x + tf.cast(tf.strings.length(tf.io.read_file("/etc/passwd")), "float32")),
        ("MatchingFiles", lambda tf, x: x + tf.cast(tf.size(tf.io.matching_files("/etc/*")), "float32")),
        ("EagerPyFunc", lambda tf, x: tf.py_function(lambda value: value * 2, [x], tf.float32)),
        ("WriteFile", lambda tf, x: tf.cond(tf.reduce_sum(x) > 0, lambda: _after_writing(tf, x), lambda: x)),
    ],
    ids=["reads", "lists", "calls Python", "hidden in a branch"],
)
def test_what_reaches_out_of_a_saved_model_is_found(
    operation: str, call: Callable[[Any, Any], Any], tmp_path: Path
) -> None:
    import tensorflow as tf

    path = saved_model(tmp_path, lambda x: {"y": call(tf, x)})
    with refused(tmp_path, str(path), operation, "--trust"):
        load_model(path)


def _after_writing(tf: Any, x: Any) -> Any:
    tf.io.write_file("/nowhere/at/all", "x")
    return x * 2.0


def test_a_saved_model_that_is_damaged_or_lacks_its_signature_is_told(tmp_path: Path) -> None:
    import tensorflow as tf

    path = saved_model(tmp_path, lambda x: {"y": x * 2.0})
    assert np.allclose(load_model(path)([np.ones((2, 3))])[0], 2.0)
    graph = path / "saved_model.pb"
    whole = graph.read_bytes()
    graph.write_bytes(whole[: len(whole) // 2])
    with refused(tmp_path, str(graph), "is damaged", "copy it again"):
        load_model(path)
    graph.write_bytes(b"")
    with refused(tmp_path, str(graph), "holds no graph"):
        load_model(path)
    tf.saved_model.save(tf.Module(), str(tmp_path / "bare"))
    with refused(tmp_path, str(tmp_path / "bare"), "no signature serving_default", "model.export"):
        load_model(tmp_path / "bare")


def test_a_saved_model_has_no_layers_to_write(tmp_path: Path) -> None:
    path = saved_model(tmp_path, lambda x: {"y": x * 2.0})
    with refused(tmp_path, str(path), "no layers", "--to tfjs-graph"):
        convert(path, "tfjs-layers", tmp_path / "out")


# Unfit models


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (-np.inf, "infinity")])
def test_weights_that_are_no_numbers_are_named(value: float, word: str, tmp_path: Path) -> None:
    model = dense()
    kernel = model.layers[-1].kernel.numpy()
    kernel[1, 1] = value
    model.layers[-1].kernel.assign(kernel)
    model.save(tmp_path / "model.keras")
    with refused(tmp_path, "model.keras", word, "out/kernel", "checkpoint"):
        convert(tmp_path / "model.keras", "litert", tmp_path / "out")
    with refused(tmp_path, "The model sequential", word, "out/kernel"):
        convert(model, "onnx", tmp_path / "out", verify=0)


def test_a_model_that_was_never_built_is_told(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.layers.Dense(2)], name="later")
    with refused(tmp_path, "later has never been built", "Input layer"):
        convert(model, "tfjs-layers", tmp_path / "out")
    model.save(tmp_path / "model.keras")
    with refused(tmp_path, "model.keras has never been built", "Input layer"):
        convert(tmp_path / "model.keras", "tfjs-layers", tmp_path / "out")


def test_inputs_that_no_memory_holds_are_not_made_up(tmp_path: Path) -> None:
    import keras

    layers = [
        keras.Input((100_000, 100_000, 3)),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential(layers, name="vast")
    with refused(tmp_path, "The model vast", "120.0 GB for one input", "--verify 0"):
        convert(model, "litert", tmp_path / "out")


def test_the_weights_of_a_keras_2_archive_are_made_to_compute_the_same(tmp_path: Path) -> None:
    import tf_keras

    layers = tf_keras.layers
    recurrent = layers.GRU(4, reset_after=False, recurrent_activation="hard_sigmoid", input_shape=(5, 3))
    old = tf_keras.Sequential([recurrent, layers.Dense(4, activation="hard_sigmoid"), layers.Dense(2)])
    random = np.random.default_rng(0)
    old.set_weights([random.normal(size=weight.shape) for weight in old.get_weights()])
    old.save(tmp_path / "model.keras")
    inputs = random.normal(size=(6, 5, 3)).astype("float32")
    expected = old.predict(inputs, verbose=0)
    new = load_model(tmp_path / "model.keras")
    assert np.abs(new.predict(inputs, verbose=0) - expected).max() < 1e-5
    # Keras 3's own hard_sigmoid is another one: the file's weights as they are would not do.
    new.layers[1].set_weights(old.layers[1].get_weights())
    assert np.abs(new.predict(inputs, verbose=0) - expected).max() > 1e-2


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "model.keras")
    return folder / "model.keras"


def unreadable(folder: Path) -> Path:
    # Reading this file is an error for every user, root among them.
    (folder / "model.keras").symlink_to("/proc/self/mem")
    return folder / "model.keras"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nothing.keras", ["There is no", "name a .keras or .h5 file"]),
        (unreadable, ["cannot be read", "check it"]),
        (a_pipe, ["is no file", "name a .keras or .h5 file"]),
    ],
    ids=["missing", "unreadable", "pipe"],
)
def test_a_path_that_cannot_be_read_is_told(make: Make, words: list[str], tmp_path: Path) -> None:
    path = make(tmp_path)
    signal.alarm(60)  # reading a pipe waits for ever
    with refused(path.parent / "temporary", str(path), *words, kind=UsageError):
        convert(path, "tfjs-layers", tmp_path / "out")
    signal.alarm(0)
    assert not (tmp_path / "out").exists()


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 not really")
    with refused(tmp_path, "photo.jpg is no model"):
        load_model(tmp_path / "photo.jpg")
    with refused(tmp_path, "holds no model"):
        load_model(tmp_path)
    with refused(tmp_path, "A dict is no model", kind=UsageError):
        convert({}, "litert", tmp_path / "out")  # type: ignore[arg-type]

    flatten = {"module": "keras.layers", "class_name": "Flatten", "config": {}, "build_config": None}
    path = edited_archive(tmp_path, lambda config: config.update(flatten))
    with refused(tmp_path, str(path), "holds a Flatten and no whole model"):
        load_model(path)


# TensorFlow.js models


def tfjs(folder: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> Path:
    """A small TensorFlow.js layers model whose model.json `change` has edited."""
    folder = folder / "web"
    folder.mkdir()
    weights = [("out/kernel", np.eye(3, 2, dtype="float32")), ("out/bias", np.ones(2, "float32"))]
    manifest = shards.write_weights(weights, folder)
    layer = {
        "name": "out",
        "units": 2,
        "activation": "linear",
        "batch_input_shape": [None, 3],
        "dtype": "float32",
    }
    model_config = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": layer}]}
    topology = {"keras_version": "2.1.6", "backend": "tensorflow", "model_config": model_config}
    written = {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}
    change(written)
    (folder / "model.json").write_text(json.dumps(written))
    return folder / "model.json"


def test_the_model_json_of_these_tests_is_a_good_one(tmp_path: Path) -> None:
    for path in (tfjs(tmp_path), tmp_path / "web"):
        model = load_model(path)
        assert np.allclose(model(np.array([[1.0, 2.0, 3.0]], "float32")), [[2.0, 3.0]])


SHARD = "group1-shard1of1.bin"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda json: json["weightsManifest"][0].update(paths=["../secret.bin"]), ["secret.bin"]),
        (lambda json: json["weightsManifest"][0].update(paths=["/etc/passwd"]), ["/etc/passwd"]),
        (lambda json: json["weightsManifest"][0].update(paths=["a/../../secret.bin"]), ["secret.bin"]),
        (lambda json: json["weightsManifest"][0].update(paths=["gone.bin"]), ["gone.bin"]),
        (lambda json: json["weightsManifest"][0]["weights"][0].update(shape=[300, 200]), [SHARD]),
        (lambda json: json["weightsManifest"][0]["weights"][0].update(shape=[1, 1]), [SHARD]),
        (lambda json: json["weightsManifest"][0]["weights"][0].update(shape=[10**6, 10**9]), [SHARD]),
        (lambda json: json["weightsManifest"][0]["weights"][0].update(shape=[-3, -2]), ["out/kernel"]),
        (lambda json: json["weightsManifest"][0]["weights"][0].update(dtype="float8"), ["out/kernel"]),
        (lambda json: json["weightsManifest"][0]["weights"].pop(), ["model.json"]),
        (lambda json: json.pop("weightsManifest"), ["model.json"]),
        (lambda json: json.pop("modelTopology"), ["model.json"]),
    ],
    ids=[
        "up",
        "absolute",
        "up inside",
        "gone",
        "more",
        "less",
        "huge",
        "negative",
        "dtype",
        "lost",
        "none",
        "empty",
    ],
)
def test_a_model_json_that_lies_is_told(
    change: Callable[[dict[str, Any]], object], words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(32))
    path = tfjs(tmp_path, change)
    with refused(tmp_path, *words):
        convert(path, "keras", tmp_path / "out")


def test_a_model_json_that_is_no_json_is_told(tmp_path: Path) -> None:
    path = tfjs(tmp_path)
    for text in ("{", "[]", "null", "[" * 100_000, '"model"'):
        path.write_text(text)
        with refused(tmp_path, "model.json"):
            convert(path, "keras", tmp_path / "out")


def test_a_link_out_of_the_folder_is_no_shard(tmp_path: Path) -> None:
    path = tfjs(tmp_path)
    shard = path.with_name(SHARD)
    shutil.move(shard, tmp_path / "elsewhere.bin")
    shard.symlink_to(tmp_path / "elsewhere.bin")
    with refused(tmp_path, SHARD):
        load_model(path)
