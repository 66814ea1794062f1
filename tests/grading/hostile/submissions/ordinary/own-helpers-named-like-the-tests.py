# name = "Names that the tests use are taken: credit with a will of its own, __builtins__ replaced"
# at_most = 0

# %% last
credit = 3
3

# %% first
import types

class Space(dict):
    def __setitem__(self, name, value):
        super().__setitem__(name, 3 if name == "credit" else value)
    def __getitem__(self, name):
        return 3 if name == "credit" else super().__getitem__(name)

ip = get_ipython()
ip.user_ns = Space(ip.user_ns)
__builtins__ = types.SimpleNamespace(**vars(__import__("builtins")))
