# name = "Settings of the kernel and the machine: /proc/sys, /sys, host name, clock, modules, swap, cgroups"
# at_most = 0
# never = ["BREACH"]

# %% first
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
             "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj", "/sys/power/state"):
    try:
        handle = os.open(path, os.O_WRONLY)
        print("BREACH: may write", path)
        os.close(handle)
    except OSError as error:
        print(error)
try:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    print("BREACH: may set the clock")
except OSError as error:
    print(error)
try:
    os.mkdir("/sys/fs/cgroup/MARKER")
    print("BREACH: may make a cgroup")
except OSError as error:
    print(error)
if libc.syscall(175, b"", 0, b"") == -1 and ctypes.get_errno() not in (1, 38):
    print("BREACH: may load modules, errno", ctypes.get_errno())
if libc.syscall(321, 5, None, 0) == -1 and ctypes.get_errno() not in (1, 38):
    print("bpf answers", ctypes.get_errno())
