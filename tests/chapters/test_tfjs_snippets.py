"""The chapters' JavaScript, run in Chromium with the site's own TensorFlow.js.

A block of JavaScript begins with the name of the program it belongs to (`// neuron.js`). The blocks of one
name on a page run one after the other, and each must print what the page shows under it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from course_utils.book.pages import source
from course_utils.book.server import serve
from tests.conftest import PAGES as ALL_PAGES
from tests.conftest import ROOT

TFJS = ROOT / "node_modules" / "@tensorflow" / "tfjs" / "dist"
CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/@tensorflow/tfjs@([\d.]+)/dist/([\w.]+)")
FENCE = re.compile(r"^```(?P<language>javascript|html|text)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"\A// (?P<name>[\w-]+\.js)\n")
# Runs the blocks as one program, for later ones use earlier ones' names, and returns what each block printed.
RUN = """async ({ blocks, address }) => {
  const tf = await import(address);
  await tf.ready();
  const printed = [];
  const console = { log: (...values) => printed.at(-1).push(values.map(String).join(" ")) };
  const source = blocks.map((block) => `next();\\n${block}`).join("\\n");
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction("tf", "console", "next", source)(tf, console, () => printed.push([]));
  return printed;
}"""


@dataclass(frozen=True)
class Block:
    """A block of code and what the page shows under it, one string a line."""

    code: str
    output: list[str]


def programs(page: str) -> dict[str, list[Block]]:
    """The page's JavaScript programs by name, and its HTML under the name `html`."""
    found: dict[str, list[Block]] = {}
    fences = list(FENCE.finditer(source(ROOT, page).read_text(encoding="utf-8")))
    for fence, after in itertools.zip_longest(fences, fences[1:]):
        if fence["language"] == "text":
            continue
        output = after["body"].splitlines() if after and after["language"] == "text" else []
        name = PROGRAM.match(fence["body"])
        key = name["name"] if name else fence["language"]
        found.setdefault(key, []).append(Block(fence["body"], output))
    return found


PAGES = [page for page in ALL_PAGES if programs(page)]
every_page = pytest.mark.parametrize("page", PAGES)


@every_page
def test_every_javascript_block_names_its_program(page: str) -> None:
    """A block without a name would be shown to readers without ever being run."""
    shown = source(ROOT, page).read_text(encoding="utf-8").count("```javascript")
    assert sum(len(blocks) for name, blocks in programs(page).items() if name.endswith(".js")) == shown


@every_page
def test_the_programs_print_what_the_page_shows(browser: Browser, page: str) -> None:
    """Block by block, to the last digit that is shown; each program in a tab of its own."""
    with serve(TFJS) as address:
        for name, blocks in programs(page).items():
            if not name.endswith(".js"):
                continue
            tab = browser.new_page()
            tab.goto(address + "/")
            code = [block.code for block in blocks]
            printed = tab.evaluate(RUN, {"blocks": code, "address": f"{address}/tf.fesm.min.js"})
            assert printed == [block.output for block in blocks], name
            tab.close()


@pytest.mark.parametrize("page", [page for page in PAGES if "html" in programs(page)])
def test_a_page_of_your_own_works_when_saved_to_a_file(browser: Browser, page: str, tmp_path: Path) -> None:
    """With the pinned TensorFlow.js, whose bytes must have the hash that the chapter gives."""
    [block] = programs(page)["html"]
    file = tmp_path / "neuron.html"
    file.write_text(block.code, encoding="utf-8")
    tab = browser.new_page()
    tab.route(CDN, _from_npm)
    tab.goto(file.as_uri())
    tab.wait_for_function("document.getElementById('output').textContent.startsWith('For')")
    assert tab.text_content("#output") == "For x = 10 the neuron says 19.0."
    tab.close()


def _from_npm(route: Route) -> None:
    """Answer in place of the public server, with the same file of the same version."""
    asked = CDN.fullmatch(route.request.url)
    assert asked
    version, file = asked.groups()
    assert f'"version": "{version}"' in (TFJS.parent / "package.json").read_text(encoding="utf-8")
    route.fulfill(
        path=TFJS / file,
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )
