"""TensorFlow.js in Node-RED: the flow that the book shows, started with a user folder as the page says, and asked."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError
from course_utils.node import modules, node_environment, node_path

START_SECONDS = 90
ANSWER_SECONDS = 30
STOP_SECONDS = 20
FILES = ("settings.js", "load-model.js", "flow.json")


@dataclass(frozen=True)
class NodeRed:
    """A running Node-RED.

    Attributes:
        address: where it listens, without a slash at the end.
        log: the file that it writes to.
    """

    address: str
    log: Path

    def post(self, picture: object) -> dict[str, Any]:
        """What the flow answers to a picture of 28 rows of 28 numbers from 0 to 255: `digit` and `probabilities`.

        Raises:
            urllib.error.HTTPError: the flow refused the picture; the body holds `error`, a sentence.
        """
        body = json.dumps({"image": picture}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/digit", body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return json.load(response)


@contextmanager
def running(recipe: Path, model: Path, user: Path) -> Iterator[NodeRed]:
    """Node-RED on a free port of this machine while the block runs.

    Args:
        recipe: holds the files of the flow, as `book/reference/files` does.
        model: the folder of a TensorFlow.js layers model.
        user: an empty folder, which becomes Node-RED's user folder.

    Raises:
        CourseError: Node.js, Node-RED or TensorFlow.js is missing, or Node-RED did not start.
    """
    packages = modules("node-red", "@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm")
    for name in FILES:
        shutil.copy2(recipe / name, user)
    (user / "node_modules").symlink_to(packages, target_is_directory=True)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = user / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [node_path(), packages / "node-red" / "red.js", "--userDir", user, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=user,
            env=node_environment() | {"HOME": str(user), "MODEL_FOLDER": str(model)},
        )
    try:
        _wait_for("Started flows", log, process)
        yield NodeRed(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(words: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while words not in (said := log.read_text(encoding="utf-8", errors="replace")):
        has_ended = process.poll() is not None
        if has_ended or time.monotonic() > until:
            why = "ended" if has_ended else f"did not start within {START_SECONDS} s"
            raise CourseError(f"Node-RED {why}. The last that it said: {_last_line(said)}")
        time.sleep(0.1)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
