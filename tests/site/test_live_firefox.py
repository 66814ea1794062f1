"""Live cells in Firefox, where there is one: values, mistakes with their lines, isolation, and Stop."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from course_utils.node import node_path
from tests.site.live_mistakes import MISTAKES, Mistake
from tests.site.live_stage import LISTEN, RUN, live_site

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = pytest.mark.skipif(
    FIREFOX is None, reason="there is no Firefox here; the others run in Chromium"
)

PLAIN = {
    "tf.tensor1d([1, 2]).square();": "Tensor float32 [2] [1, 4]",
    "const x = tf.ones([2]);\nawait x.data();": "Float32Array(2) [1, 1]",
    "typeof indexedDB + typeof caches + typeof postMessage;": "undefinedundefinedundefined",
    "await import('https://example.com/a.js').then(() => 'came', () => 'refused');": "refused",
    "let made = 'refused'; try { made = eval('1'); } catch {} made + '';": "refused",
}
# Firefox forgets the line of the cell across some of TensorFlow.js' waits.
WITHOUT_LINE = {"download", "labels-int", "model-404", "model-html"}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What each code gave, and under "stopped" what the cell said after Stop."""
    codes = [*PLAIN, *(mistake.code for mistake in MISTAKES)]
    order = {"listen": LISTEN, "run": RUN, "runs": [["cell", code] for code in codes]}
    text = "# A page\n\n```{live} cell\n1;\n```\n"
    with live_site(tmp_path_factory.mktemp("firefox"), text) as address:
        script = Path(__file__).with_name("live_firefox.mjs")
        run = subprocess.run(
            [str(node_path()), str(script), str(FIREFOX), address],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert run.returncode == 0, run.stderr
    return dict(zip([*codes, "stopped"], json.loads(run.stdout), strict=True))


@pytest.mark.parametrize("code", PLAIN)
def test_a_cell_gives_the_same_in_firefox(given: dict[str, dict], code: str) -> None:
    assert given[code]["text"] == PLAIN[code]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_firefoxs_own_words_are_understood(given: dict[str, dict], mistake: Mistake) -> None:
    error = next(item for item in given[mistake.code]["items"] if item["kind"] == "error")
    assert mistake.says in str(error["advice"]), error
    if mistake.id not in WITHOUT_LINE:
        assert error["line"] == (mistake.line or mistake.code.count("\n") + 1)


def test_stop_ends_a_cell_in_firefox(given: dict[str, dict]) -> None:
    assert str(given["stopped"]).startswith("Stopped.")
