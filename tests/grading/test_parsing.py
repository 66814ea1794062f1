"""Whatever bytes a student hands in: a notebook is read from them, or it is said what they are."""

from __future__ import annotations

import base64
import codecs
import contextlib
import json
import random
from typing import Any

import pytest

from course_utils.grading.parsing import Unreadable, parse_notebook

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {"nbgrader": {"grade_id": "one"}}, "id": "a"}


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


WHOLE = json.dumps(notebook(CELL, {"cell_type": "markdown", "source": ["é ", "€"]}), ensure_ascii=False)


@pytest.mark.parametrize(
    ("content", "flag"),
    [
        (WHOLE.encode(), ""),
        (codecs.BOM_UTF8 + WHOLE.encode(), "byte order mark"),
        (WHOLE.encode("utf-16"), "UTF-16"),
        (WHOLE.encode("utf-16-le"), "UTF-16"),
        (WHOLE.encode("utf-32"), "UTF-32"),
    ],
)
def test_every_coding_of_unicode_is_read(content: bytes, flag: str) -> None:
    read = parse_notebook(content)
    assert [cell.source for cell in read.cells] == ["x = 1", "é €"]
    assert (read.cells[0].grade_id, read.cells[0].id, read.cells[0].kind) == ("one", "a", "code")
    assert flag in " ".join(read.flags)
    assert bool(flag) == bool(read.flags)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x00" * 500, "empty"),
        (b"hello there", "not JSON"),
        (b"<!DOCTYPE html><html>sign in</html>", "web page"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04rest", "zip"),
        (WHOLE.encode()[:-30], "cut off"),
        (b"[1, 2]", "no notebook"),
        (b"{}", "no cells"),
        (b'{"nbformat": 4, "cells": 7}', "no cells"),
        (b'{"nbformat": 5, "cells": []}', "newer"),
        (b'{"nbformat": "4", "cells": []}', "format"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested"),
        (b"[" * 100_000, "nested"),
        (b"[" + b"[]," * 4_000_000 + b"[]]", "larger"),
        (b"9" * 10_000_000, "not JSON"),
        (json.dumps(notebook(*[CELL] * 2001)).encode(), "more than 2000 cells"),
    ],
)
def test_what_is_no_notebook_is_called_by_its_name(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_notebook(content)


def test_format_3_is_read() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "code", "input": ["a = 1\n", "b = 2"], "metadata": CELL["metadata"]},
                    {"cell_type": "heading", "source": "Title", "level": 1},
                ]
            }
        ],
    }
    read = parse_notebook(json.dumps(old).encode())
    assert [(cell.kind, cell.source) for cell in read.cells] == [
        ("code", "a = 1\nb = 2"),
        ("markdown", "Title"),
    ]
    assert read.cells[0].grade_id == "one"
    assert "format 3" in read.flags[0]


def test_lone_surrogates_and_bytes_that_are_no_text_are_replaced() -> None:
    content = json.dumps(notebook({"cell_type": "code", "source": "x = '\ud800'"})).encode()
    read = parse_notebook(content)
    assert read.cells[0].source == "x = '\ufffd'"
    assert read.flags
    read = parse_notebook(WHOLE.encode().replace(b"x = 1", b"x = \xff"))
    assert read.cells[0].source == "x = \ufffd"


def test_cells_of_odd_shapes_cost_nothing_but_themselves() -> None:
    odd = [
        7,
        None,
        {"cell_type": ["code"], "source": {"a": 1}},
        {"source": [1, "kept", None], "metadata": [1], "id": {"a": 1}},
        {"metadata": {"nbgrader": {"grade_id": ["x"]}}},
        {"metadata": {"nbgrader": 5}},
        CELL,
    ]
    text = json.dumps(notebook(*odd, orig_nbformat=float("nan")))
    read = parse_notebook(text.encode())
    assert [cell.source for cell in read.cells] == ["", "kept", "", "", "x = 1"]
    assert any("no cells" in flag for flag in read.flags)


def test_of_keys_that_stand_twice_the_last_counts_as_in_jupyter() -> None:
    text = '{"nbformat": 4, "cells": [], "cells": [{"cell_type": "code", "source": "1", "source": "2"}]}'
    assert [cell.source for cell in parse_notebook(text.encode()).cells] == ["2"]


def test_pasted_pictures_of_a_written_answer_are_kept_and_nothing_that_holds_a_script() -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()
    svg = base64.b64encode(b"<svg onload='alert(1)'/>").decode()
    attachments = {
        "good.png": {"image/png": png},
        "bad.svg": {"image/svg+xml": svg},
        "liar.png": {"image/png": svg},
        "odd.png": {"image/png": 7},
        "worse": 5,
    }
    cell = {"cell_type": "markdown", "source": "![](attachment:good.png)", "attachments": attachments}
    read = parse_notebook(json.dumps(notebook(cell)).encode())
    assert read.cells[0].attachments == {"good.png": {"image/png": png}}


def test_damaged_bytes_never_raise_anything_else() -> None:
    generator = random.Random(1)
    whole = WHOLE.encode()
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(generator.randint(1, 8)):
            place = generator.randrange(len(damaged))
            damaged[place : place + generator.randint(0, 3)] = generator.randbytes(generator.randint(0, 3))
        with contextlib.suppress(Unreadable):
            parse_notebook(bytes(damaged))
