"""The notebooks beside the chapters: what Colab and Binder open, generated from the MyST pages.

A notebook has the page's code, its text as plain Markdown, no outputs, no solutions, and a first cell that
installs the course's package in Colab. The same page always gives the same bytes, and a cell keeps its id
when the page changes around it.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode

from course_utils import install_cell
from course_utils.book.myst import MystMistake
from course_utils.book.pages import pages, source
from course_utils.book.plain_blocks import Plain
from course_utils.book.plain_inline import Inline
from course_utils.book.references import References
from course_utils.book.repository import repository
from course_utils.errors import CourseError

INSTALL_ID = "install"
_KEPT_TAGS = ("raises-exception", "hide-input")


def generate(root: Path) -> list[Path]:
    """Write the notebook of every executable page under *root*; returns those that changed."""
    references = References(root)
    changed = []
    for page in executable_pages(root):
        target = root / f"{page}.ipynb"
        text = notebook_text(root, page, references)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8", newline="\n")
            changed.append(target)
    for left_over in _left_over(root):
        left_over.unlink()
        changed.append(left_over)
    return changed


def stale(root: Path) -> list[Path]:
    """The notebooks that differ from what their pages give, are missing, or have no page any more.

    The address in the install cell does not count, so that a fork's clone is not stale.
    """
    references = References(root)
    found = []
    for page in executable_pages(root):
        target = root / f"{page}.ipynb"
        current = target.read_text(encoding="utf-8") if target.is_file() else ""
        text = notebook_text(root, page, references)
        if install_cell.fill_notebook(current, "") != install_cell.fill_notebook(text, ""):
            found.append(target)
    return found + _left_over(root)


def executable_pages(root: Path) -> list[str]:
    """The pages of the table of contents that have a kernel."""
    written = [page for page in pages(root) if source(root, page).is_file()]
    return [page for page in written if "kernelspec" in _front_matter(root, page)]


def notebook_text(root: Path, page: str, references: References | None = None) -> str:
    """The notebook of *page* as it is written: sorted keys, an indent of one, a newline at the end."""
    target = root / f"{page}.ipynb"
    before = nbformat.read(target, as_version=4) if target.is_file() else None
    notebook = build(root, page, references or References(root), before)
    return nbformat.writes(notebook) + "\n"


def build(root: Path, page: str, references: References, before: NotebookNode | None = None) -> NotebookNode:
    """The notebook of *page*; cells that are in the notebook *before* keep their ids."""
    path = f"{page}.md"
    text = source(root, page).read_text(encoding="utf-8")
    try:
        read = myst_to_notebook(text, add_source_map=True)
    except MystMetadataParsingError as error:
        raise CourseError(f"{path}: {error}") from error
    except nbformat.ValidationError as error:
        raise CourseError(f"{path}: the front matter is not a notebook's: {error.message}") from error
    front = _front_matter(root, page)
    substitutions = {**_site_substitutions(root), **(front.get("myst", {}).get("substitutions") or {})}
    translator = Plain(Inline(page, path, references, substitutions), references.pages[page])
    cells = [_install_cell(root, page, before)]
    for cell, line in zip(read.cells, read.metadata["source_map"], strict=True):
        cells += _cells(cell, line, text, translator, path)
    _give_ids(cells, before.cells if before else [], page)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def _cells(cell: NotebookNode, line: int, text: str, translator: Plain, path: str) -> list[NotebookNode]:
    """What one cell of the page becomes: nothing, one cell, or a code cell and its figure's caption."""
    if cell.cell_type == "markdown":
        # jupytext drops blank lines at the start of a cell
        skipped = re.match(r"\n*", "\n".join(text.split("\n")[line:]))[0].count("\n")
        make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
        return [make[kind](words) for kind, words in translator.cells(cell.source, line + skipped + 1)]
    if cell.cell_type != "code":
        raise MystMistake(path, line, f"a {cell.cell_type} cell has no form in a notebook")
    tags = cell.metadata.get("tags", [])
    if "remove-cell" in tags:
        return []
    code = nbformat.v4.new_code_cell(cell.source)
    kept = [tag for tag in _KEPT_TAGS if tag in tags]
    if kept:
        code.metadata["tags"] = kept
    figure = (cell.metadata.get("mystnb") or {}).get("figure") or {}
    if not figure.get("caption"):
        return [code]
    label = figure.get("name") or f"figure at line {line}"
    return [code, nbformat.v4.new_markdown_cell(translator.caption(str(figure["caption"]), label, line))]


