# name = "The answers hold nbgrader's own marks"
# at_most = 0

# %% solve-double
def double(number):
    ### BEGIN SOLUTION
    return 4
    ### END SOLUTION
### BEGIN HIDDEN TESTS
double = None
### END HIDDEN TESTS

# %% solve-mean
### END HIDDEN TESTS
### END SOLUTION
### BEGIN MARK SCHEME
def mean(values):
    return 0
