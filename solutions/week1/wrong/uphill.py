# name = "update adds instead of subtracting, only for the bias"
# score = 23
# phrase = "the bias goes uphill: subtract"

# %% solve-update
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    return weight - learning_rate * weight_slope, bias + learning_rate * bias_slope
