"""The command line: what a person types and what it says back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    *("doctor", "build", "serve", "notebooks", "fetch", "pictures", "convert"),
    *("release", "check", "submit", "collect", "grade", "feedback", "export"),
]
PROGRAM = Path(sys.executable).parent / "course"


def course(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", **environment},
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    said = course(command, "--help")
    assert said.returncode == 0
    assert f"course {command}" in said.stdout.split("Example:")[1]


def test_help_lists_the_commands() -> None:
    said = course("--help").stdout
    assert all(f" {command} " in said for command in [*COMMANDS, "bench", "class"])


def test_outside_a_checkout_one_sentence_names_the_cure(tmp_path: Path) -> None:
    said = course("build", cwd=tmp_path)
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith("course: ")
    assert str(tmp_path) in said.stderr
    assert "_toc.yml" in said.stderr
    assert "Traceback" not in said.stderr


def test_an_unknown_page_is_answered_with_near_ones(root: Path) -> None:
    said = course("build", "--only", "week1/one-neurom", cwd=root)
    assert said.returncode == 2
    assert "week1/one-neuron" in said.stderr


def test_brackets_in_an_error_are_shown_as_they_are(root: Path) -> None:
    assert "no page [x] in _toc.yml" in course("build", "--only", "[x]", cwd=root).stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in course("--debug", "build", cwd=tmp_path).stderr


def test_doctor_finds_what_the_tests_stand_on(root: Path) -> None:
    said = course("doctor", cwd=root)
    assert said.returncode == 0, said.stdout
    assert "ok       Chromium" in said.stdout
    assert "ok       nbgrader" in said.stdout


def test_doctor_names_what_is_missing(root: Path, tmp_path: Path) -> None:
    said = course("doctor", cwd=root, COURSE_CHROMIUM=str(tmp_path / "no-browser"))
    assert said.returncode == 1
    assert "missing  Chromium" in said.stdout


def test_a_new_class_secret_is_kept_outside_and_private(tmp_path: Path) -> None:
    assert course("class", "new", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0
    (secret,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert secret.stat().st_mode & 0o077 == 0
    first = secret.read_text()
    assert course("class", "new", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0
    assert secret.read_text() != first
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file() and path != secret]
    assert kept == [first], "a secret in use is not lost"


def test_bench_core_speaks_json_alone_on_stdout(root: Path) -> None:
    said = course("bench", "core", "--json", cwd=root)
    assert json.loads(said.stdout)
