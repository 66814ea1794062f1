"""The demos' files as a notebook gets them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.widgets import modules, tensorflow_js


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A static folder of the test's own."""
    for folder in ("lab", "demos"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(modules, "static_folder", lambda: tmp_path)
    return tmp_path


def test_a_module_comes_after_all_that_it_imports() -> None:
    for demo in modules.available():
        order = modules.in_order(f"demos/{demo}.js")
        assert order[-1] == f"demos/{demo}.js"
        assert len(order) == len(set(order))
        for position, path in enumerate(order):
            assert set(modules._imports(path)) <= set(order[:position])


def test_imports_over_several_lines_and_reexports_are_found_but_not_words_in_comments(static: Path) -> None:
    (static / "demos" / "one.js").write_text(
        'import {\n  a,\n  b,\n} from "../lab/first.js";\n'
        'export { c } from "../lab/second.js";\n'
        ' * import("../lab/third.js") in a comment\n'
        "const text = 'from \"../lab/fourth.js\"';\n"
    )
    for name in ("first", "second"):
        (static / "lab" / f"{name}.js").write_text("")
    assert modules.in_order("demos/one.js") == ["lab/first.js", "lab/second.js", "demos/one.js"]
    linked = modules._linked("demos/one.js")
    assert 'from "lab:lab/first.js"' in linked
    assert 'from "lab:lab/second.js"' in linked
    assert 'import("../lab/third.js")' in linked


def test_a_circle_of_imports_is_refused(static: Path) -> None:
    (static / "demos" / "one.js").write_text('import "../lab/a.js";')
    (static / "lab" / "a.js").write_text('import "./b.js";')
    (static / "lab" / "b.js").write_text('import "./a.js";')
    with pytest.raises(CourseError, match=r"lab/a.js → lab/b.js → lab/a.js import one another"):
        modules.in_order("demos/one.js")


def test_a_missing_module_is_named(static: Path) -> None:
    (static / "demos" / "one.js").write_text('import "../lab/gone.js";')
    with pytest.raises(CourseError, match=r"lab/gone\.js is missing"):
        modules.in_order("demos/one.js")


def test_the_pinned_tensorflow_js_is_the_one_that_the_site_serves(root: Path) -> None:
    lock = json.loads((root / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/@tensorflow/tfjs"]["version"] == tensorflow_js.VERSION
    copy = root / "node_modules" / "@tensorflow" / "tfjs" / "dist" / "tf.fesm.min.js"
    digest = base64.b64encode(hashlib.sha384(copy.read_bytes()).digest()).decode()
    assert f"sha384-{digest}" == tensorflow_js.INTEGRITY


def test_the_published_site_goes_before_the_delivery_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_SITE", raising=False)
    assert f"@{tensorflow_js.VERSION}/" in tensorflow_js.address()
    monkeypatch.setenv("COURSE_SITE", "https://course.example/ml/")
    assert tensorflow_js.address() == "https://course.example/ml/_static/vendor/tfjs/tf.fesm.min.js"
