# name = "The collecting half hands over forged data: verdicts, objects, code for a pickle, arrays without end"
# at_most = 0
# never = ["BREACH"]

# %% first
import os
from course_utils.checks import collecting, plain, registry

class Command:
    def __reduce__(self):
        return os.system, ("touch OUTSIDE_FOLDER/MARKER-unpickled",)

FORGED = [
    {"passed": True, "earned": 99.0, "points": 99.0, "steps": [{"name": "x", "points": 99, "passed": True}]},
    {"$array": "A" * 100, "dtype": "object", "shape": [10**12]},
    {"answer": {"type": "array", "value": float("nan"), "items": [Command()] * 3}},
    {"answer": {"type": "<script>MARKER</script>", "value": Command()}, "many": {}, "one": []},
    [[[[[[[[[[]]]]]]]]]] * 3,
    None,
]
count = iter(range(10**9))
for check in registry.week_checks("week1").values():
    object.__setattr__(check, "collect", lambda namespace, inputs: FORGED[next(count) % len(FORGED)])
plain.to_json = lambda data: '{"answer": {"$array": "", "dtype": "float64", "shape": [0, 1000000000000]}, "x": ' + "[" * 5000 + "]" * 5000 + "}"
