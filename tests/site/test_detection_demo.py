"""Detection in a real browser: boxes and suppression equal to Python's, the camera, and nothing piles up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from course_utils import browser as chromium
from course_utils import detection
from course_utils.conversion import load_model
from course_utils.data import shape_scenes
from course_utils.data.shape_scenes import KINDS
from course_utils.detection import single_shot
from course_utils.detection.judging import Found
from course_utils.training.shapes import START
from tests.conftest import NO_NETWORK, ROOT
from tests.site.demo_stage import OpenDemo, demo_stage, press, status
from tests.site.picture_models import array, drop, encoded, says, tensors
from tests.site.visits import WIDER_THAN_THE_PAGE, axe_violations

FOLDER = ROOT / "book" / "_static" / "models" / "shapes"
MODULE = "const m = await import('/lab/detecting.js');"


@pytest.fixture
def open_demo(browser: Browser) -> Iterator[OpenDemo]:
    with demo_stage(browser) as opener:
        yield opener


@cache
def network() -> keras.Model:
    """What the page runs, read by Python: the weights are rounded alike."""
    return load_model(FOLDER / "model.json")


def scene(number: int) -> np.ndarray:
    """A picture of Python's as bytes."""
    return np.round(255 * shape_scenes(number + 1, seed=77).images[number]).astype(np.uint8)


def python_finds(picture: np.ndarray, least: float = 0.5, overlap: float = 0.4) -> Found:
    [found] = detection.detect(network(), START, picture[None].astype(np.float32) / 255, least, overlap)
    return found


def value(tab: Page, name: str) -> str:
    """A number above the table."""
    return tab.locator(".lab-readout", has_text=name).locator("dd").inner_text()


def assert_same(tab: Page, expected: Found, least: float = 0.85) -> None:
    """The page shows as many boxes as Python found, and each lies on one of them."""
    boxes = array(tab, "boxes")
    assert len(boxes) == len(expected.boxes)
    assert (detection.intersection_over_union(boxes, expected.boxes).max(axis=1) > least).all()


def slide(tab: Page, name: str, key: str) -> None:
    tab.get_by_role("slider", name=name).focus()
    tab.keyboard.press(key)
    tab.wait_for_timeout(300)


@pytest.mark.parametrize("number", range(4))
def test_a_dropped_scene_has_the_boxes_that_python_finds(open_demo: OpenDemo, number: int) -> None:
    tab = open_demo("detection")
    drop(tab, {"scene.png": encoded(scene(number))})
    says(tab, "Scene.png:")
    tab.wait_for_timeout(300)
    expected, everything = python_finds(scene(number)), python_finds(scene(number), overlap=1.0)
    boxes, kinds = array(tab, "boxes"), tab.evaluate("values.kinds")
    assert sorted(kinds) == sorted(KINDS[label] for label in expected.labels)
    # Of boxes that are equally sure to the last bit, either may be kept. Each that was kept is one of Python's, and
    # lies where Python's choice lies.
    for box, kind, score in zip(boxes, kinds, tab.evaluate("values.scores"), strict=True):
        label = KINDS.index(kind)
        own = everything.labels == label
        [nearest] = np.flatnonzero(np.abs(everything.boxes[own] - box).max(axis=1) < 1e-4)
        assert score == pytest.approx(float(everything.scores[own][nearest]), abs=1e-4)
        chosen = expected.boxes[expected.labels == label]
        assert detection.intersection_over_union(box, chosen).max() > 0.85


def test_outputs_are_read_as_python_reads_them(open_demo: OpenDemo) -> None:
    outputs = network().predict(shape_scenes(60, seed=78).images, verbose=0)
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    tab = open_demo("detection")
    page = tab.evaluate(
        f"""async ([outputs, options]) => {{ {MODULE}
          const anchors = m.anchorsOf(options), how = {{ kinds: 3, ...options, least: 0.05 }};
          return outputs.map((said) => m.suppressKinds(m.candidatesOf(said, anchors, how), 0.4)); }}""",
        [[said.ravel().tolist() for said in outputs], card["anchors"]],
    )
    for found, ours in zip(single_shot.read(START, outputs), page, strict=True):
        assert [one["label"] for one in ours] == found.labels.tolist()
        np.testing.assert_allclose([one["box"] for one in ours], found.boxes, atol=1e-5)
        np.testing.assert_allclose([one["score"] for one in ours], found.scores, atol=1e-6)


