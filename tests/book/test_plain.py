"""MyST becomes plain Markdown: nothing is lost, nothing raw is left, and every reference becomes words."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.book.plain_blocks import Plain
from course_utils.book.plain_inline import Inline
from course_utils.book.references import References
from course_utils.errors import CourseError

OTHER = """\
(other)=
# The `other` page

$$
E = mc^2
$$ (energy)
"""
BIBLIOGRAPHY = """\
@article{one, author = {Rosenblatt, Frank}, title = {A}, year = {1958}}
@article{two, author = {Kingma, Diederik and Ba, Jimmy}, title = {B}, year = {2015}}
@article{three, author = {van der Walt, Jan and B, C and D, E}, title = {C}, year = {2011}}
"""


@pytest.fixture
def plain(tmp_path: Path):
    """``plain(text)``: the text of the page ``book/page`` as plain Markdown."""
    (tmp_path / "book").mkdir()
    toc = {"root": "book/page", "parts": [{"caption": "All", "chapters": [{"file": "book/other"}]}]}
    (tmp_path / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    (tmp_path / "book" / "other.md").write_text(OTHER, encoding="utf-8")
    (tmp_path / "book" / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")

    def translator(text: str) -> Plain:
        (tmp_path / "book" / "page.md").write_text(text, encoding="utf-8")
        references = References(tmp_path)
        inline = Inline("book/page", "book/page.md", references, {"course": "the course"})
        return Plain(inline, references.pages["book/page"])

    def run(text: str) -> str:
        return translator(text).translate(text, 1)

    run.cells = lambda text: translator(text).cells(text, 1)
    return run


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("{term}`loss` and {term}`the losses <loss>`", "loss and the losses"),
        ("See {doc}`other` or {doc}`here </book/other>`.", "See “The other page” or here."),
        ("See {ref}`other` and {ref}`there <other>`.", "See “The other page” and there."),
        ("By {eq}`energy`", "By the equation in “The other page”"),
        (
            "{cite:p}`one,two` and {cite:t}`three`",
            "(Rosenblatt, 1958; Kingma and Ba, 2015) and van der Walt et al. (2011)",
        ),
        ("A loss of {glue:text}`final_loss:.3f`", "A loss of `final_loss`"),
        ("{math}`x^2`, {kbd}`Ctrl`, {code}`x`", "$x^2$, <kbd>Ctrl</kbd>, `x`"),
        ("{{ course }}", "the course"),
        ("[words](other.md) and [](other.md)", "words and “The other page”"),
        ("[](#other)", "“The other page”"),
        ("[a *link*](https://example.org/a_(b))", "[a *link*](https://example.org/a_(b))"),
        ("[red]{.red} and `code`{.x}", "red and `code`"),
        ("![A hill](hill.png){width=50%}", "*Picture on the course's page: A hill*"),
        ("`{term}` and ``{ref}`x` `` stay", "`{term}` and ``{ref}`x` `` stay"),
        ("$\\{a\\}[b](c)$ and $5 or {x}", "$\\{a\\}[b](c)$ and $5 or {x}"),
        ("<b>bold</b> <https://example.org>", "<b>bold</b> <https://example.org>"),
        ("% a comment\nwords", "words"),
        ("(target)=\n\n## Heading", "## Heading"),
        ("{.class #id}\nwords", "words"),
        ("> quoted {term}`loss`", "> quoted loss"),
    ],
)
def test_inline_markup_becomes_words(plain, myst: str, markdown: str) -> None:
    assert plain(myst) == markdown


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        (":::{note}\nWords.\n:::", "> **Note**\n>\n> Words."),
        (":::{note} First\nsecond.\n:::", "> **Note**\n>\n> First\n> second."),
        (":::{admonition} A title\n:class: tip\n\nWords.\n:::", "> **A title**\n>\n> Words."),
        (":::{try-it} *This*\nWords.\n:::", "> **Try it: *This***\n>\n> Words."),
        (":::{remember}\n- one\n- two\n:::", "> **Remember**\n>\n> - one\n> - two"),
        (
            ":::{objectives}\n:minutes: 5\n:builds-on: Nothing.\n\n- read\n:::",
            "> **After this chapter you can**\n>\n> - read\n>\n> About 5 minutes. Builds on: Nothing.",
        ),
        (":::{hint}\nLook.\n:::", "<details>\n<summary>Hint</summary>\n\nLook.\n\n</details>"),
        (
            ":::{dropdown} Why `a < b`\nSo.\n:::",
            "<details>\n<summary>Why <code>a &lt; b</code></summary>\n\nSo.\n\n</details>",
        ),
        ("One.\n\n:::{solution}\n```python\nx\n```\n:::\n\nTwo.", "One.\n\nTwo."),
        (
            ":::{demo} line\n:alt: A line.\n:data: {}\n\nMove it.\n:::",
            "> **On the course's page a demo runs here.** Move it.\n>\n> *Its picture: A line.*",
        ),
        ("```{code-block} javascript\n:linenos:\n\nlet {term};\n```", "```javascript\nlet {term};\n```"),
        ("```python\n# {term}`x`\n```", "```python\n# {term}`x`\n```"),
        ("```{math}\n:label: here\n\nx\n```\n\n{eq}`here`", "$$\nx\\tag{1}\n$$\n\n(1)"),
        ("$$\nx\n$$ (here)\n\n{eq}`here`", "$$\nx\n\\tag{1}$$\n\n(1)"),
        (
            "```{list-table} Sizes\n:header-rows: 1\n\n* - {term}`a`\n  - b|c\n* - 1\n  - 2\n```",
            "**Sizes**\n\n| a | b\\|c |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "```{figure} hill.png\n:alt: A hill.\n:name: fig-hill\n\nA *hill*.\n```\n\n{numref}`fig-hill`",
            "*Figure 1: A _hill_.*\n\n*Picture on the course's page: A hill.*\n\nFigure 1",
        ),
        (
            "::::{tab-set}\n:::{tab-item} Linux\nOne.\n:::\n:::{tab-item} Mac\nTwo.\n:::\n::::",
            "**Linux**\n\nOne.\n**Mac**\n\nTwo.",
        ),
        ("Loss\n: How *wrong*.\n\nRate\n: How fast.", "- **Loss**: How *wrong*.\n- **Rate**: How fast."),
        ("- one\n\n  :::{tip}\n  Two.\n  :::", "- one\n\n  > **Tip**\n  >\n  > Two."),
    ],
)
def test_directives_become_plain_markdown(plain, myst: str, markdown: str) -> None:
    assert plain(myst) == markdown


def test_a_demo_with_a_widget_becomes_a_cell_of_code(plain) -> None:
    text = (
        'Before.\n\n:::{demo} line-fit\n:alt: A line.\n:data: {"points": [[1, 2]]}\n\nMove it.\n:::\n\nAfter.'
    )

    assert plain.cells(text) == [
        ("markdown", "Before.\n\n> **Demo.** Move it. Run the next cell to start it."),
        ("code", "from course_utils import widgets\n\nwidgets.line_fit(points=[[1, 2]])"),
        ("markdown", "After."),
    ]


def test_a_demos_data_must_fit_its_widget(plain) -> None:
    with pytest.raises(CourseError, match=r"page\.md:3: widgets\.line_fit cannot take the demo's data"):
        plain.cells('# A\n\n:::{demo} line-fit\n:alt: A line.\n:data: {"dots": []}\n\nMove it.\n:::')


def test_a_quiz_becomes_questions_with_folded_answers(plain) -> None:
    quiz = (
        "::::{quiz} one\n:::{question} What is `x`?\n- [ ] A *line*.\n\n  No. It is a point.\n- [x] A point.\n\n"
        "  Right: see {doc}`other`.\n\n  And this.\n:::\n::::"
    )

    assert plain(quiz) == (
        "**Quiz**\n\n**1.** What is `x`?\n\n- **a)** A *line*.\n- **b)** A point.\n\n"
        "<details>\n<summary>Answers</summary>\n\n**1.** What is `x`?\n\n"
        "- **a) Not right.** It is a point.\n- **b) Right.** See “The other page”.\n\n  And this.\n\n</details>"
    )


@pytest.mark.parametrize(
    ("myst", "complaint"),
    [
        ("Words.\n\n```{raw} html\n<b>\n```", "page.md:3: the directive “raw” has no form"),
        (":::{tip}\n\n{mystery}`x`\n:::", "page.md:3: the role “mystery” has no form"),
        ("A\n{doc}`nowhere`", "page.md:2: there is no page “nowhere”"),
        ("{ref}`nowhere`", "page.md:1: nothing has the label “nowhere”"),
        ("{numref}`nowhere`", "page.md:1: nothing has the label “nowhere”"),
        ("{eq}`nowhere`", "page.md:1: no equation has the label “nowhere”"),
        ("{cite:p}`nobody`", "page.md:1: book/references.bib has no entry “nobody”"),
        (":::{note}\nA\n:::\n\n:::\n:::", "page.md:5: this ::: opens nothing"),
        ("{{ nothing }}", "page.md:1: the substitution “nothing” is not defined"),
        (":::{tip}\n:::{note}\nA\n:::\n:::\n", "page.md:2: “note” is not closed; .* fewer colons"),
        ("::::{quiz} one\nWords.\n\n:::{tip}\nA\n:::\n::::", "page.md:4: a quiz holds only questions"),
        ("```{list-table}\n* - a\n  - b\n* - c\n```", "page.md:1: the rows of the list-table differ"),
    ],
)
def test_what_has_no_form_in_a_notebook_is_an_error_with_its_line(plain, myst: str, complaint: str) -> None:
    with pytest.raises(CourseError, match=complaint):
        plain(myst)


WORDS = st.text(alphabet="ab {}[]()<>$`*_\\!\n:.-#", max_size=40)


@given(WORDS)
def test_the_inline_translator_always_ends_and_keeps_plain_words(text: str) -> None:
    inline = Inline("book/page", "book/page.md", References(Path()))
    try:
        translated = inline.translate(text, 1)
    except CourseError:
        return
    assert translated.count("a") <= text.count("a")
    if not set(text) & set("{}[]<"):
        assert translated == text
