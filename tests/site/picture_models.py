"""Small networks in the place of MobileNet and the shipped models, and files dropped on a page as a hand would."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page

from course_utils import convert
from course_utils.book.demo_page import open_demo
from tests.conftest import ROOT

SIDE = 32
CLASSES = ["kettle", "ladder", "pillow", "rocket"]


def small_network(seed: int = 3) -> keras.Model:
    """Four classes for squares of 32 × 32; its random weights tell pictures apart."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    picture = keras.Input((SIDE, SIDE, 3))
    maps = layers.Conv2D(6, 5, strides=2, activation="relu", name="edges")(picture)
    maps = layers.Conv2D(12, 3, strides=2, activation="relu", name="corners")(maps)
    vector = layers.GlobalAveragePooling2D(name="features")(maps)
    return keras.Model(picture, layers.Dense(len(CLASSES), activation="softmax", name="classes")(vector))


def corner_network() -> keras.Model:
    """Looks at the square from 8, 8 to 16, 16 alone: the brighter it is, the surer of the first class."""
    picture = keras.Input((SIDE, SIDE, 3))
    seen = keras.layers.Cropping2D(((8, 16), (8, 16)))(picture)
    brightness = keras.layers.GlobalAveragePooling2D()(seen)
    dense = keras.layers.Dense(len(CLASSES), activation="softmax")
    model = keras.Model(picture, dense(brightness))
    dense.set_weights([np.array([[4.0, 0, 0, 0]] * 3, np.float32), np.zeros(4, np.float32)])
    return model


def as_mobilenet(model: keras.Model, folder: Path) -> dict[str, Path]:
    """The files of a site that has `model` for its MobileNet, by their addresses."""
    convert(model, "tfjs-layers", folder / "model", verify=0)
    card = {
        "served": True,
        "title": "A stand-in",
        "parameters": model.count_params(),
        "bytes": 1000,
        "input": {"shape": [SIDE, SIDE, 3], "range": [-1, 1]},
    }
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "classes.json").write_text(json.dumps(CLASSES))
    return {f"models/mobilenet/{file.name}": file for file in folder.rglob("*.*") if file.is_file()}


def as_shipped(
    name: str, model: keras.Model, folder: Path, classes: Sequence[str] = CLASSES
) -> dict[str, Path]:
    """The files of a site without MobileNet, with `model` for the shipped one of a name."""
    convert(model, "tfjs-layers", folder / "model", verify=0)
    card = {
        "title": "A small one",
        "parameters": model.count_params(),
        "classes": list(classes),
        "input": {"shape": [SIDE, SIDE, 3], "range": [-1, 1]},
    }
    (folder / "card.json").write_text(json.dumps(card))
    absent = folder / "absent.json"
    absent.write_text('{"name": "mobilenet", "served": false}')
    files = {f"models/{name}/{file.name}": file for file in folder.rglob("*.*") if file.is_file()}
    return {**files, "models/mobilenet/card.json": absent}


def pixels(seed: int = 0, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """Blocks of colours, uint8, of shape (height, width, 3)."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST))


def encoded(picture: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def drop(tab: Page, files: Mapping[str, bytes], on: str = "main .lab", event: str = "drop") -> None:
    """Drop files on the demo, or paste them."""
    given = [[name, base64.b64encode(data).decode(), media_type(name)] for name, data in files.items()]
    tab.evaluate(
        """([given, on, event]) => {
          const transfer = new DataTransfer();
          for (const [name, text, type] of given) {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            transfer.items.add(new File([bytes], name, { type }));
          }
          const target = document.querySelector(on);
          const how = { bubbles: true, cancelable: true };
          target.dispatchEvent(event === "paste" ? new ClipboardEvent("paste", { ...how, clipboardData: transfer })
            : new DragEvent(event, { ...how, dataTransfer: transfer }));
        }""",
        [given, on, event],
    )


def media_type(name: str) -> str:
    ending = name.rsplit(".", 1)[-1]
    types = {
        "png": "image/png",
        "jpg": "image/jpeg",
        "svg": "image/svg+xml",
        "txt": "text/plain",
        "json": "application/json",
    }
    return types.get(ending, "")


def says(tab: Page, text: str, seconds: float = 20) -> str:
    """Wait until the status line says something, and return all of it."""
    line = tab.locator(".lab-status", has_text=text).first
    line.wait_for(timeout=1000 * seconds)
    return line.inner_text()


def array(tab: Page, name: str) -> np.ndarray:
    """An array that the demo has handed over."""
    found = tab.evaluate(
        f"values.{name} && {{ shape: values.{name}.shape, list: [...new Float32Array(values.{name}.data.buffer)] }}"
    )
    return np.array(found["list"], np.float32).reshape(found["shape"])


def tensors(tab: Page) -> int:
    """How many tensors live in the page."""
    return tab.evaluate("async () => (await import('/vendor/tfjs/tf.fesm.min.js')).memory().numTensors")


@contextmanager
def stage(browser: Browser) -> Iterator:
    """Opens demos with files of a test's own; fails at the end if one threw, complained, or asked another host."""
    pages: list[Page] = []

    def open_one(name: str, files: Mapping[str, Path], data: dict | None = None, **options: object) -> Page:
        page = open_demo(browser, ROOT, name, data, files=files, reduced_motion="reduce", **options)
        pages.append(page)
        return page

    try:
        yield open_one
    finally:
        for page in pages:
            page.context.close()
    assert [[*page.errors, *page.complaints, *page.foreign] for page in pages] == [[] for _ in pages]
