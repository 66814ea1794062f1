"""An exercise in Firefox, where there is one: checks, a loop that ends, and work that is there again."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from course_utils.node import node_path
from tests.site.exercise_stage import exercise_page

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = pytest.mark.skipif(
    FIREFOX is None, reason="there is no Firefox here; the others run in Chromium"
)

WRONG = "function double(x) { tf.zeros([5]); return tf.mul(x, 2); }"
RIGHT = "function double(x) { return tf.mul(x, 2); }"
ENDLESS = "function double(x) { while (true) {} }"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What the page showed after each code, and after it was loaded again."""
    with exercise_page(tmp_path_factory.mktemp("firefox")) as address:
        script = Path(__file__).with_name("exercise_firefox.mjs")
        run = subprocess.run(
            [str(node_path()), str(script), str(FIREFOX), address],
            input=json.dumps([WRONG, RIGHT, ENDLESS]),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_wrong_and_a_right_answer_in_firefox(shown: list[dict]) -> None:
    wrong, right = shown[:2]

    leak = "A call of double leaves 1 tensor behind, on average of 10 calls."
    assert wrong["states"] == [["pass", ""], ["not yet", leak]]
    assert right["states"] == [["pass", ""], ["pass", ""]]
    assert right["status"] == "Solved: all 2 checks pass."
    assert right["progress"] == "2 of 2 checks"


def test_a_loop_without_an_end_is_ended_in_firefox(shown: list[dict]) -> None:
    assert shown[2]["states"][0][1].startswith("This took longer than 1 s and was stopped.")


def test_the_work_is_there_again_in_firefox(shown: list[dict]) -> None:
    assert "while (true)" in shown[3]["code"]
    assert shown[3]["progress"] == "2 of 2 checks"
