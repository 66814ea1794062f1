# name = "Tasks in the kernel's own event loop answer in its place"
# at_most = 0

# %% first
import asyncio

kernel = get_ipython().kernel

async def answer():
    while True:
        await asyncio.sleep(0.001)
        try:
            parent = kernel.get_parent("shell")
            content = {"execution_count": 1, "data": {"text/plain": "3"}, "metadata": {}}
            kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=parent)
            kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
            kernel.session.send(kernel.shell_stream, "execute_reply", {"status": "ok", "execution_count": 1},
                                parent, ident=kernel._parent_ident)
        except Exception:
            pass

task = asyncio.ensure_future(answer())
