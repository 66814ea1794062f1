# name = "check and hidden_check are replaced, in the notebook, in the package and in sys.modules"
# at_most = 0

# %% first
import sys, types
import course_utils.checks as checks, course_utils.checks.running as running

def praise(name, namespace, *arguments, **options):
    print(f"{name}: 3 of 3 points")
    return 3.0

for module in (checks, running):
    module.check = module.hidden_check = module.evaluate = praise
fake = types.ModuleType("course_utils.checks")
fake.check = fake.hidden_check = praise
sys.modules["course_utils.checks"] = fake
check = hidden_check = praise
