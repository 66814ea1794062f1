"""Every other demo with a model between a real kernel and a real browser: what is worked out reaches Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from jupyter_client.blocking import BlockingKernelClient
from playwright.sync_api import Browser

from tests.widgets.test_real_kernel import kernel_started, notebook_of


class Worked(NamedTuple):
    """A widget `w`: how it is made, the button that is pressed, when its answer is there, and what is true then."""

    make: str
    button: str | None
    there: str
    true: tuple[str, ...]


CONVOLVED = """
picture = np.random.default_rng(1).integers(0, 10, (12, 12))
windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3))
out = np.maximum((windows * [-1, 0, 1]).sum((2, 3)) + 2, 0)
w = widgets.convolution(picture.tolist(), bias=2, relu=True, pooling='max')
"""
# What a network answers is asserted where the case is plain: better weights must not fail here.
WORKED = {
    "sketches": Worked(
        "w = widgets.sketches()",
        "cat",
        "w.probabilities",
        (
            "(w.drawing.shape, w.drawing.dtype, w.drawing.max() > 0.5) == ((28, 28), np.float32, True)",
            "w.guess == max(w.probabilities, key=w.probabilities.get)",
            "abs(sum(w.probabilities.values()) - 1) < 1e-3",
        ),
    ),
    "sums": Worked(
        "w = widgets.sums()",
        "100+98",
        "w.probabilities",
        (
            "w.sum == '100+98'",
            "w.answer.isdigit() and len(w.answer) == len(w.probabilities)",
            "all(0 < p <= 1 for p in w.probabilities)",
        ),
    ),
    "text": Worked(
        "w = widgets.text('To be', length=40, seed=3)",
        "Write",
        "len(w.entropies) == 40",
        ("w.text.startswith('To be')", "len(w.text) == 45", "min(w.entropies) >= 0"),
    ),
    "convolution": Worked(
        CONVOLVED,
        None,
        "w.pooled",
        ("np.array_equal(w.output, out)", "np.array_equal(w.pooled, out.reshape(5, 2, 5, 2).max((1, 3)))"),
    ),
    "quantisation": Worked(
        "w = widgets.quantisation()",
        "7",
        "w.answers",
        ("w.answers[0] == 7", "len(w.answers) == 8", "len(w.probabilities) == 10"),
    ),
    "judge": Worked(
        "w = widgets.judge('You are a fool')",
        None,
        "w.parts",
        (
            "list(w.parts) == ['you', 'are', 'a', 'fool']",
            "max(w.parts, key=w.parts.get) == 'fool'",
            "0.5 < w.probability < 1",
        ),
    ),
    "detection": Worked(
        "w = widgets.detection()",
        "A crowd",
        "w.picture_name == 'a crowd' and w.boxes is not None",
        (
            "w.boxes.shape == (len(w.kinds), 4) and len(w.scores) == len(w.kinds)",
            "set(w.kinds) == {'disc'}",
            "((0 <= w.boxes) & (w.boxes <= 1)).all() and (w.boxes[:, :2] < w.boxes[:, 2:]).all()",
            "w.before >= len(w.kinds)",
        ),
    ),
    "images": Worked(
        "w = widgets.images(np.full((40, 60, 3), 200.0))",
        None,
        "w.picture_name and w.predictions",
        (
            "w.picture_name == 'the picture from Python'",
            "w.probabilities.shape == (10,) and abs(w.probabilities.sum() - 1) < 1e-3",
            "abs(w.predictions[0]['probability'] - w.probabilities.max()) < 1e-6",
        ),
    ),
    "features": Worked(
        "w = widgets.features(sample='hands')",
        None,
        "w.places is not None and w.vectors is not None",
        (
            "w.vectors.ndim == 2 and np.isfinite(w.vectors).all() and w.vectors.std() > 0",
            "len(w.vectors) == len(w.names) == 36",
            "w.places.shape == (36, 2) and np.isfinite(w.places).all()",
            "w.network == 'backbone'",
        ),
    ),
    "your_model": Worked(
        "w = widgets.your_model(digit=4)",
        None,
        "w.output is not None",
        (
            "w.name == 'digits-cnn' and w.bytes > 0",
            "w.input_shape == [28, 28, 1] and w.input.shape == (28, 28, 1)",
            "w.output.size == 10 and w.output.argmax() == 4",
        ),
    ),
    "sprite_training": Worked(
        "w = widgets.sprite_training(stop_after=4)",
        "Train",
        "w.accuracy is not None",
        ("w.steps == len(w.losses) == 4", "min(w.losses) < w.losses[0]", "0 <= w.accuracy <= 1"),
    ),
    "style_transfer": Worked(
        "w = widgets.style_transfer(stop_after=2)",
        "Paint",
        "w.steps == 2 and w.painted is not None",
        (
            "w.painted.shape == (96, 96, 3)",
            "w.painted.min() >= 0 and w.painted.max() <= 1 and w.painted.std() > 0.05",
        ),
    ),
}


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    with kernel_started() as started:
        yield started


@pytest.mark.parametrize("name", WORKED)
def test_what_a_demo_works_out_reaches_python(
    kernel: BlockingKernelClient, browser: Browser, name: str
) -> None:
    make, button, there, true = WORKED[name]
    with notebook_of(kernel, browser) as notebook:
        notebook.run(f"import numpy as np\nfrom course_utils import widgets\n{make}")
        notebook.show()
        if button:
            notebook.page.get_by_role("button", name=button, exact=True).first.click()
        notebook.until_python(there)
        # Numbers and names follow the arrays a moment later.
        for claim in true:
            notebook.until_python(claim, seconds=10)
