"""The demos' files: where they lie, what they import, and all of them as one script for a notebook."""

from __future__ import annotations

import json
import posixpath
import re
from functools import cache
from pathlib import Path

from course_utils.data import photographs, sprite_sheet
from course_utils.errors import CourseError
from course_utils.node import cache_folder

_PACKAGE = Path(__file__).parent
#: In an installed package; in a checkout, the folder that the site serves.
_STATIC_FOLDERS = (_PACKAGE / "static", _PACKAGE.parents[1] / "book" / "_static")
#: What `course fetch` and `course build` put beside them in a checkout.
_MADE = _PACKAGE.parents[1] / "_build" / "vendor"

# An import or re-export at the start of a line, which may go on over several: its module is the group.
_IMPORT = re.compile(r"""^(?:import|export)\b(?!\s*\()[^;"']*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)

# What a demo says it wears: `styles: "digits"` or `styles: ["drawing", "digits"]` of openKit, `addStyles(model, "x")`.
_SHEETS = re.compile(r"""(?:\bstyles:|\baddStyles\(model,)\s*(\[[^\]]*\]|"[^)\]}]*")""")
_QUOTED = re.compile(r'"([a-z0-9-]+)"')
#: What lab/kit.js loads for every demo.
_KIT_SHEETS = ("kit", "charts")


@cache
def static_folder() -> Path:
    """The folder that holds `lab/` and `demos/`.

    Raises:
        CourseError: neither the installed package nor a checkout around it has them.
    """
    for folder in _STATIC_FOLDERS:
        if (folder / "demos").is_dir() and (folder / "lab").is_dir():
            return folder
    raise CourseError("The demos' files are missing from course_utils: install it again.")


def available() -> list[str]:
    """The names of all demos, sorted."""
    return sorted(path.stem for path in (static_folder() / "demos").glob("*.js"))


def in_order(entry: str) -> list[str]:
    """The modules that `entry` needs, itself last, each after everything that it imports.

    Args:
        entry: a path below the static folder, such as "demos/line-fit.js".

    Raises:
        CourseError: a module is missing, or modules import one another in a circle.
    """
    done: list[str] = []
    visiting: list[str] = []

    def visit(path: str) -> None:
        if path in done:
            return
        if path in visiting:
            raise CourseError(f"{' → '.join([*visiting, path])} import one another: break the circle.")
        visiting.append(path)
        for target in _imports(path):
            visit(target)
        visiting.pop()
        done.append(path)

    visit(entry)
    return done


@cache
def notebook_script(demo: str) -> str:
    """One module of JavaScript that holds a demo and all it imports, for anywidget's `_esm`.

    Every module becomes a blob URL of its own when the widget is first rendered, and imports name those.
    """
    entry = f"demos/{demo}.js"
    modules = [[path, _linked(path)] for path in in_order(entry)]
    loader = (_PACKAGE / "loader.js").read_text(encoding="utf-8")
    # "</" is escaped so that a notebook saved as a page cannot end its script early.
    return loader.replace("MODULES_IN_ORDER", json.dumps(modules, ensure_ascii=False).replace("</", "<\\/"))


@cache
def stylesheet(demo: str) -> str:
    """The styles of a demo: those of all, and the sheets of `lab/css/` that it would load in a page.

    Raises:
        CourseError: there is no sheet of a name that the demo asks for.
    """
    modules = in_order(f"demos/{demo}.js")
    names = list(_KIT_SHEETS) if "lab/kit.js" in modules else []
    for asked in _SHEETS.findall(_source(modules[-1])):
        names += _QUOTED.findall(asked)
    sheets = ["lab.css", *(f"css/{name}.css" for name in dict.fromkeys(names))]
    return "\n".join(_source(f"lab/{sheet}") for sheet in sheets)


def shipped_file(path: str) -> Path:
    """A file that lies beside the demos, such as "models/digits-cnn/model.json".

    Raises:
        CourseError: there is none of this name in the folders that a widget may read.
    """
    for folder in (static_folder().resolve(), _MADE.resolve()):
        file = (folder / path).resolve()
        if file.is_relative_to(folder) and file.is_file():
            return file
    made = photographs.file(path) or sprite_sheet.file(path, cache_folder())
    if made is not None:
        return made
    raise CourseError(f"The course has no file {path}: check the name, or install course_utils again.")


def _source(path: str) -> str:
    file = static_folder() / path
    if not file.is_file():
        raise CourseError(
            f"The demo's file {path} is missing beside {static_folder()}: check the path that names it."
        )
    return file.read_text(encoding="utf-8")


def _imports(path: str) -> list[str]:
    folder = posixpath.dirname(path)
    return [posixpath.normpath(posixpath.join(folder, target)) for target in _IMPORT.findall(_source(path))]


def _linked(path: str) -> str:
    """The module's text, with each imported path written as "lab:PATH" for the loader to fill in."""
    folder = posixpath.dirname(path)

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[1]))
        quoted = match[0].rindex(match[1]) - 1
        return f'{match[0][:quoted]}"lab:{target}"'

    return _IMPORT.sub(link, _source(path))
