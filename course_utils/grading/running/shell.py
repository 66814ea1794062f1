"""The shell in which a student's cells run: ipykernel's own, which speaks to a function instead of to ZMQ sockets."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from typing import Any

from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.profiledir import ProfileDir
from traitlets import Any as AnyTrait
from traitlets import Unicode
from traitlets.config import Config

#: Takes one message of the kind that a kernel sends: "stream", "display_data", "error", …, and its content.
Tell = Callable[[str, dict[str, Any]], None]
_LONGEST_HELD = 8192
#: More lines than this come in parts, of at most so many seconds.
_MANY = 1000
_HELD_SECONDS = 0.05


class Voice:
    """Stands where ipykernel has a Session: what would go to a socket goes to `tell`."""

    def __init__(self) -> None:
        self.tell: Tell = _say_nothing

    def msg(self, kind: str, content: dict[str, Any] | None = None, **_: object) -> dict[str, Any]:
        """Make a message, as Session.msg does."""
        return {"msg_type": kind, "header": {"msg_type": kind}, "content": content or {}}

    def send(
        self, _socket: object, message: str | dict[str, Any], content: Any = None, *_: object, **__: object
    ) -> None:
        """Send a message, as Session.send does: one that `msg` made, or its kind and content."""
        if isinstance(message, str):
            self.tell(message, content or {})
        else:
            self.tell(message["msg_type"], message["content"])


def _say_nothing(_kind: str, _content: dict[str, Any]) -> None:
    return


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a cell.

    A whole line leaves at once, so that it is known when the process dies; after many, in larger parts.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, descriptor: int, voice: Voice) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._kind, self._descriptor, self._voice = name, descriptor, voice
        self._held: list[str] = []
        self._length = self._flushed = 0
        self._last = 0.0

    def write(self, text: str) -> int:
        """Say the text, at the latest with the end of the line."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._held.append(text)
        self._length += len(text)
        if self._length > _LONGEST_HELD or ("\n" in text and self._is_due()):
            self.flush()
        return len(text)

    def _is_due(self) -> bool:
        return self._flushed < _MANY or time.monotonic() - self._last > _HELD_SECONDS

    def flush(self) -> None:
        """Say what is held back."""
        if self._held:
            self._flushed += 1
            self._last = time.monotonic() if self._flushed >= _MANY else 0.0
            text, self._held, self._length = "".join(self._held), [], 0
            self._voice.tell("stream", {"name": self._kind, "text": text})

    def writable(self) -> bool:
        """Return True: text can be written."""
        return True

    def isatty(self) -> bool:
        """Return False: nobody sits before it."""
        return False

    def fileno(self) -> int:
        """Return the descriptor that programs started by a cell write to."""
        return self._descriptor


class _DisplayHook(ZMQShellDisplayHook):
    session = AnyTrait()


class _DisplayPublisher(ZMQDisplayPublisher):
    session = AnyTrait()


class _NoProfile(ProfileDir):
    """A profile without a folder: no start-up files, no history on disk."""

    location = Unicode("")


class _Kernel:
    """What code may ask of `get_ipython().kernel`."""

    eventloop = None


class Shell(ZMQInteractiveShell):
    """ipykernel's shell with `voice` in the place of its sockets."""

    displayhook_class = _DisplayHook
    display_pub_class = _DisplayPublisher

    def init_profile_dir(self, _profile_dir: object) -> None:
        """Make no folder."""
        self.profile_dir = _NoProfile()

    def init_sys_modules(self) -> None:
        """Leave the warm parent's own `__main__` alone until `enter`."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: figures are drawn inline."""

    def ask_exit(self) -> None:
        """Do nothing: `exit` in a cell ends no grading."""


def make_shell() -> tuple[Shell, Voice]:
    """Make the shell, before the fork. Nothing of the process changes until `enter`."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 1000
    voice = Voice()
    hook, displayhook = sys.excepthook, sys.displayhook
    shell = Shell.instance(config=config, kernel=_Kernel())
    sys.excepthook, sys.displayhook = hook, displayhook
    shell.displayhook.session = shell.display_pub.session = voice
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = voice
    return shell, voice


def enter(shell: Shell, voice: Voice, tell: Tell) -> None:
    """Make this process the shell's, after the fork."""
    voice.tell = tell
    # As in any notebook, modules beside it can be imported; last, so that they take the place of no other.
    sys.path.append("")
    sys.modules["__main__"] = shell.user_module
    sys.stdout, sys.stderr = Stream("stdout", 1, voice), Stream("stderr", 2, voice)
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]


def no_input(*_: object, **__: object) -> str:
    """Refuse to ask, as a kernel does when nobody sits before it."""
    raise StdinNotImplementedError(
        "There is nobody to ask: input() has no effect while a notebook is graded."
    )
