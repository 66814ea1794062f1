"""What a student wrote or drew is shown to the instructor, and nothing of it acts."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from course_utils.grading.harmless import harmless_markdown, harmless_output

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example>",
    "<img src=x onerror=alert(1)>",
    '<img src="x" onerror="alert(1)">',
    '<img src="x"onerror="alert(1)">',
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<b$ onmouseover=alert(1)>x",
    "<x-y onpointerenter=alert(1) style=position:fixed>x",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java&#115;cript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=data:text/html;base64,PHNjcmlwdD4=></object>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
    "<form action=//evil.example><button>x</button></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<b\nonclick\n=\nalert(1)>x</b>",
    '<p title="a>b" onclick=alert(1)>',
    "<base href=//evil.example>",
    "<video><source onerror=alert(1)></video>",
    "</p onclick=alert(1)><embed src=//evil.example>",
]


class Alive(HTMLParser):
    """Finds what could act in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        still = {
            "p",
            "b",
            "a",
            "img",
            "table",
            "tr",
            "td",
            "br",
            "div",
            "i",
            "sub",
            "span",
            "thead",
            "tbody",
            "th",
        }
        if tag not in still:
            self.found.append(tag)
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or name in ("srcdoc", "style", "action"):
                self.found.append(name)
            if name in ("href", "src") and address.startswith(("javascript", "//", "data:text", "vbscript")):
                self.found.append(f"{name}={value}")


def alive(page: str) -> list[str]:
    parser = Alive()
    parser.feed(page)
    parser.close()
    return parser.found


def displayed(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {"x": "<script>"}, "data": data}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_alive_in_markdown_or_html(attack: str) -> None:
    assert alive(attack) or "<!--" in attack or attack.startswith("<style"), (
        "the test itself looks for nothing"
    )
    assert alive(harmless_markdown(f"before {attack} after")) == []
    for kind in ("text/html", "text/markdown", "text/latex"):
        made = harmless_output(displayed(**{kind: attack}))
        assert alive("".join(made["data"][kind])) == []
        assert made["metadata"] == {}


@pytest.mark.parametrize(
    "text",
    [
        "It is **bold**, and $a \\le b$.",
        'A <b>bold</b> word, H<sub>2</sub>O<br/>and <img src="attachment:graph.png" width="300">.',
        '<a href="https://example.org/page#part">a source</a>',
        "1 < 2 and 3 <= 4, a <- b",
    ],
)
def test_honest_markdown_stays_as_it_is(text: str) -> None:
    assert harmless_markdown(text) == text


def test_formulas_and_code_are_still_read_the_same() -> None:
    assert harmless_markdown("$a<b$ and `vector<int>`") == "$a< b$ and `vector< int>`"


def test_a_table_of_numbers_stays_a_table() -> None:
    table = (
        "<div><style scoped>.dataframe th {color: red}</style>"
        '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>x</th></tr></thead>'
        "<tbody><tr><td>1 &lt; 2</td></tr></tbody></table></div>"
    )
    made = harmless_output(displayed(**{"text/html": table, "text/plain": "x"}))["data"]
    assert '<table border="1" class="dataframe">' in made["text/html"]
    assert "<td>1 &lt; 2</td>" in made["text/html"]
    assert "color: red" not in made["text/html"]
    assert made["text/plain"] == "x"


def test_pictures_stay_and_drawings_become_pictures() -> None:
    made = harmless_output(
        displayed(**{"image/png": "iVBORw0KGgo=\n", "image/svg+xml": "<svg onload='alert(1)'/>"})
    )
    assert made["data"]["image/png"] == "iVBORw0KGgo=\n"
    assert made["data"]["text/html"].startswith('<img alt="A drawing" src="data:image/svg+xml;base64,')
    assert harmless_output(displayed(**{"image/png": '"><script>alert(1)</script>'}))["data"].keys() == {
        "text/plain"
    }


def test_what_a_page_would_run_is_left_out() -> None:
    lively = {
        "application/javascript": "alert(1)",
        "application/vnd.jupyter.widget-view+json": {"model_id": "</script>"},
    }
    made = harmless_output(displayed(**lively))
    assert made["data"].keys() == {"text/plain"}
    assert "left out" in made["data"]["text/plain"]
