# name = "Handed in as it came"
# score = 0
# phrase = "it is still empty (NotImplementedError)"
# blank = true
