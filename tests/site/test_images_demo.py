"""Image classification in the page: what is dropped is answered as Keras answers, and what is no picture is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from course_utils import browser as chromium
from course_utils.book import pretrained
from course_utils.conversion import load_model
from tests.conftest import NO_NETWORK, ROOT
from tests.site.picture_models import (
    CLASSES,
    SIDE,
    array,
    as_mobilenet,
    as_shipped,
    corner_network,
    drop,
    encoded,
    pixels,
    says,
    small_network,
    stage,
    tensors,
)

GENUINE = pretrained.served(ROOT) / "models" / "mobilenet"


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return small_network()


@pytest.fixture(scope="module")
def site(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A site with a small network in the place of MobileNet."""
    return as_mobilenet(network, tmp_path_factory.mktemp("mobilenet"))


@pytest.fixture
def open_one(browser: Browser) -> Iterator:
    with stage(browser) as opener:
        yield opener


def answer(network: keras.Model, picture: np.ndarray) -> np.ndarray:
    return network.predict(picture[None].astype(np.float32) / 127.5 - 1, verbose=0)[0]


def test_a_dropped_picture_is_answered_as_keras_answers(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("images", site)
    picture = pixels(1)
    drop(tab, {"blocks.png": encoded(picture)})
    expected = answer(network, picture)
    best = int(expected.argmax())
    said = says(tab, "Blocks.png")
    assert CLASSES[best] in said
    assert np.abs(array(tab, "probabilities") - expected).max() < 1e-4
    rows = tab.locator(".lab-bars tbody tr").all_inner_texts()
    assert len(rows) == len(CLASSES)
    assert rows[0].split()[0] == CLASSES[best]
    predictions = tab.evaluate("values.predictions")
    assert [one["name"] for one in predictions] == [CLASSES[i] for i in expected.argsort()[::-1]]
    assert sum(one["probability"] for one in predictions) == pytest.approx(1, abs=1e-4)


def test_the_middle_square_is_what_counts(open_one, network: keras.Model, site: dict[str, Path]) -> None:
    tab = open_one("images", site)
    picture = pixels(2)
    wide = np.full((SIDE, SIDE + 40, 3), 255, np.uint8)
    wide[:, 20:-20] = picture
    drop(tab, {"wide.png": encoded(wide)})
    says(tab, "Wide.png")
    assert np.abs(array(tab, "probabilities") - answer(network, picture)).max() < 1e-4


def test_a_picture_is_turned_upright_as_its_camera_says(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("images", site)
    picture = pixels(3, 64, 64)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    drop(tab, {"turned.jpg": encoded(picture, "JPEG", quality=100, subsampling=0, exif=exif)})
    says(tab, "Turned.jpg")
    upright = np.rot90(picture, -1)
    small = np.asarray(
        Image.fromarray(np.ascontiguousarray(upright)).resize((SIDE, SIDE), Image.Resampling.BOX)
    )
    assert np.abs(array(tab, "probabilities") - answer(network, small)).max() < 0.05
    fallen = np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX))
    assert (
        np.abs(array(tab, "probabilities") - answer(network, small)).max()
        < np.abs(array(tab, "probabilities") - answer(network, fallen)).max()
    )


def test_a_picture_is_pasted_and_a_huge_one_is_scaled(
    open_one, network: keras.Model, site: dict[str, Path]
) -> None:
    tab = open_one("images", site)
    drop(tab, {"pasted.png": encoded(pixels(4))}, on="body", event="paste")
    says(tab, "Pasted.png")
    assert np.abs(array(tab, "probabilities") - answer(network, pixels(4))).max() < 1e-4
    huge = np.repeat(np.repeat(pixels(5), 125, axis=0), 125, axis=1)
    drop(tab, {"huge.png": encoded(huge)})
    says(tab, "Huge.png")
    assert np.abs(array(tab, "probabilities") - answer(network, pixels(5))).max() < 0.02
    width = tab.evaluate("document.querySelector('.lab-images-screen').width")
    assert width <= 480


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("notes.txt", b"no picture", "notes.txt is not a picture: choose a JPEG, PNG, WebP or GIF file."),
        (
            "broken.png",
            b"\x89PNG\r\n\x1a\n broken",
            "broken.png cannot be read as a picture: it may be damaged",
        ),
        ("empty.png", b"", "empty.png is empty"),
        ("phone.heic", b"ftypheic", "This browser cannot read phone.heic (HEIC): save it as JPEG"),
        ("thing", b"\0\1\2", "thing is not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(
    open_one, site: dict[str, Path], name: str, data: bytes, sentence: str
) -> None:
    tab = open_one("images", site)
    before = tab.locator(".lab-bars").first.inner_text()
    drop(tab, {name: data})
    assert says(tab, sentence)
    assert tab.locator(".lab-status").first.get_attribute("data-tone") == "bad"
    assert tab.locator(".lab-bars").first.inner_text() == before


def test_without_a_camera_it_says_so(open_one, site: dict[str, Path]) -> None:
    tab = open_one("images", site)
    tab.get_by_role("button", name="Use the camera").click()
    assert says(tab, "amera", 20)
    tab.locator('.lab-status[data-tone="bad"]').first.wait_for(timeout=20_000)
    assert tab.get_by_role("button", name="Use the camera").is_enabled()


