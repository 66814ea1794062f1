"""The gesture trainer between a real kernel and a real browser: samples and head come back to Python."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.site import gesture_stage as stage
from tests.widgets.test_real_kernel import Notebook, notebook

__all__ = ["notebook"]


def test_samples_and_head_reach_python(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np\nfrom course_utils import widgets\ntrainer = widgets.gestures(seed=3, augment=True)"
    )
    notebook.show()
    page = notebook.page
    assert {"models/backbone/model.json", "models/backbone/card.json", "samples/hands.webp"} <= set(
        notebook.asked
    )
    stage.add_hands(page, *stage.NAMES)
    stage.train(page)
    page.get_by_role("group", name="No camera?").get_by_role("button", name="Paper").click()
    expect(page.locator(".lab-bars tr[data-best]")).to_have_count(1)
    page.wait_for_timeout(800)
    said = notebook.run(
        "kernel, bias = trainer.weights()\n"
        "print(trainer.class_names, trainer.features.shape, trainer.features.dtype, 0 <= trainer.accuracy <= 1)\n"
        "print(np.bincount(trainer.labels), len(set(trainer.bursts)), trainer.copies.sum())\n"
        "right = (trainer.features @ kernel + bias).argmax(axis=1) == trainer.labels\n"
        "print(right.mean() > 0.85, trainer.head_model().count_params() == kernel.size + bias.size)"
    )
    vectors = 3 * stage.SAMPLE_HANDS
    first, second, third = said.splitlines()[-3:]
    assert first.startswith(f"['Rock', 'Paper', 'Scissors'] ({3 * vectors}, ")
    assert first.endswith(") float32 True")
    assert second == f"[{vectors} {vectors} {vectors}] {vectors} {2 * vectors}"
    assert third == "True True"
