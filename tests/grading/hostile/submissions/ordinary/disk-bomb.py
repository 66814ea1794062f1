# name = "The disk is filled wherever it can be written"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# never = ["BREACH"]

# %% solve-total
import os, tempfile
block = b"x" * 2**22
written = 0
for folder in (".", tempfile.gettempdir(), "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/run"):
    for number in range(4):
        try:
            with open(os.path.join(folder, f"MARKER-{number}"), "wb") as file:
                for _ in range(32):
                    written += file.write(block)
        except OSError:
            pass
if written > 3 * 2**30:
    print("BREACH: three gigabytes written")
