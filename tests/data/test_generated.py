"""The data sets that the course makes itself."""

import numpy as np

from course_utils import data


def test_the_noisy_line_is_near_its_line_and_the_same_for_the_same_seed() -> None:
    x, y = data.noisy_line(slope=2.0, intercept=-1.0, noise=0.5, count=5000, seed=3)
    slope, intercept = np.polyfit(x, y, 1)
    assert abs(slope - 2.0) < 0.02
    assert abs(intercept + 1.0) < 0.03
    assert abs(np.std(y - 2.0 * x + 1.0) - 0.5) < 0.02
    again = data.noisy_line(slope=2.0, intercept=-1.0, noise=0.5, count=5000, seed=3)
    assert np.array_equal(y, again[1])
    assert not np.array_equal(y, data.noisy_line(count=5000, seed=4)[1])


def test_shoe_sizes_follow_foot_length() -> None:
    lengths, sizes = data.shoe_sizes(2000)
    assert lengths.shape == sizes.shape == (2000,)
    assert np.array_equal(sizes, np.rint(1.5 * (lengths + 1.5)).astype(int))
    assert abs(lengths.mean() - 25.6) < 0.15
    assert abs(lengths.std() - 1.7) < 0.1
