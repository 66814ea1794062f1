"""The head that the gesture trainer's page trains on a backbone's features, here in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: As in the page: the rate of Adam, the weight of the squared kernel in the loss, and about how many steps.
RATE, DECAY, STEPS = 0.01, 2e-3, 400
_BATCH = (16, 64)


def trained_head(
    features: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0
) -> Callable[[np.ndarray], np.ndarray]:
    """Train one softmax layer and return what names the class of each row of features.

    The features are centred on their mean and all scaled by one number, so that they spread by 1 on the whole. To
    scale each by its own spread would make much of features that hardly vary in one burst before one background.
    """
    middle = features.mean(axis=0)
    scale = 1 / max(float(np.sqrt(features.var(axis=0).mean())), 1e-6)
    inputs = (features - middle) * scale
    random = np.random.default_rng(seed)
    batch = min(len(inputs), max(_BATCH[0], min(_BATCH[1], -(-len(inputs) // 10))))
    limit = np.sqrt(6 / (inputs.shape[1] + classes))
    weights = [random.uniform(-limit, limit, (inputs.shape[1], classes)), np.zeros(classes)]
    moments = [[np.zeros_like(part), np.zeros_like(part)] for part in weights]
    wanted = np.eye(classes)[labels]
    for step in range(1, STEPS + 1):
        rows = random.choice(len(inputs), batch, replace=False)
        wrong = (_softmax(inputs[rows] @ weights[0] + weights[1]) - wanted[rows]) / batch
        gradients = (inputs[rows].T @ wrong + 2 * DECAY * weights[0], wrong.sum(axis=0))
        for place, gradient in enumerate(gradients):
            first, second = moments[place]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
            weights[place] = weights[place] - RATE * mean / (np.sqrt(square) + 1e-7)
    kernel, bias = weights
    return lambda shown: ((shown - middle) * scale @ kernel + bias).argmax(axis=1)


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
