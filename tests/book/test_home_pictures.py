"""The home page's pictures are drawn by the chapters' own code, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from course_utils import plots
from course_utils.book import home_pictures
from tests.conftest import ROOT

CHAPTER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A chapter

```{code-cell} python
first = 1
```

```{code-cell} python
:tags: [remove-cell]

raise RuntimeError("cells that only serve the page are left out")
```

```{code-cell} python
second = first + 1
```

```{code-cell} python
raise RuntimeError("nothing is run beyond what is needed")
```
"""


@pytest.fixture
def chapter(tmp_path: Path) -> Path:
    path = tmp_path / "chapter.md"
    path.write_text(CHAPTER, encoding="utf-8")
    return path


def test_a_chapter_is_run_until_it_has_what_is_drawn(chapter: Path) -> None:
    assert home_pictures.run_until(chapter, "second")["second"] == 2


def test_a_name_that_no_cell_defines_is_named(chapter: Path) -> None:
    chapter.write_text(CHAPTER.rsplit("```{code-cell}", 1)[0], encoding="utf-8")
    with pytest.raises(LookupError, match="third"):
        home_pictures.run_until(chapter, "third")


def test_the_palette_is_the_light_one_again_after_drawing_dark_pictures() -> None:
    before = dict(plots.COLORS)
    with home_pictures._colours_of("dark"):
        assert plots.COLORS["paper"] == plots.DARK_COLORS[before["paper"]]
    assert before == plots.COLORS


def test_every_picture_is_there_for_light_and_dark_pages_and_small() -> None:
    files = sorted((ROOT / "book" / "_static" / "home").glob("*.webp"))
    names = {file.name.split(".")[0] for file in files}
    assert {file.name for file in files} == {
        f"{name}.{theme}.webp" for name in names for theme in ("light", "dark")
    }
    assert names
    for file in files:
        assert file.stat().st_size < 60_000
        with Image.open(file) as picture:
            assert picture.size == home_pictures.SIZE
