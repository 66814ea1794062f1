"""The measurement of the demos works them as a reader does, and says which bar is missed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course_utils.bench.demos import driving, head, table
from course_utils.bench.demos.driving import Measured
from course_utils.errors import UsageError
from tests.conftest import ROOT

WELL = Measured("digits", "wasm", 300_000, 600_000, 1.2, 0.7, 15.0, 0, 500_000, 50)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"cached": 1.6}, "1.60 s to the first prediction from the cache, over 1.5 s"),
        ({"milliseconds": 51.0}, "51 ms a prediction, over 50 ms"),
        ({"tensors": 2}, "2 tensors more after"),
    ],
)
def test_a_missed_bar_is_named(change: dict, fault: str) -> None:
    assert table.faults_of(WELL) == []
    assert fault in table.faults_of(replace(WELL, **change))[0]
    assert table.faults_of(replace(WELL, name="digits, plain port", **change)) == []


def test_what_cannot_be_measured_is_refused_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no measurement of the demo abacus: choose from digits"):
        table.demos(["abacus"], root=ROOT)
    with pytest.raises(UsageError, match="does not exist: build the site"):
        table.demos(["digits"], root=ROOT, site=tmp_path)


def test_the_digits_beside_their_plain_port(
    built_site: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "PREDICTIONS", 20)
    ours, plain = table.measure(ROOT, built_site, ["digits"], browser).demos

    assert ours.tensors == 0
    assert plain.tensors == 20 * 6, "six tensors stay of each prediction"
    assert plain.memory > ours.memory
    assert ours.right > plain.right + 10, "drawings in corners are read only once they are centred"
    assert 100_000 < ours.size < 1_500_000
    assert plain.page < ours.page < 1_000_000
    assert ours.milliseconds < 1000


def test_a_head_on_features_learns_in_little_memory(
    built_site: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr(head, "EACH", 40)
    if not pytestconfig.getoption("slow"):
        # The plain head takes minutes without a graphics card; its memory is mostly that of its weights.
        monkeypatch.setattr(head, "PLAIN_BACKENDS", ("cpu",))
        monkeypatch.setattr(head, "CLASSES", head.CLASSES[:3])
        monkeypatch.setattr(head, "EACH", 10)
    ours, *plain_ones = table.measure(ROOT, built_site, ["gestures"], browser).heads
    plain = plain_ones[-1]

    assert table.faults_of_head(ours) == []
    assert ours.numbers == 256
    assert plain.numbers == 12_544
    assert plain.memory > 10 * ours.memory
    assert "100 MB" in table.faults_of_head(replace(ours, memory=150_000_000))[0]


def test_the_page_of_the_book_has_every_row() -> None:
    results = table.Results([WELL, replace(WELL, name="digits, plain port", right=29)], [])
    text = table.page_text(results)
    assert "| digits | WebAssembly | 300 | 600 | 1.20 s | 0.70 s | 15.0 ms | 0 | 500 | 50 |" in text
    assert "| digits, plain port |" in text
    assert text.startswith("---\nmyst:")
