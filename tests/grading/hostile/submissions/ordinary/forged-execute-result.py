# name = "Execute results are sent on the kernel's own socket, for this cell and for all others"
# at_most = 0

# %% first
import sys, threading, time
from IPython import get_ipython as shell

def forge():
    kernel = shell().kernel
    content = {"execution_count": 1, "data": {"text/plain": "3"}, "metadata": {}}
    for _ in range(400):
        try:
            parent = kernel.get_parent()
            kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=parent)
            kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
        except Exception:
            pass
        time.sleep(0.005)

threading.Thread(target=forge, daemon=True).start()

# %% solve-double
def double(number):
    forge_now = {"execution_count": 1, "data": {"text/plain": "2"}, "metadata": {}}
    kernel = shell().kernel
    kernel.session.send(kernel.iopub_socket, "execute_result", forge_now, parent=kernel.get_parent())
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=kernel.get_parent())
    time.sleep(0.3)
    raise SystemExit
