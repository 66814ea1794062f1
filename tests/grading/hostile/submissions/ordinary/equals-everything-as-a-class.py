# name = "A class whose metaclass makes it equal everything"
# at_most = 0

# %% first
class Meta(type):
    def __eq__(cls, other): return True
    def __ne__(cls, other): return False
    def __hash__(cls): return 0
    def __instancecheck__(cls, other): return True
    def __subclasscheck__(cls, other): return True

class Equal(metaclass=Meta):
    pass

# %% solve-double
def double(number):
    return Equal

# %% solve-mean
def mean(values):
    return Equal

# %% solve-total
def total(values):
    return Equal
