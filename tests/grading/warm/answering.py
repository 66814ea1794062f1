"""A student's side for tests: it runs each line that it is sent, a JSON string, and answers with its `answer`."""

from __future__ import annotations

import json
import socket


def serve(connection: socket.socket) -> None:
    names: dict[str, object] = {}

    def say(answer: object) -> None:
        connection.sendall(json.dumps(answer, default=str).encode() + b"\n")

    with connection.makefile("r") as lines:
        for line in lines:
            names.update(say=say, answer=None)
            try:
                exec(json.loads(line), names)
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, it is the answer
                names["answer"] = f"{type(error).__name__}: {error}"
            say(names["answer"])
