# name = "The head for five gives three answers"
# score = 27
# phrase = "instead of (35, 5)"

# %% solve-five-head
five_head = head
