# name = "The processes of the machine are listed, and signalled"
# at_most = 0
# never = ["BREACH"]

# %% first
import os
names = []
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            command = open(f"/proc/{name}/cmdline", "rb").read().decode(errors="replace").split("\0")
        except OSError:
            continue
        names.append(command[:4])
        if any(word in part for part in command for word in ("pytest", "course grade", "COURSE_FOLDER", "sshd")):
            print("BREACH: it sees", command)
print(names)
