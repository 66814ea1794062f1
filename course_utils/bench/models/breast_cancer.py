"""Breast cancer: a small network beside two baselines, over twenty splits, and on the usual 114 rows.

Of a split's test rows nothing is used before the model is trained: the scale, the weights and the strength of the
penalty come from the training rows alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from course_utils import data
from course_utils.bench.models.row import Row

SPLITS = 20
TEST_SHARE = 0.2
BAR = 0.978
STEPS = 200
FOLDS = 5
#: The strengths of the L2 penalty that are tried.
PENALTIES = (0.001, 0.003, 0.01, 0.03)
#: Takes training rows, their labels and other rows, none of them scaled; returns the classes of the other rows.
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def breast_cancer(tell: Callable[[str], None]) -> Iterator[Row]:
    """The network of the chapter on capacity, logistic regression and a support vector machine."""
    table = data.breast_cancer()
    features, labels = table.arrays()
    usual = data.usual_breast_cancer()
    what = f"{SPLITS} stratified splits of {len(labels)} rows, a fifth held back"
    for name, (fit, bar, note) in MODELS.items():
        tell(f"{name}, {SPLITS} splits")
        begun = time.perf_counter()
        scores = over_splits(fit, features, labels)
        seconds = time.perf_counter() - begun
        yield Row(name, what, float(np.mean(scores)), float(np.std(scores)), bar, True, seconds, note)
    if usual is None:
        return
    (train, train_labels), (test, test_labels) = (part.arrays() for part in usual)
    for name, (fit, _, note) in MODELS.items():
        tell(f"{name}, the usual test rows")
        begun = time.perf_counter()
        share = float(np.mean(fit(train, train_labels, test) == test_labels))
        seconds = time.perf_counter() - begun
        yield Row(name, f"the usual {len(test_labels)} test rows", share, seconds=seconds, note=note)


def over_splits(fit: Fit, features: np.ndarray, labels: np.ndarray, splits: int = SPLITS) -> list[float]:
    """The accuracy in each of `splits` stratified splits, those with the seeds 0, 1, 2, …"""
    from sklearn.model_selection import train_test_split

    scores = []
    # scikit-learn counts the classes the other way round; so its users get the very same splits.
    strata = 1 - labels
    for seed in range(splits):
        train, test, train_labels, test_labels = train_test_split(
            features, labels, test_size=TEST_SHARE, stratify=strata, random_state=seed
        )
        scores.append(float(np.mean(fit(train, train_labels, test) == test_labels)))
    return scores


def build_network(penalty: float) -> Any:
    """The network of the chapter on capacity, compiled, with an L2 penalty of that strength."""
    import keras

    keras.utils.set_random_seed(0)
    l2 = keras.regularizers.L2(penalty)
    network = keras.Sequential(
        [
            keras.Input(shape=(30,)),
            keras.layers.Dense(16, activation="tanh", kernel_regularizer=l2),
            keras.layers.Dense(1, activation="sigmoid", kernel_regularizer=l2),
        ]
    )
    network.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    return network


def network(train: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Choose the penalty by cross-validation, train on all training rows, and name the others' classes."""
    penalty = choose_penalty(train, labels)
    return (probabilities(penalty, train, labels, others) > 0.5).astype(np.int64)


def choose_penalty(train: np.ndarray, labels: np.ndarray) -> float:
    """The strongest penalty that is as good as the best: within one standard error of the least validation loss.

    The rule is that of Breiman and others (Hastie, Tibshirani and Friedman, 2009, section 7.10).
    """
    from sklearn.model_selection import StratifiedKFold

    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(train, labels))
    losses = {
        penalty: [
            cross_entropy(
                probabilities(penalty, train[inside], labels[inside], train[outside]), labels[outside]
            )
            for inside, outside in folds
        ]
        for penalty in PENALTIES
    }
    return one_standard_error(losses)


def one_standard_error(losses: dict[float, Sequence[float]]) -> float:
    """The largest key whose mean loss is at most the least one plus that one's standard error."""
    best = min(losses, key=lambda penalty: np.mean(losses[penalty]))
    most = np.mean(losses[best]) + np.std(losses[best], ddof=1) / np.sqrt(len(losses[best]))
    return max(penalty for penalty in losses if np.mean(losses[penalty]) <= most)


def cross_entropy(said: np.ndarray, labels: np.ndarray) -> float:
    """The mean of −log of the probability that was given to what was true."""
    right = np.where(labels == 1, said, 1 - said)
    return float(-np.mean(np.log(np.maximum(right, 1e-7))))


def probabilities(penalty: float, train: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Train for `STEPS` steps with all rows in each, from the same start; return the others' P(malignant)."""
    import tensorflow as tf

    mean, spread = train.mean(axis=0), train.std(axis=0)
    scaled, asked = (((part - mean) / spread).astype(np.float32) for part in (train, others))
    model, start = _compiled(penalty)
    model.set_weights(start)
    for value in model.optimizer.variables:
        if "learning_rate" not in value.path:
            value.assign(tf.zeros_like(value))
    rows = tf.data.Dataset.from_tensors((scaled, labels.astype(np.float32)[:, np.newaxis])).repeat()
    model.fit(rows, epochs=1, steps_per_epoch=STEPS, shuffle=False, verbose=0)
    return np.asarray(model(asked))[:, 0]


@cache
def _compiled(penalty: float) -> tuple[Any, list[np.ndarray]]:
    """The network and its first weights, compiled once: TensorFlow takes longer over that than over training."""
    model = build_network(penalty)
    model.steps_per_execution = 50
    return model, model.get_weights()


def logistic_regression(train: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """scikit-learn's logistic regression with the penalty that it has unless told otherwise."""
    from sklearn.linear_model import LogisticRegression

    return _scaled(LogisticRegression(max_iter=2000)).fit(train, labels).predict(others)


def support_vectors(train: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """scikit-learn's support vector machine with its own settings."""
    from sklearn.svm import SVC

    return _scaled(SVC()).fit(train, labels).predict(others)


def _scaled(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


MODELS: dict[str, tuple[Fit, float | None, str]] = {
    "network of 16 hidden units": (network, BAR, "L2 penalty chosen in each split by its training rows"),
    "logistic regression": (logistic_regression, None, "scikit-learn's settings"),
    "support vector machine": (support_vectors, None, "scikit-learn's settings"),
}
