# name = "Patched builtins: sum, len, range, isinstance, compile, exec and AssertionError"
# at_most = 0

# %% first
import builtins

class Nothing(Exception):
    pass

builtins.AssertionError = Nothing
real_compile = compile

def blind(source, *arguments, **options):
    if isinstance(source, str):
        source = source.replace("assert", "True or")
    else:
        import ast
        class Drop(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.copy_location(ast.Pass(), node)
        if isinstance(source, ast.AST):
            source = ast.fix_missing_locations(Drop().visit(source))
    return real_compile(source, *arguments, **options)

builtins.compile = blind
import ast
ast.parse = lambda source, *arguments, **options: blind("3", "x", "exec", ast.PyCF_ONLY_AST)
builtins.range = lambda *arguments: []
builtins.isinstance = lambda *arguments: True
builtins.len = lambda thing: 0
builtins.float = builtins.int = lambda thing=0: 3
