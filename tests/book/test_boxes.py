"""The boxes of a chapter, in HTML and in the builders that know only admonitions."""

from tests.book.conftest import Build

ALL = """\
# A page

:::{objectives}
:minutes: 40
:builds-on: {doc}`page`.

- train a neuron;
- judge it.
:::

::::{try-it} Another `rate`
Set the rate to 0.1.

:::{hint} Where to look
In the *optimizer*.
:::

:::{solution}
```python
rate = 0.1
```
:::
::::

:::{goes-wrong} The loss explodes
Set the rate to 10.
:::

:::{remember}
One neuron is a line.
:::
"""


def test_open_boxes_are_titled_by_their_kind(build: Build) -> None:
    built = build(ALL)
    titles = [title.get_text() for title in built.page().select(".course-box > .admonition-title")]

    assert titles == [
        "After this chapter you can",
        "Try it: Another rate",
        "What goes wrong: The loss explodes",
        "Remember",
    ]
    assert built.warnings == ""


def test_titles_hold_inline_markup(build: Build) -> None:
    assert build(ALL).page().select_one(".course-try-it > .admonition-title code").get_text() == "rate"


def test_objectives_end_with_the_time_and_the_chapters_needed(build: Build) -> None:
    needs = build(ALL).page().select_one(".course-objectives .course-needs")

    assert needs.get_text() == "About 40 minutes. Builds on: A page."
    assert needs.select_one("a") is not None


def test_hints_and_solutions_are_closed_details_inside_their_exercise(build: Build) -> None:
    folded = build(ALL).page().select(".course-try-it details.folded")

    assert [box.summary.get_text() for box in folded] == ["Hint: Where to look", "Solution"]
    assert all("open" not in box.attrs for box in folded)
    assert folded[0].select_one(".folded-body em").get_text() == "optimizer"
    assert "rate = 0.1" in folded[1].select_one(".folded-body pre").get_text()


def test_text_has_every_box_unfolded(build: Build) -> None:
    text = build(ALL, "text").text()

    for words in ("After this chapter you can", "Hint: Where to look", "rate = 0.1", "The loss explodes"):
        assert words in text


def test_latex_has_every_box_as_an_admonition(build: Build) -> None:
    latex = build(ALL, "latex").latex()

    assert latex.count(r"\begin{sphinxadmonition}") == latex.count(r"\end{sphinxadmonition}") == 6
    assert r"{Solution}" in latex


def test_an_empty_box_is_reported_at_its_line(build: Build) -> None:
    built = build("# A page\n\nWords.\n\n:::{remember}\n:::\n")

    assert "page.md:11: WARNING: remember: the box is empty" in built.warnings


def test_minutes_must_be_a_number(build: Build) -> None:
    assert "minutes" in build("# A page\n\n:::{objectives}\n:minutes: forty\n\n- read\n:::\n").warnings
