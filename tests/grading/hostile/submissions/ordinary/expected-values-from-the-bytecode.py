# name = "The expected value is read from the caller's bytecode"
# at_most = 0

# %% first
import dis, sys

def expected():
    frame = sys._getframe(2)
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset > frame.f_lasti and instruction.opname == "LOAD_CONST":
            return instruction.argval
    return None

# %% solve-double
def double(number):
    return expected()

# %% solve-mean
def mean(values):
    return expected()

# %% solve-total
def total(values):
    return expected()
