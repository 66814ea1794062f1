"""The conformance table as a page of the book, written from the outcomes of a sweep."""

from __future__ import annotations

import importlib.metadata
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from course_utils.bench.conformance.sweep import EQUAL, FORMATS, REFUSED, SAME, WRONG, Outcome

PAGE = Path("book", "reference", "conformance.md")
TITLES = {"tfjs-layers": "layers", "tfjs-graph": "graph", "litert": "LiteRT", "onnx": "ONNX"}
ARCHITECTURES = "Architectures"
_PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "onnxruntime", "tf2onnx")
_NPM = "@tensorflow/tfjs"

_DESCRIPTION = (
    "Layer by layer and network by network, what converts from Keras to TensorFlow.js, LiteRT and ONNX, and by how "
    "much the results differ."
)
_HEAD = f"""---
myst:
  html_meta:
    description: {_DESCRIPTION}
---

% Written by `course bench conformance`: run it again rather than edit this page.

# What converts, and how exactly

Each layer below was put into a small model with random weights, converted into every format, and run in the format's
own runtime on the same inputs as in Keras. The whole networks further down have weights and normalisations that make
their answers vary with the input, so that a single mixed-up kernel would show.
"""

_LEGEND = """A number is the largest absolute difference from what Keras answers, in any runtime of that format. Two
answers count as the same up to 10⁻⁵ of the largest one (or of 1, where all are smaller), and up to a thousandth of how
much the answers vary with the input. *Refused* means that `course convert` says why and writes nothing; the sentences
stand under each table, as do those that a star points to. The last column tells where the reference converter
(`tensorflowjs` 4.22) does the same: for the layers format the same weights with the same names, for the graph format
the same answers.
"""


def versions(root: Path) -> dict[str, str]:
    """What the sweep runs on: packages of Python as installed, and TensorFlow.js as locked in `root`."""
    found = {name: importlib.metadata.version(name) for name in _PACKAGES}
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    return found | {_NPM: lock["packages"][f"node_modules/{_NPM}"]["version"]}


def write(outcomes: Sequence[Outcome], made_with: dict[str, str]) -> str:
    """The page.

    Args:
        outcomes: of a whole sweep.
        made_with: from `versions`.

    Returns:
        MyST Markdown.
    """
    families = list(dict.fromkeys(outcome.family for outcome in outcomes))
    parts = [_HEAD, "## In short\n", _totals(outcomes), _worst(outcomes), _references(outcomes)]
    parts.append(f"## Layers\n\n{_LEGEND}")
    for family in families:
        if family != ARCHITECTURES:
            parts.append(_folded(family, [outcome for outcome in outcomes if outcome.family == family]))
    networks = [outcome for outcome in outcomes if outcome.family == ARCHITECTURES]
    if networks:
        parts.append("## Whole networks\n\nPictures are 96 pixels wide, and there are ten classes.\n")
        parts.append(_table(networks))
        parts.append(_reasons(networks))
        parts.append("What the conversion takes, in seconds of one processor, without loading the model:\n")
        parts.append(_times(networks))
    parts.append(_reference_elsewhere(outcomes))
    parts.append(_versions(made_with))
    return "\n".join(part for part in parts if part)


def read(page: str) -> tuple[set[str], dict[str, str]]:
    """The names of the cases, and the versions, that a page was written from."""
    made_with = dict(re.findall(r"^\| `([@\w/-]+)` \| ([\w.]+) \|$", page, re.M))
    return set(re.findall(r"^\| `([^`]+)` \| .* \| .* \| .* \| .* \| .* \|$", page, re.M)), made_with


def _totals(outcomes: Sequence[Outcome]) -> str:
    count = len({outcome.case for outcome in outcomes})
    lines = [
        f"{count} models, {len(outcomes)} conversions:\n",
        "| format | the same | refused | wrong |",
        "|---|--:|--:|--:|",
    ]
    for to in FORMATS:
        states = Counter(outcome.state for outcome in outcomes if outcome.to == to)
        lines.append(f"| {TITLES[to]} | {states[SAME]} | {states[REFUSED]} | {states[WRONG]} |")
    return "\n".join(lines) + "\n"


def _worst(outcomes: Sequence[Outcome]) -> str:
    """The largest difference of each runtime among all that passed, and where it is."""
    lines = ["| runtime | largest difference | where |", "|---|--:|---|"]
    for runtime, (difference, case, to) in worst_by_runtime(outcomes).items():
        lines.append(f"| {runtime} | {figure(difference)} | {_code(case)}, {TITLES[to]} |")
    return "\n".join(lines) + "\n"


def worst_by_runtime(outcomes: Iterable[Outcome]) -> dict[str, tuple[float, str, str]]:
    """The largest difference of each runtime among what passed, with the case and the format."""
    worst: dict[str, tuple[float, str, str]] = {}
    for outcome in outcomes:
        for runtime, difference in outcome.differences.items() if outcome.state == SAME else ():
            worst[runtime] = max(worst.get(runtime, (-1.0, "", "")), (difference, outcome.case, outcome.to))
    return dict(sorted(worst.items()))


