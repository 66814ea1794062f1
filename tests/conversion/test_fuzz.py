"""Damaged model files: each gives a model or one sentence, never another error, and nothing is written anywhere."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from course_utils.conversion import load_model, shards
from course_utils.errors import CourseError

# Damaged files of each kind; a longer run takes other seeds.
CASES = {"model.keras": 110, "model.h5": 110, "unpacked": 50, "tfjs": 130}
# What a damaged configuration may say instead of what it said.
VALUES = [
    None,
    True,
    -1,
    0,
    1,
    3,
    10**9,
    2**63,
    -(2**31),
    0.5,
    float("nan"),
    "",
    "x",
    "Lambda",
    "../x",
    [],
    [[]],
    {},
]
STRANGE = [
    [None, 3],
    {"class_name": "Dense"},
    {"class_name": "Dense", "config": {}},
    {"class_name": 3},
    [1, 2, 3, 4],
]


def make(folder: Path) -> dict[str, Path]:
    """One small model with branches, memory and a preprocessing layer, in each of the formats that are read."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    image = keras.Input((8, 8, 2), name="image")
    words = keras.Input((5,), dtype="int32", name="words")
    seen = layers.Conv2D(3, 3, activation="relu", kernel_regularizer="l2")(layers.Rescaling(0.5)(image))
    seen = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(seen))
    read = layers.Embedding(6, 3, mask_zero=True)(words)
    read = layers.Bidirectional(layers.LSTM(2))(read)
    both = layers.Dropout(0.2)(layers.Concatenate()([seen, read]))
    model = keras.Model([image, words], [layers.Dense(2, activation="softmax")(both), layers.Dense(1)(both)])
    files = {name: folder / name for name in CASES}
    model.save(files["model.keras"])
    model.save(files["model.h5"])
    with zipfile.ZipFile(files["model.keras"]) as archive:
        archive.extractall(files["unpacked"])
    write_tfjs(files["tfjs"])
    return files


