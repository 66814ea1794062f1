# name = "Forged reports are written to the file that checks may report to, and to every name that sounds like it"
# at_most = 0

# %% first
import json, os
report = {"name": "week1.predict", "title": "Part 3, predict", "chapter": "x", "hidden": True, "chart": None,
          "earned": 2.0, "points": 2.0, "passed": True,
          "steps": [{"name": n, "points": 1.0, "passed": True, "expected": "", "found": "", "hint": ""} for n in ("the right values", "the shape of its input")]}
for name in (os.environ.get("COURSE_CHECK_REPORT"), "reports.jsonl", "report.json", "reports.json", os.path.join(os.environ.get("TMPDIR", "/tmp"), "reports.jsonl")):
    if name:
        try:
            with open(name, "a") as file:
                file.write(json.dumps(report) + "\n")
        except OSError:
            pass
os.environ["COURSE_CHECK_REPORT"] = os.path.abspath("reports.jsonl")
print(json.dumps(report))

# %% solve-predict
def predict(features, weight, bias):
    os.write(1, json.dumps(report).encode() + b"\n")
    with open("reports.jsonl", "a") as file:
        file.write(json.dumps(report) + "\n")
    return 0.0
