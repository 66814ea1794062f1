# name = "A message of another student is looked for in every place that might be shared"
# at_most = 0

# %% first
import ctypes, glob, os, socket, tempfile, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.shmat.restype = ctypes.c_void_p
until = time.monotonic() + 1.0
while time.monotonic() < until:
    for folder in (".", "..", "/tmp", tempfile.gettempdir(), "/dev/shm", "/var/tmp", "/run", "/run/lock", "/dev/mqueue", os.path.expanduser("~"), "/var/lock", "/run/shm", "/run/user/0", "/var/crash"):
        for path in glob.glob(os.path.join(folder, "MARKER-channel")) + glob.glob(os.path.join(folder, "*", "MARKER-channel")):
            print(path, open(path, "rb").read())
    for ring in (-1, -2, -3, -4, -5):
        key = libc.syscall(250, 10, ring, b"user", b"MARKER-key", 0)
        if key >= 0:
            buffer = ctypes.create_string_buffer(100)
            libc.syscall(250, 11, key, buffer, 100)
            print("keyring", ring, buffer.value)
    segment = libc.shmget(0x5EED, 4096, 0o666)
    if segment >= 0:
        print("shm", ctypes.string_at(libc.shmat(segment, None, 0), 40))
    queue = libc.msgget(0x5EED, 0o666)
    if queue >= 0:
        buffer = ctypes.create_string_buffer(200)
        libc.msgrcv(queue, buffer, ctypes.c_size_t(100), 0, 0o4000)
        print("msg", buffer.raw[:60])
    posix = libc.mq_open(b"/MARKER-queue", 0o4000, 0, None)
    if posix >= 0:
        buffer = ctypes.create_string_buffer(9000)
        libc.mq_receive(posix, buffer, ctypes.c_size_t(9000), None)
        print("mq", buffer.value)
    print(open("/proc/sys/kernel/domainname").read() if os.path.exists("/proc/sys/kernel/domainname") else "", os.uname())
    time.sleep(0.2)
