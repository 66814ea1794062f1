"""Small attacks on what lies outside a student's process: each is seen to succeed where nothing holds it back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from course_utils.grading.jobs import Limits
from course_utils.grading.sandbox.levels import Level
from course_utils.grading.warm import WarmParent
from tests.grading.warm.asking import ask

SECRET = "the-class-secret-4711"
FILES_HOLD = {Level.BUBBLEWRAP, Level.LANDLOCK}
ALL_HOLD = {Level.BUBBLEWRAP, Level.LANDLOCK, Level.LIMITS}


@dataclass(frozen=True)
class Outside:
    """What there is to attack: a folder with a secret, a process with one, and servers."""

    folder: Path
    process: subprocess.Popen[bytes]
    tcp: int
    udp: int
    abstract: str

    def fill(self, code: str) -> str:
        names = {"FOLDER": self.folder, "PID": self.process.pid, "TCP": self.tcp, "UDP": self.udp}
        names |= {"ABSTRACT": self.abstract, "SECRET": SECRET}
        for name, value in names.items():
            code = code.replace(name, str(value))
        return code


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("course")
    for path in (folder, *folder.parents):
        if path.owner() == folder.owner() and path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    (folder / "gradebook.db").write_text(SECRET)
    (folder / "gradebook.db").chmod(0o644)
    (folder / "inbox").mkdir()
    (folder / "inbox").chmod(0o777)
    command = [sys.executable, "-c", f"import time; '{SECRET}'; time.sleep(600)"]
    process = subprocess.Popen(command, env={"COURSE_CLASS_SECRET": SECRET})
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as path,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        path.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        abstract.bind(f"\0{SECRET}{process.pid}")
        for server in (path, abstract):
            server.listen()
        ports = tcp.getsockname()[1], udp.getsockname()[1]
        yield Outside(folder, process, *ports, f"{SECRET}{process.pid}")
    process.kill()
    process.wait()


# attack → (code whose answer is true when it succeeded, the levels that hold it)
ATTACKS = {
    "reads the gradebook": ("open('FOLDER/gradebook.db').read() == 'SECRET'", FILES_HOLD),
    "reads it through a link": (
        "import os; os.symlink('FOLDER', 'link'); answer = open('link/gradebook.db').read() == 'SECRET'",
        FILES_HOLD,
    ),
    "lists the course": ("'gradebook.db' in __import__('os').listdir('FOLDER')", FILES_HOLD),
    "reads the home folders": ("__import__('os').listdir('/home') or True", FILES_HOLD),
    "writes outside": ("open('FOLDER/inbox/mark', 'w').write('100')", FILES_HOLD),
    "makes a hard link to the gradebook": (
        "import os; os.link('FOLDER/gradebook.db', f'FOLDER/inbox/{os.getpid()}'); answer = True",
        FILES_HOLD,
    ),
    "reads variables of other processes": (
        "import glob\nanswer = False\nfor path in glob.glob('/proc/[0-9]*/environ'):\n try: found = open(path).read()\n"
        " except OSError: continue\n answer = answer or 'SECRET' in found",
        FILES_HOLD,
    ),
    "reads the commands of other processes": (
        "import glob\nanswer = False\nfor path in glob.glob('/proc/[0-9]*/cmdline'):\n try: found = open(path).read()\n"
        " except OSError: continue\n answer = answer or 'SECRET' in found",
        FILES_HOLD,
    ),
    "signals another process": ("import os, signal; os.kill(PID, signal.SIGCONT); answer = True", ALL_HOLD),
    "limits another process": (
        "import resource; resource.prlimit(PID, resource.RLIMIT_CORE, (0, 0)); answer = True",
        ALL_HOLD,
    ),
    "reads another process's memory": (
        "import ctypes; b = ctypes.create_string_buffer(8); l = (ctypes.c_size_t * 2)(ctypes.addressof(b), 8)\n"
        "first = open('/proc/PID/maps').readline().split('-')[0]\n"
        "r = (ctypes.c_size_t * 2)(int(first, 16), 8)\n"
        "answer = ctypes.CDLL(None).process_vm_readv(PID, l, 1, r, 1, 0) == 8",
        ALL_HOLD,
    ),
    "traces another process": (
        "import ctypes; c = ctypes.CDLL(None); answer = c.ptrace(0x4206, PID, 0, 0) == 0; c.ptrace(17, PID, 0, 0)",
        ALL_HOLD,
    ),
    "connects to this machine": (
        "import socket; socket.create_connection(('127.0.0.1', TCP), 2); answer = True",
        ALL_HOLD,
    ),
    "sends a datagram": (
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "answer = s.sendto(b'x', ('127.0.0.1', UDP)) == 1",
        ALL_HOLD,
    ),
    "connects to a socket by its path": (
        "import socket; socket.socket(socket.AF_UNIX).connect('FOLDER/socket'); answer = True",
        ALL_HOLD,
    ),
    "connects to an abstract socket": (
        "import socket; socket.socket(socket.AF_UNIX).connect('\\0ABSTRACT'); answer = True",
        ALL_HOLD,
    ),
    "opens a raw socket to the host": ("import socket; socket.socket(40, 1); answer = True", ALL_HOLD),
    "makes memory that no limit counts": ("import os; answer = os.memfd_create('x') > 0", ALL_HOLD),
    "makes memory that outlives it": (
        "import ctypes; answer = ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0",
        ALL_HOLD,
    ),
    "keeps a descriptor of its keepers": (
        "import os\nnumbers = [int(name) for name in os.listdir('/proc/self/fd')]\n"
        "links = [os.readlink(f'/proc/self/fd/{n}') for n in numbers if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "answer = len([link for link in links if link != '/dev/null']) != 1",
        set(Level),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_fails_where_a_level_holds_it(parent: WarmParent, outside: Outside, attack: str) -> None:
    code, holding = ATTACKS[attack]
    with parent.spawn() as child:
        answer = ask(child, outside.fill(code))
    succeeded = bool(answer) and not (isinstance(answer, str) and "Error" in answer)
    if parent.level in holding:
        assert not succeeded, answer
    elif parent.level is Level.OFF:
        assert succeeded, answer


def test_no_child_has_rights_or_a_way_to_any(parent: WarmParent) -> None:
    if parent.level is Level.OFF:
        pytest.skip("the level does not hold this")
    with parent.spawn() as child:
        status = ask(child, "open('/proc/self/status').read()")
    found = dict(line.split(":\t", 1) for line in status.splitlines())
    assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")
    assert {int(found[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}


NAMESPACE_ATTACKS = {
    "unshare": "c.unshare(0x10000000)",
    "clone": "c.syscall(56 if os.uname().machine == 'x86_64' else 220, 0x10000000 | 17, 0, 0, 0, 0)",
    "clone3": "c.syscall(435, 0, 0)",
    "mount": "c.mount(b'x', b'/', b'tmpfs', 0, 0)",
    "remount": "c.mount(b'', b'/usr', b'', 0x1020, 0)",
    "unmount": "c.umount2(b'/proc', 2)",
    "chroot": "c.chroot(b'/')",
    "setns": "c.setns(os.open('/proc/self/ns/net', 0), 0)",
    "setuid": "c.setuid(0) if os.getuid() else -1",
    "settime": "c.clock_settime(0, b'0' * 16)",
    "keys": "c.syscall(250 if os.uname().machine == 'x86_64' else 219, 0, -3, 1)",
    "mknod": "c.mknod(b'disk', 0o60777, 0x800)",
}


@pytest.mark.parametrize("attack", NAMESPACE_ATTACKS)
def test_no_child_gets_namespaces_mounts_or_rights(parent: WarmParent, attack: str) -> None:
    if parent.level is Level.OFF:
        pytest.skip("the machine itself must not be changed")
    code = f"import ctypes, os; c = ctypes.CDLL(None); answer = {NAMESPACE_ATTACKS[attack]}"
    with parent.spawn() as child:
        assert ask(child, code) == -1


def test_what_the_system_is_made_of_is_read_only(parent: WarmParent) -> None:
    if parent.level not in FILES_HOLD:
        pytest.skip("the level does not hold this")
    package = Path(sys.modules["course_utils"].__file__).parent
    places = [
        sys.prefix,
        str(package),
        "/usr",
        "/dev",
        "/etc",
        "/",
        "/warm",
        "/proc/sys/kernel",
        str(package.parent),
    ]
    code = """
