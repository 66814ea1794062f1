"""Starts and ends the process in which sphinxcontrib-katex renders formulas.

Left to itself it starts the process at the first formula and connects as soon as its socket file exists, which on
a busy machine is before anybody listens there; and the process lives as long as the one that built the site.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinxcontrib import katex

_SECONDS = 60.0


def setup(app: Sphinx) -> None:
    """Start the renderer with a build of pages, and end it with that build."""
    app.connect("builder-inited", _start)
    app.connect("build-finished", _end)


def _start(app: Sphinx) -> None:
    if app.builder.format != "html" or not app.config.katex_prerender:
        return
    katex.RENDER_TIMEOUT = _SECONDS
    _end(app, None)
    folder = Path(tempfile.mkdtemp(prefix="course-katex-"))
    # Over a loopback port, where the library tries again until the renderer answers.
    process, connection = katex.KaTeXServer.start_network_socket(folder, _SECONDS)
    katex.KaTeXServer.katex_server = katex.KaTeXServer(folder, process, connection)


def _end(app: Sphinx, exception: Exception | None) -> None:
    if katex.KaTeXServer.katex_server is not None:
        katex.KaTeXServer.katex_server.terminate()
        katex.KaTeXServer.katex_server = None
