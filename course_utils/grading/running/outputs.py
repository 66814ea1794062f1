"""A cell's outputs as nbformat 4 has them, made of what a hostile process says that they are."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from course_utils.grading.jobs import Limits

Output = dict[str, Any]
_MIME = re.compile(r"[A-Za-z0-9][\w.+-]{0,60}/[\w.+;=-]{1,80}")
_LONGEST_NAME = 200
_MOST = 2000


class Outputs:
    """What one job has said so far, cell by cell; follows `clear_output` and updates of displays as nbclient does."""

    def __init__(self, limits: Limits) -> None:
        self._cells: dict[int, list[Output]] = {}
        self._displays: dict[str, list[Output]] = {}
        self._clear: set[int] = set()
        self._left = _MOST
        self._limit = limits.output

    def of(self, cell: int) -> tuple[Output, ...]:
        """Return the outputs of one cell."""
        return tuple(
            {**output, "text": "".join(output["text"])} if output["output_type"] == "stream" else output
            for output in self._cells.get(cell, ())
        )

    def hear(self, cell: int, kind: object, content: object) -> None:
        """Take in one message of the student's kernel. What makes no output is dropped."""
        if isinstance(content, Mapping):
            with contextlib.suppress(RecursionError):
                self._hear(cell, kind, content)

    def _hear(self, cell: int, kind: object, content: Mapping[str, Any]) -> None:
        if kind == "clear_output":
            if content.get("wait"):
                self._clear.add(cell)
            else:
                self._cells.pop(cell, None)
        elif kind == "update_display_data":
            self._update(content)
        elif kind in ("stream", "display_data", "execute_result", "error"):
            self._add(cell, str(kind), content)

    def full(self, cell: int) -> None:
        """Say that there was more."""
        size = f"{self._limit / 2**20:.2g} MB" if self._limit else "the limit"
        self._put(cell, stream("stderr", [f"… all that was written beyond {size} is left out.\n"]))

    def _add(self, cell: int, kind: str, content: Mapping[str, Any]) -> None:
        if cell in self._clear:
            self._clear.discard(cell)
            self._cells.pop(cell, None)
        if kind == "stream":
            self._add_stream(cell, content)
            return
        output = error(content) if kind == "error" else _display(kind, content)
        if not self._put(cell, output):
            return
        transient = content.get("transient")
        name = transient.get("display_id") if isinstance(transient, Mapping) else None
        if isinstance(name, str):
            self._displays.setdefault(name[:_LONGEST_NAME], []).append(output)

    def _add_stream(self, cell: int, content: Mapping[str, Any]) -> None:
        name, text = content.get("name"), content.get("text")
        if name not in ("stdout", "stderr") or not isinstance(text, str) or not text:
            return
        cells = self._cells.setdefault(cell, [])
        if cells and cells[-1]["output_type"] == "stream" and cells[-1]["name"] == name:
            cells[-1]["text"].append(clean(text))
        else:
            self._put(cell, stream(name, [clean(text)]))

    def _put(self, cell: int, output: Output) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        self._cells.setdefault(cell, []).append(output)
        return True

    def _update(self, content: Mapping[str, Any]) -> None:
        transient = content.get("transient")
        name = transient.get("display_id") if isinstance(transient, Mapping) else None
        if isinstance(name, str):
            made = _display("display_data", content)
            for output in self._displays.get(name[:_LONGEST_NAME], ()):
                output["data"], output["metadata"] = made["data"], made["metadata"]


def stream(name: str, text: str | list[str]) -> Output:
    """Return what was written to stdout or stderr, whole or in the parts in which it came."""
    return {"output_type": "stream", "name": name, "text": text}


def error(content: Mapping[str, Any]) -> Output:
    """Return an exception as an output."""
    lines = content.get("traceback")
    return {
        "output_type": "error",
        "ename": clean(str(content.get("ename", "Error")))[:_LONGEST_NAME],
        "evalue": clean(str(content.get("evalue", ""))),
        "traceback": [clean(str(line)) for line in lines] if isinstance(lines, list) else [],
    }


def _display(kind: str, content: Mapping[str, Any]) -> Output:
    output: Output = {
        "output_type": kind,
        "data": _data(content.get("data")),
        "metadata": _json(content.get("metadata")) if isinstance(content.get("metadata"), dict) else {},
    }
    if kind == "execute_result":
        count = content.get("execution_count")
        output["execution_count"] = count if type(count) is int and 0 <= count < 10**6 else None
    return output


def _data(data: object) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if isinstance(data, Mapping):
        for mime, value in data.items():
            if not isinstance(mime, str) or not _MIME.fullmatch(mime):
                continue
            if isinstance(value, str):
                kept[mime] = clean(value)
            elif mime.endswith("json"):
                kept[mime] = _json(value)
    return kept


def _json(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): _json(item) for key, item in value.items()}
    return value


def clean(text: str) -> str:
    """Return the text without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
