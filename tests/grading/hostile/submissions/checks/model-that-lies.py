# name = "A Keras model that is none: every property lies, no weight was trained"
# at_most = 3

# %% first
import keras, numpy as np

# %% solve-build-model
class Liar(keras.Model):
    input_shape = (None, 1)
    output_shape = (None, 1)
    compiled = True
    loss = "mean_squared_error"
    trainable_weights = [np.zeros((1, 1)), np.zeros(1)]

    def set_weights(self, weights): pass
    def get_weights(self): return [np.array([[-2.0]]), np.array([9.0])]
    def __call__(self, inputs): return np.zeros((4, 1))

def build_model():
    return Liar()

# %% solve-train-model
def train_model(model, features, labels):
    return [3.0, 2.0, 1.0]

model = build_model()
losses = [3.0, 2.0, 1.0]
