"""Photographs of one's own, one folder for each class: read, made alike, and split without a leak."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from course_utils.errors import CourseError

#: The parts of a split, and up to which hundredth of the hashes each goes.
PARTS = {"test": 20, "validation": 40, "training": 100}
#: The endings of file names that are read.
ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

# Two pictures are near-copies when their grey thumbnails agree as closely as this. It joins 2 pairs of 2,511 cats and
# dogs of CIFAR-10, and finds copies made brighter by 40 % in 97 of 100 cases, cut by 3 % in 92 of 100.
_THUMBNAIL, _ALIKE = 12, 0.93
_ROWS_AT_ONCE = 1000
_SHOWS_PROGRESS = 400


@dataclass(frozen=True)
class PictureFolder:
    """Photographs from a folder that holds one folder for each class.

    Attributes:
        images: uint8 of shape (n, side, side, 3), cut to their middle square.
        labels: int64 of shape (n,), places in `classes`.
        names: of the files below the folder, such as "cat/012.jpg".
        groups: int64 of shape (n,); pictures that must not be parted share a number.
        classes: the names of the folders, in alphabetical order.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    groups: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        counts = np.bincount(self.labels, minlength=len(self.classes))
        told = ", ".join(f"{count:,} {name}" for name, count in zip(self.classes, counts, strict=True))
        kept_together = len(self) - len(np.unique(self.groups))
        return f"Photographs: {told}; {kept_together:,} of them go where another one goes"

    def parts(self) -> dict[str, np.ndarray]:
        """The row numbers of the training, validation and test pictures, about 60, 20 and 20 in a hundred.

        A group is in one part as a whole, and which one depends on the name of its first picture alone: a file stays
        where it is when others come, unless a copy with an earlier name is among them.

        Raises:
            CourseError: a part has no picture of a class, since there are few.
        """
        _, first = np.unique(self.groups, return_index=True)
        part = np.array([part_of(self.names[row]) for row in first])[self.groups]
        rows = {name: np.flatnonzero(part == name) for name in reversed(PARTS)}
        for name, chosen in rows.items():
            for label, kind in enumerate(self.classes):
                if label not in self.labels[chosen]:
                    raise CourseError(
                        f"No photograph of {kind} has come into the {name} part, for there are too few: add some, "
                        "until there are thirty different ones or more."
                    )
        return rows


def part_of(group: str) -> str:
    """ "test", "validation" or "training" for a group of pictures, by a hash of its name alone."""
    number = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100
    return next(name for name, end in PARTS.items() if number < end)


def picture_folder(
    folder: str | Path, side: int = 96, group: Callable[[str], str] | None = None
) -> PictureFolder:
    """Read photographs from a folder that holds one folder for each class, such as `folder/cat/1.jpg`.

    Each is turned upright as its camera noted (EXIF), cut to its middle square, and brought to `side` × `side` dots.
    Near-copies (saved anew, made brighter, mirrored) are put into one group.

    Args:
        folder: that of the classes' folders. Folders inside those are read as well.
        side: in pixels.
        group: gives the group that a file belongs to, such as the animal or the day, from its name below the folder.

    Raises:
        CourseError: there is no such folder, it has fewer than two classes, a class has no picture, or a file cannot
            be read.
    """
    root = Path(folder)
    files = _files(root)
    classes = tuple(sorted(files))
    paths = [path for kind in classes for path in files[kind]]
    # As text in a notebook, too: as a widget it would have the published page fetch scripts from elsewhere.
    shown = track(
        paths,
        "Reading",
        console=Console(stderr=True, force_jupyter=False),
        transient=True,
        disable=len(paths) < _SHOWS_PROGRESS,
    )
    images = np.stack([_square(path, side) for path in shown])
    labels = np.repeat(np.arange(len(classes)), [len(files[kind]) for kind in classes])
    names = tuple(path.relative_to(root).as_posix() for path in paths)
    groups = _grouped(len(names), near_copies(images), [group(name) for name in names] if group else [])
    read = PictureFolder(images, labels, names, groups, classes)
    print(read)
    return read


