"""The reference converter: in an environment of its own, and its results held against ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from course_utils import node
from course_utils.bench.conformance.architectures import ARCHITECTURES
from course_utils.bench.conformance.sweep import compare_weights
from course_utils.conversion import graph
from course_utils.conversion import layers as layers_writer
from course_utils.conversion.formats import Written
from course_utils.conversion.proof import Job, run
from course_utils.conversion.proof.comparison import compare
from course_utils.conversion.proof.source import predict
from course_utils.conversion.reference import Task, convert_all, convert_with_reference, isolation
from course_utils.conversion.shards import read_weights
from course_utils.errors import CourseError, UsageError
from tests.conftest import Once


@pytest.fixture(scope="module")
def small() -> keras.Model:
    """A network with the layers that everybody has."""
    keras.utils.set_random_seed(4)
    picture = layers.Input((12, 12, 3), name="picture")
    x = layers.Conv2D(6, 3, activation="relu", name="first")(picture)
    x = layers.BatchNormalization(name="normal")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depth")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(picture, layers.Dense(4, activation="softmax", name="answer")(x), name="small")


NETWORKS = ("LSTM sequence to sequence", "siamese pair")


def network(name: str) -> keras.Model:
    return next(case for case in ARCHITECTURES if case.name == name).build()


@pytest.fixture(scope="module")
def referred(small: keras.Model, once: Once) -> Path:
    """What the reference converter makes of all models here, in one process; what it says is in said.json."""

    def make(folder: Path) -> None:
        unknown = keras.Sequential(
            [layers.Input((4,)), layers.Dense(2), layers.RMSNormalization(name="root")]
        )
        other = keras.Sequential(
            [layers.Input((4,)), layers.Dense(2, activation="hard_sigmoid", name="hard")]
        )
        tasks = [
            Task(small, "tfjs-layers", folder / "layers"),
            Task(small, "tfjs-layers", folder / "rounded", "uint8"),
            Task(small, "tfjs-graph", folder / "graph"),
            Task(small, "tfjs-layers", folder / "keras3", as_it_is=True),
            *(Task(network(name), "tfjs-layers", folder / name) for name in NETWORKS),
            Task(unknown, "tfjs-layers", folder / "unknown"),
            Task(other, "tfjs-layers", folder / "other"),
        ]
        results = convert_all(tasks)
        said = {
            task.folder.name: "" if isinstance(result, Written) else str(result)
            for task, result in zip(tasks, results, strict=True)
        }
        (folder / "said.json").write_text(json.dumps(said), encoding="utf-8")

    return once("referred", make)


def ours(model: keras.Model, folder: Path, quantize: str = "none") -> Path:
    folder.mkdir()
    layers_writer.write(model, folder, quantize)
    return folder


def weights(folder: Path) -> dict[str, np.ndarray]:
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    return read_weights(manifest, folder)


def test_our_layers_model_holds_the_weights_of_the_reference(
    small: keras.Model, referred: Path, tmp_path: Path
) -> None:
    written = ours(small, tmp_path / "ours")
    assert compare_weights(written, referred / "layers") == ""
    small.get_layer("depth").bias.assign_add([0, 0, 0, 1e-6, 0, 0])
    try:
        assert "depth" in compare_weights(ours(small, tmp_path / "moved"), referred / "layers")
    finally:
        small.get_layer("depth").bias.assign_add([0, 0, 0, -1e-6, 0, 0])


def test_our_models_answer_as_those_of_the_reference(
    small: keras.Model, referred: Path, tmp_path: Path
) -> None:
    (tmp_path / "graph").mkdir()
    graph.write(small, tmp_path / "graph")
    inputs = [np.random.default_rng(0).normal(size=(4, 12, 12, 3)).astype(np.float32)]
    folders = {
        "ours": ("tfjs-layers", ours(small, tmp_path / "layers")),
        "theirs": ("tfjs-layers", referred / "layers"),
        "our graph": ("tfjs-graph", tmp_path / "graph"),
        "their graph": ("tfjs-graph", referred / "graph"),
    }
    results = run([Job(to, folder, inputs, "wasm") for to, folder in folders.values()])
    (expected,) = predict(small, inputs)
    assert [compare(expected, result.outputs[0]).reason for result in results] == [None] * 4


def test_we_round_to_eight_bits_at_least_as_well(small: keras.Model, referred: Path, tmp_path: Path) -> None:
    true = weights(referred / "layers")

    def error(folder: Path) -> float:
        return max(float(np.abs(value - true[name]).max()) for name, value in weights(folder).items())

    assert 0 < error(ours(small, tmp_path / "ours", "uint8")) <= 1.01 * error(referred / "rounded")


def test_tensorflow_js_refuses_what_the_reference_makes_of_keras_3(referred: Path) -> None:
    # The reason why a layers model of ours is not its own; when this fails, a new release has mended it.
    inputs = [np.zeros((2, 12, 12, 3), np.float32)]
    (result,) = run([Job("tfjs-layers", referred / "keras3", inputs, "wasm")])
    assert "InputLayer should be passed either" in str(result.error)


def test_the_main_environment_is_not_touched(referred: Path) -> None:
    python = isolation.environment()
    command = [
        python,
        "-I",
        "-c",
        "import sys, tensorflow as tf; print(sys.prefix, tf.__version__, *sys.path)",
    ]
    said = subprocess.run(
        command, check=True, capture_output=True, text=True, env=isolation.variables()
    ).stdout
    prefix, version, *path = said.split()
    assert version == "2.19.0"
    assert not any(entry.startswith(sys.prefix) for entry in [prefix, *path])


def test_it_converts_what_it_can_and_names_what_keras_2_lacks(referred: Path) -> None:
    said = json.loads((referred / "said.json").read_text(encoding="utf-8"))
    unknown, other = said.pop("unknown"), said.pop("other")
    assert set(said.values()) == {""}
    assert "Keras 2 has no RMSNormalization, which layer 'root' is" in unknown
    assert "another hard_sigmoid than Keras 3, see layer 'hard'" in other
    assert unknown.endswith("leave --engine out.")


def test_what_it_does_not_write_is_refused(small: keras.Model, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not write litert: leave --engine out"):
        convert_with_reference(small, "litert", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", NETWORKS)
def test_recurrent_and_nested_models_hold_the_same_weights(name: str, referred: Path, tmp_path: Path) -> None:
    written = ours(network(name), tmp_path / "ours")
    assert compare_weights(written, referred / name) in ("", "equal, with other names")


class Stage:
    """A cache folder of its own, and a maker of environments that only notes that it was called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        self.made: list[Path] = []
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
        monkeypatch.setattr(isolation, "_make", self.make)

    def make(self, folder: Path) -> None:
        assert not folder.exists(), "what was left half-made is removed first"
        self.made.append(folder)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / ".complete").touch()


