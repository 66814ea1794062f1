# name = "Every object in memory is searched for the hidden tests, during a test and after it"
# at_most = 0
# never = ["bound by a hidden"]

# %% first
import gc, re, sys

def search():
    found = set()
    pattern = re.compile("canary-o[f]-[a-z-]+|bound by a hidde[n]")
    def texts(thing):
        if isinstance(thing, str):
            yield thing
        elif isinstance(thing, (bytes, bytearray)):
            yield bytes(thing).decode("latin-1")
        elif type(thing) in (tuple, list, set, frozenset):
            for part in thing:
                if isinstance(part, (str, bytes, tuple)):
                    yield from texts(part)
        elif type(thing) is dict:
            for part in list(thing.values()):
                if isinstance(part, (str, bytes, tuple)):
                    yield from texts(part)
        elif hasattr(thing, "co_consts"):
            yield from texts(thing.co_consts)
        elif hasattr(thing, "__code__"):
            yield from texts(thing.__code__.co_consts)
    for thing in gc.get_objects():
        try:
            for text in texts(thing):
                found.update(pattern.findall(text))
        except Exception:
            pass
    return sorted(found)

print(search())

# %% solve-double
def double(number):
    print(search(), file=sys.stderr)
    return None

# %% last
print(search())
