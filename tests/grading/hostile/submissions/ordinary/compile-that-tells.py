# name = "compile, exec, ast.parse and the cell compiler print what they are given"
# at_most = 0

# %% first
import ast, builtins, os
real = {"compile": builtins.compile, "exec": builtins.exec, "eval": builtins.eval}
HEARD = []

def telling(name):
    def tell(source, *arguments, **options):
        HEARD.append(source if isinstance(source, (str, bytes)) else getattr(source, "co_consts", None) or (ast.dump(source) if isinstance(source, ast.AST) else None))
        return real[name](source, *arguments, **options)
    return tell

for name in real:
    setattr(builtins, name, telling(name))
ip = get_ipython()
compiler = type(ip.compile)
parse = compiler.ast_parse
compiler.ast_parse = lambda self, source, *a, **o: (HEARD.append(source), os.write(1, source.encode()), parse(self, source, *a, **o))[-1]
cache = compiler.cache
compiler.cache = lambda self, code, *a, **o: (HEARD.append(code), cache(self, code, *a, **o))[-1]

# %% solve-double
def double(number):
    print(HEARD)
    return None

# %% last
print(HEARD)
