# name = "Its own folder is filled with links to others' files, pipes and devices while it runs"
# at_most = 0

# %% first
import os, shutil, stat
os.path.lexists("ps1.ipynb") and os.remove("ps1.ipynb")
for name, target in {"ps1.ipynb": "COURSE_FOLDER/gradebook.db", "a.txt": "COURSE_FOLDER/private/notes.txt",
                     "b": "COURSE_FOLDER/submitted", "c": "OUTSIDE_FOLDER/notes.txt", "d": "/etc/shadow", "loop": "loop"}.items():
    try:
        os.symlink(target, name)
    except OSError:
        pass
for path in ("COURSE_FOLDER/submitted/victim/ps1/ps1.ipynb", "COURSE_FOLDER/gradebook.db"):
    try:
        os.link(path, "hard-" + os.path.basename(path))
    except OSError:
        pass
try:
    os.mkfifo("pipe.ipynb")
    os.mkfifo("timestamp.txt")
    os.mknod("zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
except OSError:
    pass
