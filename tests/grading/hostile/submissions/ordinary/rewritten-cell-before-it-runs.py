# name = "A pre_run_cell callback rewrites the cell, and a post_run_cell callback its result"
# at_most = 0

# %% first
def rewrite(info):
    info.raw_cell = "3"

def mend(result):
    result.error_in_exec = None
    result.error_before_exec = None
    result.result = 3

ip = get_ipython()
ip.events.register("pre_run_cell", rewrite)
ip.events.register("post_run_cell", mend)
