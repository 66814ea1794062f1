"""Layers of the conformance table compute in the real TensorFlow.js what they do in Keras, or are refused."""

from __future__ import annotations

import keras
import pytest

from course_utils.bench.conformance.case import Case
from course_utils.bench.conformance.layers import CASES
from course_utils.conversion.proof.inputs import sample_inputs
from tests.conversion.layer_models import Tried, chosen, try_all

GRAPH = "convert to tfjs-graph instead."
#: The cases that TensorFlow.js' layers cannot express, and what their user reads.
REFUSED = {
    "Activation, exponential": "has the activation exponential, which TensorFlow.js has not: take another activation",
    "Activation, squareplus": "has the activation squareplus",
    "SpectralNormalization": "has no counterpart",
    "AdditiveAttention": f"(AdditiveAttention) has no counterpart in TensorFlow.js' layers: {GRAPH}",
    "EinsumDense": "has no counterpart",
    "GRU": "train GRU(reset_after=False), or convert to tfjs-graph",
    "ConvLSTM1D": "has no counterpart",
    "Bidirectional of stacked cells": "take a Bidirectional for each cell instead.",
    "gelu, approximate": "(keras.ops, Gelu) has no counterpart",
    "exp": "(keras.ops, Exp) has no counterpart in TensorFlow.js' layers: write it with layers of Keras",
    "a slice": "(keras.ops, GetItem) has no counterpart",
    "mixed_float16": "computes in float16, and TensorFlow.js in float32",
    "Lambda": "(Lambda) runs a function of yours, which TensorFlow.js cannot",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Called by pytest: the cases that are tried and can be a layers model."""
    if "case_name" in metafunc.fixturenames:
        names = [case.name for case in some_cases(metafunc.config)]
        metafunc.parametrize("case_name", [name for name in names if name not in REFUSED])


def some_cases(config: pytest.Config) -> list[Case]:
    """Each second case: the variants of a layer follow one another, so that nearly every layer is among them."""
    return chosen(CASES, config, REFUSED, step=2, first=1)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, Tried]:
    """The cases, converted and run in one Node process."""

    def models():
        for case in some_cases(pytestconfig):
            keras.utils.clear_session()
            model = case.build()
            yield case.name, model, case.inputs(4, 0) if case.inputs else sample_inputs(model, 4)

    return try_all(models(), tmp_path_factory.mktemp("cases"))


def test_the_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_refusal_is_of_a_case() -> None:
    assert set(REFUSED) <= {case.name for case in CASES}


def test_it_computes_the_same(tried: dict[str, Tried], case_name: str) -> None:
    assert tried[case_name].refusal is None
    assert tried[case_name].wrong == ()


@pytest.mark.parametrize("name", list(REFUSED))
def test_it_is_refused_with_a_way_out(tried: dict[str, Tried], name: str) -> None:
    refusal = tried[name].refusal
    assert refusal is not None
    assert REFUSED[name] in refusal
    assert refusal.endswith("instead.")
