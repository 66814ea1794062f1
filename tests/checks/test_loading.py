"""What the checks of week 6 say of a layers model's files is what TensorFlow.js makes of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course_utils.checks.week6 import loading
from course_utils.checks.week6.browser import trapped
from course_utils.checks.week6.networks import answers, keras_model, pictures, weights
from course_utils.conversion import convert
from course_utils.conversion.proof import Job, Result, run
from tests.exercises.classroom import reference

SEED = 6
Document = dict[str, Any]


def _config(document: Document) -> Document:
    return document["modelTopology"]["model_config"]["config"]


def _shape(document: Document) -> None:
    config = _config(document)["layers"][0]["config"]
    config["batch_shape"] = config.pop("batch_input_shape")


def _nodes(document: Document) -> None:
    history = {"config": {"keras_history": ["image", 0, 0]}}
    _config(document)["layers"][1]["inbound_nodes"] = [{"args": [history], "kwargs": {}}]


def _ends(document: Document) -> None:
    _config(document)["output_layers"] = _config(document)["output_layers"][0]


def _names(document: Document) -> None:
    document["weightsManifest"][0]["weights"][0]["name"] = "small/hidden/kernel"


BROKEN: dict[str, tuple[Callable[[Document], None], str]] = {
    "shape": (_shape, loading.NO_SHAPE),
    "nodes": (_nodes, loading.NO_NODES),
    "ends": (_ends, loading.NO_OUTPUT),
    "names": (_names, loading.NO_TARGET),
}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "right"
    convert(keras_model(weights(SEED), "functional"), "tfjs-layers", folder, verify=0)
    return folder


def in_tensorflow_js(folder: Path) -> Result:
    return run([Job("tfjs-layers", folder, [pictures(SEED, 4)])])[0]


def sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in folder.iterdir()}


def written(document: Document, right: Path, folder: Path) -> Path:
    folder.mkdir()
    for file in right.glob("*.bin"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_right_model_has_no_problem(right: Path) -> None:
    assert loading.problem_of((right / "model.json").read_text(encoding="utf-8"), sizes(right)) == ""
    assert in_tensorflow_js(right).error is None


@pytest.mark.parametrize("fault", BROKEN)
def test_tensorflow_js_finds_the_same_fault(fault: str, right: Path, tmp_path: Path) -> None:
    change, problem = BROKEN[fault]
    document = json.loads((right / "model.json").read_text(encoding="utf-8"))
    change(document)
    folder = written(document, right, tmp_path / "broken")
    assert loading.problem_of(json.dumps(document), sizes(folder)).startswith(problem)
    result = in_tensorflow_js(folder)
    if fault == "ends":
        assert result.error == ""
    else:
        assert problem in str(result.error)


def test_a_shard_that_was_cut_off_is_told(right: Path, tmp_path: Path) -> None:
    document = json.loads((right / "model.json").read_text(encoding="utf-8"))
    folder = written(document, right, tmp_path / "cut")
    [shard] = folder.glob("*.bin")
    shard.write_bytes(shard.read_bytes()[:-40])
    text = (folder / "model.json").read_text(encoding="utf-8")
    assert "bytes and have" in loading.problem_of(text, sizes(folder))
    assert in_tensorflow_js(folder).error
    shard.unlink()
    assert "is not in the folder" in loading.problem_of(text, sizes(folder))


@pytest.mark.parametrize("kind", ["sequential", "functional"])
def test_what_the_reference_mends_answers_as_keras_does(kind: str, tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"copy": copy}
    exec(reference("week6")["solve-mend"], namespace)
    broken = trapped(SEED, kind)
    assert loading.problem_with(broken)
    mended = namespace["mend"](broken)
    assert loading.problem_with(mended) == ""
    (tmp_path / "model.json").write_text(json.dumps(mended), encoding="utf-8")
    content = b"".join(array.astype("<f4").tobytes() for array in weights(SEED))
    (tmp_path / "group1-shard1of1.bin").write_bytes(content)
    [said] = in_tensorflow_js(tmp_path).outputs
    np.testing.assert_allclose(said, answers(weights(SEED), pictures(SEED, 4)), atol=1e-6)
