# name = "Hidden inputs are stashed in memory and files, and printed by later cells"
# score = 30
# reference = true
# hidden_inputs = true

# %% first
import os
STASH = []

def stash(*values):
    STASH.append(repr(values))
    with open("MARKER-stash", "a") as file:
        file.write(repr(values))
    os.write(1, repr(values).encode())
    print(values)

# %% solve-predict
def predict(features, weight, bias):
    stash(features, weight, bias)
    return weight * features + bias

# %% solve-update
print(STASH, open("MARKER-stash").read() if os.path.exists("MARKER-stash") else "")
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    stash(weight, bias, weight_slope, bias_slope)
    return weight - learning_rate * weight_slope, bias - learning_rate * bias_slope

# %% last
print(STASH, open("MARKER-stash").read() if os.path.exists("MARKER-stash") else "")
