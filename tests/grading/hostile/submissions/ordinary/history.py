# name = "In, the history and the kernel's last message hold the test that is running"
# at_most = 0
# never = ["assert double(21)"]

# %% solve-double
import gc, glob, sqlite3

def double(number):
    ip = get_ipython()
    print(globals().get("In", [])[-2:], globals().get("_ih", [])[-2:], globals().get("_i"), globals().get("_ii"))
    print(list(ip.history_manager.get_range(raw=True)), ip.history_manager.input_hist_raw[-3:])
    print(ip.kernel.get_parent("shell"), getattr(ip.kernel, "_parents", None), ip.parent_header)
    for path in glob.glob("/**/history.sqlite", recursive=False) + [str(getattr(ip.history_manager, "hist_file", ""))]:
        try:
            print(sqlite3.connect(path).execute("select * from history").fetchall())
        except sqlite3.Error:
            pass
    return number * 3
