"""`course convert` as a person meets it: what it prints, where, with which exit status, and what Ctrl-C leaves."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "course"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that is converted in a second, and one that takes longer."""
    import keras

    folder = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(1)
    layers = keras.layers
    keras.Sequential([keras.Input((4,)), layers.Dense(3, name="only")]).save(folder / "small.keras")
    slow = [layers.Conv2D(16, 3, padding="same", activation="relu") for _ in range(12)]
    keras.Sequential([keras.Input((48, 48, 3)), *slow, layers.Flatten(), layers.Dense(2)]).save(
        folder / "slow.keras"
    )
    return folder


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def course(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100", **environment},
    )


def test_the_report_is_on_stdout_alone(models: Path, tmp_path: Path) -> None:
    said = course("convert", models / "small.keras", "--to", "tfjs-layers", "--out", "web", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    lines = said.stdout.splitlines()
    assert lines[0].startswith(f"{models / 'small.keras'} → tfjs-layers, in ")
    assert re.match(r"  model\.json +[\d.]+ k?B$", lines[1])
    assert re.match(r"  group1-shard1of1\.bin +60 B$", lines[2])
    for backend in ("CPU", "WASM"):
        assert re.search(rf"TensorFlow\.js \({backend}\) +largest difference [\d.]+e-\d+", said.stdout)
    assert lines[-2] == f"Written to {tmp_path / 'web'}"
    assert lines[-1] == "In the page: const model = await tf.loadLayersModel('web/model.json');"
    assert sorted(file.name for file in (tmp_path / "web").iterdir()) == [
        "group1-shard1of1.bin",
        "model.json",
    ]


def test_what_fell_short_is_1_and_what_was_asked_wrongly_is_2(models: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    said = course("convert", "broken.h5", "--to", "onnx", "--out", "out", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("course: broken.h5 is damaged or incomplete: copy or save it again")
    assert said.stderr.count("\n") == 1
    said = course("convert", models / "small.keras", "--to", "tfjs", "--out", "out", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("course: There is no format 'tfjs'")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.h5"]


def test_debug_shows_where_it_failed(tmp_path: Path) -> None:
    (tmp_path / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    said = course("--debug", "convert", "broken.h5", "--to", "onnx", "--out", "out", cwd=tmp_path)
    assert said.returncode == 1
    assert "Traceback" in said.stderr
    assert "hdf5.py" in said.stderr


def test_all_options_reach_the_conversion(models: Path, tmp_path: Path) -> None:
    words = ["convert", models / "small.keras", "--to", "litert", "--out", "out"]
    assert course(*words, "--quantize", "uint8", cwd=tmp_path).returncode == 2
    assert "gone.npz" in course(*words, "--data", "gone.npz", cwd=tmp_path).stderr
    assert "no engine 'x'" in course(*words, "--engine", "x", cwd=tmp_path).stderr
    said = course(*words, "--verify", "0", cwd=tmp_path)
    assert "Nothing was compared" in said.stdout, said.stderr
    assert "--force" in course(*words, cwd=tmp_path).stderr
    said = course(*words, "--force", "--verify", "7", "--quantize", "dynamic", cwd=tmp_path)
    assert "quantised as dynamic" in said.stdout, said.stderr


def test_a_terminal_shows_what_is_being_done_and_stdout_stays_clean(models: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    words = [str(PROGRAM), "convert", str(models / "small.keras"), "--to", "litert", "--out", "out"]
    process = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=slave, env={**os.environ})
    os.close(slave)
    shown = b""
    while True:
        ready, _, _ = select.select([master], [], [], 120)
        assert ready, "it stopped to show that it works"
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux tells the end of a terminal so
            break
        if not data:
            break
        shown += data
    assert process.stdout is not None
    report = process.stdout.read().decode()
    assert process.wait() == 0
    text = shown.decode()
    for step in ("Reading small.keras", "Writing litert", "Comparing it with the original in LiteRT", "/3"):
        assert step in text, text
    assert "cuda" not in text, "the libraries' own chatter is not shown"
    assert "Reading" not in report
    assert "\x1b" not in report


@pytest.mark.parametrize(
    ("sent", "to"), [(signal.SIGINT, "tfjs-layers"), (signal.SIGTERM, "litert")], ids=["Ctrl-C", "terminated"]
)
def test_ending_it_leaves_nothing_behind(
    sent: signal.Signals, to: str, models: Path, tmp_path: Path, temporary: Path
) -> None:
    words = [str(PROGRAM), "convert", str(models / "slow.keras"), "--to", to, "--out", "deep/out"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        words,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C, which the command would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 180
    while not list(tmp_path.glob("deep/.out.partial-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, sent)  # as a terminal does: to all processes of the command
    _, complaint = process.communicate(timeout=180)
    assert process.returncode not in (0, None), "it was ended before it was done"
    assert b"Traceback" not in complaint
    left = [path for path in tmp_path.rglob("*") if not path.name.startswith("__autograph_generated_file")]
    assert left == [temporary]
    assert _processes_of(process.pid) == []


def _processes_of(session: int) -> list[str]:
    """The processes that still run in a session."""
    listed = subprocess.run(
        ["ps", "-eo", "sid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [row[2] for row in rows if int(row[0]) == session and not row[1].startswith("Z")]


def test_the_doctor_looks_for_what_conversion_needs(root: Path) -> None:
    said = course("doctor", cwd=root).stdout
    for name in ("ai-edge-litert", "onnx", "onnxruntime", "tf2onnx"):
        assert re.search(rf"^ok +{name}: .*conversion", said, re.M), said


def test_help_is_quick_and_needs_no_tensorflow(tmp_path: Path) -> None:
    program = "import sys, course_utils.cli, course_utils.conversion; print({'tensorflow', 'keras'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"
