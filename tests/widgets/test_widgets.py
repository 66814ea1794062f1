"""The widgets' Python side: what they share, and what a notebook holds of them."""

from __future__ import annotations

import nbclient
import nbformat
import numpy as np
import pytest
import traitlets

from course_utils import widgets
from course_utils.widgets import base, demos, modules, vendored

MAKERS = {name: getattr(widgets, name) for name in widgets.__all__}


def test_every_demo_has_a_widget_and_a_function() -> None:
    assert sorted(demos.WIDGETS) == modules.available()
    assert sorted(name.replace("_", "-") for name in widgets.__all__) == modules.available()


@pytest.mark.parametrize("name", MAKERS)
def test_a_widget_holds_its_demo_and_its_styles_and_nothing_large(name: str) -> None:
    widget = MAKERS[name]()
    assert widget.demo == name.replace("_", "-")
    state = widget.get_state()
    assert f'["demos/{widget.demo}.js"' in state["_esm"]
    assert ".lab-plot" in state["_css"]
    assert sum(len(str(value)) for value in state.values()) < 300_000


def test_arrays_become_plain_numbers() -> None:
    widget = widgets.line_fit(np.array([[0, 1], [1, 3]]), weight=np.float32(0.5))
    assert widget.points == [[0.0, 1.0], [1.0, 3.0]]
    assert widget.get_state()["weight"] == 0.5


def test_infinity_arrives_as_none_and_is_borne() -> None:
    widget = widgets.line_fit()
    widget.set_state({"weight": None, "loss": None})
    assert widget.loss is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        widgets.optimizer_race("mountain")
    with pytest.raises(traitlets.TraitError):
        widgets.neuron(weights=[1, 2])


def test_the_kernel_sends_files_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = widgets.tfjs_neuron()
    sent = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    widget._handle_custom_msg({"kind": "other"}, [])
    assert sent == []
    for path in ("vendor/tfjs/tf.fesm.min.js", "models/digits-cnn/model.json"):
        widget._handle_custom_msg({"kind": "file", "path": path}, [])
        content, [data] = sent.pop()
        assert content == {"kind": "file", "path": path}
        assert data == (vendored.local_copy(path) or modules.static_folder() / path).read_bytes()
    widget._handle_custom_msg({"kind": "file", "path": "../../pyproject.toml"}, [])
    content, buffers = sent.pop()
    assert buffers == []
    assert content["problem"].startswith("The course has no file ../../pyproject.toml")


class Drawn(base.DemoWidget):
    demo = "line-fit"
    drawing = base.array()


def test_arrays_travel_as_bytes_and_come_back() -> None:
    widget = Drawn(drawing=[[0, 1], [2, 3]])
    assert widget.drawing.dtype == np.int32
    message = widget.get_state()["drawing"]
    assert message["shape"] == [2, 2]
    assert bytes(message["data"]) == widget.drawing.tobytes()
    widget.set_state({"drawing": {"shape": [3], "dtype": "float32", "data": np.float32([1, 2, 4]).tobytes()}})
    np.testing.assert_array_equal(widget.drawing, [1, 2, 4])
    widget.set_state({"drawing": None})
    assert widget.drawing is None
    with pytest.raises(traitlets.TraitError, match="numpy array"):
        widget.drawing = ["a", "b"]


def test_a_notebook_shows_a_widget() -> None:
    """Run by a real kernel: the output holds the view, the notebook holds the state."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell("from course_utils import widgets\nfit = widgets.line_fit()\nfit"),
        nbformat.v4.new_code_cell("fit.weight = 2.5\nprint(fit.weight, fit.points[0])"),
    ]
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    [output] = notebook.cells[0].outputs
    view = output.data["application/vnd.jupyter.widget-view+json"]
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert state[view["model_id"]]["state"]["weight"] == 2.5
    assert "demos/line-fit.js" in state[view["model_id"]]["state"]["_esm"]
    assert notebook.cells[1].outputs[0].text == "2.5 [-1.0, -3.0]\n"


def test_the_package_is_cheap_until_a_widget_is_made() -> None:
    import subprocess
    import sys

    code = "import sys; from course_utils import widgets; widgets.line_fit; print('anywidget' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"
