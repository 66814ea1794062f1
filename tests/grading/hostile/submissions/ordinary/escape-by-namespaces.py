# name = "Out of the sandbox by unshare, setns, mount, chroot, pivot_root and device nodes"
# at_most = 0
# never = ["BREACH"]

# %% first
import ctypes, os, stat
libc = ctypes.CDLL(None, use_errno=True)

def look(how):
    for path in ("COURSE_FOLDER/gradebook.db", "COURSE_FOLDER/private/notes.txt", "OUTSIDE_FOLDER/notes.txt"):
        for start in ("", "mnt", "/mnt", "/proc/1/root", "."):
            try:
                with open(start + path, "rb") as file:
                    print("BREACH by", how, file.read(300))
            except OSError:
                pass

def attempt(how, action):
    child = os.fork()
    if child == 0:
        try:
            action()
            look(how)
        except BaseException as error:
            print(how, error)
        os._exit(0)
    os.waitpid(child, 0)

def unshare():
    libc.unshare(0x10000000 | 0x00020000 | 0x20000000 | 0x08000000)
    libc.mount(b"none", b"/", None, 1 << 18 | 1 << 14, None)
    for source, target, kind, flags in ((b"/", b"/mnt", None, 4096 | 16384), (b"proc", b"/proc", b"proc", 0), (None, b"/", None, 32), (b"none", b"/tmp", b"tmpfs", 0)):
        libc.mount(source, target, kind, flags, None)
    for path in ("COURSE_FOLDER", os.path.dirname("COURSE_FOLDER"), "/tmp", "/root", "/home"):
        while libc.umount2(path.encode(), 2) == 0:
            pass

def other_namespaces():
    for process in ("1", str(os.getppid())):
        for kind in ("user", "mnt", "pid", "net"):
            try:
                libc.setns(os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY), 0)
            except OSError:
                pass

def chroot():
    here = os.open("/", os.O_RDONLY)
    os.makedirs("jail", exist_ok=True)
    os.chroot("jail")
    os.fchdir(here)
    for _ in range(100):
        os.chdir("..")
    os.chroot(".")

def pivot():
    libc.syscall(155, b".", b".")
    libc.umount2(b".", 2)
    libc.umount2(b"/", 2)

def devices():
    for major, minor in ((8, 0), (253, 0), (254, 0), (259, 0), (1, 1), (1, 11), (7, 0)):
        name = f"node-{major}-{minor}"
        try:
            os.mknod(name, stat.S_IFBLK if major != 1 else stat.S_IFCHR | 0o600, os.makedev(major, minor))
            if os.pread(os.open(name, os.O_RDONLY), 512, 0):
                print("BREACH: reads device", major, minor)
        except OSError:
            pass
    for path in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/proc/kcore", "/proc/kmsg", "/dev/fuse", "/dev/kvm"):
        try:
            os.pread(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 512, 0)
            print("BREACH: reads", path)
        except OSError:
            pass

def handles():
    handle = ctypes.create_string_buffer(b"\x08\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0", 16)
    name = libc.open_by_handle_at(os.open("/", os.O_RDONLY), handle, 0)
    if name >= 0:
        os.chdir(f"/proc/self/fd/{name}")

for action in (unshare, other_namespaces, chroot, pivot, devices, handles):
    attempt(action.__name__, action)
