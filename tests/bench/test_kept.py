"""A measured table is kept where the pages read it, in the form that is in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import shipped
from course_utils.bench.kept import keep
from tests.conftest import ROOT

TABLES = Path("book", "_static", "data")


@pytest.mark.parametrize("name", ["runtimes", "toxicity"])
def test_a_table_that_is_kept_again_is_the_same_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / TABLES).mkdir(parents=True)
    keep(shipped.measured(name), name, tmp_path)
    kept = tmp_path / TABLES / f"{name}.json"
    assert kept.read_bytes() == (ROOT / TABLES / f"{name}.json").read_bytes()
    assert f"{kept}: written" in capsys.readouterr().err
