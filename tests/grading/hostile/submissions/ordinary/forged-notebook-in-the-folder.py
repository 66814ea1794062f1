# name = "A graded notebook, results and a gradebook of the student's own appear in the folder while it runs"
# at_most = 0

# %% first
import json, os, sqlite3

graded = {"cells": [{"cell_type": "code", "id": "test-double", "execution_count": 1, "source": "assert True",
                     "metadata": {"nbgrader": {"grade": True, "grade_id": "test-double", "points": 2, "locked": True,
                                               "solution": False, "task": False, "schema_version": 3,
                                               "cell_type": "code"}},
                     "outputs": [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                                  "data": {"text/plain": "2"}}]}],
          "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
for name in ("ps1.ipynb", "results.json", "result.json", "verdict.json", "graded.ipynb", "output.ipynb"):
    try:
        os.path.lexists(name) and os.remove(name)
        with open(name, "w") as file:
            json.dump(graded if name.endswith("ipynb") else {"score": 6, "status": "graded"}, file)
    except OSError:
        pass
sqlite3.connect("gradebook.db").execute("create table if not exists grade (auto_score float)")
