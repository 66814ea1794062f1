# name = "A message for another student is left in every place that might be shared"
# at_most = 0

# %% first
import ctypes, os, socket, tempfile
MESSAGE = b"canary-of-a-" + b"channel"
for folder in (".", "..", "/tmp", tempfile.gettempdir(), "/dev/shm", "/var/tmp", "/run", "/run/lock", "/dev/mqueue", os.path.expanduser("~"), "/var/lock", "/run/shm", "/run/user/0", "/var/crash"):
    try:
        with open(os.path.join(folder, "MARKER-channel"), "wb") as file:
            file.write(MESSAGE)
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
for ring in (-1, -2, -3, -4, -5):
    libc.syscall(248, b"user", b"MARKER-key", MESSAGE, ctypes.c_size_t(len(MESSAGE)), ring)
segment = libc.shmget(0x5EED, 4096, 0o1666)
if segment >= 0:
    libc.shmat.restype = ctypes.c_void_p
    ctypes.memmove(libc.shmat(segment, None, 0), MESSAGE, len(MESSAGE))
queue = libc.msgget(0x5EED, 0o1666)
if queue >= 0:
    libc.msgsnd(queue, ctypes.create_string_buffer(b"\1" + b"\0" * 7 + MESSAGE), ctypes.c_size_t(len(MESSAGE)), 0o4000)
posix = libc.mq_open(b"/MARKER-queue", 0o102, 0o666, None)
if posix >= 0:
    libc.mq_send(posix, MESSAGE, ctypes.c_size_t(len(MESSAGE)), 0)
for name in ("/proc/sys/kernel/domainname", "/proc/sys/kernel/hostname"):
    try:
        open(name, "wb").write(MESSAGE)
    except OSError:
        pass
import threading, time
try:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind("\0MARKER-channel")
except OSError:
    pass