def _references(outcomes: Sequence[Outcome]) -> str:
    compared = [outcome for outcome in outcomes if outcome.reference]
    if not compared:
        return ""
    parts = []
    for to in FORMATS[:2]:
        of_format = [outcome for outcome in compared if outcome.to == to]
        equal = sum(outcome.reference.startswith(EQUAL) for outcome in of_format)
        parts.append(f"{equal} of {len(of_format)} {TITLES[to]} models")
    return f"The reference converter, given the same models, writes the same for {' and '.join(parts)}.\n"


def _folded(family: str, outcomes: Sequence[Outcome]) -> str:
    body = "\n".join(part for part in (_table(outcomes), _reasons(outcomes)) if part)
    cases = len({outcome.case for outcome in outcomes})
    return f":::{{dropdown}} {family} ({cases})\n{body}:::\n"


def _table(outcomes: Sequence[Outcome]) -> str:
    columns = " | ".join(TITLES[to] for to in FORMATS)
    lines = [f"| model | {columns} | reference |", f"|---|{'--:|' * len(FORMATS)}---|"]
    for case in dict.fromkeys(outcome.case for outcome in outcomes):
        by_format = {outcome.to: outcome for outcome in outcomes if outcome.case == case}
        cells = [_cell(by_format[to]) if to in by_format else "" for to in FORMATS]
        lines.append(f"| {_code(case)} | {' | '.join(cells)} | {_referred(by_format)} |")
    return "\n".join(lines) + "\n"


def _cell(outcome: Outcome) -> str:
    if outcome.state == SAME:
        return figure(max(outcome.differences.values())) + ("\\*" if outcome.reason else "")
    return "refused" if outcome.state == REFUSED else "**wrong**"


def _referred(by_format: dict[str, Outcome]) -> str:
    equal = [
        TITLES[to] for to in FORMATS[:2] if to in by_format and by_format[to].reference.startswith(EQUAL)
    ]
    compared = any(outcome.reference for outcome in by_format.values())
    return " and ".join(equal) or ("none" if compared else "")


def _reasons(outcomes: Sequence[Outcome]) -> str:
    """What the user is told where something is refused; the same sentence in two formats stands there once."""
    told: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.reason:
            told.setdefault((outcome.case, outcome.reason), []).append(TITLES[outcome.to])
    if not told:
        return ""
    lines = [
        f"- {_code(case)}, {', '.join(formats)}: {_code(reason)}" for (case, reason), formats in told.items()
    ]
    return "\n".join(lines) + "\n"


def _reference_elsewhere(outcomes: Sequence[Outcome]) -> str:
    """Where the reference converter does something else, and what."""
    elsewhere = [one for one in outcomes if one.reference and not one.reference.startswith(EQUAL)]
    if not elsewhere:
        return ""
    lines = [
        f"- {_code(one.case)}, {TITLES[one.to]}: {_code(_in_its_words(one.reference))}" for one in elsewhere
    ]
    return (
        "## Where the reference converter does something else\n\n"
        "For the layers format each network was built again with Keras 2 and then handed to it: what it makes of a "
        "Keras 3 model, TensorFlow.js does not load at all.\n\n"
        f":::{{dropdown}} Model by model ({len(lines)})\n" + "\n".join(lines) + "\n:::\n"
    )


def _in_its_words(said: str) -> str:
    refused = re.fullmatch(
        r"The reference converter cannot write this model as \S+ \((.*)\): leave --engine out\.", said
    )
    words = f"it refuses ({refused[1]})" if refused else said
    return words.replace(". This may be due to one of the following reasons:", "")


def _times(outcomes: Sequence[Outcome]) -> str:
    columns = " | ".join(TITLES[to] for to in FORMATS)
    lines = [f"| network | {columns} |", f"|---|{'--:|' * len(FORMATS)}"]
    for case in dict.fromkeys(outcome.case for outcome in outcomes):
        seconds = {outcome.to: outcome.seconds for outcome in outcomes if outcome.case == case}
        cells = [f"{seconds[to]:.1f}" if to in seconds else "" for to in FORMATS]
        lines.append(f"| {_code(case)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _versions(made_with: dict[str, str]) -> str:
    lines = ["## Measured with\n", "| package | version |", "|---|---|"]
    lines += [f"| `{name}` | {version} |" for name, version in made_with.items()]
    return "\n".join(lines) + "\n"


def figure(difference: float) -> str:
    """A difference in one digit, such as 3e-07 as 3·10⁻⁷."""
    if not difference:
        return "0"
    digit, exponent = f"{difference:.0e}".split("e")
    return f"{digit}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _code(text: str) -> str:
    """As it stands on the terminal: MyST leaves what is in it alone."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