def test_the_sliders_and_the_switch_do_what_python_does(open_demo: OpenDemo) -> None:
    picture = scene(2)
    tab = open_demo("detection", {"least": 0.5, "overlap": 0.4})
    drop(tab, {"scene.png": encoded(picture)})
    says(tab, "Scene.png:")
    slide(tab, "Score: show boxes from", "Home")
    assert_same(tab, python_finds(picture, 0.05))
    slide(tab, "Overlap (IoU)", "Home")
    assert_same(tab, python_finds(picture, 0.05, 0.0))
    slide(tab, "Overlap (IoU)", "End")
    everything = python_finds(picture, 0.05, 1.0)
    assert_same(tab, everything, 0.999)
    slide(tab, "Overlap (IoU)", "Home")
    tab.get_by_text("Before suppression").click()
    tab.wait_for_timeout(300)
    assert_same(tab, everything, 0.999)
    assert value(tab, "Boxes before") == str(len(everything.boxes)) == str(tab.evaluate("values.before"))
    assert value(tab, "Boxes after") == str(len(python_finds(picture, 0.05, 0.0).boxes))
    assert "Suppression would leave" in status(tab)


@pytest.mark.parametrize("overlap", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_suppression_keeps_the_boxes_that_python_keeps(open_demo: OpenDemo, overlap: float) -> None:
    random = np.random.default_rng(4)
    corners = random.uniform(0, 0.7, (300, 2))
    boxes = np.hstack([corners, corners + random.uniform(0.05, 0.3, (300, 2))])
    boxes[7] = boxes[3]  # the same box twice, and one without area
    boxes[9, 2:] = boxes[9, :2]
    # Few different scores: of two boxes with one score the earlier wins.
    scores = random.integers(0, 40, 300) / 40
    tab = open_demo("detection")
    page = tab.evaluate(
        f"async ([boxes, scores, overlap]) => {{ {MODULE} return m.suppress(boxes, scores, overlap); }}",
        [boxes.tolist(), scores.tolist(), overlap],
    )
    assert page == detection.non_maximum_suppression(boxes, scores, overlap).tolist()


def test_overlaps_and_decoded_boxes_are_those_of_python(open_demo: OpenDemo) -> None:
    random = np.random.default_rng(1)
    offsets = random.normal(0, 2, (len(START), 4)).astype(np.float32)
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    tab = open_demo("detection")
    anchors, decoded, shares = tab.evaluate(
        f"""async ([options, offsets]) => {{ {MODULE}
          const anchors = m.anchorsOf(options);
          const boxes = anchors.map((anchor, i) => m.decode(anchor, offsets[i], options));
          return [anchors, boxes, boxes.map((box, i) => m.intersectionOverUnion(box, anchors[i]))]; }}""",
        [card["anchors"], offsets.tolist()],
    )
    np.testing.assert_allclose(anchors, START.boxes, atol=1e-6)
    expected = detection.decode(START.boxes, offsets)
    np.testing.assert_allclose(decoded, expected, atol=1e-5)
    np.testing.assert_allclose(
        shares, np.diag(detection.intersection_over_union(expected, START.boxes)), atol=1e-5
    )


def test_drawn_scenes_are_found_nearly_always(open_demo: OpenDemo) -> None:
    """The page draws by Python's rules: a detector that was trained on Python's scenes finds what is in them."""
    tab = open_demo("detection")
    found = things = 0
    for seed in range(300, 330):
        tab.evaluate(f"change('seed', {seed})")
        says(tab, f"Scene {seed}:")
        right, all_of_them = value(tab, "Things found").split(" of ")
        found, things = found + int(right), things + int(all_of_them)
    assert things > 40
    assert found / things > 0.85


def test_a_low_bound_eats_a_neighbour_in_the_crowd(open_demo: OpenDemo) -> None:
    tab = open_demo("detection", {"overlap": 0.4})
    press(tab, "A crowd")
    says(tab, "A crowd: 1 disc.")
    for _ in range(4):
        slide(tab, "Overlap (IoU)", "ArrowRight")
    assert status(tab).startswith("A crowd: 2 discs.")
    assert value(tab, "Things found") == "2 of 2"


def test_what_is_no_picture_is_refused_and_the_boxes_stay(open_demo: OpenDemo) -> None:
    tab = open_demo("detection")
    says(tab, "Scene 199: ")
    before = array(tab, "boxes")
    drop(tab, {"notes.txt": b"no picture"})
    assert says(tab, "notes.txt is not a picture: choose a JPEG, PNG, WebP or GIF file.")
    np.testing.assert_array_equal(array(tab, "boxes"), before)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "The camera was not allowed: allow it for this page"),
        ("NotFoundError", "No camera was found: connect one"),
        ("NotReadableError", "The camera is in use by another program"),
        (None, "This browser offers pages no camera"),
    ],
)
def test_without_a_camera_it_says_why(open_demo: OpenDemo, error: str | None, sentence: str) -> None:
    tab = open_demo("detection")
    devices = (
        f"{{ getUserMedia: async () => {{ throw new DOMException('', '{error}'); }} }}"
        if error
        else "undefined"
    )
    tab.evaluate(
        f"Object.defineProperty(navigator, 'mediaDevices', {{ value: {devices}, configurable: true }})"
    )
    press(tab, "Use the camera")
    assert says(tab, sentence)
    assert tab.get_by_role("button", name="Use the camera").is_enabled()


