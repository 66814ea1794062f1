"""What the reader has done stays in the browser: answers, the page that shows them, and the file that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from course_utils.book.server import serve
from tests.book.conftest import FRONT, build_book, make_book
from tests.site.visits import axe_violations

ROOT_PAGE = """\
# The book

```{toctree}
:caption: "Week 1: lines"
week1/index
week1/one-neuron
week1/optimizers
```

```{toctree}
:caption: The laboratory
lab/progress
```
"""
INDEX = """\
# Week 1

Words.

:::{progress} week1
:::
"""
ONE = """\
# What is a neuron?

::::{quiz} one-neuron
:::{question} What does the bias do?
- [x] It moves the line.

  With x = 0 the answer is the bias.
- [ ] It tilts the line.

  That is the weight's job.
:::
:::{question} Which are steps?
- [x] Training

  Step five.
- [x] Evaluation

  Step six.
- [ ] Lunch

  A break.
:::
::::
"""
TWO = """\
# Which step is best?

::::{quiz} optimizers
:::{question} Which one has an average?
- [ ] Plain descent

  It has none.
- [x] Momentum

  Of the gradients.
:::
::::
"""
PROGRESS = "# Your progress\n\n:::{progress}\n:::\n"
PAGES = {
    "page": ROOT_PAGE,
    "week1/index": INDEX,
    "week1/one-neuron": ONE,
    "week1/optimizers": TWO,
    "lab/progress": PROGRESS,
}
KEY = "course:progress:1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small book with two quizzes, a week's first page and a page on progress."""
    book = make_book(tmp_path_factory.mktemp("progress"))
    for name, text in PAGES.items():
        path = book / "book" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(FRONT + text, encoding="utf-8")
    css = ["lab/lab.css", "lab/directives.css", "lab/progress.css"]
    with serve(build_book(book, html_css_files=css).out) as address:
        yield f"{address}/book"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader's browser, with nothing stored yet."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


def open_page(context: BrowserContext, site: str, name: str) -> Page:
    """A page of the book in a tab of its own; an error in its scripts fails the test."""
    tab = context.new_page()
    tab.errors = []
    # (Sphinx's own highlighting of searched words stumbles over storage that is denied)
    tab.on(
        "pageerror", lambda error: tab.errors.append(str(error)) if "/lab/" in (error.stack or "") else None
    )
    tab.goto(f"{site}/{name}.html")
    return tab


def answer(tab: Page, question: int, *letters: str, quiz: str = "one-neuron") -> None:
    """Choose the options and press Check."""
    form = tab.locator(f"[data-quiz='{quiz}'] form[data-question='{question}']")
    for box in form.locator("input[type=checkbox]").all():
        box.uncheck()
    for letter in letters:
        form.locator(f"input[value='{letter}']").check()
    form.locator(".quiz-check").click()


def row(tab: Page, title: str) -> str:
    """What the page on progress says of the quiz on the page with this title."""
    return tab.locator("tbody", has_text=title).locator(".course-progress-done").inner_text()


def words(tab: Page) -> str:
    """The sentence beside the bar of week 1."""
    return tab.locator("[data-week='week1'] .course-progress-words").inner_text()


def stored(tab: Page) -> list[dict]:
    return json.loads(tab.evaluate(f"localStorage.getItem('{KEY}')") or '{"entries": []}')["entries"]


def test_before_anything_is_done_all_there_is_to_do_is_listed(context: BrowserContext, site: str) -> None:
    tab = open_page(context, site, "lab/progress")

    assert words(tab) == "0 of 3 quiz questions done"
    assert row(tab, "What is a neuron?") == "0 of 2 questions"
    assert tab.locator(".course-progress-title").all_inner_texts() == ["Week 1: lines"]
    tab.get_by_role("link", name="Quiz").first.click()
    assert tab.url == f"{site}/week1/one-neuron.html#quiz-one-neuron"


def test_a_right_answer_counts_and_is_there_again_when_the_reader_comes_back(
    context: BrowserContext, site: str
) -> None:
    tab = open_page(context, site, "week1/one-neuron")
    answer(tab, 1, "A")
    tab.reload()

    form = tab.locator("form[data-question='1']")
    expect(form.locator("input[value=A]")).to_be_checked()
    expect(form.get_by_role("status")).to_have_text("Right.")
    expect(form.get_by_text("With x = 0 the answer is the bias.")).to_be_visible()

    tab.goto(f"{site}/lab/progress.html")
    assert words(tab) == "1 of 3 quiz questions done"
    assert row(tab, "What is a neuron?") == "1 of 2 questions"
    assert row(tab, "Which step is best?") == "0 of 1 question"


