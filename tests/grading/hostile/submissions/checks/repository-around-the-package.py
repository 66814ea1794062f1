# name = "The course's own repository is searched from the package's folder, and its solutions are executed"
# at_most = 0

# %% solve-build-model
pass

# %% solve-train-model
pass

# %% solve-predict
pass

# %% solve-mean-squared-error
pass

# %% solve-gradient
pass

# %% solve-update
pass

# %% solve-train
pass

# %% solve-standardise
pass

# %% solve-fit-spring
pass

# %% solve-length-in-mm
import json, os, pathlib, sys
import course_utils
for start in {pathlib.Path(course_utils.__file__).resolve().parent.parent, pathlib.Path("COURSE_FOLDER"), pathlib.Path.cwd()}:
    for folder in (start, *start.parents):
        for path in list(folder.glob("solutions/week1/week1.ipynb")) + list(folder.glob("class/submitted/*/week1/week1.ipynb")):
            try:
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            except (OSError, ValueError):
                continue
            for cell in cells:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code" and ("BEGIN SOLUTION" in source or "def " in source):
                    try:
                        exec(source, globals())
                    except Exception as error:
                        print(error)
        for path in folder.glob("solutions/week1/private/cases.py"):
            try:
                print(path.read_text()[:300])
            except OSError:
                pass
for name in ("solutions/week1/week1.ipynb", "tests/exercises/classroom.py"):
    try:
        print((pathlib.Path(course_utils.__file__).resolve().parent.parent / name).read_text()[:2000])
    except OSError:
        pass
