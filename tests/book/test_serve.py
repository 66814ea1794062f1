"""`course serve`: the built site at a local address."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from course_utils.book.serve import serve
from course_utils.errors import CourseError, UsageError


def test_the_site_is_served_on_the_loopback_address_until_it_is_ended(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>the course</p>")
    call = f"serve(Path({str(tmp_path)!r}), 0, False)"
    code = f"from pathlib import Path; from course_utils.book.serve import serve; {call}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        try:
            address = line.split()[4]
            assert address.startswith("http://127.0.0.1:")
            assert urllib.request.urlopen(address, timeout=10).read() == b"<p>the course</p>"
        finally:
            process.terminate()


def test_without_a_site_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make site"):
        serve(tmp_path)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    (tmp_path / "index.html").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CourseError, match=f"Port {port} is taken"):
            serve(tmp_path, port, open_browser=False)
