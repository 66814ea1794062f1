# name = "The network: loopback, the outside, DNS, UDP, raw and packet sockets"
# at_most = 0
# never = ["BREACH"]

# %% first
import socket, urllib.request
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", LISTENING_PORT)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", LISTENING_PORT)),
    (socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", LISTENING_PORT)),
):
    try:
        with socket.socket(family, kind) as line:
            line.settimeout(0.3)
            line.connect(address)
            line.send(b"MARKER")
            if kind == socket.SOCK_STREAM:
                print("BREACH: connected to", address)
    except OSError as error:
        print(error)
for family, kind, protocol in ((socket.AF_PACKET, socket.SOCK_RAW, 0x300), (socket.AF_NETLINK, socket.SOCK_RAW, 0), (40, socket.SOCK_STREAM, 0)):
    try:
        line = socket.socket(family, kind, protocol)
        if family == socket.AF_PACKET:
            line.settimeout(0.2)
            print(line.recv(100))
        if family == 40:
            line.settimeout(0.3)
            line.connect((2, 22))
            print("BREACH: vsock")
    except OSError as error:
        print(error)
print(sorted(name for _, name in socket.if_nameindex()))
if set(name for _, name in socket.if_nameindex()) - {"lo", "sit0", "ip6tnl0", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0"}:
    print("BREACH: it sees network devices")
