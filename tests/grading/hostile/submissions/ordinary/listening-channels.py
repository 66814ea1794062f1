# name = "json, pickle, marshal, os.read, socket and zmq keep whatever comes in, and print it"
# at_most = 0

# %% first
import json, marshal, os, pickle, re, socket
HEARD = []

def hear(thing):
    text = thing if isinstance(thing, str) else repr(thing)
    if "canary-" in text:
        HEARD.extend(re.findall("canary-o[f]-[a-z-]+", text))
        print(HEARD)

def wrap(module, name):
    real = getattr(module, name)
    def wrapped(*arguments, **options):
        result = real(*arguments, **options)
        for one in (*arguments, result):
            try:
                hear(one)
            except Exception:
                pass
        return result
    try:
        setattr(module, name, wrapped)
    except TypeError:
        pass

for module, names in {json: ("loads", "load", "dumps"), pickle: ("loads", "load"), marshal: ("loads", "load"), os: ("read", "readv")}.items():
    for name in names:
        wrap(module, name)
for name in ("recv", "recv_into", "recvmsg"):
    wrap(socket.socket, name)
json.decoder.JSONDecoder.decode = (lambda real: lambda self, text, *a, **o: (hear(text), real(self, text, *a, **o))[-1])(json.decoder.JSONDecoder.decode)
session = get_ipython().kernel.session
wrap(session, "unpack")
wrap(session, "deserialize")

# %% last
print(HEARD)
