"""The site's server sends pages as a host would: compressed, with the right types, under a path of its own."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from course_utils.book.server import serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of three files beside one that does not belong to it."""
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret.txt").write_text("not for you", encoding="utf-8")
    (site / "index.html").write_text("<p>Home</p>", encoding="utf-8")
    (site / "lab.js").write_text("export {};", encoding="utf-8")
    (site / "a.wasm").write_bytes(b"\0asm")
    return site


def fetch(address: str, **headers: str) -> urllib.response.addinfourl:
    return urllib.request.urlopen(urllib.request.Request(address, headers=headers))


def test_text_is_compressed_for_browsers_that_accept_it(folder: Path) -> None:
    with serve(folder) as site, fetch(f"{site}/index.html", **{"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == b"<p>Home</p>"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("", "text/html"), ("lab.js", "text/javascript"), ("a.wasm", "application/wasm")],
)
def test_every_file_has_its_type(folder: Path, path: str, kind: str) -> None:
    with serve(folder) as site, fetch(f"{site}/{path}") as answer:
        assert answer.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize("path", ["/index.html", "/other/index.html", "/course/../../secret.txt"])
def test_nothing_is_found_outside_the_site(folder: Path, path: str) -> None:
    with serve(folder, "/course") as site:
        with fetch(f"{site}/index.html") as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(site.removesuffix("/course") + path)
