"""Photographs that come with installed packages: samples for the page, and something real to compare models on."""

from __future__ import annotations

import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Photograph:
    """A picture that a package brings along.

    Attributes:
        name: of the file that the site serves, without its ending.
        title: what is to be seen.
        source: who took it, and which package brings it.
        licence: the terms under which it may be passed on.
    """

    name: str
    title: str
    source: str
    licence: str
    package: str
    file: str

    @property
    def path(self) -> Path:
        """Where the package keeps it."""
        found = importlib.util.find_spec(self.package)
        assert found is not None, f"{self.package} is not installed"
        assert found.origin is not None
        return Path(found.origin).parent / self.file

    def pixels(self) -> np.ndarray:
        """Its pixels, uint8, of shape (height, width, 3)."""
        from PIL import Image

        with Image.open(self.path) as picture:
            return np.asarray(picture.convert("RGB"))

    def jpeg(self, side: int = 320) -> bytes:
        """A JPEG of it whose shorter side has `side` dots."""
        from PIL import Image

        buffer = io.BytesIO()
        with Image.open(self.path) as picture:
            scale = side / min(picture.size)
            size = (round(picture.width * scale), round(picture.height * scale))
            small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            small.save(buffer, "JPEG", quality=82, optimize=True)
        return buffer.getvalue()


#: Those that the site serves as samples.
PHOTOGRAPHS = (
    Photograph(
        name="portrait",
        title="Grace Hopper in uniform",
        source="James S. Davis, US Navy, 1984; bundled with matplotlib",
        licence="public domain",
        package="matplotlib",
        file="mpl-data/sample_data/grace_hopper.jpg",
    ),
    Photograph(
        name="pavilion",
        title="A pavilion in China",
        source="the Flickr user danielbuechele (photograph 6061409035); bundled with scikit-learn",
        licence="CC BY 2.0",
        package="sklearn.datasets.images",
        file="china.jpg",
    ),
    Photograph(
        name="dahlia",
        title="A dahlia",
        source="the Flickr user vultilion (photograph 6056698931); bundled with scikit-learn",
        licence="CC BY 2.0",
        package="sklearn.datasets.images",
        file="flower.jpg",
    ),
)


def file(address: str) -> Path | None:
    """The original of the sample that a site serves as `samples/NAME.jpg`; None for any other address."""
    return next((one.path for one in PHOTOGRAPHS if address == f"samples/{one.name}.jpg"), None)


def crops(count: int, side: int, seed: int = 0) -> np.ndarray:
    """Squares cut from the photographs at random, a third mirrored, as uint8 of shape (count, side, side, 3)."""
    from PIL import Image

    random = np.random.default_rng(seed)
    pictures = [photograph.pixels() for photograph in PHOTOGRAPHS]
    cut = np.empty((count, side, side, 3), np.uint8)
    for index in range(count):
        pixels = pictures[index % len(pictures)]
        height, width = pixels.shape[:2]
        size = int(random.integers(min(height, width) // 3, min(height, width) + 1))
        top = int(random.integers(height - size + 1))
        left = int(random.integers(width - size + 1))
        square = pixels[top : top + size, left : left + size]
        if random.random() < 1 / 3:
            square = square[:, ::-1]
        cut[index] = np.asarray(
            Image.fromarray(square).resize((side, side), Image.Resampling.BILINEAR), np.uint8
        )
    return cut
