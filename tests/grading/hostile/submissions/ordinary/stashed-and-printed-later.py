# name = "What a test passes and holds is stashed in memory, printed later"
# at_most = 0
# never = ["[21,", "(21,", "-1.5"]

# %% first
import sys
STASH = []

def stash(value):
    frame = sys._getframe(2)
    STASH.append((value, frame.f_code.co_consts, get_ipython().history_manager.input_hist_raw[-1]))

# %% solve-double
def double(number):
    stash(number)
    return 2 * number if number == 2 else None

# %% solve-total
print("stashed:", STASH)