def test_the_camera_is_asked_for_on_a_click_and_stopped(browser: Browser) -> None:
    started = browser.browser_type.launch(
        executable_path=chromium.chromium_path(),
        args=[
            *chromium.flags(False),
            NO_NETWORK,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ],
    )
    try:
        with demo_stage(started) as opener:
            tab = opener("detection")
            says(tab, "Scene 199:")
            before = tensors(tab)
            assert tab.get_by_role("button", name="Use the camera").count() == 1
            press(tab, "Use the camera")
            says(tab, "The camera:")
            tab.wait_for_timeout(800)
            assert value(tab, "Time a picture").endswith("ms")
            press(tab, "Stop the camera")
            tab.wait_for_timeout(400)
            assert tensors(tab) == before
            press(tab, "Draw another scene")
            says(tab, "Scene 200:")
    finally:
        started.close()


def test_tensors_stay_flat_and_none_is_left(open_demo: OpenDemo) -> None:
    tab = open_demo("detection")
    says(tab, "Scene 199:")
    before = tensors(tab)
    for seed in range(1, 31):
        tab.evaluate(f"change('seed', {seed})")
        tab.wait_for_timeout(30)
    says(tab, "Scene 30:")
    assert tensors(tab) == before
    tab.evaluate("cleanup()")
    assert tensors(tab) == 0
    assert tab.evaluate("listening()") == 0
    assert tab.locator("#demo > *").count() == 0


@pytest.mark.parametrize("backend", ["cpu", "webgl"])
def test_another_backend_finds_the_same(open_demo: OpenDemo, backend: str) -> None:
    tab = open_demo("detection")
    says(tab, "Scene 199:")
    before = array(tab, "boxes")
    tab.get_by_label("Runs on").select_option(backend)
    expect(tab.locator(".lab-backend-note")).to_contain_text("now computes with", timeout=60_000)
    press(tab, "Scene 160")
    says(tab, "Scene 160:")
    press(tab, "Scene 199")
    says(tab, "Scene 199:")
    tab.wait_for_timeout(300)
    np.testing.assert_allclose(array(tab, "boxes"), before, atol=1e-2)


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1000)])
def test_it_can_be_read_by_everybody(open_demo: OpenDemo, theme: str, width: int) -> None:
    tab = open_demo("detection", theme=theme, width=width)
    says(tab, "Scene 199:")
    tab.get_by_text("The boxes as numbers").click()
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    assert [line for line in axe_violations(tab) if not line.startswith("page-has-heading-one")] == []
