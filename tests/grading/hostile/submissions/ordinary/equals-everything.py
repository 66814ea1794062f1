# name = "An object that equals everything, whatever is done with it"
# at_most = 0

# %% first
class Anything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *arguments, **options): return self
    def __abs__(self): return self
    def __add__(self, other): return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __round__ = __add__
    def __len__(self): return 1
    def __iter__(self): return iter([self])
    def __contains__(self, thing): return True

# %% solve-double
def double(number):
    return Anything()

# %% solve-mean
def mean(values):
    return Anything()

# %% solve-total
def total(values):
    return Anything()
