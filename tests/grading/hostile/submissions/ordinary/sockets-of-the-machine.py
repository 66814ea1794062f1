# name = "Unix sockets of the machine, by path and by abstract name"
# at_most = 0
# never = ["BREACH"]

# %% first
import glob, socket
for address in ("OUTSIDE_FOLDER/socket", "\0MARKER-abstract", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", *glob.glob("/tmp/.X11-unix/*")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as line:
                line.settimeout(0.3)
                line.connect(address)
                line.send(b"MARKER")
                print("BREACH: connected to", repr(address))
        except OSError as error:
            print(error)
