"""TensorFlow.js in a real page: the same jobs as under Node, on a browser's WebGL and WebAssembly."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from course_utils.conversion.proof.jobs import JOB_SECONDS, Job, Result
from course_utils.conversion.proof.tensorflow_js import describe, result_of
from course_utils.loopback import CONTENT_TYPES, serving
from course_utils.node import modules

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BACKENDS = ("webgl", "wasm")
_HERE = Path(__file__).parent
_PACKAGES = ("@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm")


def run(
    browser: Browser, jobs: Sequence[Job], *, policy: str = "", job_seconds: float = JOB_SECONDS
) -> list[Result]:
    """The jobs' results, in order, all from one page; what went wrong with one is in its `error`.

    Args:
        browser: a Playwright browser; the page has a context of its own, with nothing but loopback to load from.
        jobs: of the formats tfjs-layers and tfjs-graph, on the backends "webgl", "wasm" or "cpu".
        policy: the page's Content-Security-Policy.
        job_seconds: longest time for one job.

    Raises:
        CourseError: TensorFlow.js is missing and could not be installed.
    """
    from playwright.sync_api import Error

    with tempfile.TemporaryDirectory(prefix="course-page-") as folder:
        scratch = Path(folder)
        described = describe(scratch, dict(enumerate(jobs)))
        places = {str(index): Path(job.folder) for index, job in enumerate(jobs)}
        with _served(scratch, places, policy) as address:
            context = browser.new_context()
            try:
                page = context.new_page()
                page.set_default_timeout(1000 * job_seconds)
                results = []
                _open(page, address)
                for job, request in zip(jobs, described, strict=True):
                    try:
                        event = page.evaluate("(job) => window.run(job)", request)
                    except Error as error:
                        event = {"error": str(error).splitlines()[0], "fatal": True}
                    if event.get("fatal"):
                        _open(page, address)
                    results.append(result_of(event, job, scratch))
                return results
            finally:
                context.close()


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("window.run")


@contextmanager
def _served(scratch: Path, models: dict[str, Path], policy: str) -> Iterator[str]:
    handler = partial(_Handler, scratch=scratch, models=models, policy=policy)
    with serving(handler) as address:
        yield f"{address}/"


class _Handler(SimpleHTTPRequestHandler):
    """Serves the page, TensorFlow.js, the models and the inputs, and takes the outputs."""

    protocol_version = "HTTP/1.1"
    extensions_map = CONTENT_TYPES

    def __init__(
        self, *arguments: object, scratch: Path, models: dict[str, Path], policy: str, **options: object
    ) -> None:
        self.scratch, self.models, self.policy = scratch, models, policy
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        """The page and the empty module from here, all else from its folder."""
        path = urlsplit(self.path).path
        if path == "/":
            meta = (
                f'<meta http-equiv="Content-Security-Policy" content="{self.policy}">' if self.policy else ""
            )
            page = (_HERE / "chromium.html").read_text(encoding="utf-8").replace("<!-- policy -->", meta)
            self._answer(page.encode(), "text/html")
        elif path == "/none.mjs":
            self._answer(b"export default {};", "text/javascript")
        else:
            super().do_GET()

    def do_PUT(self) -> None:
        """One output's bytes."""
        name = Path(urlsplit(self.path).path).name
        (self.scratch / name).write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(b"", "text/plain")

    def translate_path(self, path: str) -> str:
        """Where a served file lies; what is not told apart here does not exist."""
        kind, _, rest = unquote(urlsplit(path).path).lstrip("/").partition("/")
        if kind == "models":
            number, _, rest = rest.partition("/")
            base = self.models.get(number)
        else:
            base = {"modules": modules(*_PACKAGES), "proof": _HERE, "scratch": self.scratch}.get(kind)
        file = (base / rest).resolve() if base else None
        is_inside = base is not None and file is not None and file.is_relative_to(base.resolve())
        return str(file if is_inside else self.scratch / "none")

    def log_message(self, *arguments: object) -> None:
        """Nothing: a test's output is its own."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
