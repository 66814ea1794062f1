# name = "The facts of a model that does not exist: the collecting half of part 1 is replaced by the right numbers"
# at_most = 0

# %% first
import numpy as np
from course_utils.checks import registry

def facts(namespace, inputs):
    line = inputs["weight"] * np.array(inputs["features"]) + inputs["bias"]
    loss = float(np.mean((np.array(inputs["labels"]) - np.array(inputs["predictions"])) ** 2))
    return {"answer": {"model": {"type": "object"}, "keras": True, "in": [1], "out": [1], "weights": [[1, 1], [1]],
                       "answers": {"type": "array", "value": line}, "compiled": True,
                       "loss": {"type": "number", "value": loss}}}

for check in registry.week_checks("week1").values():
    object.__setattr__(check, "collect", facts)
