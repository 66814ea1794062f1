"""Where real data comes from: a download is checked, and a failure loses nothing."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.data import fetch, sources, wheels
from course_utils.errors import CourseError

CONTENT = b"a small data set\n" * 1000


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on this machine that holds one file."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "set.bin").write_bytes(CONTENT)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("COURSE_DATA", raising=False)
    return tmp_path


def remote(url: str, content: bytes = CONTENT) -> sources.RemoteFile:
    return sources.RemoteFile(
        "A set", "datasets/set.bin", url, hashlib.sha256(content).hexdigest(), len(content)
    )


def test_a_download_lands_in_keras_cache(address: str, home: Path) -> None:
    file = remote(f"{address}/set.bin")
    assert sources.at_hand(file) is None
    path = sources.download(file)
    assert path == home / "datasets" / "set.bin"
    assert path.read_bytes() == CONTENT
    assert sources.at_hand(file) == path


def test_a_download_with_other_bytes_is_refused_and_not_kept(address: str, home: Path) -> None:
    with pytest.raises(ValueError, match="other bytes"):
        sources.download(remote(f"{address}/set.bin", CONTENT + b"!"))
    assert list((home / "datasets").iterdir()) == []


def test_a_failed_download_keeps_the_older_file(address: str, home: Path) -> None:
    kept = home / "datasets" / "set.bin"
    kept.parent.mkdir()
    kept.write_bytes(b"older")
    with pytest.raises(OSError, match="404"):
        sources.download(remote(f"{address}/gone.bin"))
    assert kept.read_bytes() == b"older"


def test_a_truncated_file_does_not_count_as_at_hand(home: Path) -> None:
    path = home / "datasets" / "set.bin"
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    assert sources.at_hand(remote("http://127.0.0.1:9/set.bin")) is None


def test_course_data_comes_before_keras_cache(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (home / "datasets", tmp_path / "class" / "keras_home" / "datasets"):
        folder.mkdir(parents=True)
        (folder / "set.bin").write_bytes(CONTENT)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    assert sources.at_hand(remote("http://127.0.0.1:9/set.bin")) == folder / "set.bin"


def test_fetch_names_the_address_that_cannot_be_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ALL", (remote("http://127.0.0.1:9/set.bin"),))
    monkeypatch.setattr(wheels, "ALL", ())
    with pytest.raises(CourseError, match=r"http://127\.0\.0\.1:9/set\.bin .*COURSE_DATA"):
        fetch()


def test_fetch_brings_what_is_missing_once(address: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ALL", (remote(f"{address}/set.bin"),))
    monkeypatch.setattr(wheels, "ALL", ())
    assert fetch() == [home / "datasets" / "set.bin"]
    monkeypatch.setattr(sources, "ALL", (remote("http://127.0.0.1:9/set.bin"),))
    assert fetch() == [home / "datasets" / "set.bin"]


def test_offline_mode_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(
        sources.socket, "create_connection", lambda *a, **k: pytest.fail("a connection was made")
    )
    sources.reachable.cache_clear()
    assert not sources.reachable("example.org")
    sources.reachable.cache_clear()
