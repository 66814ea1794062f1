"""The visits that judge the site notice what they are there to notice: each page here has one fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from course_utils.book.pages import pages
from course_utils.book.server import serve
from tests.conftest import ROOT
from tests.site import visits
from tests.site.visits import SAMPLES, Plan, Visit, examine, open_page, plans, print_out, use, weigh

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>A page</h1>{body}</main></body></html>"""


def visit(browser: Browser, folder: Path, body: str) -> Visit:
    (folder / "page.html").write_text(PAGE.format(body=body), encoding="utf-8")
    with serve(folder) as site, open_page(browser, site, "page", "phone", "light") as (tab, found):
        found.weight = weigh(found, site, folder)
        use(tab, found)
        examine(tab, found)
    return found


def test_a_sound_page_has_nothing_to_note(browser: Browser, tmp_path: Path) -> None:
    found = visit(browser, tmp_path, "<p>All is well.</p>")
    assert found.failed + found.foreign + found.complaints + found.wide + found.axe == []
    assert 100 < found.weight < 400


def test_a_missing_file_is_a_failed_request(browser: Browser, tmp_path: Path) -> None:
    found = visit(browser, tmp_path, '<img src="gone.png" alt="A picture that is not there" loading="lazy">')
    assert "404" in found.failed[0]
    assert found.broken_pictures


def test_a_request_to_another_host_is_foreign(browser: Browser, tmp_path: Path) -> None:
    body = '<img src="https://cdn.example.com/a.png" alt="A picture from elsewhere">'
    found = visit(browser, tmp_path, body)
    assert found.foreign == ["https://cdn.example.com/a.png"]
    assert "ERR_NAME_NOT_RESOLVED" in found.failed[0]


def test_an_address_of_digits_is_cut_off_too(browser: Browser, tmp_path: Path) -> None:
    found = visit(browser, tmp_path, "<script>fetch('http://192.0.2.1/').catch(() => {})</script>")
    assert found.foreign == ["http://192.0.2.1/"]
    assert "ERR_NAME_NOT_RESOLVED" in found.failed[0]


@pytest.mark.parametrize(
    "script",
    ["console.error('broken')", "nothing.here", "Promise.reject(new Error('unheard'))"],
    ids=["console", "exception", "rejection"],
)
def test_an_error_in_a_script_is_a_complaint(browser: Browser, tmp_path: Path, script: str) -> None:
    assert visit(browser, tmp_path, f"<script>{script}</script>").complaints


def test_a_wide_element_scrolls_the_page(browser: Browser, tmp_path: Path) -> None:
    found = visit(browser, tmp_path, '<div class="wide" style="width: 500px">Wide</div>')
    assert found.wide[0].startswith("div.wide reaches")


def test_a_wide_table_that_scrolls_by_itself_is_fine(browser: Browser, tmp_path: Path) -> None:
    body = '<div style="overflow-x: auto" tabindex="0"><div style="width: 900px">Wide</div></div>'
    assert not visit(browser, tmp_path, body).wide


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('<p style="color: #999">Pale</p>', "color-contrast"),
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ("<h3>Too deep</h3>", "heading-order"),
        ("<input>", "label"),
        ('<button style="width: 9px; height: 9px; padding: 0"></button>', "button-name"),
    ],
)
def test_axe_sees_what_a_reader_cannot(browser: Browser, tmp_path: Path, body: str, rule: str) -> None:
    assert any(line.startswith(f"{rule}:") for line in visit(browser, tmp_path, body).axe)


@pytest.mark.parametrize(("heading", "faults"), [("<math><mi>x</mi></math>", 0), ("", 1)])
def test_a_formula_may_head_a_column(browser: Browser, tmp_path: Path, heading: str, faults: int) -> None:
    head = f"<thead><tr><th>{heading}</th><th>y</th></tr></thead>"
    body = f"<table>{head}<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    assert len(visit(browser, tmp_path, body).axe) == faults


def test_a_demo_that_does_not_start_is_noted(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "START_SECONDS", 1)
    body = """<figure class="demo" data-demo="dead"><button class="demo-start">Start</button>
    <p class="demo-status">It broke.</p></figure>"""
    assert visit(browser, tmp_path, body).not_started == ["dead: It broke."]


def test_a_folded_box_is_examined_open(browser: Browser, tmp_path: Path) -> None:
    body = '<details><summary>More</summary><p style="color: #999">Pale</p></details>'
    assert visit(browser, tmp_path, body).axe


def test_what_stays_folded_on_paper_is_noted(browser: Browser, tmp_path: Path) -> None:
    body = '<details class="folded"><summary>More</summary><p>Not printed</p></details>'
    (tmp_path / "page.html").write_text(PAGE.format(body=body), encoding="utf-8")
    with serve(tmp_path) as site, open_page(browser, site, "page", "desktop", "light") as (tab, found):
        print_out(tab, found)
        assert found.hidden_on_paper == ["Not printed"]
        assert tab.evaluate("() => matchMedia('screen').matches")


def test_of_four_pages_axe_judges_each_in_another_size_and_theme() -> None:
    judged = [
        (plan.size, plan.theme)
        for number in range(4)
        for plan in plans(number, whole=False)
        if plan.axe_after_use
    ]
    assert len(set(judged)) == len(judged) == 4
    for number in range(4):
        phone, desktop = plans(number, whole=False)
        assert (phone.size, desktop.size) == ("phone", "desktop")
        assert phone.theme != desktop.theme
        assert not phone.axe_as_loaded
        assert not desktop.axe_as_loaded


def test_a_sample_page_is_visited_in_every_size_and_theme() -> None:
    assert set(SAMPLES) <= set(pages(ROOT)), "a page of the sample is gone: name another of its kind"
    whole = plans(0, whole=True)
    assert len({(plan.size, plan.theme) for plan in whole}) == 4
    assert {plan.size for plan in whole if plan.axe_after_use} == {"phone", "desktop"}
    assert Plan("phone", "dark", True, True) in whole


def test_the_page_follows_the_chosen_theme(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE.format(body=""), encoding="utf-8")
    with serve(tmp_path) as site, open_page(browser, site, "page", "desktop", "dark") as (tab, _):
        assert tab.evaluate("() => localStorage.getItem('theme')") == "dark"
        assert tab.evaluate("() => matchMedia('(prefers-color-scheme: light)').matches")
