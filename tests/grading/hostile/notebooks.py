"""Attacks by what a notebook is: its metadata and cells, and whatever else is handed in under its name."""

from __future__ import annotations

import codecs
import gzip
import json
import os

from tests.grading.hostile.attacks import Attack
from tests.grading.hostile.course import RIGHT
from tests.grading.hostile.desk import BUILT, REFUSED, Desk, cell_of, handed_in

# Metadata that nbgrader, nbclient or Jupyter might obey.


@handed_in("The tag skip-execution on every test cell", 0)
def skip_execution(desk: Desk) -> None:
    notebook = desk.blank()
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_input", "remove_cell"]
    desk.write(notebook)


@handed_in("The tag raises-exception and an output that was stored before", 0)
def stored_outputs(desk: Desk) -> None:
    notebook = desk.blank()
    result = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {"text/plain": "3"},
    }
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [result], "execution_count": 1}
            cell["metadata"] |= {"tags": ["raises-exception"], "frozen": True, "editable": False}
    desk.write(notebook)


@handed_in("The points of the tests are raised, and wrong answers called solutions", 0)
def raised_points(desk: Desk) -> None:
    notebook = desk.blank()
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            about |= {"points": 2000, "locked": False, "checksum": "0" * 32}
    desk.write(notebook)


@handed_in("The tests are edited: no assert is left", 0)
def edited_tests(desk: Desk) -> None:
    notebook = desk.blank()
    for part in RIGHT:
        cell_of(notebook, f"test-{part}")["source"] = "3"
    cell_of(notebook, "start")["source"] = "raise SystemExit"
    desk.write(notebook)


@handed_in("The tests are deleted, the answers are right", 6)
def deleted_tests(desk: Desk) -> None:
    notebook = desk.right()
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("test-")]
    desk.write(notebook)


@handed_in("The tests are deleted, the answers are blank", 0)
def deleted_tests_and_no_answers(desk: Desk) -> None:
    notebook = desk.blank()
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("test-")]
    desk.write(notebook)


@handed_in("The tests became Markdown and raw cells", 0)
def tests_of_another_kind(desk: Desk) -> None:
    notebook = desk.blank()
    for number, part in enumerate(RIGHT):
        cell = cell_of(notebook, f"test-{part}")
        cell["cell_type"] = "raw" if number else "markdown"
        cell.pop("outputs"), cell.pop("execution_count")
    desk.write(notebook)


@handed_in("A test and an answer change names", at_most=6)
def swapped_names(desk: Desk) -> None:
    notebook = desk.right()
    for one, other in (("solve-double", "test-double"), ("test-mean", "test-total")):
        first, second = (cell_of(notebook, name)["metadata"]["nbgrader"] for name in (one, other))
        first["grade_id"], second["grade_id"] = second["grade_id"], first["grade_id"]
    desk.write(notebook)


@handed_in("A copied answer cell: the first copy is blank, the second right", at_most=6)
def copied_cell(desk: Desk) -> None:
    notebook = desk.right()
    position = notebook["cells"].index(cell_of(notebook, "solve-double"))
    copy = json.loads(json.dumps(notebook["cells"][position])) | {"id": "copy", "source": "raise ValueError"}
    notebook["cells"].insert(position, copy)
    desk.write(notebook)


@handed_in("A copied test cell that asks for nothing", 0)
def copied_test(desk: Desk) -> None:
    notebook = desk.blank()
    for part in RIGHT:
        copy = json.loads(json.dumps(cell_of(notebook, f"test-{part}"))) | {
            "id": f"copy-{part}",
            "source": "3",
        }
        notebook["cells"].append(copy)
    desk.write(notebook)


@handed_in("Cells of the student's own that claim to be graded, for a hundred points", 0)
def graded_cells_of_its_own(desk: Desk) -> None:
    notebook = desk.blank()
    for number in range(3):
        cell = json.loads(json.dumps(cell_of(notebook, "test-double"))) | {
            "id": f"own-{number}",
            "source": "100",
        }
        cell["metadata"]["nbgrader"] |= {"grade_id": f"own-{number}", "points": 100}
        notebook["cells"].append(cell)
    desk.write(notebook)


@handed_in("Right answers in cells that lost nbgrader's metadata, and their order", at_most=6)
def metadata_lost(desk: Desk) -> None:
    notebook = desk.right()
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    notebook["cells"].reverse()
    desk.write(notebook)


@handed_in("The kernel of another language, and one that is a command", 6)
def another_kernel(desk: Desk) -> None:
    notebook = desk.right()
    notebook["metadata"] = {
        "kernelspec": {
            "name": "../../../bin/sh -c id",
            "language": "R",
            "argv": ["sh", "-c", "touch /MARKER"],
        },
        "language_info": {"name": "R", "file_extension": ".r", "nbconvert_exporter": "slides"},
    }
    desk.write(notebook)


@handed_in("No kernel at all, and metadata for every tool", 6)
def strange_metadata(desk: Desk) -> None:
    notebook = desk.right()
    notebook["metadata"] = {
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"</script>": {}}}},
        "title": "</title><script>alert('MARKER-title')</script>",
        "celltoolbar": "Create Assignment",
        "authors": [{"name": "<script>alert('MARKER-author')</script>"}],
    }
    desk.write(notebook)


