# name = "Right, and loud: prints, warnings, logs, text on stderr from every function and cell"
# score = 6
# solves = ["double", "total"]
# status = ["graded"]
# reads = "a line that its author wants to read"

# %% first
import logging, os, sys, warnings
print("a line that its author wants to read")
print("on stderr", file=sys.stderr)
os.write(2, b"below Python\n")
logging.warning("2026-11-29 computation_placer.cc:177] computation placer already registered")
warnings.warn("deprecated")

# %% solve-mean
def mean(values):
    print("called", file=sys.stderr)
    os.write(2, b"W0000 cuda_dnn.cc] Unable to register cuDNN factory\n")
    warnings.warn("called")
    logging.getLogger("tensorflow").error("called")
    return sum(values) / len(values)
