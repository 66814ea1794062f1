"""A folder of photographs: what is read, how it is made alike, what stays together, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from course_utils import data
from course_utils.data import picture_folders
from course_utils.errors import CourseError
from tests.chapters.reading import Chapter

SIDE = 48


def scene(seed: int) -> Image.Image:
    """A picture with some twenty coloured boxes, unlike that of any other seed."""
    random = np.random.default_rng(seed)
    pixels = np.full((96, 128, 3), random.integers(60, 200, 3), np.uint8)
    for top, left in random.integers(0, (80, 110), (20, 2)):
        height, width = random.integers(10, 50, 2)
        pixels[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return Image.fromarray(pixels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty pictures of each of two kinds."""
    for number, kind in enumerate(("cat", "dog")):
        (tmp_path / kind).mkdir()
        for place in range(40):
            scene(100 * number + place).save(tmp_path / kind / f"{place:02}.png")
    return tmp_path


def test_each_folder_is_a_class_and_pictures_are_squares_in_the_order_of_their_names(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dog" / "puppies").mkdir()
    scene(999).save(folder / "dog" / "puppies" / "a.jpg")
    (folder / "dog" / "notes.txt").write_text("Rex", encoding="utf-8")
    read = data.picture_folder(folder, SIDE)
    assert read.images.shape == (81, SIDE, SIDE, 3)
    assert read.images.dtype == np.uint8
    assert read.classes == ("cat", "dog")
    assert np.bincount(read.labels).tolist() == [40, 41]
    assert (read.names[0], read.names[-1]) == ("cat/00.png", "dog/puppies/a.jpg")
    told = capsys.readouterr().out
    assert "1 files were left out (.txt)" in told
    assert "Photographs: 40 cat, 41 dog; 0 of them go where another one goes" in told


def test_a_photograph_is_turned_cut_to_its_middle_and_put_on_white(tmp_path: Path) -> None:
    wide = Image.new("RGB", (200, 100), "red")
    wide.paste("blue", (50, 0, 150, 50))  # the upper half of the middle square
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    wide.save(tmp_path / "a" / "plain.png")
    lying = Image.Exif()
    lying[0x0112] = 3  # to be shown upside down
    wide.save(tmp_path / "a" / "turned.jpg", exif=lying, quality=95)
    Image.new("RGBA", (60, 60), (0, 0, 0, 0)).save(tmp_path / "b" / "clear.png")
    plain, turned, clear = data.picture_folder(tmp_path, 32).images.astype(int)
    red, blue = np.array([255, 0, 0]), np.array([0, 0, 255])
    inner = slice(1, -1)  # of the columns: the outermost lie on the edge of the blue
    assert np.abs(plain[:14, inner] - blue).max() == np.abs(plain[18:, inner] - red).max() == 0
    assert np.abs(turned[:13, inner] - red).max() < 40
    assert np.abs(turned[19:, 2:-2] - blue).max() < 40
    assert clear.min() == 255


def test_near_copies_are_found_and_nothing_else() -> None:
    pictures = [scene(seed) for seed in range(30)]
    copies = [
        pictures[3].transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        ImageEnhance.Brightness(pictures[7]).enhance(0.8),
        pictures[11].crop((2, 2, 127, 95)).resize((128, 96)),
    ]
    pairs = data.near_copies(np.stack([np.asarray(picture) for picture in [*pictures, *copies]]))
    assert pairs.tolist() == [[3, 30], [7, 31], [11, 32]]


def test_copies_and_given_groups_are_never_parted(folder: Path) -> None:
    for place in range(40):
        again = Image.open(folder / "cat" / f"{place:02}.png")
        again.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "cat" / f"mirrored-{place:02}.png")

    def ten(name: str) -> str:
        return name[:5]  # "dog/3" for "dog/37.png"; each mirrored cat is in the group "cat/m" as well

    read = data.picture_folder(folder, SIDE)
    part = {read.names[row]: name for name, rows in read.parts().items() for row in rows}
    assert len(part) == len(read) == 120
    assert all(part[f"cat/{place:02}.png"] == part[f"cat/mirrored-{place:02}.png"] for place in range(40))
    grouped = data.picture_folder(folder, SIDE, group=ten)
    dogs = grouped.groups[grouped.labels == 1]
    assert len(set(dogs)) == 4
    assert len(set(grouped.groups[grouped.labels == 0])) == 1, "joined through their mirror images"


def test_a_file_stays_in_its_part_when_others_come(folder: Path) -> None:
    def parts() -> dict[str, str]:
        read = data.picture_folder(folder, SIDE)
        return {read.names[row]: name for name, rows in read.parts().items() for row in rows}

    before = parts()
    scene(500).save(folder / "cat" / "05b.png")
    after = parts()
    assert {name: after[name] for name in before} == before
    assert set(before.values()) == {"training", "validation", "test"}


def test_the_parts_are_those_of_the_chapter_on_splits() -> None:
    (code,) = [cell.source for cell in Chapter("book/week2/splits").code if "def part_of" in cell.source]
    names: dict = {"animals": []}
    exec(code, names)
    files = [f"cat/{number}" for number in range(200)]
    assert [names["part_of"](file) for file in files] == [picture_folders.part_of(file) for file in files]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda root: (root / "cat" / "00.png").write_bytes(b"no picture"),
            r"cat.00\.png cannot be read as a picture",
        ),
        (
            lambda root: [file.unlink() for file in (root / "dog").iterdir()],
            r"dog holds no photographs .* put some in",
        ),
        (
            lambda root: (root / "dog").rename(root / "cat" / "dog"),
            r"holds one class alone \(cat\): make a folder",
        ),
        (
            lambda root: [file.rename(file.with_suffix(".heic")) for file in (root / "dog").iterdir()],
            "only .heic: save",
        ),
    ],
    ids=["unreadable", "empty", "one class", "another format"],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(folder: Path, spoil: object, said: str) -> None:
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(CourseError, match=said):
        data.picture_folder(folder, SIDE)


def test_a_truncated_file_and_a_folder_that_is_none_are_refused(folder: Path) -> None:
    file = folder / "dog" / "07.png"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(CourseError, match=r"07\.png cannot be read as a picture"):
        data.picture_folder(folder, SIDE)
    with pytest.raises(CourseError, match="nowhere is not a folder"):
        data.picture_folder(folder / "nowhere")
    with pytest.raises(CourseError, match="holds no folders: make a folder for each class"):
        data.picture_folder(folder / "cat")


def test_too_few_pictures_for_a_part_of_their_own_are_said(folder: Path) -> None:
    for file in sorted((folder / "dog").iterdir())[4:]:
        file.unlink()
    with pytest.raises(CourseError, match=r"No photograph of dog has come into the \w+ part"):
        data.picture_folder(folder, SIDE).parts()
