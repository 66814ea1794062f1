"""Nothing in week 2 is chosen by looking at test rows: up to where a chapter opens them, they might hold anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.chapters.reading import Chapter
from tests.chapters.test_shape import WITH_CODE

# Of a cell; how long a chapter may take is held by other tests.
SECONDS = 600
# After the split, each test row is replaced: its numbers by large ones, and its label by the other one.
SPOIL_ROWS = """
features, labels = features.copy(), labels.copy()
features[test] = 1e6 * np.random.default_rng(0).random((len(test), features.shape[1]))
labels[test] = 1 - labels[test]
"""
SPOIL_PARTS = """
test = 1e6 * np.random.default_rng(0).random(test.shape)
test_labels = 1 - test_labels
"""
# What a network became says whether it learned from them; the cells print the rest.
WEIGHTS = """
print([float(abs(weights).sum()) for weights in model.get_weights()])
"""


@dataclass(frozen=True)
class Sealed:
    """A chapter that sets rows aside.

    Attributes:
        page: of the book.
        begins: what stands in the first cell that matters; what comes before has no test rows.
        splits: what stands in the cell that sets them aside.
        opens: what stands in the cell that looks at them, "" where none does.
        spoil: replaces the test rows.
        probe: code that tells more of what was chosen.
    """

    page: str
    begins: str
    splits: str
    opens: str
    spoil: str
    probe: str = ""


SEALED = (
    Sealed("book/week2/splits", "plots.use_style()", 'for name, part in [("training"', "", SPOIL_ROWS),
    Sealed(
        "book/week2/capacity", "from course_utils import data", "test_size=0.2", "test_said =", SPOIL_PARTS
    ),
    Sealed("book/week2/judging", "plots.use_style()", "test_size=0.5", "test_said =", SPOIL_ROWS),
    Sealed("book/week2/take-away", "test_size=0.2", "test_size=0.2", "features[test]", SPOIL_ROWS, WEIGHTS),
)


def cells_of(sealed: Sealed) -> tuple[list[str], int]:
    """The code cells up to where the test rows are opened, and how many of them end with the split."""
    cells = [cell.source for cell in Chapter(sealed.page).code]
    begins, splits = (
        next(n for n, cell in enumerate(cells) if mark in cell) for mark in (sealed.begins, sealed.splits)
    )
    opens = [n for n, cell in enumerate(cells) if sealed.opens and n > splits and sealed.opens in cell]
    ends = opens[0] if opens else len(cells)
    imports = [cell for cell in cells[:begins] if re.match(r"(import|from) ", cell)]
    return imports + cells[begins:ends], len(imports) + splits + 1 - begins


def told(sealed: Sealed, folder: Path, spoilt: bool) -> list[str]:
    """What the cells print, up to where the test rows are opened."""
    cells, after = cells_of(sealed)
    cells.insert(after, sealed.spoil if spoilt else "")
    notebook = nbformat.v4.new_notebook(metadata=Chapter(sealed.page).notebook.metadata)
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in [*cells, sealed.probe]]
    NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}}).execute()
    texts = ["".join(output.get("text", "") for output in cell.get("outputs", ())) for cell in notebook.cells]
    return [text for text in texts if text]


def test_every_chapter_of_week_2_that_sets_test_rows_aside_is_here() -> None:
    found = {
        chapter.page
        for chapter in WITH_CODE
        if chapter.page.startswith("book/week2/")
        and re.search(r"\btest\b[\w, ]*= train_test_split\(", chapter.source)
    }
    assert found == {sealed.page for sealed in SEALED}


@pytest.mark.parametrize("sealed", SEALED, ids=lambda sealed: sealed.page)
def test_nothing_is_chosen_by_test_rows(sealed: Sealed, tmp_path: Path) -> None:
    as_written = told(sealed, tmp_path, spoilt=False)
    assert len(as_written) >= 1
    assert told(sealed, tmp_path, spoilt=True) == as_written


@pytest.mark.parametrize("sealed", [one for one in SEALED if one.opens], ids=lambda sealed: sealed.page)
def test_after_the_test_rows_are_opened_nothing_is_chosen(sealed: Sealed) -> None:
    cells = [cell.source for cell in Chapter(sealed.page).code]
    opens = max(number for number, cell in enumerate(cells) if sealed.opens in cell and "test" in cell)
    later = "\n".join(cells[opens:])
    assert not re.search(r"\b(best_\w+|chosen|temperature|threshold|penalty)\b(, \w+)* = .*\btest", later)
    assert not re.search(r"\b(train\w*|fit|adapt)\([^)]*\btest\b", later)


def test_a_look_at_them_is_noticed(tmp_path: Path) -> None:
    peeking = replace(SEALED[0], probe="print(features.mean())")
    honest, spoilt = (told(peeking, tmp_path, spoilt) for spoilt in (False, True))
    assert honest[:-1] == spoilt[:-1]
    assert honest[-1] != spoilt[-1]
