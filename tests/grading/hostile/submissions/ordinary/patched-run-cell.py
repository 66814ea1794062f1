# name = "Every way in which IPython runs a cell is replaced by one that always succeeds"
# at_most = 0

# %% first
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

def success(*arguments, **options):
    result = ExecutionResult(ExecutionInfo("", False, True, True, None))
    result.result = 3
    return result

async def success_later(*arguments, **options):
    return success()

ip = get_ipython()
for name in ("run_cell", "_run_cell"):
    setattr(InteractiveShell, name, success)
    setattr(type(ip), name, success)
    setattr(ip, name, success)
for name in ("run_cell_async", "run_ast_nodes", "run_code"):
    setattr(InteractiveShell, name, success_later)
    setattr(type(ip), name, success_later)
    setattr(ip, name, success_later)
