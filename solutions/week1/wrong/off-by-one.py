# name = "One step too few"
# score = 27
# phrase = "one step too few"

# %% solve-train
def train(features, labels, learning_rate, steps):
    weight, bias, losses = 0.0, 0.0, []
    for _ in range(1, steps):
        losses.append(mean_squared_error(labels, predict(features, weight, bias)))
        slopes = gradient(features, labels, weight, bias)
        weight, bias = update(weight, bias, *slopes, learning_rate)
    return weight, bias, losses
