"""Small data sets that the course makes itself, the same for everyone who uses the same seed."""

import numpy as np


def noisy_line(
    slope: float = 2.0,
    intercept: float = -1.0,
    noise: float = 0.5,
    count: int = 50,
    seed: int = 0,
    low: float = -3.0,
    high: float = 3.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Points near a line: `y = slope * x + intercept` plus normal noise of standard deviation `noise`.

    Returns `(x, y)`, both float64 of shape `(count,)`; `x` is uniform between `low` and `high`.
    """
    random = np.random.default_rng(seed)
    x = random.uniform(low, high, count)
    return x, slope * x + intercept + random.normal(0.0, noise, count)


def shoe_sizes(people: int = 500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Foot lengths in centimetres and the European shoe sizes that fit them, for `people` made-up adults.

    Foot lengths are normal with mean 25.6 cm and standard deviation 1.7 cm. A European size is the length of
    the shoe's last in two-thirds of a centimetre, the last being about 1.5 cm longer than the foot, so
    `size = 1.5 * (length + 1.5)`, rounded to whole sizes.

    Returns `(lengths, sizes)`: float64 of shape `(people,)`, rounded to the millimetre, and int64 of that shape.
    """
    random = np.random.default_rng(seed)
    lengths = np.round(random.normal(25.6, 1.7, people), 1)
    return lengths, np.rint(1.5 * (lengths + 1.5)).astype(np.int64)
