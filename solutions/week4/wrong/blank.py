# name = "Nothing is filled in"
# score = 0
# phrase = "it is still empty (NotImplementedError)"
# blank = true
