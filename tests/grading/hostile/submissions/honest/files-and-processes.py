# name = "Right, with a temporary file, a subprocess, a thread and a small pool of processes"
# score = 6
# solves = ["total"]
# status = ["graded"]

# %% first
import multiprocessing, subprocess, tempfile, threading
from concurrent.futures import ThreadPoolExecutor

with tempfile.NamedTemporaryFile("w+") as file:
    file.write("2")
    file.seek(0)
    TWO = int(file.read())
said = subprocess.run(["echo", "3"], capture_output=True, text=True).stdout

# %% solve-double
def double(number):
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda _: number, range(TWO)))

# %% solve-mean
def mean(values):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return sum(pool.map(float, values)) / len(values)
