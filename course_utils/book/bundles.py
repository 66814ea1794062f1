"""Packages from npm that a page loads as one file: made with esbuild, never committed."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from course_utils.errors import CourseError
from course_utils.node import node_path

# file under _static/vendor/ → whose it is, and the module that is bundled: what lab/live uses of the package
_BUNDLES = {
    "codemirror/codemirror.js": (
        "CodeMirror 6. MIT licence. Copyright (C) 2018-2021 by Marijn Haverbeke and others.",
        """\
export { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
export { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
export { javascriptLanguage } from "@codemirror/lang-javascript";
export { HighlightStyle, LanguageSupport, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting }
  from "@codemirror/language";
export { Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
export { Decoration, EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
export { tags } from "@lezer/highlight";
""",
    ),
    "acorn/acorn.js": (
        "Acorn. MIT licence. Copyright (C) 2012-2022 by various contributors.",
        'export { parse } from "acorn";\n',
    ),
}


def make_bundles(root: Path, target: Path) -> None:
    """Bundle into the folder `target` what is not there yet, or was made of other packages.

    Raises:
        CourseError: esbuild could not bundle them, in one sentence.
    """
    lock = (root / "package-lock.json").read_bytes()
    for place, (owner, entry) in _BUNDLES.items():
        made = target / place
        banner = f"/* {owner} Made of {hashlib.sha256(lock + entry.encode()).hexdigest()[:16]}. */"
        if made.is_file() and made.read_text(encoding="utf-8").startswith(banner):
            continue
        program = root / "node_modules" / "esbuild" / "bin" / "esbuild"
        if not program.is_file():
            raise CourseError(f"{program} is missing: run `make setup`.")
        made.parent.mkdir(parents=True, exist_ok=True)
        order = ["--bundle", "--format=esm", "--minify", "--target=es2022", f"--banner:js={banner}"]
        command = [str(node_path()), str(program), *order, f"--outfile={made}"]
        result = subprocess.run(command, cwd=root, input=entry, capture_output=True, text=True, check=False)
        if result.returncode:
            raise CourseError(f"esbuild could not bundle {place}: {result.stderr.strip()[:300]}")
