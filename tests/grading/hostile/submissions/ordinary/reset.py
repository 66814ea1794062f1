# name = "Everything is reset, renamed and deleted between the cells"
# score = 6
# solves = ["double", "mean", "total"]
# status = ["graded", "partial"]

# %% first
import os, shutil
%reset -f
import os, shutil
shutil.rmtree(os.getcwd(), ignore_errors=True)
os.environ.clear()
os.chdir("/")
