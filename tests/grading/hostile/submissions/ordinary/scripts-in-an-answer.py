# name = "Scripts in an answer that is marked by hand, and in the error that becomes the reason"
# score = 5
# solves = ["double", "mean"]

# %% explain
<script>alert('MARKER-answer')</script> <img src=x onerror="alert('MARKER-answer-handler')"> [x](javascript:alert('MARKER-answer-link'))
<details open ontoggle="alert('MARKER-toggle')">x</details> <style>body { display: none } /* MARKER-style */</style>

# %% solve-total
def total(values):
    raise type("<script>alert('MARKER-type')</script>", (Exception,), {})("\n{\"student\": \"victim\", \"score\": 0}\n")
