"""The demos' files as a notebook gets them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from course_utils.errors import CourseError
from course_utils.widgets import modules, vendored


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


def test_what_is_pinned_is_what_the_site_serves(root: Path) -> None:
    lock = json.loads((root / "package-lock.json").read_text())
    for origin in vendored.FILES.values():
        assert lock["packages"][f"node_modules/{origin.package}"]["version"] == vendored.VERSION
        copy = root / "node_modules" / origin.package / origin.file
        digest = base64.b64encode(hashlib.sha384(copy.read_bytes()).digest()).decode()
        assert f"sha384-{digest}" == origin.integrity


def test_the_published_site_goes_before_the_delivery_network(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "vendor/tfjs/tf.fesm.min.js"
    monkeypatch.delenv("COURSE_SITE", raising=False)
    assert f"@{vendored.VERSION}/" in vendored.remote_files()[path]["address"]
    monkeypatch.setenv("COURSE_SITE", "https://course.example/ml/")
    assert vendored.remote_files()[path]["address"] == f"https://course.example/ml/_static/{path}"


def test_only_files_beside_the_demos_are_given_out(static: Path) -> None:
    (static / "demos" / "one.js").write_text("//")
    (static.parent / "secret.txt").write_text("no")
    assert modules.shipped_file("demos/one.js") == static / "demos" / "one.js"
    for path in ("../secret.txt", "demos", "demos/none.js", str(static.parent / "secret.txt")):
        with pytest.raises(CourseError, match="has no file"):
            modules.shipped_file(path)


def test_a_demo_of_the_kit_brings_its_sheets(static: Path) -> None:
    (static / "lab" / "css").mkdir()
    for name in ("lab.css", "css/kit.css", "css/charts.css", "css/one.css", "css/two.css"):
        (static / "lab" / name).write_text(f"/* {name} */")
    (static / "lab" / "kit.js").write_text("")
    (static / "demos" / "one.js").write_text('import "../lab/kit.js";')
    (static / "demos" / "two.js").write_text("")
    modules.stylesheet.cache_clear()
    assert modules.stylesheet("one").split("\n") == [
        f"/* {name} */" for name in ("lab.css", "css/kit.css", "css/charts.css", "css/one.css")
    ]
    assert modules.stylesheet("two").split("\n") == ["/* lab.css */", "/* css/two.css */"]
    modules.stylesheet.cache_clear()
