"""Feedback says what was expected, found and earned; gives away nothing hidden; nothing of a student acts in it."""

from __future__ import annotations

import base64
import json
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from course_utils.checks.report import both
from course_utils.errors import CourseError, UsageError
from course_utils.grading import feedback
from course_utils.grading.course import nbgrader
from course_utils.grading.feedback_pages.writing import SECRET
from course_utils.grading.records import Run
from tests.grading.classroom import make_light_course, open_book
from tests.grading.hall import ANSWER, enter, failure, graded_notebook, hand_in, report
from tests.site.visits import axe_violations

ALL = {"test": 2.0, "checked": 5.0, "essay": 4.0}
EVIL = '<script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 2">'
REMOTE = "<img src='https://evil.example/x.png'><iframe src='https://evil.example'></iframe>"
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d4944415478da6364f8ffbf1e0005fe02fe3cf3c6f20000000049454e44ae426082"
    )
).decode()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = make_light_course(tmp_path / "course")
    enter(course)
    return course


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def page(course: Path, student: str = "ada") -> BeautifulSoup:
    written = feedback(course, "hello")
    (path,) = [path for path in written.pages if path.parts[-3] == student]
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def said(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text(" ").split())


def test_a_page_says_what_was_earned_expected_and_found_with_a_hint_and_a_curve(course: Path) -> None:
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=graded_notebook(report(wrong=True)))
    soup = page(course)
    text = said(soup)
    assert "7 of 11 points" in text
    part = soup.find(id=soup.find("a", string="Part 7, train")["href"].removeprefix("#"))
    assert "1 of 5 points" in said(part)
    assert "Expected weight 1.2825 after 4 steps" in said(part)
    assert "uphill: the update or the gradient has the wrong sign" in said(part)
    assert "Hint Each step: predict, gradient, update." in said(part)
    assert "Read again: Seven plain functions (week1/gradient-descent)" in said(part)
    assert part.find("svg", role="img")["aria-label"].startswith(
        "The loss before each step. your losses: from 5 to"
    )


def test_the_link_leads_to_the_site_where_its_address_is_known(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SITE", "https://course.example")
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=graded_notebook(report(wrong=True)))
    (link,) = (one for one in page(course).find_all("a") if one["href"].startswith("http"))
    assert link["href"] == "https://course.example/book/week1/gradient-descent.html#seven-plain-functions"


def test_what_is_wrong_on_hidden_inputs_alone_is_told_without_a_value(course: Path) -> None:
    hidden = both(report(), replace(report(wrong=True, hidden=True), hidden=True))
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=graded_notebook(report(), hidden))
    text = said(page(course))
    assert "on inputs that you do not see" in text
    assert "1.2825" not in text


def test_what_is_wrong_on_the_visible_inputs_is_told_with_its_values(course: Path) -> None:
    visible = report(wrong=True)
    hidden = both(visible, report(wrong=True, hidden=True))
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=graded_notebook(visible, hidden))
    soup = page(course)
    assert "weight 1.2825 after 4 steps" in said(soup)
    assert "on inputs that you do not see" not in said(soup)


@pytest.mark.parametrize(
    ("stopped", "found"),
    [
        (failure("AssertionError", "double(2) is 5", 1), "AssertionError: double(2) is 5"),
        (
            failure("AssertionError", "secret 102", 3),
            "a test that you do not see stopped with AssertionError",
        ),
        (failure("Input51", "secret 51", 3), "a test that you do not see stopped with an error"),
        (failure("ValueError", "secret 51", 9), "a test that you do not see stopped with ValueError"),
        (
            {**failure("ValueError", "secret 51", 1), "traceback": []},
            "that you do not see stopped with ValueError",
        ),
    ],
)
def test_an_ordinary_test_says_why_it_stopped_but_not_what_is_hidden(
    course: Path, stopped: dict[str, Any], found: str
) -> None:
    notebook = graded_notebook(report(), test_outputs=(printed("secret 51"), stopped))
    hand_in(course, "ada", ALL | {"test": 0.0}, notebook=notebook)
    soup = page(course)
    assert found in said(soup)
    assert "assert double(2) == 4" in said(soup)
    for secret in ("secret", "double(51)", "102", "Input51", "BEGIN HIDDEN"):
        assert secret not in str(soup)


