"""The checks of week 1: collect on one side, judge on the other, and what a learner gets to read."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.checks import CheckFailed, check, find, hidden_check, visible_case, week_checks
from course_utils.checks.collecting import attempt, call
from course_utils.checks.judging import Wording
from course_utils.checks.plain import to_json
from course_utils.checks.report import Report
from course_utils.checks.running import evaluate, hidden_case
from course_utils.errors import CourseError, UsageError

ROOT = Path(__file__).parents[2]
NUMPY_CHECKS = [name for name in week_checks("week1") if not name.endswith("_model")]
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(np.full((2, 2), np.nan)),
        st.just(np.zeros(0)), st.just(np.array([True, False])), st.just(np.full(3, 1e308)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["answer", "error", "items", "value", "type", "many", "one", "some", "perfect", "twice", "empty",
                 "keras", "several", "changed", "weights", "losses", "failed", "missing", "in",
                 "out", "loss", "answers"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)  # fmt: skip


def predict(features: Any, weight: float, bias: float) -> Any:
    return weight * features + bias


@pytest.fixture(autouse=True)
def fixed_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_CLASS_SECRET", "a fixed secret for tests")
    monkeypatch.setenv("COURSE_DIR", str(ROOT))


def test_collect_in_one_process_and_judge_in_another() -> None:
    name = "week1.predict"
    data = find(name).collect({"predict": predict}, visible_case(name).inputs)
    judge = """
import sys
from course_utils.checks import find, visible_case
from course_utils.checks.plain import from_json
steps = find("week1.predict").verdicts(from_json(sys.stdin.read()), visible_case("week1.predict"))
print([step.earned for step in steps])
assert "tensorflow" not in sys.modules and "IPython" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", judge], input=to_json(data), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[1.0, 1.0]"


@pytest.mark.parametrize("name", list(week_checks("week1")))
@given(data=ANYTHING)
@settings(max_examples=60, deadline=None)
def test_a_judge_gives_no_points_for_data_that_no_answer_gives(name: str, data: Any) -> None:
    steps = find(name).verdicts(data, visible_case(name))
    assert {step.name: step.points for step in steps} == find(name).steps
    assert not any(step.passed for step in steps)


@pytest.mark.parametrize("name", list(week_checks("week1")))
@pytest.mark.parametrize("hidden", [False, True])
def test_a_judge_names_its_steps_and_explains_each_failure(name: str, hidden: bool) -> None:
    case = hidden_case(name) if hidden else visible_case(name)
    report = evaluate(find(name), {}, case, hidden)
    assert {step.name: step.points for step in report.steps} == find(name).steps
    assert report.earned == 0
    for step in report.steps:
        assert step.expected
        assert "there is no" in step.found
        assert step.hint


def test_a_check_returns_its_points_and_prints_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    points = check("week1.predict", {"predict": predict})
    assert type(points) is float
    assert points == 2
    assert "Part 3, predict: 2 of 2 points" in capsys.readouterr().out


def test_part_of_an_answer_brings_part_of_the_points(capsys: pytest.CaptureFixture[str]) -> None:
    points = check(
        "week1.predict", {"predict": lambda features, weight, bias: [weight * x + bias for x in features]}
    )
    assert points == 1
    said = capsys.readouterr().out
    assert "✓ the right values" in said
    assert "found:    a list" in said


def test_nothing_earned_raises_one_sentence_and_no_traceback() -> None:
    with pytest.raises(CheckFailed, match=r"0 of 2 points.*expected: .*; found: NaN or infinity") as caught:
        check("week1.predict", {"predict": lambda features, weight, bias: np.full(3, np.nan) + 0 * bias})
    assert " ".join(caught.value._render_traceback_()) == f"CheckFailed: {caught.value}"


def test_a_hidden_check_counts_only_what_is_right_on_both(capsys: pytest.CaptureFixture[str]) -> None:
    copied = {
        "predict": lambda features, weight, bias: (
            np.array([1.0, 4.0, 10.0]) if np.size(features) == 3 else 10.0
        )
    }
    assert check("week1.predict", copied) == 2
    with pytest.raises(CheckFailed, match="0 of 2 points"):
        hidden_check("week1.predict", copied)
    shown = ["1.0", "4.0"]
    only_hidden = {
        "predict": lambda features, weight, bias: (
            weight * features + bias if np.size(features) != 3 else shown
        )
    }
    with pytest.raises(CheckFailed, match="right here, but not on the inputs that you see"):
        hidden_check("week1.predict", only_hidden)


