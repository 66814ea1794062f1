# name = "Right, but loud: prints, warnings, logs, and text on stderr from every function"
# score = 30
# phrase = "Part 10, length_in_mm on inputs that you do not see: 3 of 3 points"

# %% solve-predict
import logging
import os
import sys
import warnings


def predict(features, weight, bias):
    print("predict was called")
    print("predict was called", file=sys.stderr)
    os.write(2, b"a line past Python\n")
    warnings.warn("predict was called")
    logging.getLogger("tensorflow").error("predict was called")
    return weight * features + bias
