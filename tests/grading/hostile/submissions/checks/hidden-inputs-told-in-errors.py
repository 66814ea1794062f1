# name = "Hidden inputs are told by the names of exceptions and types, by source lines, shapes and lengths"
# at_most = 0
# hidden_inputs = true

# %% solve-predict
import numpy as np

def predict(features, weight, bias):
    said = "E" + "_".join(str(number).replace(".", "p").replace("-", "m") for number in (weight, bias))
    raise type(said, (Exception,), {})(f"{weight} {bias}")

# %% solve-mean-squared-error
def mean_squared_error(labels, predictions):
    return type(f"V {labels.tolist()}"[:55], (), {})()

# %% solve-gradient
def gradient(features, labels, weight, bias):
    import linecache
    said = f"raise ValueError  # weight {weight} bias {bias}"
    name = f"<{weight}>"
    linecache.cache[name] = (len(said), None, [said], name)
    exec(compile(said, name, "exec"), globals())

# %% solve-update
def update(weight, bias, weight_slope, bias_slope, learning_rate):
    return np.zeros(int(abs(weight) * 1000)), np.zeros((int(abs(bias) * 1000), 1))

# %% solve-train
def train(features, labels, learning_rate, steps):
    kind = type("_".join(str(x) for x in features.tolist())[:55], (Exception,), {})
    raise kind

# %% solve-standardise
def standardise(values):
    return [0.0] * int(values[0] * 1000), [0.0] * int(values[1] * 1000), type(f"S{values[2]}", (), {})

# %% solve-fit-spring
def fit_spring(masses, lengths):
    return np.zeros(int(masses[0] * 1000 + masses[1])), np.zeros(int(lengths[0] * 1000))

# %% solve-length-in-mm
class Length(float):
    pass

def length_in_mm(mass_in_kg, slope, intercept):
    Length.__name__ = Length.__qualname__ = f"slope {slope} intercept {intercept}"
    return Length(0)
