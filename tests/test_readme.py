"""The README tells the truth: every command in it is run by a test, and the class cycle shows its real output."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_house import tracked

README = ROOT / "README.md"
BLOCK = re.compile(r"^```(?P<language>console|shell|bash|sh)\n(?P<body>.*?)^```$", re.M | re.S)
CLASS_CYCLE = "The class cycle"
# Which test runs a command; a pattern matches the whole command. The class cycle is run below.
RUN_BY = {
    r"git clone \S+( \S+)?( && cd \S+)?": "the clone is made by whoever runs the tests",
    r"cd \S+": "see git clone",
    r"make": "tests/test_make.py::test_make_lists_its_targets",
    r"make site": "tests/conftest.py::built_site",
    r"make serve": "tests/book/test_serve.py",
    r"make test(-all)?": "this very run",
    r"make check PAGE=\S+": "tests/site/test_pages.py",
    r"course doctor": "tests/test_cli.py",
    r"course build.*": "tests/conftest.py::built_site",
    r"course notebooks( --check)?": "tests/chapters/test_notebooks.py",
    r"course convert .*": "tests/conversion/test_conversion_page.py::tried",
    r"course train \S+.*": "tests/training/test_run.py",
    r"course bench lighthouse.*": "tests/bench/test_pages.py",
    r"course bench core.*": "tests/bench/test_light_core.py",
}
# What differs from one run or machine to the next.
VARIABLE = [
    (re.compile(r"\d+ min \d+ s|\b\d+(?:\.\d+)? ?(?:ms|s)\b"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?UTC|Z|[+-]\d\d:\d\d)?"), "<date>"),
    (re.compile(r"(?:/[\w.@-]+)+/(?=[\w.-])"), "<path>/"),
    (re.compile(r"\b[0-9a-f]{8,64}\b"), "<key>"),
]


@dataclass
class Command:
    """A command of the README, and the lines that the README shows under it."""

    text: str
    output: list[str] = field(default_factory=list)


def commands(body: str, prompt: bool) -> list[Command]:
    """The commands of a block: after a `$ ` where it shows output too, else one a line."""
    found: list[Command] = []
    for line in re.sub(r"\\\n\s*", "", body).splitlines():
        if prompt and not line.startswith("$ "):
            if found:
                found[-1].output.append(line)
        elif line.strip() and not line.startswith("#"):
            found.append(Command(re.sub(r"\s+#.*$", "", line.removeprefix("$ ")).strip()))
    return found


def blocks(text: str) -> list[tuple[str, list[Command]]]:
    """Each block of shell with the heading that it stands under."""
    found = []
    for match in BLOCK.finditer(text):
        headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text[: match.start()]), re.M)
        console = match["language"] == "console"
        found.append((headings[-1] if headings else "", commands(match["body"], console)))
    return found


def normalise(lines: list[str]) -> list[str]:
    """Lines of output without what may differ, without blank ones and spaces at the end."""
    said = []
    for line in lines:
        for pattern, name in VARIABLE:
            line = pattern.sub(name, line)
        said.append(re.sub(r"[ \t]+", " ", line).strip())
    return [line for line in said if line]


def test_every_command_is_run_by_a_test() -> None:
    text = README.read_text(encoding="utf-8")
    asked = [command.text for heading, block in blocks(text) if heading != CLASS_CYCLE for command in block]
    assert asked
    assert [one for one in asked if not any(re.fullmatch(pattern, one) for pattern in RUN_BY)] == []


def test_the_tests_named_here_exist() -> None:
    used = [name for name in RUN_BY.values() if name.startswith("tests/")]
    for name in used:
        file, _, function = name.partition("::")
        assert (ROOT / file).is_file(), file
        assert not function or f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_the_class_cycle_prints_what_the_readme_shows(tmp_path: Path) -> None:
    cycle = dict(blocks(README.read_text(encoding="utf-8"))).get(CLASS_CYCLE)
    assert cycle, f"the README has no block of commands under “{CLASS_CYCLE}”"
    assert len(cycle) == 6
    checkout = tmp_path / "course"
    for file in tracked():
        copy = checkout / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "100", "COURSE_CLASS_SECRET": "for the tests alone"}
    for command in cycle:
        result = subprocess.run(
            command.text,
            shell=True,
            check=False,
            cwd=checkout,
            capture_output=True,
            text=True,
            env=environment,
        )
        assert result.returncode == 0, f"{command.text}: {result.stderr}"
        assert normalise(result.stdout.splitlines()) == normalise(command.output), command.text


def test_blocks_are_read_with_their_headings() -> None:
    first = "# Course\n\n```shell\nmake site  # ten minutes\n```\n\n"
    text = f"{first}## The class cycle\n\n```console\n$ course \\\n    release\nMade 1\n```\n"
    first, second = blocks(text)
    assert first == ("Course", [Command("make site")])
    assert second == ("The class cycle", [Command("course release", ["Made 1"])])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Built 18 pages in 2 min 3 s", "Built 18 pages in 59.1 s", True),
        ("Wrote /tmp/a/b.zip", "Wrote /home/ada/b.zip", True),
        ("ada 30 of 30", "ada 29 of 30", False),
    ],
)
def test_only_times_and_places_may_differ(one: str, other: str, same: bool) -> None:
    assert (normalise([one]) == normalise([other])) is same
