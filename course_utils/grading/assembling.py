"""The notebook that is saved as autograded: what ran, what came of it, and what it brought.

It has the form that nbgrader's own has, so that formgrader, `generate_feedback` and export take it as theirs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from course_utils.grading.harmless import harmless_markdown, harmless_output
from course_utils.grading.jobs import CellOutcome, Kind, Outcome, Ran
from course_utils.grading.rebuild import Rebuilt, RebuiltCell
from course_utils.grading.records import Run, write_reports, write_run
from course_utils.grading.running.verdicts import Verdict
from course_utils.grading.settings import Settings


def assemble(
    rebuilt: Rebuilt, outcome: Outcome, verdicts: Mapping[str, Verdict], run: Run, settings: Settings
) -> bytes:
    """Return the notebook as the bytes of its file."""
    ran = {cell.id: cell for cell in outcome.cells}
    count = 0
    cells = []
    for cell in rebuilt.cells:
        own = cell.kind == "markdown" and (cell.trusted is None or cell.trusted.answer)
        source = harmless_markdown(cell.source) if own else cell.source
        made: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": cell.cell_id,
            "metadata": cell.trusted.metadata() if cell.trusted else {},
            "source": source.splitlines(keepends=True),
        }
        if cell.attachments:
            made["attachments"] = {name: dict(data) for name, data in cell.attachments.items()}
        if cell.kind == "code":
            count += cell.run is not None
            made["execution_count"] = count if cell.run is not None else None
            made["outputs"] = _outputs(cell, ran.get(cell.id), verdicts.get(cell.id), outcome, settings)
            if verdicts.get(cell.id) and verdicts[cell.id].reports:
                write_reports(made, verdicts[cell.id].reports)
        cells.append(made)
    notebook = {
        "cells": cells,
        "metadata": dict(rebuilt.trusted.metadata),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    write_run(notebook, run)
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "))
    return (text + "\n").encode("utf-8", "replace")


def _outputs(
    cell: RebuiltCell,
    ran: CellOutcome | None,
    verdict: Verdict | None,
    outcome: Outcome,
    settings: Settings,
) -> list[dict[str, Any]]:
    if ran is None:
        return []
    said = verdict.outputs if cell.run is Kind.CHECK and verdict else ran.outputs
    outputs = limit_output(map(_as_written, said), settings.most_lines, settings.most_traceback)
    if ran.ran is Ran.NOT_RUN and not outputs:
        return [_stream(f"Not run: {outcome.reason or 'the notebook was cut short'}\n")]
    if cell.id == outcome.failing and ran.ran in (Ran.TIMEOUT, Ran.MEMORY, Ran.DIED):
        outputs.append(_error(ran.ran, outcome.reason))
    return outputs


def limit_output(
    outputs: Iterable[dict[str, Any]], most_lines: int, most_traceback: int
) -> list[dict[str, Any]]:
    """Cut the text of a cell as nbgrader's LimitOutput does; -1 leaves it as it is."""
    length, kept = 0, []
    for output in outputs:
        if output["output_type"] == "stream" and most_lines != -1:
            if length == most_lines:
                continue
            lines = "".join(output["text"]).split("\n")
            if len(lines) + length > most_lines:
                lines = [*lines[: most_lines - length - 1], "... Output truncated ..."]
            length += len(lines)
            output = {**output, "text": "\n".join(lines).splitlines(keepends=True)}
        if output["output_type"] == "error" and -1 != most_traceback < len(output["traceback"]):
            start, lines = most_traceback // 2, output["traceback"]
            tail = lines[-(most_traceback - start - 1) :]
            output = {**output, "traceback": [*lines[:start], "... Traceback truncated ...", *tail]}
        kept.append(output)
    return kept


def _as_written(output: Mapping[str, Any]) -> dict[str, Any]:
    """An output as nbformat writes it into a file: its text in lines."""
    made = harmless_output(output)
    if made["output_type"] == "stream":
        made["text"] = _lines(made["text"])
    if "data" in made:
        data = made["data"].items()
        made["data"] = {kind: _lines(value) if kind.startswith("text/") else value for kind, value in data}
    return made


def _lines(text: Any) -> Any:
    return text.splitlines(keepends=True) if isinstance(text, str) else text


def _stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def _error(ran: Ran, reason: str) -> dict[str, Any]:
    name = {Ran.TIMEOUT: "CellTimeoutError", Ran.MEMORY: "OutOfMemory"}.get(ran, "DeadKernelError")
    return {"output_type": "error", "ename": name, "evalue": reason, "traceback": [f"{name}: {reason}"]}
