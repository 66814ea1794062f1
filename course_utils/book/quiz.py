"""The ``quiz`` and ``question`` directives: a few questions, every option explained.

In HTML each question is a form that ``lab/quiz.js`` brings to life; the explanations stand in a folded list
under it, which is all a reader without JavaScript needs. Other builders get the questions first and the
answers after them.
"""

from __future__ import annotations

import re
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_utils.book.mistakes import report
from course_utils.book.quiz_writers import AnswersAfterQuestions, add_writers, choice, question, quiz, why

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_MARK = re.compile(r"\[([xX ])\]\s+")
_ECHO = re.compile(r"(Right|Correct|Wrong|Not right|Yes|No)[.!:]\s+")
_SYNTAX = "write each option as a list item that begins with [x] (right) or [ ] (not right)"


class Quiz(SphinxDirective):
    """``::::{quiz} NAME`` around one or more questions."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Build the quiz, or report its first mistake."""
        name = self.arguments[0]
        names = self.env.temp_data.setdefault("course_quizzes", set())
        if not _NAME.fullmatch(name):
            return report(self, f"“{name}” is not a quiz's name; use small letters, digits and hyphens")
        if name in names:
            return report(self, f"the page has another quiz “{name}”; give each quiz its own name")
        names.add(name)
        parsed = nodes.Element()
        self.env.temp_data["course_in_quiz"] = True
        self.state.nested_parse(self.content, self.content_offset, parsed)
        self.env.temp_data["course_in_quiz"] = False
        questions = [node for node in parsed.children if isinstance(node, question)]
        strangers = [node for node in parsed.children if not isinstance(node, (question, nodes.comment))]
        if strangers:
            words = strangers[0].astext()[:40]
            return report(self, f"“{words}” is not a question; a quiz holds only questions")
        if not questions:
            reported = self.env.temp_data.pop("course_bad_question", False)
            return [] if reported else report(self, "there is no question in it")
        counted = {"kind": "quiz", "id": name, "title": "Quiz", "total": len(questions)}
        container = quiz("", *questions, name=name, ids=[f"quiz-{name}"], progress=counted)
        self.set_source_info(container)
        for number, node in enumerate(questions, start=1):
            node["key"] = f"quiz-{name}-{number}"
            node["number"], node["total"], node["quiz"] = number, len(questions), name
        return [container]


class Question(SphinxDirective):
    """``:::{question} PROMPT`` whose body ends with a list of marked and explained options."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict] = {}

    def run(self) -> list[nodes.Node]:
        """Build the question, or report its first mistake."""
        if not self.env.temp_data.get("course_in_quiz"):
            return report(self, "a question stands outside a quiz; put it between ::::{quiz} NAME and ::::")
        built = self._build()
        if isinstance(built, str):
            self.env.temp_data["course_bad_question"] = True
            return report(self, built) if built else []
        return [built]

    def _build(self) -> question | str:
        """The question's node, or the sentence that says what is wrong; "" where its options have said it."""
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        if not body.children or not isinstance(body.children[-1], nodes.bullet_list):
            return f"“{self.arguments[0]}” does not end with a list of options; {_SYNTAX}"
        *details, items = body.children
        choices = []
        for item in items.children:
            built = _choice(item)
            if isinstance(built, str):
                report(self, f"in “{self.arguments[0]}” {built}", near=_first_words(item))
            else:
                choices.append(built)
        right = sum(node["right"] for node in choices)
        if len(choices) < len(items.children):
            return ""
        if not right:
            return f"“{self.arguments[0]}” has no right answer; mark one option with [x]"
        if len(choices) < 2:
            return f"“{self.arguments[0]}” has one option only; give at least two"
        words, messages = self.parse_inline(self.arguments[0], lineno=self.lineno)
        prompt = nodes.paragraph("", "", *words, *messages, classes=["quiz-prompt"])
        node = question("", prompt, *details, *choices, several=right > 1)
        self.set_source_info(node)
        return node


def _choice(item: nodes.Element) -> choice | str:
    """The option that a list item holds, or what is wrong with it."""
    first = item.children[0] if item.children else None
    if not isinstance(first, nodes.paragraph):
        return f"an option has no text; {_SYNTAX}"
    mark = _MARK.match(first.astext())
    if not mark or not isinstance(first.children[0], nodes.Text):
        return f"the option “{first.astext()[:40]}” has no mark; {_SYNTAX}"
    explanation = item.children[1:]
    if not any(node.astext().strip() for node in explanation):
        return (
            f"the option “{first.astext()[mark.end() :][:40]}” has no explanation; "
            "add a paragraph after a blank line, indented like the option's text"
        )
    _drop_start(first, mark.end())
    if isinstance(explanation[0], nodes.paragraph) and isinstance(explanation[0].children[0], nodes.Text):
        _drop_start(explanation[0], echo(explanation[0].children[0]))
    label = nodes.inline("", "", *first.children)
    return choice("", label, why("", *explanation), right=mark[1] in "xX")


def _first_words(item: nodes.Element) -> str:
    """The start of an option as it stands in the source, up to its first markup."""
    texts = (text.astext().split("\n")[0] for text in item.findall(nodes.Text))
    return next(texts, "")


def _drop_start(paragraph: nodes.Element, count: int) -> None:
    """Take the first *count* characters from the paragraph's first piece of text."""
    text = paragraph.children[0].astext()[count:]
    if count:
        paragraph.replace(paragraph.children[0], nodes.Text(text[:1].upper() + text[1:]))


def echo(explanation: str) -> int:
    """How many characters at the start only say the verdict, which every writer puts before them anyway."""
    match = _ECHO.match(explanation)
    return match.end() if match and match.end() < len(explanation) else 0


def setup(app: Sphinx) -> None:
    """Register the directives."""
    add_writers(app)
    app.add_directive("quiz", Quiz)
    app.add_directive("question", Question)
    app.add_post_transform(AnswersAfterQuestions)
