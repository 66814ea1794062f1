"""The site's build on a book of three pages, with the project's own configuration, theme and extension."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from course_utils import node
from course_utils.book.build import Built, build_site
from course_utils.book.execution import ExecutionFailed
from course_utils.book.policy import POLICY
from course_utils.book.theme import breakable_names
from course_utils.errors import CourseError

CHAPTER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# A chapter

The sum is computed.

```{code-cell} python
print(20 + 22)
```

A formula: $a^2$.
"""


@pytest.fixture(scope="module")
def book(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the real configuration and a small book, built once."""
    node.install(root)
    copy = tmp_path_factory.mktemp("checkout")
    shutil.copy(root / "_config.yml", copy)
    shutil.copytree(root / "book" / "_static", copy / "book" / "_static")
    shutil.copytree(root / "book" / "_templates", copy / "book" / "_templates")
    for name in ("node_modules", "package-lock.json"):
        (copy / name).symlink_to(root / name)
    (copy / "book" / "references.bib").write_text("")
    (copy / "book" / "index.md").write_text("# Home\n\nWords.\n")
    (copy / "book" / "chapter.md").write_text(CHAPTER)
    (copy / "book" / "other.md").write_text("# Another\n\nWords.\n")
    chapters = "[{file: book/chapter}, {file: book/other}]"
    (copy / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nparts: [{{caption: One, chapters: {chapters}}}]\n"
    )
    build(copy)
    return copy


def build(checkout: Path) -> Built:
    return build_site(checkout, console=Console(file=io.StringIO()))


def written(checkout: Path) -> dict[str, int]:
    html = checkout / "_build" / "html" / "book"
    return {page.stem: page.stat().st_mtime_ns for page in html.glob("*.html")}


def test_the_page_holds_the_output_of_its_code_and_its_formula(book: Path) -> None:
    page = (book / "_build" / "html" / "book" / "chapter.html").read_text()
    assert "42" in page
    assert 'class="katex"' in page
    assert "$a^2$" not in page


def test_the_address_of_the_folder_leads_to_the_home_page(book: Path) -> None:
    assert 'url=book/index.html"' in (book / "_build" / "html" / "index.html").read_text()


def test_an_unchanged_book_is_not_built_again(book: Path) -> None:
    before = written(book)
    assert build(book).executed == 0
    assert written(book) == before


def test_an_edited_chapter_is_built_alone(book: Path) -> None:
    before = written(book)
    (book / "book" / "chapter.md").write_text(CHAPTER.replace("A formula", "One formula"))
    assert build(book).executed == 0
    after = written(book)
    assert after["chapter"] != before["chapter"]
    assert after["other"] == before["other"]


def test_a_solution_that_raises_fails_the_build_that_runs_solutions(book: Path) -> None:
    solution = ":::{solution}\n```python\nassert False\n```\n:::\n"
    (book / "book" / "chapter.md").write_text(f"{CHAPTER}\n{solution}")
    with pytest.raises(ExecutionFailed, match=r"book/chapter\.md, solution 1:"):
        build_site(book, console=Console(file=io.StringIO()), solutions=True)
    (book / "book" / "chapter.md").write_text(CHAPTER)


def test_a_warning_fails_the_build_until_it_is_mended(book: Path) -> None:
    index = book / "book" / "index.md"
    good = index.read_text()
    index.write_text(good + "\n{doc}`nowhere`\n")
    for _ in range(2):  # the second build reads nothing anew, and must not pass for that
        with pytest.raises(CourseError, match=r"index\.md:5: WARNING: unknown document"):
            build(book)
    index.write_text(good)
    assert build(book).pages == 3


def test_the_formula_renderer_ends_with_the_build(book: Path) -> None:
    (book / "book" / "chapter.md").write_text(CHAPTER.replace("a^2", "b^2"))
    build(book)
    children = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "katex-server"], capture_output=True, text=True, check=False
    )
    assert children.stdout == ""


def test_the_policy_allows_this_site_alone(book: Path) -> None:
    page = (book / "_build" / "html" / "book" / "chapter.html").read_text()
    assert 'http-equiv="Content-Security-Policy"' in page
    assert "default-src 'self'" in page


def test_the_chapter_on_privacy_quotes_the_policy_that_holds(root: Path) -> None:
    chapter = (root / "book" / "week5" / "privacy.md").read_text(encoding="utf-8")
    (line,) = [line for line in chapter.splitlines() if line.startswith("connect-src ")]
    assert line in POLICY.split("; ")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("sparse_categorical_crossentropy", "sparse_<wbr>categorical_<wbr>crossentropy"),
        ("data.picture_folder", "data.<wbr>picture_<wbr>folder"),
        ("&quot;binaryCrossentropy&quot;", "&quot;binary<wbr>Crossentropy&quot;"),
        ("__iter__", "__iter__"),
        ("convolve", "convolve"),
    ],
)
def test_a_name_in_a_table_goes_on_in_the_next_line_between_its_words(name: str, broken: str) -> None:
    code = '<code class="docutils literal"><span class="pre">{}</span></code>'
    paragraph, cell = f"<p>{code.format(name)}</p>", '<td class="text-left"><p>{}</p></td>'
    body = paragraph + cell.format(code.format(name))
    assert breakable_names(body) == paragraph + cell.format(code.format(broken))


def test_every_icon_of_a_page_has_its_drawing(book: Path) -> None:
    css = (book / "_build" / "html" / "_static" / "icons.css").read_text()
    page = (book / "_build" / "html" / "book" / "chapter.html").read_text()
    assert "fa-bars" in page
    assert ".fa-solid.fa-bars { --icon: url(" in css
    assert "fontawesome.js" not in page


def test_a_page_with_all_of_the_theme_s_buttons_has_their_icons(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")
    build(book)
    page = (book / "_build" / "html" / "book" / "chapter.html").read_text()
    css = (book / "_build" / "html" / "_static" / "site.css").read_text()
    assert "fas fa-rocket" in page
    for icon in ("fas.fa-rocket", "fab.fa-github", "fas.fa-pencil-alt"):
        assert f".{icon}" in css
