# name = "Limits raised to infinity, then memory in many small processes"
# score = 5
# solves = ["double", "mean"]
# status = ["graded", "partial"]
# never = ["BREACH"]

# %% solve-total
import os, resource, time
for name in ("AS", "DATA", "NPROC", "FSIZE", "NOFILE", "CPU", "STACK"):
    try:
        kind = getattr(resource, f"RLIMIT_{name}")
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        pass
ready, tell = os.pipe()
wait, go = os.pipe()
for number in range(16):
    if os.fork() == 0:
        os.close(go)
        block = bytearray(400 * 2**20)
        block[::4096] = b"x" * (len(block) // 4096)
        os.write(tell, b"x")
        os.read(wait, 1)
        os._exit(0)
os.close(tell)
had = 0
while had < 16 and (said := os.read(ready, 16)):
    had += len(said)
if had == 16:
    print("BREACH: six gigabytes of memory in 16 processes at once")
