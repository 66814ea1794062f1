"""`course bench conformance`: what it tries, what it says, and that the book's page is what it wrote last."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import pytest

from course_utils.bench import conformance_table
from course_utils.bench.conformance import page, registry, sweep
from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.sweep import FORMATS, REFUSED, SAME, WRONG, Outcome
from course_utils.errors import CourseError, UsageError
from tests.conftest import ROOT

CASES = [case.name for case in registry.cases()]


def outcomes() -> list[Outcome]:
    tried = [
        Outcome(case, family, to, SAME, "", 1.26, {"LiteRT": 2e-7 if to == "litert" else 1e-8}, "equal")
        for case, family in (("Dense", "Core"), ("GRU, long", "Recurrent"), ("U-Net", "Architectures"))
        for to in FORMATS
    ]
    tried[5].state, tried[5].reason = REFUSED, "The layer a_b (GRU) has [no] end: take another."
    tried[5].reference = "its graph holds loops"
    tried[6].state, tried[6].reason = WRONG, "LiteRT: it differs"
    return tried


def test_the_page_was_written_from_these_cases_and_these_versions() -> None:
    cases, versions = page.read((ROOT / page.PAGE).read_text(encoding="utf-8"))
    assert cases == set(CASES), "run `course bench conformance`"
    assert versions == page.versions(ROOT), "run `course bench conformance`"


def test_the_page_tells_of_no_wrong_conversion() -> None:
    assert "**wrong**" not in (ROOT / page.PAGE).read_text(encoding="utf-8")


def test_every_case_has_a_name_of_its_own() -> None:
    assert len(set(CASES)) == len(CASES)
    assert not any(set("|`") & set(name) for name in CASES)


def test_a_page_says_what_came_out_and_can_be_read_back() -> None:
    text = page.write(outcomes(), {"keras": "3.15.0", "@tensorflow/tfjs": "4.22.0"})
    assert page.read(text) == (
        {"Dense", "GRU, long", "U-Net"},
        {"keras": "3.15.0", "@tensorflow/tfjs": "4.22.0"},
    )
    assert "3 models, 12 conversions" in text
    assert "| graph | 2 | 1 | 0 |" in text
    assert "| LiteRT | 2 | 0 | 1 |" in text
    assert "| LiteRT | 2·10⁻⁷ | `Dense`, LiteRT |" in text or "| LiteRT | 2·10⁻⁷ | `U-Net`, LiteRT |" in text
    assert "| `GRU, long` | 1·10⁻⁸ | refused | **wrong** | 1·10⁻⁸ | layers |" in text
    assert "- `GRU, long`, graph: `The layer a_b (GRU) has [no] end: take another.`" in text
    assert "- `GRU, long`, graph: `its graph holds loops`" in text
    assert "3 of 3 layers models and 2 of 3 graph models" in text
    assert ":::{dropdown} Recurrent (1)" in text
    assert "| `U-Net` | 1.3 | 1.3 | 1.3 | 1.3 |" in text


@pytest.mark.parametrize(("difference", "shown"), [(0.0, "0"), (2.6e-7, "3·10⁻⁷"), (9.7e-12, "1·10⁻¹¹")])
def test_a_difference_is_one_digit(difference: float, shown: str) -> None:
    assert page.figure(difference) == shown


def test_one_case_is_tried_in_every_format_and_the_page_is_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (ROOT / page.PAGE).stat().st_mtime_ns
    assert conformance_table(only=["Dense"], json=True, root=ROOT) == 0
    tried = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["to"] for one in tried] == list(FORMATS)
    assert {one["state"] for one in tried} == {SAME}
    assert {runtime for one in tried for runtime in one["differences"]} == {
        "TensorFlow.js (CPU)",
        "TensorFlow.js (WASM)",
        "LiteRT",
        "ONNX Runtime",
    }
    assert [one["reference"] for one in tried] == ["equal", "equal", "", ""]
    assert (ROOT / page.PAGE).stat().st_mtime_ns == before


class Writer:
    """A writer of a format that goes wrong."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure

    def write(self, model: keras.Model, folder: Path) -> None:
        if self.failure:
            raise self.failure
        from course_utils.conversion import layers

        spoilt = keras.models.clone_model(model)
        spoilt.set_weights([1.01 * weight for weight in model.get_weights()])
        layers.write(spoilt, folder)


@pytest.mark.parametrize(
    ("failure", "state", "reason"),
    [
        (
            CourseError("The layer a cannot be converted: take b."),
            REFUSED,
            "The layer a cannot be converted: take b.",
        ),
        (ValueError("two\nlines"), WRONG, "ValueError: two lines"),
        (None, WRONG, "differs by"),
    ],
    ids=["refused", "broken", "another result"],
)
def test_what_goes_wrong_is_an_outcome(
    monkeypatch: pytest.MonkeyPatch, failure: Exception | None, state: str, reason: str
) -> None:
    monkeypatch.setattr(sweep, "writer", lambda to: Writer(failure).write)
    case: Case = next(case for case in registry.cases() if case.name == "Dense")
    (outcome,) = sweep.sweep([case], ["tfjs-layers"], reference=False)
    assert outcome.state == state
    assert reason in outcome.reason


def test_an_unknown_case_or_format_is_named() -> None:
    with pytest.raises(UsageError, match=r"no case 'Dens' .* did you mean .*'Dense'"):
        conformance_table(only=["Dens"], root=ROOT)
    with pytest.raises(
        UsageError, match="no format 'tflite': take one of tfjs-layers, tfjs-graph, litert, onnx"
    ):
        conformance_table(formats=["tflite"], root=ROOT)