@pytest.fixture(scope="module")
def filming(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A second browser, before whose camera a red picture is shown."""
    video = tmp_path_factory.mktemp("video") / "red.y4m"
    frame = b"FRAME\n" + bytes([82]) * 160 * 120 + bytes([90]) * 80 * 60 + bytes([240]) * 80 * 60
    video.write_bytes(b"YUV4MPEG2 W160 H120 F10:1 Ip A0:0 C420\n" + frame * 10)
    # A process holds one Playwright, so this one comes from that of the first browser.
    started = browser.browser_type.launch(
        executable_path=chromium.chromium_path(),
        args=[
            *chromium.flags(False),
            NO_NETWORK,
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    yield started
    started.close()


def test_the_camera_is_named_as_it_films(
    filming: Browser, network: keras.Model, site: dict[str, Path]
) -> None:
    with stage(filming) as opener:
        tab = opener("images", site, permissions=["camera"])
        before = tensors(tab)
        tab.get_by_role("button", name="Use the camera").click()
        says(tab, "The camera:")
        tab.wait_for_timeout(1000)
        tab.get_by_role("button", name="Stop the camera").click()
        red = tab.evaluate(
            """[...document.querySelector(".lab-images-received").getContext("2d").getImageData(16, 16, 1, 1).data]"""
        )
        assert red[0] > 150
        assert max(red[1:3]) < 100
        first = tab.evaluate("values.predictions[0]")
        expected = answer(network, np.full((SIDE, SIDE, 3), red[:3], np.uint8))
        assert first["name"] == CLASSES[int(expected.argmax())]
        assert first["probability"] == pytest.approx(float(expected.max()), abs=0.02)
        tab.wait_for_timeout(300)
        assert tensors(tab) == before
        assert tab.get_by_role("button", name="Use the camera").count() == 1


def test_the_part_that_matters_is_found(open_one, tmp_path: Path) -> None:
    tab = open_one("images", as_mobilenet(corner_network(), tmp_path))
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    drop(tab, {"white.png": encoded(white)})
    says(tab, "White.png: kettle")
    before = tensors(tab)
    tab.get_by_role("button", name="Which part mattered?").click()
    said = says(tab, "with the framed piece covered", 30)
    assert "“kettle” falls by" in said
    mattered = array(tab, "mattered")
    assert mattered.shape == (8, 8)
    # The network sees cells 2 and 3 alone; a covering square reaches one cell further.
    inside = mattered[2:4, 2:4]
    assert inside.min() > 0.1
    outside = mattered.copy()
    outside[1:5, 1:5] = 0
    assert np.abs(outside).max() < 1e-5
    assert tensors(tab) == before


def test_a_site_without_mobilenet_says_what_answers_instead(
    open_one, network: keras.Model, tmp_path: Path
) -> None:
    tab = open_one("images", as_shipped("pictures", network, tmp_path))
    note = tab.locator(".lab-images-which").inner_text()
    assert note.startswith("This site has no MobileNet, so the course's own network answers: A small one")
    assert "4 classes only (kettle, ladder, pillow, rocket)" in note
    drop(tab, {"blocks.png": encoded(pixels(1))})
    says(tab, "Blocks.png")
    assert np.abs(array(tab, "probabilities") - answer(network, pixels(1))).max() < 1e-4


def test_tensors_stay_flat_over_500_predictions_and_none_is_left(open_one, site: dict[str, Path]) -> None:
    tab = open_one("images", site)
    before = tensors(tab)
    tab.evaluate(
        """async () => {
          const done = () => values.probabilities;
          for (let i = 0; i < 500; i += 1) {
            const last = done(), data = new Uint8Array(32 * 32 * 3).map((_, at) => (at * (i + 7)) % 256);
            change("picture", { shape: [32, 32, 3], dtype: "uint8", data: new DataView(data.buffer) });
            for (let wait = 0; done() === last && wait < 400; wait += 1) await new Promise((go) => { setTimeout(go); });
            if (done() === last) throw new Error(`prediction ${i} did not come`);
          }
        }"""
    )
    assert tensors(tab) == before
    tab.evaluate("cleanup()")
    assert tensors(tab) == 0
    assert tab.evaluate("listening()") == 0
    assert tab.locator("#demo > *").count() == 0


def test_the_page_shows_what_the_network_receives(open_one, site: dict[str, Path]) -> None:
    tab = open_one("images", site)
    picture = pixels(6, SIDE, SIDE)
    drop(tab, {"seen.png": encoded(picture)})
    says(tab, "Seen.png")
    tab.get_by_text("What the network receives").click()
    red, blue = (int(picture[SIDE // 2, SIDE // 2, channel]) for channel in (0, 2))
    line = tab.locator(".lab-images-pixel").inner_text().replace("−", "-")
    assert f"red {red} → {red / 127.5 - 1:.2f}" in line
    assert f"blue {blue} → {blue / 127.5 - 1:.2f}" in line
    assert f"{SIDE} × {SIDE}: 3,072 numbers" in tab.locator(".lab-images-steps").inner_text()


@pytest.mark.skipif(not pretrained._is_current(GENUINE), reason="MobileNet's weights are not at hand")
def test_the_genuine_mobilenet_answers_as_keras_does(open_one) -> None:
    tab: Page = open_one("images", {})
    assert (
        "This site runs MobileNet 0.25 at 224 × 224, as Keras distributes it"
        in tab.locator(".lab-images-which").inner_text()
    )
    tab.get_by_role("button", name="Drawn traffic light").click()
    assert "traffic light" in says(tab, "Drawn traffic light:")
    picture = pixels(7, 224, 224)
    drop(tab, {"blocks.png": encoded(picture)})
    says(tab, "Blocks.png")
    expected = answer(load_model(GENUINE / "model.json"), picture)
    assert np.abs(array(tab, "probabilities") - expected).max() < 1e-4
