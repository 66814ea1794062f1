# name = "More rights: setuid programs, capabilities, sudo, su"
# at_most = 0
# never = ["BREACH"]

# %% first
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
for program in (["sudo", "-n", "cat", "COURSE_FOLDER/private/notes.txt"], ["su", "-c", "cat COURSE_FOLDER/private/notes.txt"],
                ["nsenter", "-t", "1", "-a", "cat", "COURSE_FOLDER/private/notes.txt"], ["bwrap", "--bind", "/", "/", "cat", "COURSE_FOLDER/private/notes.txt"],
                ["mount", "-o", "remount,rw", "/"]):
    try:
        done = subprocess.run(program, capture_output=True, timeout=1, stdin=subprocess.DEVNULL)
        print(program[0], done)
        if program[0] == "mount" and done.returncode == 0:
            print("BREACH: mount")
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error)
try:
    os.setuid(0)
    os.setgid(0)
    for path in ("COURSE_FOLDER/gradebook.db", "COURSE_FOLDER/private/notes.txt"):
        print("BREACH", open(path, "rb").read(300))
except OSError as error:
    print(error)