def test_marks_and_comments_of_a_person_are_shown(course: Path) -> None:
    comments = {"essay": "Well **argued**, but see chapter 2.", "solve": "Short and right."}
    hand_in(course, "ada", ALL | {"essay": None}, notebook=graded_notebook(report()), comments=comments)
    text = said(page(course))
    assert "A person has still to look at a part of this" in text
    with open_book(course) as book:
        grade = book.find_grade("essay", "hello", "hello", "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3, 0.5, False
        book.db.commit()
    soup = page(course)
    text = said(soup)
    assert "10.5 of 11 points" in text
    assert "These points were given by a person." in text
    assert "Extra credit: 0.5." in text
    assert "argued" in {one.get_text() for one in soup.find_all("strong")}
    assert "Short and right." in text
    assert "still to look" not in text


def test_a_late_penalty_is_said(course: Path) -> None:
    hand_in(course, "ada", ALL, notebook=graded_notebook(report()), hours_late=26, penalty=2.2)
    text = said(page(course))
    assert "8.8 of 11 points" in text
    assert "Late by 1 day and 2 hours: 2.2 of the 11 points that you earned are taken off." in text


def test_a_run_that_was_cut_short_says_why_where_and_what_counts(course: Path) -> None:
    run = Run("partial", "bubblewrap", 120.4, reason="A cell ran for longer than 120 seconds.", failing="checked",
              flags=("The notebook was called hw (1).ipynb.",))  # fmt: skip
    hand_in(
        course,
        "ada",
        {"test": 2.0, "checked": 0.0, "essay": 0.0},
        notebook=graded_notebook(report(True), run=run),
    )
    soup = page(course)
    text = said(soup)
    assert (
        "Your notebook was cut short. A cell ran for longer than 120 seconds. It happened in Part 7, train ."
        in text
    )
    assert "What it had earned before counts." in text
    assert "shut off from the network and from all other files (bubblewrap)" in text
    assert "120.4" not in str(soup)
    assert "The notebook was called hw (1).ipynb." in text


def test_a_notebook_graded_by_nbgrader_alone_shows_what_its_tests_printed(course: Path) -> None:
    notebook = graded_notebook()
    notebook["cells"][3]["outputs"] = [printed(str(report(wrong=True)))]
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=notebook)
    assert "✗ the weight (0 of 1) expected: weight 1.2825 after 4 steps" in said(page(course))