@handed_in("Cells with attachments, strange ids and metadata that are no dictionaries", at_most=6)
def strange_cells(desk: Desk) -> None:
    notebook = desk.right()
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = ["../../x", "", "a" * 500, "same", "same", 7, None, "ü", "{}", "x"][number % 10]
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {"../../x.png": {"image/png": "AAAA"}, "x": {"text/html": "<script>MARKER"}}
    notebook["cells"].append({"cell_type": "heading", "metadata": [], "source": None})
    desk.write(notebook)


# What is no notebook, or hardly one.


def no_notebook(name: str, content: bytes, student: str) -> None:
    """Note a file of these bytes, which earns nothing."""

    def build(desk: Desk) -> None:
        desk.path.write_bytes(content)

    BUILT.append(Attack(student, name, 0, 0, REFUSED, build=build))


no_notebook("An empty file", b"", "empty")
no_notebook("Random bytes", bytes(range(256)) * 400, "junk")
no_notebook("A web page that was saved instead", b"<!doctype html><title>Log in</title>" * 50, "html")
no_notebook("A number instead of a notebook", b"42", "number")
no_notebook("A list instead of a notebook", b"[[], {}]", "list")
no_notebook("JSON of a depth that overflows the stack", b"[" * 200_000 + b"]" * 200_000, "deep-json")
no_notebook(
    "Objects of a depth that overflows the stack",
    b'{"cells":' * 100_000 + b"1" + b"}" * 100_000,
    "deep-objects",
)
no_notebook(
    "A number of a hundred thousand digits",
    b'{"cells": [], "nbformat": ' + b"9" * 100_000 + b"}",
    "long-number",
)
no_notebook("Zero bytes, as after a crash of the disk", bytes(20_000), "zeros")
no_notebook("A notebook without cells", b'{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no-cells")
no_notebook(
    "Cells that are no list",
    b'{"cells": {"a": 1}, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "cells-no-list",
)
no_notebook("A zip file under a notebook's name", b"PK\x03\x04" + bytes(1000), "zip")
no_notebook("A compressed notebook", gzip.compress(b"{}" * 1000), "gzip")


@handed_in("A notebook cut off in the middle", 0, status=REFUSED)
def truncated(desk: Desk) -> None:
    text = json.dumps(desk.right())
    desk.path.write_text(text[: len(text) // 2])


@handed_in("A right notebook with a byte order mark", at_most=6)
def byte_order_mark(desk: Desk) -> None:
    desk.path.write_bytes(codecs.BOM_UTF8 + json.dumps(desk.right()).encode())


@handed_in("A right notebook in UTF-16", at_most=6)
def utf_16(desk: Desk) -> None:
    desk.path.write_bytes(json.dumps(desk.right()).encode("utf-16"))


@handed_in("Bytes that are not UTF-8 in the middle of a string", at_most=6)
def not_utf_8(desk: Desk) -> None:
    desk.path.write_bytes(
        json.dumps(desk.right())
        .replace("# Problem set", "# Problem \x01")
        .encode()
        .replace(b"\\u0001", b"\xff\xfe")
    )


@handed_in("Lone surrogates in answers and names", at_most=6)
def lone_surrogate(desk: Desk) -> None:
    notebook = desk.right()
    cell_of(notebook, "explain")["source"] = "\ud800 and \udfff"
    cell_of(notebook, "solve-double")["source"] += "\n'\ud800'"
    notebook["cells"].append(
        {"cell_type": "markdown", "id": "x", "metadata": {"\udc00": 1}, "source": "\udcff"}
    )
    desk.write(notebook)


@handed_in("NaN, infinity and names that appear twice", at_most=6)
def loose_json(desk: Desk) -> None:
    text = json.dumps(desk.right())
    desk.path.write_text(
        text.replace('"nbformat": 4', '"x": NaN, "y": -Infinity, "z": 1e999, "nbformat": 4, "nbformat": 4')
    )


@handed_in("A notebook of a version that is to come", at_most=6)
def version_99(desk: Desk) -> None:
    desk.write(desk.right() | {"nbformat": 99, "nbformat_minor": -1})


@handed_in("A notebook of version 3", at_most=6)
def version_3(desk: Desk) -> None:
    cells = [
        {"cell_type": "code", "input": source, "language": "python", "metadata": {}, "outputs": []}
        for source in RIGHT.values()
    ]
    desk.write(
        {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    )


@handed_in("Sources that are numbers, lists of lists and null", 0)
def strange_sources(desk: Desk) -> None:
    notebook = desk.blank()
    for cell, source in zip(
        notebook["cells"], [None, 3, [["x"], 1], {"a": 1}, True, [None]] * 3, strict=False
    ):
        cell["source"] = source
    desk.write(notebook)


@handed_in("A hundred thousand cells", at_most=6)
def many_cells(desk: Desk) -> None:
    notebook = desk.right()
    notebook["cells"] += [
        {"cell_type": "raw", "id": f"c{n}", "metadata": {}, "source": "x"} for n in range(100_000)
    ]
    desk.write(notebook)


@handed_in("A notebook of three gigabytes, most of it a hole", 0, status=REFUSED)
def huge_notebook(desk: Desk) -> None:
    desk.write(desk.right())
    os.truncate(desk.path, 3 * 2**30)


@handed_in("Outputs of eighty megabytes in the notebook, the answers right", at_most=6)
def huge_outputs(desk: Desk) -> None:
    notebook = desk.right()
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 80_000_000}
    cell_of(notebook, "solve-double")["outputs"] = [stream]
    desk.write(notebook)
