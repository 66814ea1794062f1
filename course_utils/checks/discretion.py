"""What a report may say of hidden inputs: nothing that a student's code could have made it say.

Code that is run on hidden inputs can put them into whatever it gives back: the name of a class, a shape, the message
of an exception, the line in which it raises one. So the sentences on hidden inputs are made from a version of the data
in which every such place holds a word from a list, or is empty; and of the sentences themselves only those words and
numbers remain that stand in the course's own sentences. Verdicts are never made from that version.

A few bits are left: which steps failed, which known exception was raised, in which line of the submission.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.checks.judging import Step

#: Stands for what is not shown.
GAP = "…"
_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {
    *("AxisError", "DTypePromotionError", "LinAlgError", "UFuncTypeError", "_UFuncBinaryResolutionError"),
    *(
        "_UFuncNoLoopError",
        "InvalidArgumentError",
        "NotFoundError",
        "FailedPreconditionError",
        "InternalError",
    ),
    *("UnimplementedError", "ResourceExhaustedError", "OutOfRangeError", "OperatorNotAllowedInGraphError"),
    *("EmptyDataError", "InvalidIndexError", "ParserError", "TimeLimit"),
}
_OBJECTS = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    *(
        "function",
        "method",
        "generator",
        "module",
        "map",
        "zip",
        "range",
        "NoneType",
        "builtin_function_or_method",
    ),
    *("DataFrame", "Series", "Index", "GroupBy", "DataFrameGroupBy", "Figure", "Axes", "AxesImage", "Line2D"),
    *(
        "Sequential",
        "Functional",
        "Model",
        "Dense",
        "Conv2D",
        "Flatten",
        "MaxPooling2D",
        "Dropout",
        "Rescaling",
    ),
    *(
        "InputLayer",
        "Normalization",
        "History",
        "KerasTensor",
        "KerasVariable",
        "Variable",
        "ResourceVariable",
    ),
    *(
        "EagerTensor",
        "SymbolicTensor",
        "Tensor",
        "Adam",
        "SGD",
        "RMSprop",
        "TensorFlowDataset",
        "BatchDataset",
    ),
}
#: The kinds that `plain.describe` names, with the numbers in them left out.
_KINDS = frozenset({"None", "truth value", "number", "text", "array", "tensor", "tuple", "list"})
_LONGER_KIND = re.compile(
    r"(array|tensor|number|tuple|list) (that does not hold numbers"
    r"|of \d+ (?:numbers|things), too many to look at|within \d+ others)"
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_QUOTED = re.compile(r"(“[^“”]*”)")
_GAPS = re.compile(rf"{GAP}(?:[\s,;×x/\-]*{GAP})+")
_LONGEST = 300
_DEEPEST = 40


@dataclass(frozen=True)
class Vocabulary:
    """What may be said: `texts` whole, and their words and numbers one by one; `spoken` is all of them in one."""

    texts: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    spoken: str

    def __or__(self, more: Iterable[str]) -> "Vocabulary":
        added = frozenset(more)
        return Vocabulary(
            self.texts | added,
            self.words.union(*(_WORD.findall(text) for text in added)),
            self.numbers.union(*(_NUMBER.findall(text) for text in added)),
            "\n".join((self.spoken, *sorted(added))),
        )


def mask(data: Any, known: frozenset[str], source: str | None, depth: int = 0) -> Any:
    """Return the data with every text that is not `known`, or on the lists above, left out.

    A student's `line` stays if it stands in `source`, the submitted code; where that is not at hand, it stays.
    """
    if depth > _DEEPEST:
        return None
    if isinstance(data, str):
        return data if data in known else GAP
    if isinstance(data, list | tuple):
        return [mask(item, known, source, depth + 1) for item in data]
    if not isinstance(data, Mapping):
        return data
    if isinstance(data.get("error"), Mapping):
        return {**_rest(data, known, source, depth, "error"), "error": _mask_error(data["error"], source)}
    if isinstance(data.get("type"), str):
        return {**_rest(data, known, source, depth, "type"), "type": _mask_kind(data["type"])}
    return _rest(data, known, source, depth)


def _rest(
    data: Mapping[str, Any], known: frozenset[str], source: str | None, depth: int, without: str = ""
) -> dict[str, Any]:
    return {
        key if key in known else GAP: mask(value, known, source, depth + 1)
        for key, value in data.items()
        if key != without
    }


def _mask_error(error: Mapping[str, Any], source: str | None) -> dict[str, str]:
    kind, line = str(error.get("type", "")), str(error.get("line", ""))
    shown = source is None or line.strip() in lines(source)
    message = "it was still running when its time was up" if kind == "TimeLimit" else ""
    return {
        "type": kind if kind in _ERRORS else "an error",
        "message": message,
        "line": line.strip() if shown else "",
    }


def _mask_kind(kind: str) -> str:
    if kind in _KINDS:
        return kind
    if longer := _LONGER_KIND.fullmatch(kind):
        return _NUMBER.sub("many", longer.group())
    name = kind.removeprefix("object of type ")
    return f"object of type {name}" if name != kind and name in _OBJECTS else "object of another type"


def still(step: Step, vocabulary: Vocabulary, source: str | None) -> Step:
    """Return the step with sentences made of the course's own words and numbers alone."""

    def say(text: str) -> str:
        parts = []
        for part in _QUOTED.split(text[: 4 * _LONGEST]):
            quoted = part.startswith("“") and (source is None or part[1:-1].strip() in lines(source))
            parts.append(part if quoted else _speak(part, vocabulary))
        return _GAPS.sub(GAP, "".join(parts))[:_LONGEST]

    return replace(step, expected=say(step.expected), found=say(step.found), hint=say(step.hint))


def _speak(text: str, vocabulary: Vocabulary) -> str:
    if not text or text in vocabulary.spoken:
        return text

    def group(match: re.Match[str]) -> str:
        return match.group() if match.group() in vocabulary.spoken else GAP

    def known(match: re.Match[str]) -> str:
        found = match.group()
        return found if found in vocabulary.words or found in vocabulary.numbers else GAP

    for _ in range(_DEEPEST):
        before, text = text, _BRACKETS.sub(group, text)
        if text == before:
            break
    return _WORD.sub(known, _NUMBER.sub(known, text))


@cache
def lines(source: str) -> frozenset[str]:
    """Return the lines of the submitted code, without what surrounds them; blank ones are none."""
    return frozenset(line.strip()[:200] for line in source.splitlines()) - {""}


def texts(data: Any) -> Iterator[str]:
    """Yield every text in plain data, keys included."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield str(key)
            yield from texts(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from texts(item)


@cache
def vocabulary(week: str) -> Vocabulary:
    """Return every text that stands in the code of a week's checks, and of what all checks share."""
    here = Path(__file__).parent
    found: set[str] = {*_ERRORS, *_OBJECTS}
    for file in (*sorted(here.glob("*.py")), *sorted((here / week).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return Vocabulary(frozenset(), frozenset(), frozenset(), "") | found
