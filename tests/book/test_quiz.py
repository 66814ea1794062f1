"""The quiz directive: what a reader without JavaScript gets, and the mistakes that it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.book.quiz import echo
from tests.book.conftest import Build

GOOD = """\
# A page

::::{quiz} one-neuron
:::{question} What does the bias $b$ do?
- [x] It moves the line.

  Right. With x = 0 the answer is the bias.
- [ ] It tilts the *line*.

  That is the weight's job.
:::
:::{question} Which are steps?
```python
model.fit(features, labels)
```
- [x] Training

  Right: step five.
- [X] Evaluation

  Step six.
- [ ] Lunch

  No. It is a break.
:::
::::
"""


def test_each_question_is_a_fieldset_with_a_legend(build: Build) -> None:
    built = build(GOOD)
    legends = [fieldset.legend.get_text() for fieldset in built.page().select(".quiz fieldset")]

    assert legends == [r"1. What does the bias \(b\) do?", "2. Which are steps?"]
    assert built.warnings == ""


def test_one_right_answer_makes_radio_buttons_and_several_make_boxes(build: Build) -> None:
    kinds = [
        {box["type"] for box in form.select("input")} for form in build(GOOD).page().select(".quiz-question")
    ]

    assert kinds == [{"radio"}, {"checkbox"}]


def test_every_input_has_its_label_and_every_id_is_unique(build: Build) -> None:
    page = build(GOOD + GOOD.split("\n\n", 1)[1].replace("one-neuron", "two-neurons")).page()
    inputs = [box["id"] for box in page.select(".quiz input")]
    ids = [node["id"] for node in page.select("[id]")]

    assert [label["for"] for label in page.select(".quiz label")] == inputs
    assert len(ids) == len(set(ids))
    assert len({box["name"] for box in page.select(".quiz input")}) == 4


def test_without_javascript_every_explanation_is_in_a_folded_list(build: Build) -> None:
    lists = build(GOOD).page().select("details.quiz-answers")

    assert [entry.get_text(" ", strip=True) for entry in lists[0].select("li")] == [
        "A: Right. With x = 0 the answer is the bias.",
        "B: Not right. That is the weight’s job.",
    ]
    assert lists[1].select_one("li").get_text(" ", strip=True) == "A: Right. Step five."


def test_the_button_waits_for_the_script(build: Build) -> None:
    assert all("hidden" in button.attrs for button in build(GOOD).page().select(".quiz-check"))


def test_a_question_keeps_the_code_before_its_options(build: Build) -> None:
    form = build(GOOD).page().select(".quiz-question")[1]

    assert "model.fit" in form.fieldset.pre.get_text()


def test_text_has_the_answers_after_the_questions(build: Build) -> None:
    text = build(GOOD, "text").text()

    assert text.index("It moves the line.") < text.index("-[ Answers ]-") < text.index("With x = 0")
    assert "[x]" not in text


def test_latex_has_lettered_options(build: Build) -> None:
    latex = build(GOOD, "latex").latex()

    assert r"\Alph" in latex
    assert latex.index("Which are steps?") < latex.index("Answers") < latex.index("Step six.")


@pytest.mark.parametrize(
    ("before", "after", "line", "complaint"),
    [
        ("- [x] It moves", "- [ ] It moves", 10, "has no right answer"),
        ("- [ ] It tilts", "- It tilts", 14, "has no mark"),
        ("\n\n  That is the weight's job.", "", 14, "has no explanation"),
        ("\n- [ ] It tilts the *line*.\n\n  That is the weight's job.", "", 10, "has one option only"),
        (":::{question} What", "Some words.\n\n:::{question} What", 9, "“Some words.” is not a question"),
        ("{quiz} one-neuron", "{quiz} One", 9, "is not a quiz's name"),
    ],
)
def test_a_mistake_is_reported_at_the_page_and_line(
    build: Build, before: str, after: str, line: int, complaint: str
) -> None:
    assert before in GOOD
    built = build(GOOD.replace(before, after))

    assert complaint in built.warnings
    assert f"page.md:{line}: WARNING: qu" in built.warnings
    assert built.warnings.count("WARNING: question") <= 1, "one mistake is one complaint"


def test_a_question_outside_a_quiz_is_reported(build: Build) -> None:
    assert "stands outside a quiz" in build("# A page\n\n:::{question} What?\n- [x] This\n:::\n").warnings


def test_two_quizzes_of_one_name_are_reported(build: Build) -> None:
    assert "another quiz “one-neuron”" in build(GOOD + GOOD.split("\n\n", 1)[1]).warnings


@given(st.text())
def test_an_explanation_never_loses_more_than_its_verdict(explanation: str) -> None:
    assert len(explanation[: echo(explanation)].split()) <= 2
    assert echo(explanation) == 0 or explanation[echo(explanation) :]
