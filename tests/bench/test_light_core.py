"""`course bench core` says what the light core costs a learner."""

from __future__ import annotations

import json

import pytest

from course_utils.bench import core
from tests.conftest import ROOT


def test_the_light_core_is_light(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course_utils.bench.light_core.REPEATS", 1)
    assert core(json=True, root=ROOT) == 0
    measured = json.loads(capsys.readouterr().out)
    assert 10 < measured["wheel_kb"] < 6200
    imports = {row["module"]: row for row in measured["imports"]}
    assert imports["course_utils"]["brings_in"] == []
    assert "tensorflow" not in imports["course_utils.checks"]["brings_in"]
    names = {row["name"] for row in measured["packages"]}
    assert {"tensorflow", "keras", "numpy"} <= names
    assert not names & {"sphinx", "nbgrader", "jupyter-book"}
