"""Which of the files that a student handed in is which notebook of the assignment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from course_utils.grading.parsing import HandedNotebook, Unreadable, parse_notebook
from course_utils.grading.reading import Handed
from course_utils.grading.trusted import TrustedAssignment, TrustedNotebook


@dataclass(frozen=True)
class Found:
    """What was handed in for one notebook: a notebook, or the problem with it, or nothing at all.

    `file` is the name of the file that was taken for it, where that is not the notebook's own.
    """

    notebook: HandedNotebook | None = None
    problem: str = ""
    flags: tuple[str, ...] = ()
    file: str = ""


def match_notebooks(assignment: TrustedAssignment, handed: Handed) -> dict[str, Found]:
    """Return what was handed in for each notebook of the assignment, by its name.

    A file with the right name is it. A notebook that remains without one is looked for among the files that remain,
    as "hw (1).ipynb" or "hw-ada.ipynb": taken, and flagged, when only one holds its cells.
    """
    found = {}
    files = dict(handed.notebooks)
    for notebook in assignment.notebooks:
        name = f"{notebook.name}.ipynb"
        if name in files:
            found[notebook.name] = _read(files.pop(name))
        elif name in handed.notebooks_refused:
            found[notebook.name] = Found(problem=f"{name}: {handed.notebooks_refused[name]}")
    rest = [notebook for notebook in assignment.notebooks if notebook.name not in found]
    read = {name: _read(content) for name, content in files.items()} if rest else {}
    for notebook in rest:
        found[notebook.name] = _look_for(notebook, assignment, rest, read, handed)
    return found


def unmatched(assignment: TrustedAssignment, handed: Handed) -> tuple[str, ...]:
    """Return the names of notebooks that no notebook of the assignment has; those that were handed in beside it."""
    names = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    return tuple(name for name in handed.notebooks if name not in names)


def _read(content: bytes) -> Found:
    try:
        return Found(parse_notebook(content))
    except Unreadable as error:
        return Found(problem=str(error))


def _look_for(
    notebook: TrustedNotebook,
    assignment: TrustedAssignment,
    rest: list[TrustedNotebook],
    read: dict[str, Found],
    handed: Handed,
) -> Found:
    fitting = [name for name, found in read.items() if _shared(notebook, found)]
    if len(fitting) > 1:  # several copies: the one that is named like it, if only one is
        named = [name for name in fitting if _is_named_like(name, notebook.name)]
        fitting = named if len(named) == 1 else fitting
    # A file that fits another notebook better is that other one, or a copy of it.
    every = assignment.notebooks
    fitting = [name for name in fitting if _best(name, read[name], every) in (None, notebook.name)]
    if len(fitting) == 1:
        (name,) = fitting
        return Found(read[name].notebook, flags=(f"The notebook was called {name}.",), file=name)
    if len(fitting) > 1:
        return Found(problem=f"{', '.join(sorted(fitting)[:5])}: which of them counts is not clear")
    if len(rest) == 1 and (read or handed.notebooks_refused):
        return Found(problem=_why_not(read, handed))
    return Found()


def _why_not(read: dict[str, Found], handed: Handed) -> str:
    reasons = [
        f"{name}: {found.problem or 'none of the exercise’s cells is in it'}" for name, found in read.items()
    ]
    reasons += [f"{name}: {reason}" for name, reason in handed.notebooks_refused.items()]
    return "; ".join(reasons[:3])


def _shared(notebook: TrustedNotebook, found: Found) -> int:
    """How many of the notebook's cells are in the file."""
    if found.notebook is None:
        return 0
    names = {cell.grade_id for cell in found.notebook.cells} | {cell.id for cell in found.notebook.cells}
    return sum(cell.name in names or bool(cell.id and cell.id in names) for cell in notebook.cells)


def _best(name: str, found: Found, notebooks: Sequence[TrustedNotebook]) -> str | None:
    """Which notebook the file is, by its name or else by its cells; None when that is not clear."""
    named = [notebook.name for notebook in notebooks if _is_named_like(name, notebook.name)]
    if named:
        return max(named, key=len)
    shares = sorted(((_shared(notebook, found), notebook.name) for notebook in notebooks), reverse=True)
    return shares[0][1] if len(shares) == 1 or shares[0][0] > shares[1][0] else None


def _is_named_like(file: str, notebook: str) -> bool:
    return _plain(notebook) in _plain(file.removesuffix(".ipynb"))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())