def test_a_hidden_report_quotes_neither_values_nor_messages(capsys: pytest.CaptureFixture[str]) -> None:
    def tell(features: Any, weight: float, bias: float) -> Any:
        print("printed", features)
        raise ValueError(f"inputs {weight} {bias}")

    name = "week1.predict"
    inputs = hidden_case(name).inputs
    report = str(evaluate(find(name), {"predict": tell}, hidden_case(name), hidden=True))
    assert "ValueError" in report
    assert str(abs(inputs["weight"])) not in report
    assert str(inputs["weight"]) in str(evaluate(find(name), {"predict": tell}, hidden_case(name)))
    assert "printed" not in capsys.readouterr().out


def test_without_a_class_secret_the_error_names_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COURSE_CLASS_SECRET")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(CourseError, match="run `course class new`"):
        hidden_check("week1.predict", {"predict": predict})


def test_another_class_has_other_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {name: hidden_case(name).inputs for name in week_checks("week1")}
    monkeypatch.setenv("COURSE_CLASS_SECRET", "the class of another year")
    other = {name: hidden_case(name).inputs for name in week_checks("week1")}
    assert all(one[name] != other[name] for name in one)
    assert all(one[name] != visible_case(name).inputs for name in one)


@pytest.mark.parametrize("number", range(40))
def test_the_right_answer_is_right_for_every_class(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.exercises.classroom import reference

    monkeypatch.setenv("COURSE_CLASS_SECRET", f"class number {number}")
    namespace: dict[str, Any] = {"np": np}
    for cell, source in reference().items():
        if not cell.endswith("-model"):
            exec(source, namespace)
    for name in NUMPY_CHECKS:
        report = evaluate(find(name), namespace, hidden_case(name), hidden=True)
        assert report.passed, str(report)


def test_nothing_that_a_student_prints_or_logs_comes_out(capfd: pytest.CaptureFixture[str]) -> None:
    def loud(features: Any, weight: float, bias: float) -> Any:
        print("loud")
        print("loud", file=sys.stderr)
        os.write(1, b"loud")
        os.write(2, b"loud")
        warnings.warn("loud", stacklevel=1)
        logging.getLogger("tensorflow").error("loud")
        return predict(features, weight, bias)

    handler = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(handler)
    try:
        assert check("week1.predict", {"predict": loud}) == 2
    finally:
        logging.getLogger().removeHandler(handler)
    captured = capfd.readouterr()
    assert "loud" not in captured.out + captured.err
    assert captured.err == ""
    print("still here", file=sys.stderr)
    assert "still here" in capfd.readouterr().err


def test_an_endless_loop_is_an_answer_too() -> None:
    def loop() -> None:
        while True:
            try:
                time.sleep(0.01)
            except Exception:  # noqa: BLE001 - as a student might
                continue

    started = time.perf_counter()
    data = attempt(loop, {}, limit=0.3)
    assert time.perf_counter() - started < 5
    assert data["error"]["type"] == "TimeLimit"
    assert "still running after 0.3 seconds" in Wording().error(data["error"])


def test_an_error_is_told_with_the_student_s_own_line() -> None:
    namespace: dict[str, Any] = {}
    import linecache

    source = "def update(a, b, c, d, e):\n    return a - learning_rat * c, b\n"
    linecache.cache["a cell"] = (len(source), None, source.splitlines(True), "a cell")
    exec(compile(source, "a cell", "exec"), namespace)
    data = call(namespace, "update", 1, 2, 3, 4, 5)
    assert data["error"]["type"] == "NameError"
    assert data["error"]["line"] == "return a - learning_rat * c, b"


def test_system_exit_is_an_answer_and_an_interrupt_is_not() -> None:
    assert attempt(lambda: sys.exit(3), {})["error"]["type"] == "SystemExit"

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupt, {})


def test_a_check_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"no check called 'week1.predikt'.*week1\.predict"):
        check("week1.predikt", {})


def test_a_report_is_never_worth_more_than_its_steps() -> None:
    report = evaluate(find("week1.predict"), {"predict": predict}, visible_case("week1.predict"))
    assert isinstance(report, Report)
    assert (report.earned, report.points) == (2, 2)
