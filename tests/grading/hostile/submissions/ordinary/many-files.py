# name = "Thirty thousand files and folders, names of every kind among them"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]

# %% solve-total
import os
try:
    for number in range(30000):
        open(f"f{number}", "w").close()
except OSError:
    pass
for name in (b"new\nline", b"\xff\xfe", b"\x1b[31mred", b"[bold]rich", b"a" * 255, b" ", b"-rf"):
    try:
        os.mkdir(name)
    except OSError:
        pass
deep = "d"
for _ in range(2000):
    try:
        os.mkdir(deep)
        os.chdir(deep)
    except OSError:
        break
