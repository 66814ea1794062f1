# name = "An audit hook sees every piece of source that is compiled and every code object that is executed"
# at_most = 0

# %% first
import os, re, sys
HEARD = []

def hook(event, arguments):
    if event in ("compile", "exec", "import", "code.__new__", "marshal.loads", "open", "cpython.run_command"):
        text = repr([getattr(one, "co_consts", one) for one in arguments])
        HEARD.append(text[:20000])
        found = re.findall("canary-o[f]-[a-z-]+", text)
        if found:
            os.write(1, repr(found).encode())
            with open("heard.txt", "a") as file:
                file.write(repr(found))

sys.addaudithook(hook)

# %% solve-double
def double(number):
    print([text for text in HEARD if "canary" in text])
    return None

# %% last
import os
print([text for text in HEARD if "canary" in text], open("heard.txt").read() if os.path.exists("heard.txt") else "")
