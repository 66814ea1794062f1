# name = "The course's files are opened by their known paths, and whatever solutions lie about are executed"
# at_most = 0

# %% solve-mean
pass

# %% solve-total
pass

# %% solve-double
import glob, json, os, re, sqlite3, sys
places = ["COURSE_FOLDER", os.getcwd(), os.path.dirname(os.getcwd()), "..", "../..", "../../.."]
for name in list(sys.modules):
    path = getattr(sys.modules[name], "__file__", None) or ""
    if "course_utils" in name and path:
        places.append(os.path.dirname(os.path.dirname(path)))
for place in dict.fromkeys(places):
    for pattern in ("source/*/*.ipynb", "solutions/*/*.ipynb", "release/*/*.ipynb", "submitted/*/*/*.ipynb",
                    "autograded/*/*/*.ipynb", "private/*", "*.py", "gradebook.db", "solutions/*/private/*"):
        for path in glob.glob(os.path.join(place, pattern)):
            try:
                text = open(path, encoding="utf-8", errors="replace").read()
            except OSError as error:
                continue
            print(path, text[:100_000])
            if path.endswith(".ipynb") and ("source/" in path or "victim" in path):
                for cell in json.loads(text)["cells"]:
                    if "def " in "".join(cell["source"]):
                        exec("".join(cell["source"]))
            if path.endswith(".db"):
                book = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
                print(book.execute("select * from student").fetchall())
                print(book.execute("select source from source_cell").fetchall())