def test_a_wrong_answer_comes_back_without_giving_the_right_one_away_again(
    context: BrowserContext, site: str
) -> None:
    tab = open_page(context, site, "week1/one-neuron")
    answer(tab, 1, "B")
    tab.reload()

    form = tab.locator("form[data-question='1']")
    expect(form.locator("input[value=B]")).to_be_checked()
    expect(form.get_by_role("status")).to_have_text("Your last answer was not right. Choose again.")
    expect(form.locator(".quiz-why:visible")).to_have_count(0)
    answer(tab, 1, "A")
    expect(form.get_by_role("status")).to_have_text("Right.")
    assert [entry["done"] for entry in stored(tab)] == [1]


def test_what_was_right_once_stays_so_when_it_is_tried_again(context: BrowserContext, site: str) -> None:
    tab = open_page(context, site, "week1/one-neuron")
    answer(tab, 1, "A")
    answer(tab, 1, "B")
    answer(tab, 2, "A", "C")

    assert [entry["done"] for entry in stored(tab)] == [1]
    answer(tab, 2, "A", "B")
    assert [entry["done"] for entry in stored(tab)] == [2]


def test_a_question_that_has_changed_forgets_its_answer(context: BrowserContext, site: str) -> None:
    tab = open_page(context, site, "week1/one-neuron")
    answer(tab, 1, "A")
    tab.route(
        "**/one-neuron.html",
        lambda route: route.fulfill(
            response=(answered := route.fetch()), body=answered.text().replace("It tilts", "It bends")
        ),
    )
    tab.reload()

    expect(tab.get_by_text("It bends the line.")).to_be_visible()
    expect(tab.locator("form[data-question='1'] input:checked")).to_have_count(0)
    expect(tab.locator("form[data-question='1'] .quiz-status")).to_have_text("")


def test_two_tabs_share_one_store(context: BrowserContext, site: str) -> None:
    shown = open_page(context, site, "lab/progress")
    first, second = (open_page(context, site, "week1/one-neuron") for _ in range(2))
    answer(first, 1, "A")
    answer(second, 2, "A", "B")

    expect(shown.locator("[data-week='week1'] .course-progress-words")).to_have_text(
        "2 of 3 quiz questions done"
    )
    expect(shown.locator("tr.course-progress-whole")).to_have_count(1)


def test_the_first_page_of_a_week_has_a_line_of_its_own(context: BrowserContext, site: str) -> None:
    answer(open_page(context, site, "week1/one-neuron"), 1, "A")
    tab = open_page(context, site, "week1/index")

    line = tab.locator(".course-progress-line")
    expect(line).to_contain_text("1 of 3 quiz questions done")
    assert line.locator("progress").evaluate("(bar) => [bar.value, bar.max]") == [1, 3]
    line.get_by_role("link", name="All your progress").click()
    assert tab.url == f"{site}/lab/progress.html"


def test_export_reset_and_import_bring_everything_back(
    context: BrowserContext, site: str, tmp_path: Path
) -> None:
    answer(open_page(context, site, "week1/one-neuron"), 1, "A")
    tab = open_page(context, site, "lab/progress")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Export").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert file.name.startswith("course-progress-")

    tab.get_by_role("button", name="Reset").click()
    assert tab.evaluate("document.activeElement.textContent") == "Keep it"
    tab.get_by_role("button", name="Delete everything").click()
    assert words(tab) == "0 of 3 quiz questions done"
    assert stored(tab) == []

    tab.reload()
    tab.set_input_files("input[type=file]", file)
    expect(tab.locator(".course-progress-said")).to_contain_text("1 added or brought forward")
    assert words(tab) == "1 of 3 quiz questions done"
    tab.goto(f"{site}/week1/one-neuron.html")
    expect(tab.locator("form[data-question='1'] input[value=A]")).to_be_checked()


def test_a_reset_can_be_refused_and_undone(context: BrowserContext, site: str) -> None:
    answer(open_page(context, site, "week1/one-neuron"), 1, "A")
    tab = open_page(context, site, "lab/progress")
    tab.get_by_role("button", name="Reset").click()
    tab.keyboard.press("Escape")
    assert len(stored(tab)) == 1

    tab.get_by_role("button", name="Reset").click()
    tab.get_by_role("button", name="Delete everything").click()
    assert stored(tab) == []
    tab.get_by_role("button", name="Undo").click()

    assert words(tab) == "1 of 3 quiz questions done"
    assert len(stored(tab)) == 1
    expect(tab.get_by_role("button", name="Undo")).to_be_hidden()


