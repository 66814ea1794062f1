"""What lies in a folder of submissions is read safely, whatever it is."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from course_utils.grading import reading
from course_utils.grading.reading import Handed, read_submission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted" / "ada" / "hello"
    made.mkdir(parents=True)
    return made


def read(folder: Path) -> Handed:
    return read_submission(folder.parents[1], ("ada", "hello"), ("*.pyc", "__pycache__"))


def test_notebooks_files_and_the_time_are_told_apart(folder: Path) -> None:
    (folder / "hello.ipynb").write_bytes(b"{}")
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    (folder / "data" / "inner").mkdir(parents=True)
    (folder / "data" / "inner" / "rows.csv").write_text("1,2\n")
    (folder / "old.pyc").write_text("not wanted")
    handed = read(folder)
    assert handed.notebooks == {"hello.ipynb": b"{}"}
    assert handed.files == {"data/inner/rows.csv": b"1,2\n"}
    assert handed.timestamp == b"2026-01-01 10:00:00 UTC"
    assert handed.flags == ()
    assert not handed.empty


def test_a_link_is_never_followed_wherever_it_stands(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "solution.ipynb"
    secret.write_text("CANARY")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "cases.py").write_text("CANARY")
    (folder / "hello.ipynb").symlink_to(secret)
    (folder / "broken.ipynb").symlink_to("nowhere")
    (folder / "private").symlink_to(tmp_path / "private")
    (folder / "inner").mkdir()
    (folder / "inner" / "cases.py").symlink_to(tmp_path / "private" / "cases.py")
    handed = read(folder)
    assert "CANARY" not in repr(handed)
    assert handed.notebooks_refused == {"hello.ipynb": "it is a link", "broken.ipynb": "it is a link"}
    assert len(handed.flags) == 4


@pytest.mark.parametrize("which", ["student", "assignment"])
def test_a_folder_that_is_a_link_is_not_read(folder: Path, tmp_path: Path, which: str) -> None:
    other = tmp_path / "bob"
    (other / "hello").mkdir(parents=True)
    (other / "hello" / "hello.ipynb").write_text("CANARY")
    linked, to = (folder.parent, other) if which == "student" else (folder, other / "hello")
    folder.rmdir()
    if which == "student":
        folder.parent.rmdir()
    linked.symlink_to(to)
    handed = read(folder)
    assert "link" in handed.unreadable
    assert handed.notebooks == {}


def test_a_pipe_a_socket_and_a_device_do_not_block(folder: Path) -> None:
    os.mkfifo(folder / "hello.ipynb")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "a.sock"))
    began = time.monotonic()
    handed = read(folder)
    listening.close()
    assert time.monotonic() - began < 1
    assert handed.notebooks_refused == {"hello.ipynb": "it is not a regular file"}
    assert handed.files == {}


def test_a_file_that_turns_into_a_pipe_while_it_is_looked_at_does_not_block(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "hello.ipynb"
    target.write_text("{}")
    looked_at = reading._require_regular

    def then_swapped(mode: int) -> None:
        looked_at(mode)
        if target.is_file() and not target.is_fifo():
            target.unlink()
            os.mkfifo(target)

    monkeypatch.setattr(reading, "_require_regular", then_swapped)
    result: list[Handed] = []
    thread = threading.Thread(target=lambda: result.append(read(folder)), daemon=True)
    thread.start()
    thread.join(5)
    assert result, "reading hangs on the pipe"
    assert result[0].notebooks == {}


def test_sizes_and_numbers_are_limited(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_NOTEBOOK", 100)
    monkeypatch.setattr(reading, "LARGEST_FILE", 200)
    monkeypatch.setattr(reading, "LARGEST_SUBMISSION", 500)
    monkeypatch.setattr(reading, "MOST_FILES", 8)
    (folder / "hello.ipynb").write_bytes(b"x" * 101)
    with (folder / "sparse").open("wb") as file:
        file.truncate(2**40)
    for number in range(10):
        (folder / f"file{number}").write_bytes(b"y" * 150)
    handed = read(folder)
    assert handed.notebooks_refused["hello.ipynb"].startswith("it is larger than")
    assert len(handed.files) == 3
    assert sum(map(len, handed.files.values())) <= 500
    assert any("at most 8 files" in flag for flag in handed.flags)


def test_folders_in_folders_end_somewhere(folder: Path) -> None:
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    (deep / "file").write_text("deep")
    handed = read(folder)
    assert handed.files == {}
    assert any("deep" in flag for flag in handed.flags)


def test_names_that_are_no_text_are_left_out_and_can_be_printed(folder: Path) -> None:
    (Path(os.fsdecode(os.fsencode(folder) + b"/hello\xff.ipynb"))).write_text("{}")
    (folder / "two\nlines.txt").write_text("x")
    handed = read(folder)
    assert handed.notebooks == {}
    assert handed.files == {}
    assert len(handed.flags) == 2
    for flag in handed.flags:
        assert flag.isprintable()


def test_a_hard_link_is_read_and_flagged(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "original").write_text("{}")
    os.link(tmp_path / "original", folder / "hello.ipynb")
    handed = read(folder)
    assert handed.notebooks == {"hello.ipynb": b"{}"}
    assert "hard link" in handed.flags[0]


def test_nothing_at_all_is_empty_and_a_missing_folder_is_said(folder: Path) -> None:
    assert read(folder).empty
    folder.rmdir()
    assert "cannot be read" in read(folder).unreadable
