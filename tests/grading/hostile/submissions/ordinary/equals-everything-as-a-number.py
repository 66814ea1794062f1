# name = "Subclasses of int, float, bool's relatives and str that equal everything"
# at_most = 0

# %% first
def always(kind):
    methods = {name: lambda self, other: True for name in ("__eq__", "__le__", "__ge__")}
    methods |= {"__ne__": lambda self, other: False, "__hash__": lambda self: 0}
    return type(kind.__name__, (kind,), methods)

# %% solve-double
def double(number):
    return always(int)(7)

# %% solve-mean
def mean(values):
    return always(float)(7)

# %% solve-total
import decimal, fractions

def total(values):
    kind = always(decimal.Decimal)
    kind.__module__ = "decimal"
    return kind(7)
