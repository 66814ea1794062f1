# name = "A profile function and a trace function watch every call of whatever runs in the process"
# at_most = 0

# %% first
import os, re, sys, threading
HEARD = []

def watch(frame, event, argument):
    try:
        for thing in (*frame.f_locals.values(), argument, *frame.f_code.co_consts):
            if isinstance(thing, (bytes, bytearray)):
                thing = bytes(thing).decode("latin-1")
            if isinstance(thing, str) and "canary-" in thing:
                HEARD.append((frame.f_code.co_name, re.findall("canary-o[f]-[a-z-]+", thing)))
                os.write(1, repr(HEARD[-1]).encode())
    except BaseException:
        pass
    return watch

sys.setprofile(watch)
threading.setprofile(watch)
sys.settrace(watch)
threading.settrace(watch)

# %% solve-double
def double(number):
    print(HEARD)
    return None

# %% last
print(HEARD)
