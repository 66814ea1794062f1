# name = "Nothing filled in"
# score = 0
# status = ["graded"]
