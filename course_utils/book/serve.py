"""Serves the built site at a local address."""

from __future__ import annotations

import webbrowser
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from course_utils.book.server import SiteHandler
from course_utils.errors import CourseError, UsageError


def serve(html: Path, port: int = 8000, open_browser: bool = True) -> None:
    """Serve the folder `html` on the loopback address until Ctrl-C.

    Raises `UsageError` when there is no site yet and `CourseError` when the port is taken.
    """
    if not (html / "index.html").is_file():
        raise UsageError(f"There is no site in {html} yet: run `make site` first.")
    try:
        # Nothing is kept: a rebuilt page must not be hidden by the browser's cache.
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(SiteHandler, directory=str(html), keep=0))
    except OSError as error:
        raise CourseError(f"Port {port} is taken ({error.strerror}): name another with --port.") from error
    address = f"http://127.0.0.1:{server.server_port}/"
    print(f"The course is at {address} (Ctrl-C ends it)", flush=True)
    if open_browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
