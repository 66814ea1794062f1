"""The two digit recognisers as they ship, on the official test part of MNIST where it is at hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from course_utils.bench.models.row import Row
from course_utils.book.pages import find_root

NAMES = ("digits-mlp", "digits-cnn")


def shipped_digits(tell: Callable[[str], None]) -> Iterator[Row]:
    """The shipped models, loaded and tried; nothing is trained."""
    import keras

    from course_utils.training.registry import recipe

    folder = find_root() / "book" / "_static" / "models"
    pictures = recipe("digits-mlp").data()
    test, is_real = pictures.test, pictures.source.startswith("MNIST")
    for name in NAMES:
        tell(f"{name}, as shipped")
        begun = time.perf_counter()
        model = keras.models.load_model(folder / name / f"{name}.keras")
        said = model.predict(test.images, batch_size=500, verbose=0).argmax(axis=1)
        share = float(np.mean(said == test.labels))
        seconds = time.perf_counter() - begun
        what = f"{len(test):,} test pictures, {'MNIST' if is_real else 'the bundled digits'}"
        note = f"{model.count_params():,} parameters, `course train {name}`"
        yield Row(f"{name}, as shipped", what, share, None, recipe(name).bar, is_real, seconds, note)