def write_tfjs(folder: Path) -> None:
    """A TensorFlow.js layers model of the Keras 2 years, as the reference converter wrote them."""
    random_numbers = np.random.default_rng(3)
    folder.mkdir(exist_ok=True)
    drawn = {
        "conv/kernel": random_numbers.normal(size=(3, 3, 2, 4)),
        "conv/bias": random_numbers.normal(size=4),
        "gru/kernel": random_numbers.normal(size=(4, 6)),
        "gru/recurrent_kernel": random_numbers.normal(size=(2, 6)),
        "gru/bias": random_numbers.normal(size=6),
        "dense/kernel": random_numbers.normal(size=(2, 3)),
        "dense/bias": random_numbers.normal(size=3),
    }
    manifest = shards.write_weights(
        [(name, value.astype("float32")) for name, value in drawn.items()], folder, "uint8"
    )
    described = [
        ("Conv2D", {"name": "conv", "filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid",
                    "batch_input_shape": [None, 6, 6, 2], "dtype": "float32", "activation": "relu", "use_bias": True}),
        ("Reshape", {"name": "steps", "target_shape": [16, 4]}),
        ("GRU", {"name": "gru", "units": 2, "activation": "tanh", "recurrent_activation": "hard_sigmoid",
                 "use_bias": True, "reset_after": False, "return_sequences": False}),
        ("Dense", {"name": "dense", "units": 3, "activation": "softmax", "use_bias": True}),
    ]  # fmt: skip
    layers = [{"class_name": name, "config": config} for name, config in described]
    topology = {
        "keras_version": "2.2.4",
        "backend": "tensorflow",
        "model_config": {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}},
    }
    written = {"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}
    (folder / "model.json").write_text(json.dumps(written))


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """`data` with some bits flipped, a stretch overwritten, cut out or doubled, or its end missing."""
    result = bytearray(data)
    at = chance.randrange(len(result))
    length = chance.randrange(1, 64)
    kind = chance.choice(["flip", "flip", "fill", "cut", "double", "end"])
    if kind == "flip":
        for _ in range(chance.choice([1, 3, 12])):
            result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
    elif kind == "fill":
        filler = chance.choice([0, 255, chance.randrange(256)])
        result[at : at + length] = bytes([filler]) * len(result[at : at + length])
    elif kind == "cut":
        del result[at : at + length]
    elif kind == "double":
        result[at:at] = result[at : at + length]
    else:
        del result[at:]
    return bytes(result)


def damaged_json(text: str, chance: random.Random) -> str:
    """A JSON text with one or two of its values replaced, removed, renamed or exchanged for others in it."""
    whole = [json.loads(text)]
    for _ in range(chance.choice([1, 1, 2])):
        places: list[tuple[object, object]] = []
        waiting: list[object] = [whole]
        while waiting:
            value = waiting.pop()
            keys = list(value) if isinstance(value, dict) else range(len(value))  # type: ignore[arg-type]
            places += [(value, key) for key in keys]
            waiting += [value[key] for key in keys if isinstance(value[key], dict | list)]  # type: ignore[index]
        holder, key = chance.choice(places[1:] or places)
        other, other_key = chance.choice(places)
        kind = chance.choice(["value", "value", "value", "remove", "other", "number"])
        if kind == "value":
            holder[key] = chance.choice(VALUES + STRANGE)  # type: ignore[index]
        elif kind == "remove":
            del holder[key]  # type: ignore[attr-defined]
        elif kind == "other":
            holder[key] = json.loads(json.dumps(other[other_key]))  # type: ignore[index]
        elif isinstance(holder[key], int | float):  # type: ignore[index]
            holder[key] *= chance.choice([-1, 0, 2, 10**6])  # type: ignore[index]
    return json.dumps(whole[0] if whole else None)


def damaged(name: str, original: Path, folder: Path, seed: int) -> Path:
    """A damaged copy of the model `original`, of the kind `name`, in `folder`."""
    chance = random.Random(f"{name} {seed}")
    target = folder / original.name
    if original.is_dir():
        shutil.copytree(original, target)
        file = chance.choice([target / "config.json", target / "model.json", *sorted(target.iterdir())])
        if not file.exists():
            file = chance.choice(sorted(target.iterdir()))
        if file.suffix == ".json" and chance.random() < 0.8:
            file.write_text(damaged_json(file.read_text(), chance))
        else:
            file.write_bytes(damaged_bytes(file.read_bytes(), chance))
    elif name == "model.keras" and chance.random() < 0.6:
        with zipfile.ZipFile(original) as archive, zipfile.ZipFile(target, "w") as copy:
            for member in archive.namelist():
                content = archive.read(member)
                if member == "config.json" and chance.random() < 0.7:
                    content = damaged_json(content.decode(), chance).encode()
                elif member.endswith(".h5") and chance.random() < 0.4:
                    content = damaged_bytes(content, chance)
                copy.writestr(member, content)
    elif name == "model.h5" and chance.random() < 0.4:
        import h5py

        shutil.copyfile(original, target)
        with h5py.File(target, "r+") as file:
            file.attrs["model_config"] = damaged_json(file.attrs["model_config"], chance)
    else:
        target.write_bytes(damaged_bytes(original.read_bytes(), chance))
    return target


def outcome(path: Path) -> str:
    """What reading the file gave: `model`, or the sentence. Any other exception is left to the caller."""
    import keras

    try:
        model = load_model(path)
    except CourseError as error:
        sentence = str(error)
        assert "\n" not in sentence, sentence
        assert sentence.endswith("."), sentence
        assert len(sentence) < 700, sentence
        assert path.name in sentence, sentence
        return "sentence"
    assert isinstance(model, keras.Model)
    return "model"


def run(
    files: dict[str, Path],
    scratch: Path,
    cases: dict[str, int],
    first: int = 0,
    tell: Callable[[str], None] = print,
) -> Counter[str]:
    """Read damaged copies of all files; raises where one gives neither a model nor a sentence, or leaves files."""
    temporary = scratch / "temporary"
    temporary.mkdir(exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    seen: Counter[str] = Counter()
    try:
        for name, count in cases.items():
            for seed in range(first, first + count):
                folder = scratch / "case"
                folder.mkdir()
                path = damaged(name, files[name], folder, seed)
                listed = contents(scratch)
                tell(f"{name} {seed}")
                result = outcome(path)
                assert contents(scratch) == listed, f"{name} {seed} wrote"
                seen[f"{name}: {result}"] += 1
                shutil.rmtree(folder)
    finally:
        tempfile.tempdir = before
    return seen


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what is in it."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_damaged_file_gives_a_model_or_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good").mkdir()
    (tmp_path / "work").mkdir()
    files = make(tmp_path / "good")
    for name, path in files.items():
        assert outcome(path) == "model", name
    good = contents(tmp_path / "good")
    last = [""]

    def remember(case: str) -> None:
        last[0] = case

    try:
        seen = run(files, tmp_path / "work", CASES, tell=remember)
    except Exception as error:
        raise AssertionError(f"the case {last[0]}") from error
    assert contents(tmp_path / "good") == good
    # Neither outcome alone would mean that the damage was too little, or too much, to test anything.
    for name in CASES:
        assert seen[f"{name}: sentence"] > CASES[name] / 4, seen
        assert seen[f"{name}: model"] > 2, seen
    record_property(
        "measured", f"damaged model files: {', '.join(f'{k} {n}' for k, n in sorted(seen.items()))}"
    )
