"""Demos and quizzes in a real browser, by keyboard alone: Tab, the arrows, Space and Enter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from course_utils.book.server import serve
from tests.book.conftest import FRONT, build_book, make_book

PAGE = """\
# A page

:::{demo} counter
:alt: A button and a number.
:data: {"from": 3}
Press the button and watch the number.
:::

:::{demo} broken
:alt: Nothing.
This one cannot start.
:::

:::{hint}
Look closer.
:::

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a tiny site with two demos, one of which fails, and a quiz."""
    book = make_book(tmp_path_factory.mktemp("scripts"))
    demos = book / "book" / "_static" / "demos"
    demos.joinpath("broken.js").write_text(
        'export default { render() { throw new Error("no paper left"); } };'
    )
    for theme in ("light", "dark"):
        demos.joinpath(f"broken.{theme}.webp").write_bytes(
            demos.joinpath(f"counter.{theme}.webp").read_bytes()
        )
    (book / "book" / "page.md").write_text(FRONT + PAGE, encoding="utf-8")
    with serve(build_book(book).out) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """The page, loaded, with a list of what it asked for and of the answers that it announced."""
    opened = browser.new_page()
    opened.asked = []
    opened.on("request", lambda request: note(opened.asked, request))
    opened.add_init_script(
        "window.answers = []; addEventListener('course:answered', (event) => answers.push(event.detail));"
    )
    opened.goto(f"{site}/book/page.html")
    yield opened
    opened.close()


def note(asked: list[str], request: Request) -> None:
    asked.append(Path(request.url.split("?")[0]).name)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until *selector* has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key never reaches {selector}")


def test_a_demo_is_fetched_on_start_and_not_before(page: Page) -> None:
    assert "counter.js" not in page.asked

    tab_to(page, "#demo-counter .demo-start")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Count 3")).to_be_visible()

    assert "counter.js" in page.asked


def test_a_running_demo_has_the_keyboard_and_hides_its_picture(page: Page) -> None:
    tab_to(page, "#demo-counter .demo-start")
    page.keyboard.press("Enter")
    expect(page.locator("#demo-counter .demo-status")).to_have_text("Running.")
    expect(page.locator("#demo-counter .demo-picture")).to_be_hidden()
    page.locator("#demo-counter .demo-live button").focus()
    page.keyboard.press("Space")

    expect(page.get_by_role("button", name="Count 4")).to_be_visible()
    assert page.evaluate("told") == 4


def test_the_keyboard_goes_on_inside_the_demo_that_it_started(page: Page) -> None:
    tab_to(page, "#demo-counter .demo-start")
    page.keyboard.press("Enter")
    expect(page.locator("#demo-counter .demo-status")).to_have_text("Running.")
    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Count 3")).to_be_focused()


def test_a_demo_started_by_pointer_takes_the_focus_from_nobody(page: Page) -> None:
    page.locator("#demo-counter .demo-start").click()
    expect(page.locator("#demo-counter .demo-status")).to_have_text("Running.")

    assert page.evaluate("document.activeElement.className") == "demo-start"


def test_a_demo_is_told_where_files_lie_and_nothing_of_autostart(page: Page, site: str) -> None:
    page.locator("#demo-counter .demo-start").press("Enter")
    expect(page.get_by_role("button", name="Count 3")).to_be_visible()

    assert page.evaluate("given") == [
        f"{site}/_static/",
        None,
    ]


def test_stop_cleans_up_and_start_begins_again(page: Page) -> None:
    button = page.locator("#demo-counter .demo-start")
    button.press("Enter")
    expect(button).to_have_text("Stop")
    button.press("Enter")

    expect(button).to_have_text("Start again")
    expect(page.locator("#demo-counter .demo-picture")).to_be_visible()
    expect(page.locator("#demo-counter .demo-live")).to_have_count(0)
    assert page.evaluate("cleaned") == 1
    assert page.evaluate("document.activeElement.className") == "demo-start"

    button.press("Enter")
    expect(page.get_by_role("button", name="Count 3")).to_be_visible()


def test_leaving_the_page_cleans_up(page: Page) -> None:
    page.locator("#demo-counter .demo-start").press("Enter")
    expect(page.get_by_role("button", name="Count 3")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('pagehide'))")

    assert page.evaluate("cleaned") == 1


def test_a_demo_that_fails_says_so_and_leaves_its_picture(page: Page) -> None:
    page.locator("#demo-broken .demo-start").press("Enter")

    expect(page.locator("#demo-broken .demo-status")).to_contain_text("could not start (no paper left)")
    expect(page.locator("#demo-broken .demo-picture")).to_be_visible()
    expect(page.locator("#demo-broken .demo-start")).to_have_text("Start the demo")


def test_a_demo_that_cannot_be_loaded_says_so(page: Page) -> None:
    page.route("**/counter.js", lambda route: route.abort())
    page.locator("#demo-counter .demo-start").press("Enter")

    expect(page.locator("#demo-counter .demo-status")).to_contain_text("Check your connection")


def test_a_right_answer_by_keyboard(page: Page) -> None:
    tab_to(page, "#quiz-one-neuron-1-A")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Enter")

    form = page.locator("form[data-question='1']")
    expect(form.get_by_role("status")).to_have_text("Right.")
    expect(form.locator(".quiz-why").nth(0)).to_contain_text("Your answer is right.")
    expect(form.locator(".quiz-why").nth(1)).to_contain_text("That is the weight's job.".replace("'", "’"))
    assert page.evaluate("answers") == [{"quiz": "one-neuron", "question": 1, "correct": True}]


def test_a_wrong_answer_says_which_one_is_right_in_words(page: Page) -> None:
    tab_to(page, "#quiz-one-neuron-1-A")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    form = page.locator("form[data-question='1']")
    expect(form.get_by_role("status")).to_have_text("Not right. The right answer is A.")
    expect(form.locator(".quiz-why").nth(1)).to_contain_text("Your answer is not right.")
    assert page.evaluate("answers[0].correct") is False


def test_an_explanation_describes_its_option(page: Page) -> None:
    page.locator("#quiz-one-neuron-1-B").check()
    page.locator("form[data-question='1'] .quiz-check").press("Enter")
    described = page.locator("#quiz-one-neuron-1-B").get_attribute("aria-describedby")

    expect(page.locator(f"#{described}")).to_contain_text("weight")


def test_several_answers_must_all_be_chosen(page: Page) -> None:
    tab_to(page, "#quiz-one-neuron-2-A")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    status = page.locator("form[data-question='2'] .quiz-status")
    expect(status).to_have_text("Not quite. The right answers are A and B.")

    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(status).to_have_text("")
    expect(page.locator("form[data-question='2'] .quiz-why").first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(status).to_have_text("Right: A and B are the right answers.")


def test_checking_without_an_answer_asks_for_one(page: Page) -> None:
    page.locator("form[data-question='1'] .quiz-check").press("Enter")

    expect(page.locator("form[data-question='1'] .quiz-status")).to_have_text("Choose an answer first.")
    assert page.evaluate("answers") == []


def test_before_an_answer_no_explanation_is_in_sight(page: Page) -> None:
    expect(page.locator(".quiz-why:visible")).to_have_count(0)
    expect(page.locator(".quiz-answers")).to_have_count(0)


def test_print_shows_hints_and_explanations(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(page.get_by_text("Look closer.")).to_be_visible()
    expect(page.get_by_text("Step six.")).to_be_visible()
    assert page.evaluate("document.querySelector('details.folded').open") is True

    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_text("Look closer.")).to_be_hidden()


def test_without_javascript_everything_can_be_read(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/book/page.html")

    # (the sentence in <noscript> shows where scripts are really off, not where a debugger holds them back)
    expect(page.get_by_role("button")).to_have_count(0)
    page.get_by_text("Answers", exact=True).first.click()
    expect(page.get_by_text("With x = 0 the answer is the bias.")).to_be_visible()
    page.locator("#quiz-one-neuron-1-A").press("Enter")
    assert page.url == f"{site}/book/page.html"
    context.close()
