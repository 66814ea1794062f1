# name = "The memory of its own process and of its parents is searched, by /proc, ptrace and process_vm_readv"
# at_most = 0

# %% first
import ctypes, os, re

libc = ctypes.CDLL(None, use_errno=True)
found = set()

def search(process):
    try:
        maps = open(f"/proc/{process}/maps").read().splitlines()
        memory = open(f"/proc/{process}/mem", "rb", buffering=0)
    except OSError as error:
        print(process, error)
        return
    for line in maps:
        start, end = (int(number, 16) for number in line.split()[0].split("-"))
        if "rw" not in line.split()[1] or end - start > 2**27:
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except (OSError, ValueError, OverflowError):
            continue
        found.update(re.findall(rb"canary-o[f]-[a-z-]+", data))

search("self")
for process in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), key=lambda p: p != os.getppid())[:12]:
    if process != os.getpid():
        if libc.ptrace(16, process, None, None) == 0:
            print("attached to", process)
            libc.ptrace(17, process, None, None)
        search(process)
print(sorted(found))
