"""The demos in Firefox, where there is one: they start, answer, and complain of nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from course_utils.book.gallery import places
from course_utils.book.server import serve
from course_utils.node import node_path
from tests.conftest import ROOT

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = pytest.mark.skipif(
    FIREFOX is None, reason="there is no Firefox here; the others run in Chromium"
)

# What is pressed in a demo, and what it must say then. The others have to start.
WORKED = {
    "line-fit": (("Run",), "Settled after"),
    "convolution": (("Step",), "Row 1, column 1 of the map"),
    "digits": (("7",), "says 7"),
    "sketches": (("bicycle",), "I see a bicycle"),
    "sums": (("38+94",), "38 + 94 = 132"),
    "gestures": (("Add 15 hands to Rock",), "added to Rock"),
    "judge": (("Plainly civil",), "so it stays"),
    "detection": (("A crowd",), "A crowd: 1 disc."),
    "style-transfer": (("Paint",), "After 100 steps"),
}


@pytest.fixture(scope="module")
def visits(built_site: Path) -> dict[str, dict]:
    """What was seen of each demo, on the page that the gallery leads to."""
    asked = []
    for demo, found in places(ROOT).items():
        presses, text = WORKED.get(demo, ((), ""))
        place = min(found, key=lambda place: not place.page.startswith("book/lab/"))
        asked.append({"page": place.page, "demo": demo, "presses": presses, "text": text})
    with serve(built_site) as address:
        run = subprocess.run(
            [str(node_path()), str(Path(__file__).with_name("firefox.mjs")), str(FIREFOX), address],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    assert run.returncode == 0, run.stderr
    return {seen["demo"]: seen for seen in json.loads(run.stdout)}


@pytest.mark.parametrize("demo", sorted(places(ROOT)))
def test_a_demo_runs_in_firefox(visits: dict[str, dict], demo: str) -> None:
    seen = visits[demo]
    assert seen["errors"] == []
    assert seen["started"], seen["shown"]
    assert seen["missing"] == []
    assert seen["answered"], seen["shown"]
