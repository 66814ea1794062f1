"""The demos' files as a notebook gets them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
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


def test_a_demo_brings_the_sheets_that_it_names(static: Path) -> None:
    (static / "lab" / "css").mkdir()
    for name in ("lab.css", "css/kit.css", "css/charts.css", "css/one.css", "css/two.css"):
        (static / "lab" / name).write_text(f"/* {name} */")
    (static / "lab" / "kit.js").write_text("")
    kit = 'import { openKit } from "../lab/kit.js";\n'
    demos = {
        "one": f'{kit}const kit = await openKit({{ model, el, backends: ["cpu"], styles: ["two", "one"] }});',
        "two": f'{kit}const kit = await openKit({{ model, el, styles: "two" }});',
        "three": 'await addStyles(model, "one");',
        "four": "",
        "five": 'await addStyles(model, "none");',
    }
    for name, source in demos.items():
        (static / "demos" / f"{name}.js").write_text(source)
    found = {}
    for name in ("one", "two", "three", "four"):
        modules.stylesheet.cache_clear()
        found[name] = re.findall(r"/\* (?:css/)?(\w+)\.css \*/", modules.stylesheet(name))
    modules.stylesheet.cache_clear()
    assert found == {
        "one": ["lab", "kit", "charts", "two", "one"],
        "two": ["lab", "kit", "charts", "two"],
        "three": ["lab", "one"],
        "four": ["lab"],
    }
    with pytest.raises(CourseError, match=r"lab/css/none\.css is missing"):
        modules.stylesheet("five")


def test_the_wheel_takes_along_what_widgets_send(root: Path) -> None:
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["sources"]["book/_static"] == "course_utils/widgets/static"
    patterns = [entry.lstrip("/") for entry in wheel["include"] if entry.startswith("/book/")]
    taken = {file for pattern in patterns for file in root.glob(pattern)}
    static = root / "book" / "_static"
    for demo in modules.available():
        for path in modules.in_order(f"demos/{demo}.js"):
            assert static / path in taken
    for sheet in (static / "lab").rglob("*.css"):
        assert sheet in taken
    for model in (static / "models").glob("*/model.json"):
        needed = {
            path for group in json.loads(model.read_text())["weightsManifest"] for path in group["paths"]
        }
        assert {model, *(model.parent / path for path in needed)} <= taken
    assert not [file for file in taken if file.suffix in (".keras", ".webp") and "samples" not in file.parts]
