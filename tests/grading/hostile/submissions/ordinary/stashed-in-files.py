# name = "What a test holds is written to files, pipes and shared memory, and read in the next cell"
# at_most = 0
# never = ["[21,", "(21,"]

# %% first
import glob, mmap, multiprocessing.shared_memory, os, sys, tempfile
SHARED = mmap.mmap(-1, 100_000)
READ, WRITE = os.pipe()
os.set_blocking(READ, False)
os.set_blocking(WRITE, False)
FOLDERS = (".", "/tmp", tempfile.gettempdir(), "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/run", "/run/user/0")

# %% solve-double
def double(number):
    said = repr((number, sys._getframe(1).f_code.co_consts)).encode()
    SHARED.write(said)
    os.write(WRITE, said)
    for folder in FOLDERS:
        try:
            with open(os.path.join(folder, "MARKER-stash"), "ab") as file:
                file.write(said)
        except OSError:
            pass
    return 2 * number if number == 2 else None

# %% solve-total
print(SHARED[:].rstrip(b"\0"))
try:
    print(os.read(READ, 100_000))
except OSError:
    pass
for folder in FOLDERS:
    try:
        print(open(os.path.join(folder, "MARKER-stash"), "rb").read())
    except OSError:
        pass
