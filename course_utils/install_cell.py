"""The first cell of every notebook of the course: in Colab it installs what the notebook needs, elsewhere nothing.

That is the light core, and for some weeks an extra of it. The repository's address is filled in when notebooks are
made, and differs between forks.
"""

from __future__ import annotations

import json
import re

SOURCE = """\
# Google Colab: install the course's own package. Everywhere else this cell does nothing.
import importlib.util
import os
import sys

ADDRESS = ""
if "google.colab" in sys.modules and importlib.util.find_spec("course_utils") is None:
    ADDRESS = os.environ.get("COURSE_REPOSITORY", ADDRESS)
    if not ADDRESS:
        raise RuntimeError("Where the course lies is unknown: put git+https://… between the quotes above.")
    %pip install --quiet "course_utils @ {ADDRESS}\""""
#: What the notebooks of a week need beside the light core.
EXTRAS = {"week6": "conversion"}
_LINE = re.compile(r'^ADDRESS = (?P<address>".*")$', re.M)
_LINE_IN_JSON = re.compile(r'"ADDRESS = \\"(?P<address>[^"\\]*)\\"\\n"')


def filled(address: str, week: str = "") -> str:
    """The cell's source for a notebook of the week, such as "week6".

    `address` is what pip installs from, such as `git+https://…@main`; empty where it is unknown.
    """
    extra = EXTRAS.get(week)
    source = SOURCE.replace("course_utils @", f"course_utils[{extra}] @") if extra else SOURCE
    return _LINE.sub(lambda _: f"ADDRESS = {json.dumps(address)}", source)


def address_in(source: str) -> str:
    """The address in a cell's source; empty where there is none."""
    match = _LINE.search(source)
    return json.loads(match["address"]) if match else ""


def address_in_notebook(text: str) -> str:
    """The address in the text of a notebook's file; empty where there is none."""
    match = _LINE_IN_JSON.search(text)
    return match["address"] if match else ""


def fill_notebook(text: str, address: str) -> str:
    """The text of a notebook's file with `address` in its first cell, and every other byte as it was."""
    line = json.dumps(f"ADDRESS = {json.dumps(address)}\n")
    return _LINE_IN_JSON.sub(lambda _: line, text)