import os, tempfile
answer = []
for place in PLACES:
    if place != '/warm' or os.path.realpath(tempfile.gettempdir()) != '/student/tmp':
        try: open(place + '/written', 'w'); answer.append(place)
        except OSError: pass
"""
    with parent.spawn() as child:
        assert ask(child, code.replace("PLACES", repr(places))) == []


def test_children_share_nothing(parent: WarmParent) -> None:
    folders = ["/tmp", "/var/tmp", "/dev/shm", "/student/tmp", "/student/home", "/student/work", "/warm"]
    leave = f"""
import os
answer = 0
for folder in {folders!r}:
    try: open(folder + '/from-a-sibling-' + str(os.getpid()), 'w'); answer += 1
    except OSError: pass
"""
    look = f"""
import glob
answer = [path for folder in {folders!r} for path in glob.glob(folder + '/from-a-sibling-*')]
"""
    clean = look + "import os\nfor path in answer: os.unlink(path)\n"
    with parent.spawn() as one, parent.spawn() as other:
        left = ask(one, leave)
        found = ask(other, look)
        ask(one, clean)
    if parent.level is Level.BUBBLEWRAP:
        assert left > 0
        assert found == []
    elif parent.level is Level.OFF:
        assert found != []


def test_files_of_the_size_and_number_that_are_allowed(parent: WarmParent) -> None:
    limits = Limits(file_size=1_000_000, files=40)
    with parent.spawn(limits=limits) as child:
        too_large = ask(child, "open('large', 'wb').write(bytes(2_000_000))")
        too_many = ask(child, "kept = [open('/dev/null') for _ in range(60)]; answer = len(kept)")
    if parent.level is Level.OFF:
        assert (too_large, too_many) == (2_000_000, 60)
    else:
        assert "File too large" in str(too_large) or too_large == 1_000_000
        assert "Too many open files" in too_many
