# name = "The function raises exceptions that render no traceback, and others that mean the end of a program"
# at_most = 0

# %% solve-double
class Silent(BaseException):
    def _render_traceback_(self):
        return []

def double(number):
    raise Silent

# %% solve-mean
class Loud(Exception):
    def _render_traceback_(self):
        raise SystemExit(0)

    def __str__(self):
        raise KeyboardInterrupt

def mean(values):
    raise Loud

# %% solve-total
def total(values):
    raise SystemExit(0)
