"""The pages of the book, as `_toc.yml` lists them."""

from __future__ import annotations

from pathlib import Path

import yaml

from course_utils.errors import UsageError


def find_root(start: Path | None = None) -> Path:
    """The checkout that `start` (the current folder by default) lies in: where `_toc.yml` and `book/` are.

    Raises `UsageError` outside a checkout.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise UsageError(f"{start} is not inside a checkout of the course: go to the folder that holds _toc.yml.")


def pages(root: Path) -> list[str]:
    """Page names in reading order, such as `book/week1/one-neuron`."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *chapters]


def source(root: Path, page: str) -> Path:
    """The MyST file of a page."""
    return root / f"{page}.md"


def resolve(root: Path, name: str) -> str:
    """The page that a person means by `week1/one-neuron`, `book/week1/one-neuron.md` and the like.

    Raises `UsageError` naming the nearest pages when there is none.
    """
    import difflib

    wanted = name.removesuffix(".md").removeprefix("./")
    known = pages(root)
    for candidate in (wanted, f"book/{wanted}"):
        if candidate in known:
            return candidate
    near = difflib.get_close_matches(f"book/{wanted}", known, n=3, cutoff=0.3)
    hint = f": did you mean {' or '.join(page.removeprefix('book/') for page in near)}?" if near else "."
    raise UsageError(f"There is no page {name} in _toc.yml{hint}")
