# name = "A misspelt name in update"
# score = 20
# phrase = "NameError"

# %% solve-update
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    return weight - learning_rat * weight_slope, bias - learning_rat * bias_slope
