"""A web server for the built site, as a host would serve it: compressed, cacheable, with the right content types."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import BinaryIO

from course_utils.loopback import CONTENT_TYPES, serving

COMPRESSED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".wasm", ".xml"}


@contextmanager
def serve(folder: Path, prefix: str = "") -> Iterator[str]:
    """Serve `folder` on a free port of this machine while the block runs.

    Args:
        folder: the built site.
        prefix: a path to serve it under, such as "/course", as GitHub Pages does; what lies outside is not found.

    Yields:
        The address of the site, without a slash at the end.
    """
    handler = partial(SiteHandler, directory=str(folder), prefix=prefix.rstrip("/"))
    with serving(handler) as address:
        yield f"{address}{prefix.rstrip('/')}"


class SiteHandler(SimpleHTTPRequestHandler):
    """Serves one folder under a prefix; what a reader's browser may keep, it may keep for `keep` seconds."""

    protocol_version = "HTTP/1.1"
    extensions_map = CONTENT_TYPES

    def __init__(self, *arguments: object, prefix: str = "", keep: int = 600, **options: object) -> None:
        self.prefix = prefix
        self.keep = keep
        super().__init__(*arguments, **options)

    def send_head(self) -> BinaryIO | io.BytesIO | None:
        """Answer with the file, compressed where that pays and the browser takes it."""
        if not self.path.startswith(f"{self.prefix}/"):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        self.path = self.path[len(self.prefix) :]
        path = Path(self.translate_path(self.path))
        compress = path.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
        if not compress or not path.is_file():
            return super().send_head()
        body = _compressed(path, path.stat().st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self) -> None:
        """Say how long the answer may be kept."""
        self.send_header("Cache-Control", f"max-age={self.keep}")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Requests are not logged."""


@lru_cache(maxsize=512)
def _compressed(path: Path, modified: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6)
