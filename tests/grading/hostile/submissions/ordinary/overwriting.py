# name = "Other submissions, the gradebook, the course and start-up files are overwritten wherever they can be reached"
# at_most = 0

# %% first
import glob, os, site, sys, sysconfig
targets = ["COURSE_FOLDER/gradebook.db", "COURSE_FOLDER/nbgrader_config.py", "COURSE_FOLDER/source/ps1/ps1.ipynb",
           "COURSE_FOLDER/release/ps1/ps1.ipynb", "COURSE_FOLDER/submitted/victim/ps1/ps1.ipynb",
           "COURSE_FOLDER/MARKER-new", "COURSE_FOLDER/submitted/overwriting/ps1/MARKER", "../../victim/ps1/ps1.ipynb",
           "OUTSIDE_FOLDER/notes.txt", "/MARKER-root", "/etc/MARKER", "/usr/local/bin/MARKER", "/etc/cron.d/MARKER"]
targets += [os.path.join(folder, "MARKER.txt") for folder in (*site.getsitepackages(), sysconfig.get_path("stdlib"), sys.prefix)]
for module in ("course_utils", "nbgrader", "numpy"):
    found = sys.modules.get(module)
    if getattr(found, "__path__", None):
        targets.append(os.path.join(list(found.__path__)[0], "MARKER.txt"))
for path in targets:
    for how in (lambda: open(path, "ab").write(b"MARKER"), lambda: os.remove(path), lambda: os.rename(path, path + "-MARKER"),
                lambda: os.chmod(path, 0o777), lambda: os.utime(path)):
        if os.path.exists(path) and not path.startswith(("COURSE_FOLDER", "OUTSIDE_FOLDER", "..")) and "MARKER" not in path:
            continue
        try:
            how()
            print("BREACH: changed", path) if os.path.exists(path) and "MARKER" in path else None
        except OSError:
            pass
home = os.path.expanduser("~")
for name in (".ipython/profile_default/startup/00-MARKER.py", ".bashrc", ".config/MARKER", ".jupyter/jupyter_config.py", ".keras/keras.json"):
    for start in (home, "HOME_FOLDER", "/root"):
        if start == "/root" and os.path.exists(os.path.join(start, name)):
            continue
        try:
            os.makedirs(os.path.dirname(os.path.join(start, name)), exist_ok=True)
            with open(os.path.join(start, name), "a") as file:
                file.write("# MARKER\n")
        except OSError:
            pass
