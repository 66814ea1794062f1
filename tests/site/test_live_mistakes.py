"""Each of the commonest mistakes with TensorFlow.js, made in a live cell, is answered with what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.site.live_mistakes import MISTAKES, NOTES, Mistake
from tests.site.live_stage import LivePage, live_page, live_site


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePage]:
    """One page with one cell for all mistakes."""
    text = "# A page\n\n```{live} cell\n1;\n```\n"
    with (
        live_site(tmp_path_factory.mktemp("mistakes"), text) as address,
        live_page(browser, address) as opened,
    ):
        yield opened


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_common_mistake_is_answered_with_what_to_do(page: LivePage, mistake: Mistake) -> None:
    """The real error of TensorFlow.js, in the worker, with the line marked."""
    ended = page.run("cell", mistake.code)
    errors = [item for item in ended["items"] if item["kind"] == "error"]

    assert not ended["ok"]
    assert mistake.says in str(errors[0]["advice"]), errors[0]
    line = mistake.line or mistake.code.count("\n") + 1
    assert errors[0]["line"] == line
    marked = page.cell("cell").locator(".live-error-line")
    expect(marked).to_have_count(1)
    assert marked.inner_text() == mistake.code.split("\n")[line - 1]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.id)
def test_what_is_no_error_but_a_mistake_is_answered_too(page: LivePage, note: Mistake) -> None:
    ended = page.run("cell", note.code)
    assert ended["ok"]
    assert note.says in " ".join(item["text"] for item in ended["items"] if item["kind"] == "note")
