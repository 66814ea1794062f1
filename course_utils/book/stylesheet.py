"""One style sheet for the whole site: all that the theme and the extensions bring, without the rules no page uses."""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
from pathlib import Path

from sphinx.application import Sphinx

from course_utils.errors import CourseError
from course_utils.node import node_path

#: The one sheet that is a page's own.
HOME_SHEET = "home.css"
# The theme's own style sheets come first (webpack-macros.html has their place), then those of the extensions.
_THEME_SHEETS = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
_URL = re.compile(r"""url\((["']?)(?!data:|#|/|https?:)([^"')]+)\1\)""")
_IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']\)?\s*;""")
# Attributes that scripts set, so that their values stand in no page: some of HTML's, and whatever begins with data-.
_PURGE = """
import { PurgeCSS } from "purgecss";
import { readFileSync } from "node:fs";
const { css, content } = JSON.parse(readFileSync(0, "utf8"));
const [{ css: kept }] = await new PurgeCSS().purge({
  css: [{ raw: css }],
  content,
  fontFace: true,
  keyframes: true,
  dynamicAttributes: ["open", "hidden", "disabled", "checked", ...new Set(css.match(/(?<=\\[)data-[a-z-]+/g))],
});
process.stdout.write(kept);
"""


def setup(app: Sphinx) -> None:
    """Write `_static/site.css` when the pages are made; after `theme`, whose icons it takes in."""
    app.connect("build-finished", _write, priority=900)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    html = Path(app.outdir)
    static = html / "_static"
    # Sphinx has no public list of a site's style sheets.
    sheets = sorted(app.builder._css_files, key=lambda css: css.priority)
    names = [str(css.filename).removeprefix("_static/").split("?")[0] for css in sheets]
    names = [*_THEME_SHEETS, *(name for name in dict.fromkeys(names) if name != HOME_SHEET)]
    users = [*html.rglob("*.html"), *_scripts(static)]
    target = static / "site.css"
    newest = max(path.stat().st_mtime for path in (*users, *(static / name for name in names)))
    if target.is_file() and target.stat().st_mtime > newest:
        return
    text = "\n".join(_inlined(static, static / name) for name in names)
    target.write_text(_purged(Path(app.srcdir), text, users), encoding="utf-8")


def _scripts(static: Path) -> list[Path]:
    """The scripts that add classes to a page while it is open."""
    return [path for path in static.rglob("*.js") if "vendor" not in path.relative_to(static).parts]


def _inlined(static: Path, sheet: Path) -> str:
    """The text of a style sheet as it must read in the folder `static`, with the sheets that it imports."""
    text = sheet.read_text(encoding="utf-8").removeprefix('@charset "UTF-8";')

    def turned(match: re.Match[str]) -> str:
        address = posixpath.normpath(posixpath.join(sheet.parent.relative_to(static).as_posix(), match[2]))
        return f'url("{address}")'

    text = _URL.sub(turned, text)
    return _IMPORT.sub(lambda match: _inlined(static, (sheet.parent / match[1]).resolve()), text)


def _purged(root: Path, css: str, users: list[Path]) -> str:
    """The style sheet without the rules that match nothing in the files `users`."""
    order = json.dumps({"css": css, "content": [str(path) for path in users]})
    command = [str(node_path()), "--input-type=module", "--eval", _PURGE]
    result = subprocess.run(command, cwd=root, input=order, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CourseError(
            f"PurgeCSS could not shorten the site's style sheet: {result.stderr.strip()[-300:]}"
        )
    return result.stdout
