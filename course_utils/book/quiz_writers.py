"""How a quiz is written: as forms in HTML, as questions with the answers after them elsewhere."""

from __future__ import annotations

import string

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class quiz(nodes.General, nodes.Element):  # noqa: N801 - docutils names its nodes in lower case
    """A quiz: its children are questions."""


class question(nodes.General, nodes.Element):  # noqa: N801
    """A question: a prompt, anything that belongs to it, and its choices."""


class choice(nodes.General, nodes.Element):  # noqa: N801
    """An option: its label (inline) and why it is right or not."""


class why(nodes.General, nodes.Element):  # noqa: N801
    """The explanation of an option."""


def verdict(node: choice) -> str:
    """What is said of an option once the question is answered."""
    return "Right." if node["right"] else "Not right."


def letter(index: int) -> str:
    """The letter by which an answer names its option."""
    return string.ascii_uppercase[index]


def _choices(node: question) -> list[choice]:
    return [child for child in node.children if isinstance(child, choice)]


def _visit_quiz(self: HTML5Translator, node: quiz) -> None:
    count = len(node.children)
    words = "one question" if count == 1 else f"{count} questions"
    data = {"data-quiz": node["name"], "data-title": node["progress"]["title"]}
    data["data-page"] = self.builder.current_docname
    self.body.append(
        self.starttag(node, "section", CLASS="quiz", **{"aria-label": "Quiz", **data})
        + f'<p class="quiz-head"><span class="course-kind">Quiz</span>: {words}</p>\n'
    )


def _depart_quiz(self: HTML5Translator, _node: quiz) -> None:
    self.body.append("</section>\n")


def _visit_question(self: HTML5Translator, node: question) -> None:
    """Write the whole form: prompt, options, button, status and the folded answers."""
    several = node["several"]
    prompt, *details = (child for child in node.children if not isinstance(child, choice))
    # method="dialog" outside a dialog does nothing, so without JavaScript the Enter key leaves the page alone
    form = {
        "method": "dialog",
        "autocomplete": "off",
        "data-question": str(node["number"]),
        "data-several": str(several).lower(),
    }
    self.body.append(self.starttag(node, "form", CLASS="quiz-question", **form) + "<fieldset>\n")
    self.body.append(f'<legend><span class="quiz-number">{node["number"]}.</span> ')
    _walk(self, prompt.children)
    self.body.append("</legend>\n")
    _walk(self, details)
    self.body.append(
        f'<p class="quiz-rule">{"Choose every right answer." if several else "Choose one answer."}</p>\n'
    )
    for index, option in enumerate(_choices(node)):
        _write_choice(self, node, option, index)
    self.body.append(
        '</fieldset>\n<div class="quiz-bar"><button type="submit" class="quiz-check" hidden>Check</button>'
        '<p class="quiz-status" role="status" aria-live="polite"></p></div>\n'
        '<details class="quiz-answers"><summary>Answers</summary>\n<ul>\n'
    )
    for index, option in enumerate(_choices(node)):
        self.body.append(
            f'<li class="quiz-why" id="{node["key"]}-{letter(index)}-why">'
            f'<p class="quiz-verdict"><span class="quiz-letter">{letter(index)}: </span>'
            f"{verdict(option)}</p>\n"
        )
        _walk(self, option.children[1].children)
        self.body.append("</li>\n")
    self.body.append("</ul>\n</details>\n</form>\n")
    raise nodes.SkipNode


def _write_choice(self: HTML5Translator, parent: question, option: choice, index: int) -> None:
    key = f"{parent['key']}-{letter(index)}"
    kind = "checkbox" if parent["several"] else "radio"
    self.body.append(
        f'<div class="quiz-option" data-right="{str(option["right"]).lower()}">'
        f'<input type="{kind}" id="{key}" name="{parent["key"]}" value="{letter(index)}">'
        f'<label for="{key}"><span class="quiz-letter">{letter(index)}</span> <span class="quiz-label">'
    )
    _walk(self, option.children[0].children)
    self.body.append("</span></label></div>\n")


def _walk(self: HTML5Translator, children: list[nodes.Node]) -> None:
    for child in children:
        child.walkabout(self)


class AnswersAfterQuestions(SphinxPostTransform):
    """Outside HTML a quiz is a numbered list, and its answers are another one after it."""

    default_priority = 100

    def run(self, **_kwargs: object) -> None:
        """Replace every quiz, unless the builder writes HTML."""
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(quiz)):
            node.replace_self(_plain(node))


def _plain(node: quiz) -> list[nodes.Node]:
    asked, answered = (nodes.enumerated_list("", enumtype="arabic", prefix="", suffix=".") for _ in range(2))
    for item in node.children:
        options = nodes.enumerated_list("", enumtype="upperalpha", prefix="", suffix=".")
        answers = options.copy()
        for option in _choices(item):
            label, explanation = option.children
            options += nodes.list_item("", nodes.paragraph("", "", *label.children))
            said = nodes.paragraph("", "", nodes.strong(text=verdict(option)))
            answers += nodes.list_item("", said, *explanation.children)
        prompt = [child for child in item.children if not isinstance(child, choice)]
        asked += nodes.list_item("", *prompt, options)
        answered += nodes.list_item("", answers)
    return [nodes.rubric("", "Quiz"), asked, nodes.rubric("", "Answers"), answered]


def add_writers(app: Sphinx) -> None:
    """Register the nodes with their HTML writers."""
    app.add_node(quiz, html=(_visit_quiz, _depart_quiz))
    app.add_node(question, html=(_visit_question, _none))
    app.add_node(choice, html=(_none, _none))
    app.add_node(why, html=(_none, _none))


def _none(_self: HTML5Translator, _node: nodes.Element) -> None:
    """Nothing of its own: the question writes it."""
