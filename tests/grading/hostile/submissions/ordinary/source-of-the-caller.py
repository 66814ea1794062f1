# name = "The source of the test is taken from linecache, inspect, tracebacks, frames and code objects"
# at_most = 0
# never = ["twice 21"]

# %% solve-double
import inspect, linecache, sys, traceback

def double(number):
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        said = [code.co_filename, code.co_consts, code.co_names, linecache.getlines(code.co_filename)]
        try:
            said.append(inspect.getsource(frame))
        except (OSError, TypeError):
            pass
        print(said, {key: str(value)[:3000] for key, value in frame.f_locals.items()})
        frame = frame.f_back
    traceback.print_stack()
    raise ValueError(str(sys._getframe(1).f_code.co_consts) + "".join(linecache.getlines(sys._getframe(1).f_code.co_filename)))
