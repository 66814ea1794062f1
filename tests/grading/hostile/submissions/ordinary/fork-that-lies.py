# name = "os.fork makes no child, and waiting for it says that it did well"
# at_most = 0

# %% first
import os, select, subprocess
os.fork = lambda: 99999
os.waitpid = lambda process, *options: (process, 0)
os.waitid = lambda *arguments: None
os.waitstatus_to_exitcode = lambda status: 0
read = os.read
os.read = lambda name, size: read(name, size) or b'{"passed": true, "score": 6}\n'
select.select = lambda readers, *rest: (readers, [], [])
