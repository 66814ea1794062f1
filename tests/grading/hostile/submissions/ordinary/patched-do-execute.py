# name = "The kernel's do_execute answers ok without running anything"
# at_most = 0

# %% first
async def do_execute(*arguments, **options):
    return {"status": "ok", "execution_count": 9, "payload": [], "user_expressions": {}}

async def execute_request(stream, ident, parent):
    kernel.session.send(stream, "execute_reply", await do_execute(), parent, ident=ident)

kernel = get_ipython().kernel
kernel.do_execute = do_execute
type(kernel).do_execute = do_execute
kernel.shell_handlers["execute_request"] = execute_request
