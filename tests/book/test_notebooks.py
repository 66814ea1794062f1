"""The generated notebooks: the same page always gives the same bytes, and cells keep their ids."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from course_utils.book import execution, notebooks
from course_utils.errors import CourseError
from tests.book.conftest import FRONT

PAGE = """\
# One neuron

We need NumPy.

```{code-cell} python
import numpy as np
```

A sentence before the figure.

```{code-cell} python
---
tags: [hide-input]
mystnb:
  figure: {caption: "The loss *falls*.", name: fig-loss}
  image: {alt: "A falling line."}
---
plot()
```

```{code-cell} python
:tags: [remove-cell]
glue("loss", 1)
```

{numref}`fig-loss` shows {glue:text}`loss`.

```{code-cell} python
:tags: [raises-exception]
1 / 0
```

::::{try-it} Divide
:::{solution}
```python
1 / 1
```
:::
::::
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A checkout with a table of contents, one page with a kernel and one without."""
    week = tmp_path / "book" / "week1"
    week.mkdir(parents=True)
    toc = {"format": "jb-book", "root": "book/index"}
    toc["parts"] = [{"caption": "Week 1", "chapters": [{"file": "book/week1/neuron"}]}]
    (tmp_path / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    (tmp_path / "book" / "index.md").write_text("# Home\n", encoding="utf-8")
    (week / "neuron.md").write_text(FRONT + PAGE, encoding="utf-8")
    return tmp_path


def read(course: Path) -> nbformat.NotebookNode:
    return nbformat.read(course / "book" / "week1" / "neuron.ipynb", as_version=4)


def edit(course: Path, before: str, after: str) -> None:
    page = course / "book" / "week1" / "neuron.md"
    text = page.read_text(encoding="utf-8")
    assert before in text
    page.write_text(text.replace(before, after), encoding="utf-8")


def ids(notebook: nbformat.NotebookNode) -> dict[str, str]:
    return {cell.source: cell.id for cell in notebook.cells}


def test_only_pages_with_a_kernel_have_a_notebook(course: Path) -> None:
    assert notebooks.generate(course) == [course / "book" / "week1" / "neuron.ipynb"]
    assert not (course / "book" / "index.ipynb").exists()


def test_the_notebook_has_the_pages_cells_in_order(course: Path) -> None:
    notebooks.generate(course)

    assert [cell.source for cell in read(course).cells[1:]] == [
        "# One neuron\n\nWe need NumPy.",
        "import numpy as np",
        "A sentence before the figure.",
        "plot()",
        "*Figure 1: The loss _falls_.*",
        "Figure 1 shows `loss`.",
        "1 / 0",
        "> **Try it: Divide**",
    ]


def test_the_notebook_is_valid_and_has_no_outputs_nor_litter(course: Path) -> None:
    notebooks.generate(course)
    notebook = read(course)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert [cell.metadata for cell in code] == [
        {},
        {},
        {"tags": ["hide-input"]},
        {"tags": ["raises-exception"]},
    ]


def test_the_same_page_gives_the_same_bytes(course: Path) -> None:
    notebooks.generate(course)
    first = (course / "book" / "week1" / "neuron.ipynb").read_bytes()
    (course / "book" / "week1" / "neuron.ipynb").unlink()
    notebooks.generate(course)

    assert (course / "book" / "week1" / "neuron.ipynb").read_bytes() == first
    assert first.endswith(b"}\n")
    assert notebooks.generate(course) == []


def test_cells_keep_their_ids_when_one_in_the_middle_changes(course: Path) -> None:
    notebooks.generate(course)
    before = read(course)
    edit(course, "A sentence before the figure.", "Another sentence.")
    notebooks.generate(course)

    assert [cell.id for cell in read(course).cells] == [cell.id for cell in before.cells]


def test_a_new_cell_changes_no_other_id(course: Path) -> None:
    notebooks.generate(course)
    before = ids(read(course))
    edit(course, "A sentence", "Sum it.\n\n```{code-cell} python\nnp.sum([1])\n```\n\nA sentence")
    notebooks.generate(course)
    after = ids(read(course))

    assert {source: after[source] for source in before} == before
    assert len(set(after.values())) == len(after) == len(before) + 2


def test_a_cell_that_moves_takes_its_id_along(course: Path) -> None:
    notebooks.generate(course)
    before = ids(read(course))
    cell = "```{code-cell} python\nimport numpy as np\n```\n"
    edit(course, cell, "")
    edit(course, "::::{try-it}", f"{cell}\n::::{{try-it}}")
    notebooks.generate(course)

    assert ids(read(course))["import numpy as np"] == before["import numpy as np"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=st.lists(st.sampled_from("abcde"), max_size=8), new=st.lists(st.sampled_from("abcde"), max_size=8))
def test_ids_are_unique_and_stay_with_content(course: Path, old: list[str], new: list[str]) -> None:
    page = course / "book" / "week1" / "neuron.md"
    target = page.with_suffix(".ipynb")
    target.unlink(missing_ok=True)
    seen = []
    for letters in (old, new):
        cells = "\n".join(f"```{{code-cell}} python\n{letter}\n```\n" for letter in letters)
        page.write_text(f"{FRONT}# Page\n\n{cells}", encoding="utf-8")
        notebooks.generate(course)
        seen.append([(cell.source, cell.id) for cell in read(course).cells])
    before, after = seen

    assert len({name for _, name in after}) == len(after)
    for letter in "abcde":
        kept = [name for source, name in before if source == letter]
        now = [name for source, name in after if source == letter]
        assert set(kept) <= set(now) or set(now) <= set(kept)


def test_an_edited_page_and_an_edited_notebook_are_stale(course: Path) -> None:
    notebooks.generate(course)
    target = course / "book" / "week1" / "neuron.ipynb"
    assert notebooks.stale(course) == []

    edit(course, "We need NumPy.", "We need NumPy only.")
    assert notebooks.stale(course) == [target]

    notebooks.generate(course)
    target.write_text(target.read_text(encoding="utf-8").replace("1 / 0", "1 / 2"), encoding="utf-8")
    assert notebooks.stale(course) == [target]


def test_a_missing_notebook_is_stale(course: Path) -> None:
    assert notebooks.stale(course) == [course / "book" / "week1" / "neuron.ipynb"]


def test_a_forks_address_does_not_make_a_notebook_stale(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")
    notebooks.generate(course)
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/course")

    assert notebooks.stale(course) == []
    assert notebooks.generate(course) != []
    assert "https://github.com/fork/course@main" in read(course).cells[0].source


def test_without_an_address_a_notebook_keeps_the_one_it_has(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")
    notebooks.generate(course)
    monkeypatch.delenv("GITHUB_REPOSITORY")

    assert notebooks.generate(course) == []


def test_a_notebook_without_a_page_is_stale_and_goes(course: Path) -> None:
    notebooks.generate(course)
    target = course / "book" / "week1" / "neuron.ipynb"
    own = target.with_name("my-own.ipynb")
    nbformat.write(nbformat.v4.new_notebook(), own)
    target.with_suffix(".md").unlink()

    assert notebooks.stale(course) == notebooks.generate(course) == [target]
    assert not target.exists()
    assert own.exists()


def test_the_install_cell_is_python(course: Path) -> None:
    notebooks.generate(course)

    ast.parse(TransformerManager().transform_cell(read(course).cells[0].source))


def test_the_install_cell_does_nothing_outside_colab(course: Path) -> None:
    assert run_install_cell(course, "") == ""


def test_in_colab_the_install_cell_asks_for_the_address_it_lacks(course: Path) -> None:
    assert "put git+https://… between the quotes" in run_install_cell(course, COLAB)


def test_in_colab_the_install_cell_calls_pip_with_the_address(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_REPOSITORY", (course / "nothing.whl").as_uri())

    assert "nothing.whl" in run_install_cell(course, COLAB + WATCH_PIP)


def test_a_week_that_converts_installs_what_it_converts_with(course: Path) -> None:
    page = course / "book" / "week1" / "neuron.md"
    (course / "book" / "week6").mkdir()
    (course / "book" / "week6" / "neuron.md").write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    toc = course / "_toc.yml"
    toc.write_text(toc.read_text(encoding="utf-8").replace("week1/neuron", "week6/neuron"), encoding="utf-8")
    notebooks.generate(course)
    first = nbformat.read(course / "book" / "week6" / "neuron.ipynb", as_version=4).cells[0].source

    assert '"course_utils[conversion] @ {ADDRESS}"' in first


# What makes a kernel look like Colab's, without the course installed.
COLAB = """
import importlib.util, sys, types
sys.modules["google.colab"] = types.ModuleType("google.colab")
importlib.util.find_spec = lambda name: None
"""
WATCH_PIP = """
get_ipython().run_line_magic = lambda name, line, **_: print(name, get_ipython().var_expand(line))
"""


def run_install_cell(course: Path, preparation: str) -> str:
    """Run the first cell in a kernel after *preparation*; what it printed, or its error."""
    notebooks.generate(course)
    cells = [nbformat.v4.new_code_cell(preparation), read(course).cells[0]]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, allow_errors=True, timeout=60).execute()
    return "".join(output.get("text", "") or output.get("evalue", "") for output in cells[1].outputs)


def test_a_mistake_names_the_page_and_the_line(course: Path) -> None:
    edit(course, "We need NumPy.", ":::{tip}\nWe need\n\n{mystery}`NumPy`.\n:::")
    line = (FRONT + PAGE).splitlines().index("We need NumPy.") + 4

    with pytest.raises(CourseError, match=rf"^book/week1/neuron\.md:{line}: the role “mystery”"):
        notebooks.generate(course)


def test_a_cell_inside_a_box_is_refused(course: Path) -> None:
    cell = "```{code-cell} python\nimport numpy as np\n```"
    edit(course, cell, f":::{{tip}}\nNow\n\n{cell}\n:::")

    with pytest.raises(CourseError, match="“tip” is not closed; no code cell can stand in it"):
        notebooks.generate(course)


def test_front_matter_without_a_kernels_name_is_refused(course: Path) -> None:
    edit(course, "{display_name: Python 3, language: python, name: python3}", "{name: python3}")

    with pytest.raises(CourseError, match=re.escape("book/week1/neuron.md: the front matter")):
        notebooks.generate(course)


def test_solutions_are_found_in_order(course: Path) -> None:
    edit(course, "1 / 1", "1 / 1\n```\n\nOr:\n\n```python\n2 / 2\n\n2 / 1")

    assert execution.solutions_of(course, "book/week1/neuron") == ["1 / 1", "2 / 2\n\n2 / 1"]


def test_generating_notebooks_loads_no_numbers_nor_models() -> None:
    """Whoever generates notebooks does not wait for TensorFlow or matplotlib."""
    code = "import sys, course_utils.book.notebooks; print({'matplotlib', 'tensorflow'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "set()"
