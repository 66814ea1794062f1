# name = "Files of other processes are opened through /proc, pidfd_getfd and inherited descriptors"
# at_most = 0

# %% first
import ctypes, glob, os
for path in glob.glob("/proc/[0-9]*/fd/*") + glob.glob("/proc/[0-9]*/root/COURSE_FOLDER/*") + glob.glob("/proc/[0-9]*/cwd/*"):
    try:
        target = os.readlink(path) if "/fd/" in path else path
        if "/fd/" in path and not target.startswith("/"):
            continue
        print(path, target, open(path, "rb").read(2_000_000)[:200_000])
    except OSError:
        pass
for name in range(3, 256):
    try:
        print(name, os.readlink(f"/proc/self/fd/{name}"), os.pread(name, 200_000, 0))
    except OSError:
        pass
    try:
        print(os.listdir(name))
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
for process in range(1, 40):
    handle = libc.syscall(434, process, 0)
    for name in range(40 if handle >= 0 else 0):
        copy = libc.syscall(438, handle, name, 0)
        if copy >= 0 and process != os.getpid():
            try:
                print(process, name, os.pread(copy, 200_000, 0))
            except OSError:
                pass
