"""What the widgets are made of: the base classes, and the traits by which values and arrays travel.

A demo that computes with TensorFlow.js becomes a widget in ten lines. In `lab_demos.py`:

    class Digits(LabWidget):
        '''See `course_utils.widgets.digits`.'''

        demo = "digits"                      # book/_static/demos/digits.js
        compare = shared(traitlets.Bool(True))
        digit = shared(traitlets.Int(None, allow_none=True))
        drawing = array()                    # None, or a numpy array

and in `laboratory.py` a function `digits(…)` that returns it, named in its `__all__` and in that of `__init__.py`.
In JavaScript `createSync(model)` (lab/sync.js) brings plain values back, `sync.sendArray("drawing", numbers, [28, 28])`
a typed array, `sync.sendArrays` a list of them (`arrays()` here), and `arrayOr(model, "drawing", null)` reads one that
Python has set. Files of `models/` and the other folders of `_static/` need nothing: `kit.loadModel` and
`kit.fetchFile` ask the kernel for them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from course_utils.errors import CourseError
from course_utils.widgets import modules, vendored


def shared(trait: traitlets.TraitType) -> Any:
    """A trait that Python and the browser share."""
    return trait.tag(sync=True)


def number(default: float | None = None) -> Any:
    """A shared number; a browser has no JSON for infinity, which a diverging run reaches: it arrives as None."""
    return shared(traitlets.Float(default, allow_none=True))


def numbers() -> Any:
    """A shared list of numbers, of which some may be None."""
    return shared(traitlets.List(traitlets.Float(allow_none=True), default_value=[]))


class Array(traitlets.TraitType):
    """A numpy array, or None. What can be made an array is made one."""

    info_text = "a numpy array or None"
    default_value = None
    allow_none = True

    def validate(self, obj: Any, value: Any) -> np.ndarray | None:
        """The value as an array of numbers that a typed array of JavaScript can hold."""
        if value is None:
            return None
        found = np.ascontiguousarray(value)
        if found.dtype.name not in _TYPES:
            if found.dtype.kind not in "biuf":
                self.error(obj, value)
            found = found.astype(np.float32 if found.dtype.kind == "f" else np.int32)
        return found


_TYPES = ("float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32")


def array() -> Any:
    """A shared numpy array (None until there is one): it travels as bytes, not as text."""
    return Array().tag(sync=True, to_json=_array_to_message, from_json=_array_from_message)


def arrays() -> Any:
    """A shared list of numpy arrays, such as a network's weights."""
    return traitlets.List(trait=Array(), default_value=[]).tag(
        sync=True,
        to_json=lambda value, widget: [_array_to_message(item, widget) for item in value],
        from_json=lambda value, widget: [_array_from_message(item, widget) for item in value],
    )


def _array_to_message(value: np.ndarray | None, _widget: object) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"shape": list(value.shape), "dtype": value.dtype.name, "data": memoryview(value.tobytes())}


def _array_from_message(message: dict[str, Any] | None, _widget: object) -> np.ndarray | None:
    if message is None:
        return None
    flat = np.frombuffer(bytes(message["data"]), dtype=message["dtype"])
    return flat.reshape(message["shape"])


class DemoWidget(anywidget.AnyWidget):
    """A demo of the book as a widget. Subclasses name the demo and the traits that it reads or sets."""

    demo: ClassVar[str]

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_esm")
    def _script(self) -> str:
        return modules.notebook_script(self.demo)

    @traitlets.default("_css")
    def _styles(self) -> str:
        return modules.stylesheet(self.demo)


class LabWidget(DemoWidget):
    """A demo that computes with TensorFlow.js, perhaps with models that ship with the course.

    The browser takes TensorFlow.js from the course's site or a delivery network, and everything else from the
    kernel; where there is no network, the kernel sends TensorFlow.js too, if this machine has a copy.
    """

    remote_files = shared(traitlets.Dict(help="Address and hash of what is not part of the widget."))
    files_from_kernel = shared(traitlets.Bool(help="Can the kernel send those when an address fails?"))
    site = shared(traitlets.Unicode(help="The published site, for links; empty where it is not known."))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.on_msg(self._answer)

    @traitlets.default("remote_files")
    def _addresses(self) -> dict[str, dict[str, str]]:
        return vendored.remote_files()

    @traitlets.default("files_from_kernel")
    def _can_send(self) -> bool:
        return any(vendored.local_copy(path) for path in vendored.FILES)

    @traitlets.default("site")
    def _site(self) -> str:
        return vendored.site()

    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "file":
            return
        path = str(content.get("path"))
        answer = {"kind": "file", "path": path}
        try:
            file = vendored.local_copy(path) or modules.shipped_file(path)
        except CourseError as error:
            self.send({**answer, "problem": str(error)})
        else:
            self.send(answer, buffers=[file.read_bytes()])
