"""What pages say of the models that ship: numbers from their cards, never typed.

``course train`` measures each model and writes ``book/_static/models/NAME/card.json``; the role ``card`` and two
directives read it.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from course_utils.book.figures import darken, picture

FOLDER = "book/_static/models"


def cards(root: Path) -> dict[str, dict]:
    """The card of every shipped model, by the model's name."""
    files = sorted((root / FOLDER).glob("*/card.json"))
    return {file.parent.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


def told(card: dict, path: str) -> str:
    """The value at a path of a card, such as `test_accuracy`, `shipped.bytes` or `forms.litert.full-int8.bytes`.

    Shares between 0 and 1 are told as per cent, whole numbers with commas. Raises `KeyError` where there is none.
    """
    value: object = card | {"forms": _by_name(card)}
    for step in path.split("."):
        value = value[step]  # type: ignore[index]
    if isinstance(value, bool | dict | list):
        raise KeyError(path)
    if isinstance(value, float):
        return f"{100 * value:.2f} %" if "accuracy" in path else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _by_name(card: dict) -> dict[str, dict[str, dict]]:
    forms: dict[str, dict[str, dict]] = {}
    for form in card["forms"]:
        forms.setdefault(form["to"], {})[form["quantize"]] = form
    return forms


def lost(card: dict, form: dict) -> str:
    """Test pictures more (or fewer) that a form gets wrong than Keras does, in words for a table."""
    count = round((card["test_accuracy"] - form["test_accuracy"]) * card["data"]["test"])
    return f"{count:+d}".replace("-", "−") if count else "0"


class _OfCards(SphinxDirective):
    def cards(self) -> dict[str, dict]:
        """The cards; the page is made again when one changes."""
        root = Path(self.env.srcdir)
        for name in (found := cards(root)):
            self.env.note_dependency(str(root / FOLDER / name / "card.json"))
        if not found:
            raise self.error(f"there is no {FOLDER}/*/card.json: run `course train`")
        return found


class QuantisationTable(_OfCards):
    """``:::{quantisation-table} NAME``: size and accuracy of each form of one shipped model."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        card = self.cards().get(self.arguments[0])
        if card is None:
            raise self.error(f"there is no shipped model {self.arguments[0]}")
        head = (
            "Format",
            "Quantised as",
            "Bytes",
            "Test accuracy",
            "More errors than Keras",
            "Largest difference",
        )
        rows = [
            (
                form["to"],
                form["quantize"],
                f"{form['bytes']:,}",
                f"{100 * form['test_accuracy']:.2f} %",
                lost(card, form),
                f"{form['difference']:.0e}".replace("e-0", "e-"),
            )
            for form in card["forms"]
        ]
        return [_table(head, rows)]


class ModelsTable(_OfCards):
    """``:::{models-table}``: every shipped model in a line: size, test result, and the command that makes it."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        head = ("Model", "Parameters", "Bytes in the page", "Test result", "Measured on", "Trained by")
        rows = [
            (
                card["title"],
                f"{card['parameters']:,}",
                f"{card['shipped']['bytes']:,}",
                f"{100 * card['test_accuracy']:.2f} %",
                f"{card['data']['test']:,} of {card['data']['source']}",
                nodes.literal(text=card["command"]),
            )
            for card in self.cards().values()
        ]
        return [_table(head, rows)]


class ModelCards(_OfCards):
    """``:::{model-cards}``: the card of every shipped model as a section, which links reach by the model's name."""

    def run(self) -> list[nodes.Node]:
        """Read each model's README.md as part of the page."""
        sections: list[nodes.Node] = []
        for name in self.cards():
            readme = Path(self.env.srcdir, FOLDER, name, "README.md")
            self.env.note_dependency(str(readme))
            title, _, text = readme.read_text(encoding="utf-8").partition("\n")
            # its own sections become bold lines: a dozen cards would fill the page's table of contents
            lines = [f"**{line[3:]}**" if line.startswith("## ") else line for line in text.splitlines()]
            section = nodes.section(ids=[name], names=[name])
            section += nodes.title(text=title.removeprefix("# "))
            section += self.parse_text_to_nodes("\n".join(lines))
            sections.append(section)
        return sections


class QuantisationFigure(_OfCards):
    """``:::{quantisation-figure}``: the sizes of all forms as bars, one panel a model; its body is the caption."""

    has_content = True
    option_spec = {"alt": directives.unchanged_required, "name": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Draw it, light and dark, and build the figure."""
        from course_utils.plots import DARK_COLORS

        folder = Path(self.env.srcdir, "_build", "figures")
        folder.mkdir(parents=True, exist_ok=True)
        light = folder / "quantisation.svg"
        draw(self.cards(), light)
        dark = folder / "quantisation.dark.svg"
        colours = {key.lower(): value.lower() for key, value in DARK_COLORS.items()}
        dark.write_text(darken(light.read_text(encoding="utf-8"), colours), encoding="utf-8")
        pair = picture()
        for file in (light, dark):
            uri = file.relative_to(self.env.srcdir).as_posix()
            pair += nodes.image(uri=f"/{uri}", alt=self.options["alt"])
        figure = nodes.figure("", pair)
        text, messages = self.state.inline_text(" ".join(self.content), self.content_offset)
        figure += nodes.caption("", "", *text)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure, *messages]


class CardRole(SphinxRole):
    """``{card}`NAME path```: one value of a card, such as ``{card}`digits-cnn shipped.bytes```."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Find the value."""
        root = Path(self.env.srcdir)
        name, _, path = self.text.partition(" ")
        try:
            value = told(cards(root)[name], path)
        except (KeyError, TypeError):
            message = self.inliner.reporter.error(f"no card says “{self.text}”", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        self.env.note_dependency(str(root / FOLDER / name / "card.json"))
        return [nodes.Text(value)], []


def draw(found: dict[str, dict], file: Path) -> None:
    """Draw the sizes of all forms of the models as bars with their accuracy, into the SVG `file`."""
    import matplotlib.pyplot as plt

    from course_utils import plots

    plots.use_style()
    figure, axes = plots.figure(4.6, 3.6 * len(found), rows=len(found), squeeze=False)
    for ax, (name, card) in zip(axes[:, 0], found.items(), strict=True):
        forms = card["forms"][::-1]
        labels = [f"{form['to']}, {form['quantize']}" for form in forms]
        sizes = [form["bytes"] / 1000 for form in forms]
        colours = ["C0" if form["quantize"] != "none" else plots.COLORS["grey"] for form in forms]
        ax.barh(labels, sizes, color=colours)
        for row, form in enumerate(forms):
            ax.text(sizes[row] * 1.01, row, f" {100 * form['test_accuracy']:.2f} %", va="center", fontsize=9)
        ax.set(title=name, xlabel="Size in kilobytes", xlim=(0, 1.25 * max(sizes)))
        ax.grid(visible=False, axis="y")
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def setup(app: Sphinx) -> None:
    """Register the role and the directives."""
    app.add_directive("quantisation-table", QuantisationTable)
    app.add_directive("quantisation-figure", QuantisationFigure)
    app.add_directive("models-table", ModelsTable)
    app.add_directive("model-cards", ModelCards)
    app.add_role("card", CardRole())


def _table(head: tuple[str, ...], rows: list[tuple[str | nodes.Node, ...]]) -> nodes.table:
    table = nodes.table(classes=["colwidths-auto"])
    group = nodes.tgroup(cols=len(head))
    table += group
    group += [nodes.colspec(colwidth=1) for _ in head]
    first, body = nodes.thead(), nodes.tbody()
    group += [first, body]
    for part, lines in ((first, [head]), (body, rows)):
        for line in lines:
            row = nodes.row()
            cells = (nodes.Text(cell) if isinstance(cell, str) else cell for cell in line)
            row += [nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells]
            part += row
    return table
