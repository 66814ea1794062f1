# name = "A process forked during a test lives on and tells what it holds"
# at_most = 0
# never = ["[21,", "(21,"]

# %% first
import os, socket, sys, time
LISTENER = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
LISTENER.bind("\0MARKER-listener")
LISTENER.setblocking(False)

# %% solve-double
def double(number):
    if os.fork() == 0:
        os.setsid()
        said = repr((number, sys._getframe(1).f_code.co_consts)).encode()
        for _ in range(30):
            try:
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(said[:60000], "\0MARKER-listener")
                os.write(1, said)
            except OSError:
                pass
            time.sleep(0.1)
        os._exit(0)
    return 2 * number if number == 2 else None

# %% solve-total
time.sleep(0.5)
for _ in range(20):
    try:
        print(LISTENER.recv(60000))
    except OSError:
        break
