# name = "Tracebacks, frames, generators and errors of a test are kept, and looked through in a later cell"
# at_most = 0
# never = ["[21,", "(21,", "twice 21"]

# %% first
KEPT = []

# %% solve-double
def double(number):
    try:
        raise ValueError
    except ValueError as error:
        KEPT.append(error.__traceback__)
    return 2 * number if number == 2 else None

# %% solve-mean
class Mine(Exception):
    pass

MINE = Mine()

def mean(values):
    KEPT.append((one for one in values))
    raise MINE

# %% solve-total
import gc, sys

def walk(trace):
    while trace is not None:
        frame = trace.tb_frame
        while frame is not None:
            print(frame.f_code.co_filename, frame.f_code.co_consts, {name: str(value)[:300] for name, value in frame.f_locals.items()})
            frame = frame.f_back
        trace = trace.tb_next

for thing in (*KEPT, MINE.__traceback__, getattr(sys, "last_traceback", None)):
    if type(thing).__name__ == "traceback":
        walk(thing)
for thing in gc.get_objects():
    if type(thing).__name__ in ("frame", "traceback"):
        try:
            walk(thing if type(thing).__name__ == "traceback" else type("T", (), {"tb_frame": thing, "tb_next": None}))
        except Exception as error:
            print(error)
