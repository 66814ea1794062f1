"""`course bench runtimes` asks one model everywhere, and the table that week 6 shows is of the model that ships."""

from __future__ import annotations

import importlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course_utils import bench, shipped
from course_utils.errors import CourseError
from tests.conftest import ROOT

# The function of the same name hides the module.
measuring = importlib.import_module("course_utils.bench.runtimes")
LAYERS, GRAPH, LITERT, ONNX = measuring.FORMS
PLACES = {
    *(("Node.js", f"TensorFlow.js ({way})", to) for way in ("CPU", "WASM") for to in (LAYERS, GRAPH)),
    *(("a page", f"TensorFlow.js ({way})", to) for way in ("WEBGL", "WASM") for to in (LAYERS, GRAPH)),
    ("Node-RED", "TensorFlow.js (WASM)", LAYERS),
    ("Python", "LiteRT", LITERT),
    ("Python", "ONNX Runtime", ONNX),
}
# Rounding of the runtimes, and of graphics cards.
BOUND, WEBGL_BOUND = 1e-5, 1e-3


def holds(table: dict[str, Any]) -> None:
    """Every place has its row, and each agrees within the bound that the pages name for it."""
    rows = table["rows"]
    assert {(row["place"], row["runtime"], row["to"]) for row in rows} == PLACES
    assert len(rows) == len(PLACES)
    for row in rows:
        assert row["fault"] is None
        assert row["allowed"] == (WEBGL_BOUND if "WEBGL" in row["runtime"] else BOUND)
        # A difference of 0 everywhere would mean that Keras was compared with itself.
        assert 0 < row["largest"] <= row["allowed"]
        assert row["same"] == 1


def test_one_network_answers_alike_in_a_page_in_node_in_node_red_in_litert_and_in_onnx_runtime() -> None:
    told: list[str] = []
    # In a thread of its own: in this one Playwright may have been started for other tests, and starts only once.
    with ThreadPoolExecutor(1) as elsewhere:
        table = elsewhere.submit(measuring.measure, ROOT, 8, told.append).result()
    holds(table)
    assert table["pictures"] == 8
    assert {"Asking a page", "Asking Node-RED"} <= set(told)


def test_the_table_that_week_6_shows_is_of_the_model_that_ships() -> None:
    table = shipped.measured("runtimes")
    holds(table)
    assert table["sha256"] == measuring.fingerprint(ROOT), "run `course bench runtimes --write`"
    assert table["pictures"] == measuring.COUNT
    assert table["source"] == "MNIST, 28 × 28 pixels"


def test_the_table_that_week_6_shows_is_of_the_versions_that_npm_s_lock_names() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    tfjs, node_red = (
        packages[f"node_modules/{name}"]["version"] for name in ("@tensorflow/tfjs", "node-red")
    )
    versions = {row["place"]: row["version"] for row in shipped.measured("runtimes")["rows"]}
    assert versions["Node-RED"] == f"{tfjs}, Node-RED {node_red}"
    assert versions["a page"].startswith(f"{tfjs}, Chromium ")
    assert versions["Node.js"].startswith(f"{tfjs}, Node.js ")


def test_a_runtime_that_does_not_agree_is_named_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = shipped.measured("runtimes")
    fault = "output output differs by 0.1, where 1e-05 is allowed"
    table["rows"][0] |= {"largest": 0.1, "fault": fault}
    monkeypatch.setattr(measuring, "measure", lambda root, count, tell: table)
    assert bench.runtimes(json=True, root=ROOT) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == f"TensorFlow.js (CPU) in Node.js: {fault}."
    assert json.loads(said.out) == table


def test_a_table_that_was_not_measured_names_those_that_were() -> None:
    with pytest.raises(CourseError, match=r"No table named runtime comes with the course: .*runtimes"):
        shipped.measured("runtime")
