# name = "The partial credit is an object that is printed as a number"
# at_most = 0

# %% solve-mean
class Credit:
    def __eq__(self, other): return self
    def __mul__(self, other): return self
    __rmul__ = __add__ = __radd__ = __mul__
    def __bool__(self): return False
    def __repr__(self): return "3.0"
    def _repr_html_(self): return "<b>3</b>"
    def _repr_mimebundle_(self, **options): return {"text/plain": "3"}
    def __float__(self): return 3.0
    __index__ = lambda self: 3

def mean(values):
    return Credit()
