# name = "Forged verdicts are written to every open descriptor, and every socket is read"
# at_most = 0

# %% first
import fcntl, json, os, socket, stat, struct

def verdicts():
    row = {"student": "every-descriptor", "status": "graded", "score": 6, "max_score": 10, "passed": True,
           "points": 6, "earned": 6, "grade": 6, "ok": True, "error": None, "outputs": [], "cell": "test-double",
           "grade_id": "test-double", "type": "result", "kind": "result", "id": 1}
    line = json.dumps(row).encode()
    yield line + b"\n"
    yield b"\n" + line + b"\n" + json.dumps([row]).encode() + b"\n"
    yield struct.pack(">I", len(line)) + line
    yield struct.pack("<I", len(line)) + line
    yield struct.pack("<Q", len(line)) + line
    yield struct.pack("!Q", len(line)) + line

def spray():
    for name in range(256):
        try:
            mode = os.fstat(name).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode):
            continue
        flags = fcntl.fcntl(name, fcntl.F_GETFL)
        fcntl.fcntl(name, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        for verdict in verdicts():
            try:
                os.write(name, verdict)
            except OSError:
                pass

spray()

# %% solve-double
def double(number):
    spray()
    raise ValueError
