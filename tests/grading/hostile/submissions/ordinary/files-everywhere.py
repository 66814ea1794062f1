# name = "Every file that can be read is searched for what is not meant for students"
# at_most = 0

# %% first
import os, re
seen = set()
TEXT = (".ipynb", ".py", ".txt", ".db", ".json", ".html", ".csv", ".toml", ".md", ".sqlite", ".cfg", "secret", ".bash_history")
SKIP = {"/proc", "/sys", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/dev"}
count = 0
for start in ("COURSE_FOLDER", "OUTSIDE_FOLDER", "/root", "/home", "/tmp", "/var/tmp", "/run", "/srv", "/mnt", "/opt", "/etc", "/"):
    for folder, folders, files in os.walk(start):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in SKIP
                      and name not in ("site-packages", "node_modules", ".git", "lib-dynload")]
        for name in files:
            path = os.path.join(folder, name)
            if path in seen or not name.endswith(TEXT):
                continue
            seen.add(path)
            count += 1
            if count > 20000:
                break
            try:
                with open(path, "rb") as file:
                    data = file.read(3_000_000)
            except OSError:
                continue
            for word in set(re.findall(rb"canary-o[f]-[a-z-]+", data)):
                print(path, word)
        if count > 20000:
            break
try:
    print("BREACH: " + open("/etc/shadow").read()[:100])
except OSError as error:
    print(error)
