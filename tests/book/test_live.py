"""The live directive: what a reader without JavaScript gets, and the mistakes that it refuses."""

from pathlib import Path

import pytest

from course_utils.book import notebooks
from course_utils.book.live_body import BodyMistake, read_body
from course_utils.book.myst import walk
from tests.book.conftest import FRONT, Build

GOOD = """\
# A page

```{live} first-tensor
:group: tensors
:height: 12
const x = tf.tensor1d([1, 2, 3]);
x.print();
--- output
Tensor
    [1, 2, 3]
```

Words.

```{live} no-output
:needs: nothing
:raises:
throw new Error("on purpose");
```
"""


def test_a_cell_is_its_code_and_what_it_prints(build: Build) -> None:
    built = build(GOOD)
    first, second = built.page().select(".live")

    assert built.warnings == ""
    code = first.select_one(".live-code pre").get_text().rstrip("\n")
    assert code == "const x = tf.tensor1d([1, 2, 3]);\nx.print();"
    assert first.select_one(".live-recorded pre").get_text().rstrip("\n") == "Tensor\n    [1, 2, 3]"
    assert first.select_one(".live-word").get_text() == "Output"
    assert second.select(".live-recorded") == []
    assert first["role"] == "group"
    assert first["aria-label"] == "Live cell first tensor"


def test_the_script_finds_what_it_needs_in_the_cells_attributes(build: Build) -> None:
    first, second = build(GOOD).page().select(".live")
    data = [
        {key: value for key, value in cell.attrs.items() if key.startswith("data-") and key != "data-page"}
        for cell in (first, second)
    ]

    assert data == [
        {"data-live": "first-tensor", "data-group": "tensors", "data-needs": "tf", "data-height": "12"},
        {"data-live": "no-output", "data-group": "page", "data-needs": "nothing", "data-raises": "true"},
    ]
    assert first["id"] == "live-first-tensor"


def test_no_button_waits_in_vain_for_the_script(build: Build) -> None:
    assert build(GOOD).page().select(".live button") == []


def test_the_code_is_highlighted_and_the_output_is_not(build: Build) -> None:
    first = build(GOOD).page().select_one(".live")

    assert first.select(".live-code .highlight span[class]")
    assert not first.select(".live-recorded .highlight span[class]:not([class=''])")


def test_text_has_the_code_then_the_output(build: Build) -> None:
    text = build(GOOD, "text").text()

    assert text.index("x.print();") < text.index("Output:") < text.index("    [1, 2, 3]")
    assert "--- output" not in text
    assert text.count("Output:") == 1


def test_latex_has_both_as_verbatim_blocks(build: Build) -> None:
    latex = build(GOOD, "latex").latex()

    assert latex.count(r"\begin{sphinxVerbatim}") == 3
    assert latex.index("tensor1d") < latex.index("Output:") < latex.index("Words.")


def test_a_notebook_has_plain_blocks_with_the_output(book: Path) -> None:
    (book / "_config.yml").write_text("", encoding="utf-8")
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/page\nparts: []\n", encoding="utf-8")
    (book / "book" / "page.md").write_text(FRONT + GOOD, encoding="utf-8")

    text = notebooks.notebook_text(book, "book/page")

    assert "{live}" not in text
    assert r"```javascript\nconst x = tf.tensor1d([1, 2, 3]);\nx.print();\n```\n" in text.replace(
        '",\n    "', ""
    )
    for word in ("```text", "Output:", "    [1, 2, 3]"):
        assert word in text


@pytest.mark.parametrize(
    ("before", "after", "line", "complaint"),
    [
        ("{live} first-tensor", "{live} First", 9, "“First” is not a cell's name"),
        ("{live} no-output", "{live} first-tensor", 21, "the page has another live cell “first-tensor”"),
        (":group: tensors", ":group: My group", 9, "“My group” is not a group's name"),
        (":needs: nothing", ":needs: keras", 21, ":needs: “keras” is not known; write tf or nothing"),
        (
            ":height: 12",
            ":backend: gpu",
            9,
            ":backend: “gpu” is not known; write webgl or wasm or cpu or webgpu",
        ),
        (":height: 12", ":height: tall", 9, "“tall” is not a number of lines"),
        ("--- output", "--- result", 9, "“--- result” begins no section here; write --- output"),
        ('throw new Error("on purpose");\n', "", 21, "there is no code in it"),
        ("Tensor\n    [1, 2, 3]\n", "", 9, "the section “--- output” is empty"),
    ],
)
def test_a_mistake_is_reported_at_the_page_and_line(
    build: Build, before: str, after: str, line: int, complaint: str
) -> None:
    assert before in GOOD
    warnings = build(GOOD.replace(before, after)).warnings

    assert complaint in warnings
    assert f"page.md:{line}: WARNING: live" in warnings


def test_an_unknown_option_is_reported(build: Build) -> None:
    assert "tall" in build(GOOD.replace(":height: 12", ":tall: yes")).warnings


def test_a_section_stands_once() -> None:
    with pytest.raises(BodyMistake, match="stands twice"):
        read_body("1;\n--- output\n1\n--- output\n2")


def test_a_body_is_read_with_its_blank_lines_and_its_dashes() -> None:
    body = read_body("let x = 3;\n\nx -- ;\n--- output\n\n--- \n  2\n")

    assert body.code == "let x = 3;\n\nx -- ;"
    assert body.output == "--- \n  2"
    assert next(walk(f"```{{live}} a\n{body.code}\n```", "page")).body == body.code
