"""Pictures in pages: a dark version of every executed figure, explicit sizes, lazy loading.

The course's figures use the colours of ``course_utils.plots.COLORS`` only, so the dark version of an SVG file
is the same file with each colour replaced by its counterpart in ``DARK_COLORS``.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from PIL import Image, UnidentifiedImageError
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

# In CSS pixels; a picture that is wider is not shrunk to a phone's 360, where its words could not be read.
WIDEST_ON_A_PHONE = 600
_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_LENGTH = re.compile(r"([0-9.]+)(px|pt|in|cm|mm)?")
_PIXELS = {"px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, None: 1.0}


class picture(nodes.General, nodes.Inline, nodes.Element):  # noqa: N801 - docutils names its nodes in lower case
    """One picture: its children are the image, and its dark version where there is one."""


def darken(svg: str, colours: dict[str, str]) -> str:
    """The SVG text with every colour of *colours* replaced by its counterpart, all at once."""
    return _HEX.sub(lambda match: colours.get(match[0].lower(), match[0]), svg)


def size_of(file: Path) -> tuple[int, int] | None:
    """The width and height of a picture in CSS pixels, or None when the file does not say."""
    if file.suffix == ".svg":
        return _svg_size(file.read_text(encoding="utf-8"))
    try:
        with Image.open(file) as image:
            return image.size
    except (OSError, UnidentifiedImageError):
        return None


def _svg_size(svg: str) -> tuple[int, int] | None:
    root = re.search(r"<svg\b[^>]*>", svg)
    if not root:
        return None
    lengths = [re.search(rf'\b{side}="([^"]*)"', root[0]) for side in ("width", "height")]
    sides = [_LENGTH.fullmatch(length[1].strip()) if length else None for length in lengths]
    if all(sides):
        width, height = (float(side[1]) * _PIXELS[side[2]] for side in sides)
        return round(width), round(height)
    box = re.search(r'\bviewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', root[0])
    return (round(float(box[1])), round(float(box[2]))) if box else None


class DarkFigures(SphinxTransform):
    """Beside each SVG that a cell drew, write its dark version, and put both in the page."""

    default_priority = 870  # before Sphinx collects the images of the page

    def apply(self, **_kwargs: object) -> None:
        """Pair the images inside executed outputs."""
        from course_utils.plots import DARK_COLORS

        colours = {light.lower(): dark.lower() for light, dark in DARK_COLORS.items()}
        for output in self.document.findall(_is_output):
            for image in list(output.findall(nodes.image)):
                if image["uri"].endswith(".svg") and not isinstance(image.parent, picture):
                    self._pair(image, colours)

    def _pair(self, image: nodes.image, colours: dict[str, str]) -> None:
        _, absolute = self.env.relfn2path(image["uri"], self.env.docname)
        light = Path(absolute)
        dark = light.with_name(f"{light.stem}.dark.svg")
        dark.write_text(darken(light.read_text(encoding="utf-8"), colours), encoding="utf-8")
        twin = image.deepcopy()
        twin["uri"] = f"{image['uri'].removesuffix('.svg')}.dark.svg"
        pair = picture()
        image.replace_self(pair)
        pair += [image, twin]


def _is_output(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


class SizedPictures(SphinxPostTransform):
    """In HTML every local image gets its size and loads when it is near; elsewhere only light images stay."""

    default_priority = 300  # after MyST-NB has chosen the kind of output

    def run(self, **_kwargs: object) -> None:
        """Wrap plain images for HTML; unwrap pairs for other builders."""
        if self.app.builder.format != "html":
            for node in list(self.document.findall(picture)):
                node.replace_self(node.children[0])
            return
        for image in list(self.document.findall(nodes.image)):
            if not isinstance(image.parent, picture) and "*" in image.get("candidates", {}):
                wrapped = picture()
                image.replace_self(wrapped)
                wrapped += image
        for number, node in enumerate(self.document.findall(picture)):
            # the first picture is often in sight when the page opens, where lazy loading only delays it
            node["lazy"] = number > 0
            for image in node.children:
                image["size"] = size_of(Path(self.env.srcdir, image["uri"]))
                image["style"] = _style(image)


def _style(image: nodes.image) -> str:
    """The size that an author asked for; taken off the image, which Sphinx would else make a link of."""
    wanted = {side: image.attributes.pop(side) for side in ("width", "height") if side in image}
    scale = image.attributes.pop("scale", None)
    if scale and image["size"] and not wanted:
        wanted["width"] = f"{round(image['size'][0] * scale / 100)}px"
    return "; ".join(f"{side}: {value}{'px' * value.isdecimal()}" for side, value in wanted.items())


def _visit_picture(self: HTML5Translator, node: picture) -> None:
    themes = ["only-light", "only-dark"] if len(node.children) == 2 else [""]
    pairs = zip(node.children, themes, strict=True)
    tags = [_tag(self, image, theme, node["lazy"]) for image, theme in pairs]
    # the theme hides a caption that follows a hidden image as its sibling, hence a wrapper around two
    self.body.append(f"{_wrapper(node)}{''.join(tags)}</span>" if len(tags) == 2 else tags[0])
    raise nodes.SkipNode


def _wrapper(node: picture) -> str:
    """The start of the wrapper around two images; a wide picture is told its width, by which it scrolls on a phone.

    The theme gives a place in the order of the Tab key to what has its class for tables, while it scrolls.
    """
    size = node.children[0]["size"]
    if not size or size[0] <= WIDEST_ON_A_PHONE:
        return '<span class="themed-picture">'
    classes = "themed-picture themed-picture-wide pst-scrollable-table-container"
    return f'<span class="{classes}" style="--picture-width: {size[0]}px">'


def _tag(self: HTML5Translator, image: nodes.image, theme: str, lazy: bool) -> str:
    uri = image["uri"]
    if uri in self.builder.images:
        uri = posixpath.join(self.builder.imgpath, quote(self.builder.images[uri]))
    align = f"align-{image['align']}" if "align" in image else ""
    attributes = {
        "class": " ".join(filter(None, [*image["classes"], align, theme])),
        "src": uri,
        "alt": image.get("alt", ""),
        "style": image["style"],
        "loading": "lazy" if lazy or theme == "only-dark" else "",
        "decoding": "async",
    }
    if image["size"]:
        attributes["width"], attributes["height"] = map(str, image["size"])
    written = (f' {key}="{html.escape(value)}"' for key, value in attributes.items() if value or key == "alt")
    return f"<img{''.join(written)}>"


def setup(app: Sphinx) -> None:
    """Register the transforms and the node."""
    app.add_node(picture, html=(_visit_picture, _skip))
    app.add_transform(DarkFigures)
    app.add_post_transform(SizedPictures)


def _skip(_self: HTML5Translator, _node: picture) -> None:
    """Everything is written on the way in."""
