"""The feature explorer: vectors as Keras has them, a map by principal components, neighbours by cosine similarity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.site.picture_models import (
    array,
    as_mobilenet,
    as_shipped,
    drop,
    encoded,
    pixels,
    says,
    small_network,
    stage,
    tensors,
)

COUNT = 7


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return small_network()


@pytest.fixture(scope="module")
def site(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return as_mobilenet(network, tmp_path_factory.mktemp("mobilenet"))


@pytest.fixture
def open_one(browser: Browser) -> Iterator:
    with stage(browser) as opener:
        yield opener


def vectors(network: keras.Model, pictures: list[np.ndarray]) -> np.ndarray:
    part = keras.Model(network.input, network.get_layer("features").output)
    return part.predict(np.stack(pictures).astype(np.float32) / 127.5 - 1, verbose=0)


def emptied(tab, pictures: list[np.ndarray]) -> None:
    """Leave out the sample, and drop pictures instead."""
    tab.get_by_role("button", name="Start afresh").click()
    says(tab, "Empty")
    drop(tab, {f"p{i}.png": encoded(picture) for i, picture in enumerate(pictures)})
    says(tab, f"{len(pictures)} pictures, each now 12 numbers")
    tab.wait_for_timeout(400)  # the demo tells its host eight times a second


def test_dropped_pictures_become_the_vectors_that_keras_has(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("features", site)
    pictures = [pixels(seed) for seed in range(COUNT)]
    emptied(tab, pictures)
    expected = vectors(network, pictures)
    assert np.abs(array(tab, "vectors") - expected).max() < 1e-4
    assert tab.evaluate("values.names") == [f"p{i}.png" for i in range(COUNT)]


def test_the_map_shows_the_two_principal_components(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("features", site)
    pictures = [pixels(seed) for seed in range(COUNT)]
    emptied(tab, pictures)
    expected = vectors(network, pictures).astype(np.float64)
    left, sizes, _ = np.linalg.svd(expected - expected.mean(axis=0), full_matrices=False)
    places = array(tab, "places")
    for axis in (0, 1):
        wanted = left[:, axis] * sizes[axis]
        found = places[:, axis] * np.sign(places[:, axis] @ wanted)
        assert found == pytest.approx(wanted, abs=2e-3 * sizes[0])
    share = 100 * sizes[0] ** 2 / (sizes**2).sum()
    assert (
        f"across holds {share:.0f} % of all variance"
        in tab.locator(".lab-features .lab-note").first.inner_text()
    )
    assert tab.locator(".lab-features-dot").count() == COUNT


def test_the_nearest_neighbours_are_those_of_the_largest_cosine(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("features", site)
    pictures = [pixels(seed) for seed in range(COUNT)]
    emptied(tab, pictures)
    tab.get_by_role("group", name="Pictures by their features").get_by_role("button", name="p3.png").focus()
    tab.keyboard.press("ArrowRight")
    says(tab, "p4.png: most like")
    expected = vectors(network, pictures)
    unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
    similarity = unit @ unit[4]
    order = [i for i in similarity.argsort()[::-1] if i != 4][:5]
    rows = [row.split() for row in tab.locator(".lab-bars tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == [f"p{i}.png" for i in order]
    assert [float(row[1]) for row in rows] == pytest.approx([float(similarity[i]) for i in order], abs=2e-3)


def test_one_feature_names_the_pictures_that_it_responds_to(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("features", site)
    pictures = [pixels(seed) for seed in range(COUNT)]
    emptied(tab, pictures)
    expected = vectors(network, pictures)
    standing = int((expected[0] - expected.mean(axis=0)).argmax())
    assert tab.get_by_label("Feature", exact=True).input_value() == str(standing)
    strip = tab.locator(".lab-features-respond .lab-features-strip button")
    told = [label.get_attribute("aria-label") for label in strip.all()]
    order = expected[:, standing].argsort()[::-1]
    assert [text.split(",")[0] for text in told] == [f"p{i}.png" for i in order]


def test_feature_maps_of_a_chosen_layer_are_shown(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("features", site)
    emptied(tab, [pixels(seed) for seed in range(3)])
    tab.get_by_label("Layer").select_option(label="corners: 6 × 6 × 12")
    tab.locator(".lab-maps[aria-label*='12 maps of 6 × 6']").wait_for(timeout=10_000)
    tab.get_by_text("as numbers").click()
    tab.locator(".lab-features-layers tbody tr").first.wait_for()
    rows = [row.split() for row in tab.locator(".lab-features-layers tbody tr").all_inner_texts()]
    part = keras.Model(network.input, network.get_layer("corners").output)
    maps = part.predict(pixels(0)[None].astype(np.float32) / 127.5 - 1, verbose=0)[0]
    assert [float(row[3]) for row in rows] == pytest.approx(maps.max(axis=(0, 1)).tolist(), abs=2e-3)


def test_samples_are_ready_and_sixty_pictures_are_the_most(open_one, site: dict[str, Path]) -> None:
    tab = open_one("features", site)
    says(tab, "36 pictures")
    drop(tab, {f"p{i}.png": encoded(pixels(i)) for i in range(30)})
    assert "60 are shown at most, so 6 were left out" in says(tab, "60 pictures")
    assert tab.locator(".lab-features-dot").count() == 60
    tab.get_by_role("button", name="Hands in three gestures").click()
    says(tab, "36 pictures")
    tab.wait_for_timeout(500)
    assert tab.evaluate("values.names[0]") == "rock 1"


def test_what_is_no_picture_is_left_out(open_one, site: dict[str, Path]) -> None:
    tab = open_one("features", site)
    tab.get_by_role("button", name="Start afresh").click()
    drop(
        tab,
        {
            "a.png": encoded(pixels(1)),
            "notes.txt": b"words",
            "b.png": encoded(pixels(2)),
            "c.png": encoded(pixels(3)),
        },
    )
    says(tab, "notes.txt is not a picture")
    assert tab.locator(".lab-features-dot").count() == 3


def test_without_mobilenet_the_backbone_looks(open_one, network: keras.Model, tmp_path: Path) -> None:
    backbone = keras.Model(network.input, network.get_layer("features").output * 2)
    tab = open_one("features", as_shipped("backbone", backbone, tmp_path, classes=()))
    which = tab.locator(".lab-features-which").inner_text()
    assert which.startswith("This site has no MobileNet, so the course's own backbone looks")
    pictures = [pixels(seed) for seed in range(3)]
    emptied(tab, pictures)
    assert np.abs(array(tab, "vectors") - 2 * vectors(network, pictures)).max() < 1e-4


def test_the_same_pictures_are_seen_by_the_other_network(
    open_one, network: keras.Model, site: dict[str, Path], tmp_path: Path
) -> None:
    backbone = keras.Model(network.input, network.get_layer("features").output * 3)
    others = as_shipped("backbone", backbone, tmp_path, classes=())
    tab = open_one("features", {**others, **site})
    pictures = [pixels(seed) for seed in range(4)]
    emptied(tab, pictures)
    expected = vectors(network, pictures)
    tab.get_by_label("Network").select_option("backbone")
    tab.locator(".lab-features-which", has_text="The course's own backbone looks").wait_for()
    says(tab, "4 pictures, each now 12 numbers")
    assert np.abs(array(tab, "vectors") - 3 * expected).max() < 1e-4
    tab.get_by_label("Network").select_option("mobilenet")
    tab.locator(".lab-features-which", has_text="The network is A stand-in").wait_for()
    says(tab, "4 pictures, each now 12 numbers")
    assert np.abs(array(tab, "vectors") - expected).max() < 1e-4


def test_tensors_stay_flat_and_none_is_left(open_one, site: dict[str, Path]) -> None:
    tab = open_one("features", site)
    says(tab, "36 pictures")
    before = tensors(tab)
    tab.evaluate(
        """async () => {
          const dots = [...document.querySelectorAll(".lab-features-dot")];
          for (let i = 0; i < 500; i += 1) {
            dots[(7 * i) % dots.length].click();
            await new Promise((go) => { setTimeout(go, 4); });
          }
          await new Promise((go) => { setTimeout(go, 500); });
        }"""
    )
    assert tensors(tab) == before
    tab.evaluate("cleanup()")
    assert tensors(tab) == 0
    assert tab.evaluate("listening()") == 0
