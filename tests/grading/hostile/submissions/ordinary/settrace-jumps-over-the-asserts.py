# name = "A trace function moves the test's own frame past its asserts"
# at_most = 0

# %% first
import sys

def jump():
    frame = sys._getframe(2)
    lines = sorted({line for _, _, line in frame.f_code.co_lines() if line})

    moved = []

    def trace(frame, event, argument):
        if moved:
            return trace
        moved.append(event)
        for line in reversed(lines):
            try:
                frame.f_lineno = line
                return trace
            except ValueError:
                continue
        return trace

    sys.settrace(trace)
    frame.f_trace = trace

# %% solve-double
def double(number):
    jump()
    return 4

# %% solve-total
def total(values):
    jump()
    return 6
