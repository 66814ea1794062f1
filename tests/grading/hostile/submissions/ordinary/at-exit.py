# name = "atexit handlers, finalisers and weak references print numbers and forged results as the process ends"
# at_most = 0

# %% first
import atexit, json, os, sys, weakref

def late():
    for name in (1, 2):
        try:
            os.write(name, b'{"score": 6, "status": "graded", "passed": true}\n')
        except OSError:
            pass
    sys.displayhook(3)

class Late:
    def __del__(self):
        late()

atexit.register(late)
kept = Late()
weakref.finalize(kept, late)

# %% solve-double
def double(number):
    local = Late()
    raise ValueError