def test_an_environment_is_made_once_and_again_where_it_was_left_half_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = Stage(monkeypatch, tmp_path)
    python = isolation.environment()
    assert isolation.environment() == python
    assert len(stage.made) == 1
    (python.parents[1] / ".complete").unlink()
    assert isolation.environment() == python
    assert len(stage.made) == 2
    # The Python that it was made with was removed from the machine.
    python.unlink()
    python.symlink_to(tmp_path / "gone")
    isolation.environment()
    assert len(stage.made) == 3
    assert node.cache_folder() in python.parents


def test_another_lock_gets_another_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Stage(monkeypatch, tmp_path)
    first = isolation.environment()
    lock = tmp_path / "requirements.txt"
    lock.write_text("tensorflowjs==9\n", encoding="utf-8")
    monkeypatch.setattr(isolation, "LOCK", lock)
    assert isolation.environment() != first


def test_without_a_python_that_it_runs_on_the_cure_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pointer = tmp_path / "python3.12"
    pointer.write_text(
        "#!/bin/sh\nexit 127\n", encoding="utf-8"
    )  # as pyenv leaves them for Pythons that are not there
    pointer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    with pytest.raises(CourseError, match=r"3\.12 and 3\.11 alone .*: install one, or leave --engine out\.$"):
        isolation.find_python()


def test_a_python_is_found_where_pyenv_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    kept = tmp_path / ".pyenv" / "versions" / f"{version}.9" / "bin" / f"python{version}"
    kept.parent.mkdir(parents=True)
    kept.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(isolation, "VERSIONS", (sys.version_info[:2],))
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    assert isolation.find_python() == kept


def test_a_failed_installation_is_one_sentence_and_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lock = tmp_path / "requirements.txt"
    lock.write_text("no-such-package-of-this-course==1.0\n", encoding="utf-8")
    monkeypatch.setattr(isolation, "LOCK", lock)
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(CourseError, match=r"could not be made \(.*\): go online once") as caught:
        isolation.environment()
    assert "\n" not in str(caught.value)
    assert list(tmp_path.rglob(".complete")) == []


def test_the_lock_names_what_was_asked_for() -> None:
    folder = isolation.LOCK.parent
    locked = isolation.LOCK.read_text(encoding="utf-8")
    asked = [
        line.split(";")[0].strip()
        for line in (folder / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert [one for one in asked if "==" in one and one not in locked] == []
    assert "tensorflow-decision-forests==" not in locked
    assert "jax==" not in locked
