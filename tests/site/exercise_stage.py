"""What the tests of exercises share: every exercise of the book, and a page that runs code and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from playwright.sync_api import Browser, Route

from course_utils.book.assets import vendor
from course_utils.book.live_body import read_body
from course_utils.book.live_exercise import SECTIONS, check_names
from course_utils.book.myst import walk
from course_utils.book.pages import pages, source
from course_utils.book.server import serve
from tests.book.conftest import FRONT, build_book, make_book
from tests.conftest import ROOT

ORIGIN = "http://localhost"
PAGE = """<!doctype html><title>An exercise</title><script type="module">
import { Group } from "/lab/live/group.js";
window.judge = async (code, checks) => {
  const heard = [];
  const group = new Group(`${location.origin}/`);
  const cell = {
    name: "exercise", hear: (message) => heard.push(message), lose() {},
    source: () => ({ code, raises: false, needs: "tf", backend: "wasm", checks, fresh: true }),
  };
  group.cells.push(cell);
  const ended = await group.run(cell);
  group.end("stopped");
  const errors = heard.flatMap((message) => message.items ?? []).filter((item) => item.kind === "error");
  const leak = ended.memory?.leak?.count ?? 0;
  return { ok: ended.ok, verdicts: ended.checks ?? [], errors: errors.map((item) => item.text), leak };
};
window.ready = true;
</script>"""


EXERCISE = """\
# Exercises

```{live-exercise} double
:title: Twice as much
:week: week3
function double(x) {
  return x;
}
--- task
Make `double(x)` return twice its argument, a tensor, and leak nothing.
--- checks
check("double(3) is 6", async () => close(await call("double", [tf.scalar(3)]), 6), { seconds: 1 });
check("it leaks nothing", () => leaksNothing(() => call("double", [3]), 10, "A call of double"), { seconds: 1 });
--- hint
`tf.mul` multiplies.
--- solution
function double(x) {
  return tf.mul(x, 2);
}
```

```{live} sum
:needs: nothing
1 + 1
```

:::{progress}
:::
"""


@dataclass(frozen=True)
class Exercise:
    """An exercise as its page has it."""

    page: str
    name: str
    code: str
    checks: str
    solution: str

    @property
    def names(self) -> list[str]:
        """What its checks are called."""
        return check_names(self.checks)


def exercises() -> list[Exercise]:
    """Every exercise of the book."""
    found = []
    for page in pages(ROOT):
        for directive in walk(source(ROOT, page).read_text(encoding="utf-8"), page):
            if directive.name == "live-exercise":
                body = read_body(directive.body, SECTIONS)
                parts = (body.code, body.sections["checks"], body.sections["solution"])
                found.append(Exercise(page, directive.argument, *parts))
    return found


#: `judge(code, checks)`: a dictionary with `ok`, `verdicts` (name, state and perhaps why), `errors`, and how many
#: tensors the code's own run leaked.
Judge = Callable[[str, str], dict]


@contextmanager
def judging(browser: Browser) -> Iterator[Judge]:
    """A page that runs code and checks as the site does: in the worker of the live cells, each time a fresh one."""
    context = browser.new_context()
    vendored = vendor(ROOT)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(f"{ORIGIN}/").split("?")[0]
        if not path:
            route.fulfill(body=PAGE, content_type="text/html")
            return
        folder = vendored.parent if path.startswith("vendor/") else ROOT / "book" / "_static"
        kind = guess_type(path)[0] or "application/octet-stream"
        if (folder / path).is_file():
            route.fulfill(body=(folder / path).read_bytes(), content_type=kind)
        else:
            route.fulfill(status=404, body="not found")

    try:
        context.route("**/*", answer)
        page = context.new_page()
        page.goto(f"{ORIGIN}/")
        page.wait_for_function("window.ready")
        yield lambda code, checks: page.evaluate("([code, checks]) => judge(code, checks)", [code, checks])
    finally:
        context.close()


@contextmanager
def exercise_page(folder: Path) -> Iterator[str]:
    """Serve a page with one exercise, a live cell, and the progress of both; yields its address."""
    book = make_book(folder)
    (book / "book" / "page.md").write_text(FRONT + EXERCISE, encoding="utf-8")
    css = ["lab/lab.css", "lab/directives.css", "lab/css/exercise.css", "lab/progress.css"]
    static = ["book/_static", str(vendor(ROOT).parent)]
    built = build_book(book, html_css_files=css, html_static_path=static)
    assert built.warnings == ""
    with serve(built.out) as site:
        yield f"{site}/book/page.html"
