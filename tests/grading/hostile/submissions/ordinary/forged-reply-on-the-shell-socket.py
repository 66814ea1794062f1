# name = "An execute_reply with status ok is sent on every socket that the garbage collector knows"
# at_most = 0

# %% solve-double
import gc

def double(number):
    kernel = get_ipython().kernel
    content = {"status": "ok", "execution_count": 4, "payload": [], "user_expressions": {}}
    import zmq
    for thing in gc.get_objects():
        try:
            if isinstance(thing, zmq.Socket):
                parent = kernel.get_parent()
                kernel.session.send(thing, "execute_reply", content, parent, ident=kernel._parent_ident)
        except Exception:
            pass
    import os
    os._exit(0)