def hostile_notebook() -> dict[str, Any]:
    wrong = report(wrong=True)
    steps = tuple(replace(step, found=EVIL, hint=EVIL) for step in wrong.steps)
    outputs = (
        printed(f"{EVIL}\x1b[31mred\x1b[0m\x00</pre>"),
        shown({"text/html": f"{EVIL}{REMOTE}<table onclick='globalThis.pwned=3'><style>x</style><tr><td>{EVIL}{REMOTE}"
               "<a href='javascript:globalThis.pwned=4'>link</a>kept</td></tr></table>"}),
        shown({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload='globalThis.pwned=5'>{EVIL}</svg>"}),
        shown({"application/javascript": "globalThis.pwned = 6"}),
        shown({"text/html": EVIL}),
        shown({"text/markdown": f"[x](javascript:globalThis.pwned=7){EVIL}"}),
        shown({"image/png": base64.b64encode(b"<svg onload=alert(1)>").decode()}),
        shown({"image/jpeg": base64.b64encode(b"<svg onload=alert(1)>").decode()}),
        shown({"image/png": f"{PIXEL}\" onerror=\"globalThis.pwned=8"}),
        shown({"image/png": PIXEL}),
        {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]},
        {"output_type": "display_data", "data": "no dictionary"},
    )  # fmt: skip
    notebook = graded_notebook(
        replace(wrong, steps=steps, title=EVIL, chapter=f"{EVIL}#x"),
        run=Run("partial", "bubblewrap", 1.0, reason=EVIL, failing="solve", flags=(EVIL,)),
        answer=f"# {EVIL}</code></pre>\n" + ANSWER,
        outputs=outputs,
        essay=f"{EVIL}{REMOTE}\n\n[link](javascript:globalThis.pwned=9) ![pic](https://evil.example/y.png)\n\n# Big\n\n"
        "<style>body { display: none }</style><details open ontoggle='globalThis.pwned=10'>x</details>",
    )
    notebook["metadata"]["title"] = EVIL
    return notebook


@pytest.mark.parametrize("csp", ["honoured", "bypassed"])
def test_nothing_of_a_student_s_acts_in_a_page(course: Path, browser: Browser, csp: str) -> None:
    hand_in(
        course,
        "ada",
        ALL | {"checked": 0.0},
        notebook=hostile_notebook(),
        first_name=EVIL,
        comments={"solve": EVIL, "essay": f"[x](javascript:globalThis.pwned=11){REMOTE}"},
    )
    written = feedback(course, "hello")
    with browser.new_context(bypass_csp=csp == "bypassed") as context:
        for path in (*written.pages, written.overview):
            tab, requests = context.new_page(), []
            tab.on("request", lambda request, requests=requests: requests.append(request.url))
            tab.goto(path.as_uri())
            tab.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            tab.evaluate(
                "() => document.querySelectorAll('main :not(a)').forEach((one) => one.click && one.click())"
            )
            assert tab.evaluate("() => globalThis.pwned") is None
            assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
            assert len([url for url in requests if url.startswith("file:")]) == 1
            found = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            assert found.find_all(["script", "iframe", "object", "embed", "link", "form", "base"]) == []
            links = [one["href"] for one in found.find_all("a")]
            assert [link for link in links if not link.startswith(("#", "../feedback/"))] == []
            assert [name for one in found.find_all(True) for name in one.attrs if name.startswith("on")] == []
    text = said(found := BeautifulSoup(written.pages[0].read_text(encoding="utf-8"), "html.parser"))
    assert "globalThis.pwned = 1" in text
    assert "kept" in text
    assert len(found.find_all("img")) == 1
    assert "An output of the kind image/svg+xml is not shown here." in text


def test_the_policy_of_a_page_stops_a_script_that_got_in(course: Path, browser: Browser) -> None:
    hand_in(course, "ada", ALL, notebook=graded_notebook(report()))
    (path,) = feedback(course, "hello").pages
    path.write_text(path.read_text().replace("</main>", f"<p style='color: red'>x</p>{EVIL}</main>"))
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(path.as_uri())
        assert tab.evaluate("() => globalThis.pwned") is None
        styled = "() => getComputedStyle(document.querySelector('main p[style]')).color"
        assert tab.evaluate(styled) != "rgb(255, 0, 0)"
        assert (
            tab.evaluate("() => getComputedStyle(document.querySelector('article')).borderTopWidth") == "1px"
        )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(course: Path, browser: Browser, theme: Any) -> None:
    hand_in(course, "ada", ALL | {"checked": 0.0}, notebook=hostile_notebook(), hours_late=30, penalty=1.0)
    hand_in(
        course, "bob", ALL, notebook=graded_notebook(report(), essay="x" * 300, run=Run("graded", "off", 2.0))
    )
    written = feedback(course, "hello")
    with browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=theme, bypass_csp=True
    ) as context:
        for path in (*written.pages, written.overview):
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert axe_violations(tab) == []
            assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_class_s_page_shows_the_spread_and_what_failed_most(course: Path) -> None:
    hand_in(course, "ada", ALL, notebook=graded_notebook(report(), run=Run("graded", "off", 2.0)))
    for student in ("bob", "eve"):
        notebook = graded_notebook(report(wrong=True), run=Run("graded", "off", 4.0))
        hand_in(course, student, ALL | {"checked": 1.0}, notebook=notebook)
    run = Run("partial", "off", 9.0, reason="It used more than its memory.")
    hand_in(course, "kim", dict.fromkeys(ALL, 0.0), notebook=graded_notebook(report(wrong=True), run=run))
    soup = BeautifulSoup(feedback(course, "hello").overview.read_text(encoding="utf-8"), "html.parser")
    text = said(soup)
    assert "7 of 11 points is the median; the mean is 6.25" in text
    assert "4: 3 graded, 1 partial" in text
    assert "4.0 seconds is the median, 9.0 the most" in text
    assert soup.find("svg")["aria-label"].endswith("1 from 0 to 10, 2 from 60 to 70, 1 from 90 to 100.")
    (row,) = [said(row) for row in soup.find_all("tr") if "Part 7, train: the loss falls" in said(row)]
    assert "3 of 4 [5, 7.875" in row
    assert row.endswith("(3)")
    assert "partial: It used more than its memory." in text
    assert soup.find("a", string="ada")["href"] == "../feedback/ada/hello/hello.html"


