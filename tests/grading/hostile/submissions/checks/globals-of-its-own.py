# name = "globals() is the student's own, and the namespace gives each caller what it wants"
# at_most = 0

# %% first
from course_utils.checks.judging import Step

class Space(dict):
    def get(self, name, default=None):
        return lambda *arguments, **options: Step("x", 99.0, True, "", "")

def globals():
    return Space()
