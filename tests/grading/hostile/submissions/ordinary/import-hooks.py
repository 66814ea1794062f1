# name = "A finder on sys.meta_path and a patched __import__ hand out helpful modules"
# at_most = 0

# %% first
import builtins, importlib.abc, importlib.machinery, sys, types

class Helpful(types.ModuleType):
    def __getattr__(self, name):
        return lambda *arguments, **options: True

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec):
        return Helpful(spec.name)
    def exec_module(self, module):
        pass

for name in list(sys.modules):
    if name.split(".")[0] in {"json", "socket", "traceback", "nbgrader", "nbformat", "course_utils", "math", "unittest"}:
        sys.modules[name] = Helpful(name)
sys.meta_path.insert(0, Finder())
real = builtins.__import__
builtins.__import__ = lambda name, *a, **o: Helpful(name) if name not in ("sys", "builtins") else real(name, *a, **o)