def test_an_import_keeps_what_is_further_and_can_be_undone(
    context: BrowserContext, site: str, tmp_path: Path
) -> None:
    page = open_page(context, site, "week1/one-neuron")
    answer(page, 1, "A")
    answer(page, 2, "A", "B")
    mine = stored(page)
    behind = {**mine[0], "done": 1, "state": {}}
    other = {**mine[0], "page": "book/week1/optimizers", "id": "optimizers", "done": 1, "total": 1}
    broken = {**other, "done": 7}
    file = tmp_path / "theirs.json"
    file.write_text(
        json.dumps({"made_by": "course-progress", "version": 1, "entries": [behind, other, broken, 5]})
    )
    tab = open_page(context, site, "lab/progress")
    tab.set_input_files("input[type=file]", file)

    said = tab.locator(".course-progress-said")
    expect(said).to_contain_text("Imported theirs.json: 1 added or brought forward, 1 kept as they were.")
    expect(said).to_contain_text("2 could not be read and were left out.")
    assert words(tab) == "3 of 3 quiz questions done"
    assert stored(tab)[0] == mine[0]
    tab.get_by_role("button", name="Undo").click()
    assert stored(tab) == mine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no JSON", "not.json is not a file of progress: it does not hold JSON."),
        ('{"layers": []}', "not.json is not a file of progress of this course."),
        ("null", "not.json is not a file of progress of this course."),
        ('{"made_by": "course-progress", "version": 2, "entries": []}', "another version of the course"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(
    context: BrowserContext, site: str, tmp_path: Path, text: str, said: str
) -> None:
    answer(open_page(context, site, "week1/one-neuron"), 1, "A")
    tab = open_page(context, site, "lab/progress")
    (tmp_path / "not.json").write_text(text)
    tab.set_input_files("input[type=file]", tmp_path / "not.json")

    expect(tab.locator(".course-progress-said")).to_contain_text(said)
    assert words(tab) == "1 of 3 quiz questions done"


@pytest.mark.parametrize("text", ["{", "[]", '{"made_by": "course-progress", "version": 9, "entries": []}'])
def test_what_cannot_be_read_is_set_aside_and_counting_goes_on(
    context: BrowserContext, site: str, text: str
) -> None:
    context.add_init_script(f"if (!sessionStorage.done) localStorage.setItem('{KEY}', {json.dumps(text)});")
    tab = open_page(context, site, "lab/progress")

    expect(tab.locator(".course-progress-trouble")).to_contain_text("could not be read")
    assert tab.evaluate(f"localStorage.getItem('{KEY}:damaged')") == text
    tab.evaluate("sessionStorage.done = 'yes'")
    tab.goto(f"{site}/week1/one-neuron.html")
    answer(tab, 1, "A")
    assert [entry["done"] for entry in stored(tab)] == [1]
    assert tab.errors == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            "const get = () => { throw new DOMException('no', 'SecurityError'); };"
            "Object.defineProperty(window, 'localStorage', { get })",
            "This browser keeps nothing for this site",
        ),
        (
            "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
            "storage for this site is full",
        ),
    ],
    ids=["denied", "full"],
)
def test_without_storage_all_works_until_the_page_is_left(
    context: BrowserContext, site: str, tmp_path: Path, spoil: str, said: str
) -> None:
    context.add_init_script(spoil)
    quiz = open_page(context, site, "week1/one-neuron")
    answer(quiz, 1, "A")
    expect(quiz.locator("form[data-question='1'] .quiz-status")).to_have_text("Right.")
    assert quiz.errors == []

    tab = open_page(context, site, "lab/progress")
    entry = {"page": "book/week1/one-neuron", "kind": "quiz", "id": "one-neuron", "title": "Quiz", "when": 1}
    file = tmp_path / "mine.json"
    file.write_text(
        json.dumps(
            {"made_by": "course-progress", "version": 1, "entries": [{**entry, "done": 2, "total": 2}]}
        )
    )
    tab.set_input_files("input[type=file]", file)
    expect(tab.locator(".course-progress-trouble")).to_contain_text(said)
    assert words(tab) == "2 of 3 quiz questions done"
    assert tab.errors == []


def test_the_page_is_accessible_and_fits_a_phone(context: BrowserContext, site: str) -> None:
    answer(open_page(context, site, "week1/one-neuron"), 1, "A")
    for name in ("lab/progress", "week1/index"):
        tab = open_page(context, site, name)
        tab.set_viewport_size({"width": 360, "height": 800})
        part = tab.locator(".course-progress, .course-progress-line")
        assert part.evaluate("(part) => part.scrollWidth <= part.clientWidth")
        found = [
            line for line in axe_violations(tab) if not line.startswith(("landmark", "region", "heading"))
        ]
        assert found == []


def test_without_javascript_the_page_lists_what_there_is_to_do(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = open_page(context, site, "lab/progress")

    assert row(tab, "What is a neuron?") == "2 questions"
    expect(tab.get_by_role("button", name="Reset")).to_have_count(0)
    assert "with JavaScript turned on" in tab.content()
    tab.goto(f"{site}/week1/index.html")
    expect(tab.locator(".course-progress-line")).to_be_hidden()
    context.close()
