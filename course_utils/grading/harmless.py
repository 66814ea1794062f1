"""Nothing of a student's is alive in a saved notebook: formgrader and nbgrader's feedback pages show it as it is.

Both put HTML outputs and the HTML in Markdown into their pages unchanged, where a script in them would act as whoever
looks at the page: in formgrader with the rights of the instructor. Text, tables, pictures and formulas stay.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
#: What is written between these tags is no text for people.
_SILENT = re.compile(r"<(style|script|template|noscript|title)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b big blockquote br caption center code col colgroup dd del details div dl dt em figcaption figure "
        "font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup "
        "table tbody td tfoot th thead tr tt u ul var",
    )
)
_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        "align alt bgcolor border cellpadding cellspacing class color colspan face height rowspan scope size title "
        "valign width",
    )
)
#: What browsers take for markup: "<" before a letter, "/", "!" or "?".
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_STILL_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z]+=\"[^\"<>]*\")*)\s*/?>")
_ATTRIBUTE = re.compile(r"([A-Za-z]+)=\"([^\"<>]*)\"")
_LINK = re.compile(r"https?://[^&]*|#[\w-]*")
_PICTURE = re.compile(r"https?://[^&]*|attachment:[^&]*|[\w./-]+")


def harmless_output(output: Mapping[str, Any]) -> dict[str, Any]:
    """Return an output as nbformat 4 has it without anything that could act."""
    made = dict(output)
    if "data" not in made:
        return made
    data: dict[str, Any] = {}
    for kind, value in made["data"].items():
        data |= _harmless_data(kind, value)
    made["data"] = data or {
        "text/plain": "(an output that only a program in the page could show was left out)"
    }
    made["metadata"] = {}
    return made


def harmless_markdown(text: str) -> str:
    """Return Markdown, or LaTeX, in which no tag can act: a space after "<" makes text of each that could.

    In a formula or in code the space changes nothing.
    """
    return _MARKUP.sub(lambda match: "<" if _is_still(text, match.start()) else "< ", text)


def _is_still(text: str, start: int) -> bool:
    tag = _STILL_TAG.match(text, start)
    if tag is None or tag[1].lower() not in _TAGS:
        return False
    for name, value in _ATTRIBUTE.findall(tag[2]):
        if name.lower() == "href":
            fine = _LINK.fullmatch(value) is not None
        elif name.lower() == "src":
            fine = _PICTURE.fullmatch(value) is not None
        else:
            fine = name.lower() in _ATTRIBUTES
        if not fine:
            return False
    return True


def _harmless_data(kind: str, value: Any) -> dict[str, Any]:
    if kind in ("text/plain", "application/json"):
        return {kind: value}
    text = "".join(value) if isinstance(value, list) else value
    if not isinstance(text, str):
        return {}
    if kind in _PICTURES:
        return {kind: value} if _BASE64.fullmatch(text) else {}
    if kind in ("text/markdown", "text/latex"):
        return {kind: harmless_markdown(text)}
    if kind == "text/html":
        return {kind: _cleaner().clean(_SILENT.sub("", text))}
    if kind == "image/svg+xml":  # as the source of a picture, nothing in it runs
        data = base64.b64encode(text.encode()).decode()
        return {"text/html": f'<img alt="A drawing" src="data:image/svg+xml;base64,{data}">'}
    return {}


@cache
def _cleaner() -> Any:
    import bleach
    from bleach.css_sanitizer import CSSSanitizer

    def allowed(tag: str, name: str, value: str) -> bool:
        if name == "src":
            return tag == "img" and re.match(r"data:image/(?:png|jpeg|gif|webp);base64,", value) is not None
        if name == "href":
            return _LINK.fullmatch(value) is not None
        return name in _ATTRIBUTES or name == "style"

    protocols = {"http", "https", "data"}
    styles = CSSSanitizer()
    return bleach.Cleaner(
        tags=_TAGS, attributes=allowed, protocols=protocols, css_sanitizer=styles, strip=True
    )