def _install_cell(root: Path, page: str, before: NotebookNode | None) -> NotebookNode:
    """The first cell, with the repository's address; where none is known the notebook keeps its own."""
    known = repository(root)
    first = before.cells[0] if before and before.cells else {}
    present = install_cell.address_in(first.get("source", "")) if first.get("id") == INSTALL_ID else ""
    week = PurePosixPath(page).parent.name
    source = install_cell.filled(known.pip_address if known else present, week)
    return nbformat.v4.new_code_cell(source, id=INSTALL_ID)


def _give_ids(cells: list[NotebookNode], before: Iterable[NotebookNode], page: str) -> None:
    """Give every cell an id: the one of the same cell before, else of the cell in its place, else a hash."""
    old = [cell for cell in before if cell.get("id") != INSTALL_ID and "id" in cell]
    new = [cell for cell in cells if cell.id != INSTALL_ID]
    taken = _same_cells(new, old)
    matched = {id(cell) for cell in taken.values()}
    keys = [[_key(cell) for cell in cells] for cells in (old, new)]
    matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind != "replace":
            continue
        free = [cell for cell in old[old_start:old_end] if id(cell) not in matched]
        for index in range(new_start, new_end):
            successor = next((cell for cell in free if cell.cell_type == new[index].cell_type), None)
            if index not in taken and successor is not None:
                free.remove(successor)
                taken[index] = successor
    used = {INSTALL_ID, *(cell.id for cell in taken.values())}
    for index, cell in enumerate(new):
        cell.id = taken[index].id if index in taken else _fresh_id(page, cell, used)


def _same_cells(new: list[NotebookNode], old: list[NotebookNode]) -> dict[int, NotebookNode]:
    """Pair cells with the same content, in order."""
    by_content: dict[tuple[str, str], list[NotebookNode]] = {}
    for cell in old:
        by_content.setdefault(_key(cell), []).append(cell)
    keys = enumerate(_key(cell) for cell in new)
    return {index: by_content[key].pop(0) for index, key in keys if by_content.get(key)}


def _fresh_id(page: str, cell: NotebookNode, used: set[str]) -> str:
    """An id made from the page and the content, and from a count where that is taken."""
    for count in range(len(used) + 1):
        digest = hashlib.sha256("\0".join([page, *_key(cell), str(count)]).encode()).hexdigest()[:8]
        if digest not in used:
            break
    used.add(digest)
    return digest


def _key(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _left_over(root: Path) -> list[Path]:
    """Generated notebooks whose page is gone, known by their install cell."""
    wanted = {root / f"{page}.ipynb" for page in executable_pages(root)}
    found = []
    for path in sorted((root / "book").rglob("*.ipynb")):
        if path not in wanted and ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(path.read_text(encoding="utf-8")).get("cells") or [{}]
            if cells[0].get("id") == INSTALL_ID:
                found.append(path)
    return found


def _front_matter(root: Path, page: str) -> dict:
    text = source(root, page).read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---[ \t]*(?:\n|\Z)", text, re.S)
    try:
        return (yaml.safe_load(match[1]) if match else None) or {}
    except yaml.YAMLError as error:
        raise CourseError(f"{page}.md: the front matter is not valid YAML: {error}") from error


def _site_substitutions(root: Path) -> dict[str, str]:
    """What ``_config.yml`` defines for ``{{ name }}``."""
    path = root / "_config.yml"
    config = (yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None) or {}
    return (config.get("parse") or {}).get("myst_substitutions") or {}
