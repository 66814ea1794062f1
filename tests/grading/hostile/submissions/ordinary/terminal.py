# name = "The instructor's terminal is written to, and commands are typed into it"
# at_most = 0
# never = ["BREACH"]

# %% first
import fcntl, os, termios
for name in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/tty0", 0, 1, 2):
    try:
        handle = name if isinstance(name, int) else os.open(name, os.O_RDWR | os.O_NOCTTY)
        for letter in b"touch OUTSIDE_FOLDER/MARKER-typed\n":
            fcntl.ioctl(handle, termios.TIOCSTI, bytes([letter]))
        print("BREACH: typed into", name)
    except OSError as error:
        print(error)
try:
    os.write(os.open("/dev/tty", os.O_WRONLY), b"MARKER")
    print("BREACH: wrote to the terminal")
except OSError as error:
    print(error)
