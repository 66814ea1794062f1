"""British spelling in all that a reader reads: the book, the exercises, the documents of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from course_utils.node import node_environment, node_path
from tests.conftest import ROOT
from tests.prose import prose_of_markdown, prose_of_notebook

CONFIGURATION = ROOT / "tests" / "cspell.json"
FINDING = re.compile(r"^(?P<place>.+?:\d+):\d+ - (?:Unknown|Forbidden) word \((?P<word>[^)]+)\)", re.M)


def misspelt(folder: Path) -> list[str]:
    """The unknown words in the texts in `folder`, as file:line: word."""
    program = ROOT / "node_modules" / "cspell" / "bin.mjs"
    options = ["--config", CONFIGURATION, "--no-progress", "--no-color", "--dot", "**"]
    result = subprocess.run(
        [node_path(), program, "lint", *options],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env=node_environment(),
    )
    found = [f"{match['place']}: {match['word']}" for match in FINDING.finditer(result.stdout)]
    # Without findings cspell must say that it was content, or a broken configuration would pass.
    assert bool(found) == (result.returncode == 1), result.stderr
    return found


def test_the_spelling_is_right(tmp_path: Path) -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("book/**/*.md"), *ROOT.glob("solutions/*/*.ipynb")]
    for document in documents:
        is_notebook = document.suffix == ".ipynb"
        prose = (
            prose_of_notebook(document)
            if is_notebook
            else prose_of_markdown(document.read_text(encoding="utf-8"))
        )
        copy = tmp_path / document.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(prose, encoding="utf-8")
    assert misspelt(tmp_path) == []


def test_a_misspelt_word_is_found_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("All is well.\n\nThe nuron has a bias.\n", encoding="utf-8")
    assert misspelt(tmp_path) == ["page.md:3: nuron"]


def test_an_exercise_is_read_without_its_code() -> None:
    text = """\
```{live-exercise} name
:title: A title
const nuron = 1;
--- task
Mend it.
--- checks
check("speling", () => {});
--- hint
Look closer.
--- solution
const nuron = 2;
--- why
One word.
```
"""
    assert prose_of_markdown(text).split() == ["Mend", "it.", "Look", "closer.", "One", "word."]


def test_american_spelling_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("The color of the optimizer, in colour.\n", encoding="utf-8")
    assert misspelt(tmp_path) == ["page.md:1: color"]


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("Call `np.mean` now.", "Call           now."),
        ("Of `x` and `y` both.", "Of     and     both."),
        ("Say ``a `b` c`` so.", "Say             so."),
        ("A {term}`cost <loss>` and a {term}`neuron`.", "A cost and a neuron."),
        ("See {doc}`week1/index`: $w x$.", "See :      ."),
        ("```python\nxs = 1\n```\nWords", "         \n      \n   \nWords"),
    ],
)
def test_prose_is_told_from_code(text: str, prose: str) -> None:
    assert prose_of_markdown(text) == prose


def test_captions_and_comments_in_cells_are_prose() -> None:
    header = '---\nmystnb:\n  figure:\n    caption: "A curv."\n---\n'
    text = f"```{{code-cell}} python\n{header}x = 1  # a nois\n```\n"
    words = prose_of_markdown(text).split()
    assert words == ["caption:", '"A', 'curv."', "#", "a", "nois"]