def test_a_notebook_that_is_not_there_or_is_rubbish_stops_nobody_s_feedback(course: Path) -> None:
    hand_in(course, "ada", ALL)
    path = hand_in(course, "bob", ALL, notebook={})
    path.write_bytes(b"\xff{")
    hand_in(
        course,
        "eve",
        ALL,
        notebook={"cells": [1, {"metadata": 3}, {"cell_type": "code", "source": 4, "outputs": [2]}]},
    )
    assert len(feedback(course, "hello").pages) == 3


def test_feedback_is_for_its_owner_alone(course: Path) -> None:
    hand_in(course, "ada", ALL, notebook=graded_notebook(report()))
    written = feedback(course, "hello")
    (path,) = written.pages
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(written.overview.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, written.overview.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_nbgrader_s_release_needs_lies_beside_the_page(course: Path) -> None:
    path = hand_in(course, "ada", ALL, notebook=graded_notebook(report()))
    (path.parent / SECRET).write_text("told to ada alone")
    (path.parent / "timestamp.txt").write_text("2026-09-14 11:00:00 UTC")
    hand_in(course, "bob", ALL, notebook=graded_notebook(report()))
    ada, bob = (page.parent for page in sorted(feedback(course, "hello").pages))
    assert (ada / SECRET).read_text() == "told to ada alone"
    assert (ada / "timestamp.txt").read_text() == "2026-09-14 11:00:00 UTC"
    secret = (bob / SECRET).read_text()
    assert re.fullmatch(r"[0-9a-f]{64}", secret)
    feedback(course, "hello")
    assert (bob / SECRET).read_text() == secret


def test_nbgrader_s_own_command_writes_the_same_page(course: Path) -> None:
    hand_in(course, "ada", ALL | {"checked": 1.0}, notebook=graded_notebook(report(wrong=True)))
    (path,) = feedback(course, "hello").pages
    ours = path.read_text()
    with nbgrader(course) as api:
        assert api.generate_feedback("hello", force=True)["success"]
    assert path.read_text() == ours
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_there_is_no_feedback_before_anybody_was_graded(course: Path) -> None:
    with pytest.raises(CourseError, match="run `course grade hello` first"):
        feedback(course, "hello")
    with pytest.raises(UsageError, match="no assignment 'week9' in the gradebook; there are: hello"):
        feedback(course, "week9")
    (course / "class" / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="no gradebook"):
        feedback(course, "hello")


def test_json_of_a_notebook_may_nest_as_it_likes(course: Path) -> None:
    path = hand_in(course, "ada", ALL, notebook={})
    path.write_text("[" * 100_000)
    assert feedback(course, "hello").pages
    path.write_text(json.dumps({"cells": {"0": 1}}))
    assert feedback(course, "hello").pages
