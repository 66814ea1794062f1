"""One check graded again over a class: its cells get new points and new words, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from course_utils.errors import UsageError
from course_utils.grading.one import Done
from course_utils.grading.records import KEY
from course_utils.grading.trusted import TrustedAssignment

#: The cells to be graded again, by notebook.
Chosen = Mapping[str, frozenset[str]]


def cells_of(assignment: TrustedAssignment, check: str) -> Chosen:
    """Return the cells that call the check, or the test cell of that name. Raises UsageError when there is none."""
    chosen = {
        notebook.name: frozenset(
            cell.name
            for cell in notebook.cells
            if cell.grade and not cell.solution and check in (cell.name, *(call.name for call in cell.calls))
        )
        for notebook in assignment.notebooks
    }
    if not any(chosen.values()):
        known = [
            name for notebook in assignment.notebooks for cell in notebook.cells for name in _names(cell)
        ]
        listed = ", ".join(dict.fromkeys(known))
        raise UsageError(f"{assignment.name} has no check and no test called {check!r}; it has: {listed}.")
    return chosen


def limited(done: Done, chosen: Chosen, folder: Path) -> Done:
    """Return what is to be written of a submission that was graded again for the sake of a few cells.

    `folder` is its autograded folder. A submission that was not graded this time is left alone altogether.
    """
    marks = tuple(
        replace(
            one,
            scores={name: score for name, score in one.scores.items() if name in chosen[one.notebook]},
            comments={},
        )
        for one in done.marks
        if one.state == "graded" and chosen[one.notebook]
    )
    if not marks:
        return replace(done, marks=(), files={})
    files = dict(done.files)
    for notebook, cells in chosen.items():
        name = f"{notebook}.ipynb"
        if name in files:
            files[name] = _patched(folder / name, files[name], cells)
    return replace(done, marks=marks, files=files)


def _names(cell: Any) -> Iterator[str]:
    if cell.grade and not cell.solution:
        yield from [call.name for call in cell.calls] or [cell.name]


def _patched(before: Path, now: bytes, cells: frozenset[str]) -> bytes:
    """The notebook as it was, with the outputs and reports that the chosen cells have now."""
    try:
        notebook = json.loads(before.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return now
    new = {_name(cell): cell for cell in json.loads(now)["cells"]}
    for cell in notebook["cells"]:
        name = _name(cell)
        if name in cells and name in new:
            cell["outputs"] = new[name]["outputs"]
            cell["metadata"].pop(KEY, None)
            cell["metadata"] |= {KEY: new[name]["metadata"][KEY]} if KEY in new[name]["metadata"] else {}
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "))
    return (text + "\n").encode("utf-8", "replace")


def _name(cell: Mapping[str, Any]) -> str:
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""))