def near_copies(images: np.ndarray) -> np.ndarray:
    """Pairs of pictures that show nearly the same, mirrored or not: row numbers of shape (pairs, 2).

    Args:
        images: uint8 of shape (n, height, width, 3).
    """
    upright = _thumbnails(images)
    mirrored = upright[:, :, ::-1].reshape(len(images), -1)
    upright = upright.reshape(len(images), -1)
    found = []
    for begin in range(0, len(images), _ROWS_AT_ONCE):
        rows = upright[begin : begin + _ROWS_AT_ONCE]
        one, other = np.nonzero(np.maximum(rows @ upright.T, rows @ mirrored.T) > _ALIKE)
        found.append(np.stack([one + begin, other], axis=1)[one + begin < other])
    return np.concatenate(found)


def _thumbnails(images: np.ndarray) -> np.ndarray:
    """Small grey pictures of length 1, float32: the same in brighter light and before a shaded wall."""
    size = (_THUMBNAIL, _THUMBNAIL)
    grey = [Image.fromarray(image).convert("L").resize(size, Image.Resampling.BOX) for image in images]
    small = np.stack(grey).astype(np.float32)
    slope = np.linspace(-1, 1, _THUMBNAIL, dtype=np.float32)
    for plane in (
        np.ones(size, np.float32),
        slope[:, None] + np.zeros(size, np.float32),
        slope + np.zeros(size, np.float32),
    ):
        small -= (small * plane).sum(axis=(1, 2), keepdims=True) * plane / np.sum(plane**2)
    return small / np.maximum(np.linalg.norm(small, axis=(1, 2), keepdims=True), 1e-3)


def _files(root: Path) -> dict[str, list[Path]]:
    """The pictures of each class, in the order of their names."""
    if not root.is_dir():
        raise CourseError(
            f"{root} is not a folder: give the one that holds a folder of photographs for each class."
        )
    kinds = [path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    if len(kinds) < 2:
        holds = f"one class alone ({kinds[0].name})" if kinds else "no folders"
        raise CourseError(
            f"{root} holds {holds}: make a folder for each class in it, two or more, such as {root / 'cat'} and "
            f"{root / 'dog'}."
        )
    found = {}
    for kind in kinds:
        inside = sorted(path for path in kind.rglob("*") if path.is_file() and not path.name.startswith("."))
        found[kind.name] = [path for path in inside if path.suffix.lower() in ENDINGS]
        others = Counter(
            path.suffix.lower() or path.name for path in inside if path.suffix.lower() not in ENDINGS
        )
        if not found[kind.name]:
            instead = (
                f", only {', '.join(sorted(others))}: save them as JPEG"
                if others
                else ": put some in, or remove it"
            )
            raise CourseError(
                f"{kind} holds no photographs that can be read (such as .jpg or .png){instead}."
            )
        if others:
            print(f"{kind}: {others.total()} files were left out ({', '.join(sorted(others))}).")
    return found


def _square(path: Path, side: int) -> np.ndarray:
    """The middle square of a picture, upright, on white where it is transparent: uint8 of shape (side, side, 3)."""
    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (2 * side, 2 * side))  # a large JPEG is decoded smaller, which is faster
            upright = ImageOps.exif_transpose(opened)
            if upright.has_transparency_data:
                clear = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
            return np.asarray(ImageOps.fit(upright.convert("RGB"), (side, side), Image.Resampling.BILINEAR))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CourseError(
            f"{path} cannot be read as a picture ({error}): save it again, or remove it."
        ) from error


def _grouped(count: int, pairs: np.ndarray, given: Sequence[str]) -> np.ndarray:
    """The group's number of each of `count` pictures: joined are pairs, and those of which `given` says the same."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first: dict[str, int] = {}
    same = [(row, first.setdefault(name, row)) for row, name in enumerate(given)]
    joined = np.concatenate([pairs, np.array(same, np.int64).reshape(-1, 2)])
    links = coo_array((np.ones(len(joined)), joined.T), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)
