"""What the site serves beside its own files: the genuine MobileNet, where its weights are at hand, and pictures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from course_utils.data import photographs, sources, sprite_sheet
from course_utils.errors import CourseError

#: What the card says where the site has no MobileNet; the page then takes the model that ships.
ABSENT = '{"name": "mobilenet", "served": false}\n'


def checkout() -> Path | None:
    """The checkout that the current folder lies in; None where only the package is installed."""
    here = Path.cwd().resolve()
    return next((one for one in (here, *here.parents) if (one / "_toc.yml").is_file()), None)


def served(root: Path) -> Path:
    """The folder, a static one of the site, that the model and the samples lie in."""
    return root / "_build" / "vendor"


def place(root: Path, tell: Callable[[str], None] = lambda doing: None) -> Path | None:
    """Put MobileNet and sample pictures where the site serves them; nothing is asked of the network.

    The model is converted once, from the weights in `COURSE_DATA` or Keras' cache.

    Args:
        root: the checkout.
        tell: is called with what is being done, where that takes seconds.

    Returns:
        The model's folder, or None where its weights are not at hand.

    Raises:
        CourseError: what lies in the cache is not MobileNet.
    """
    samples = served(root) / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for photograph in photographs.PHOTOGRAPHS:
        file = samples / f"{photograph.name}.jpg"
        if not file.is_file():
            file.write_bytes(photograph.jpeg())
    sprite_sheet.make_sheet(served(root))
    folder = served(root) / "models" / "mobilenet"
    if _is_current(folder):
        return folder
    weights, classes = (sources.at_hand(file) for file in (sources.MOBILENET, sources.IMAGENET_CLASSES))
    if weights is None or classes is None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "card.json").write_text(ABSENT, encoding="utf-8")
        return None
    _convert(weights, classes, folder, tell)
    return folder


def file_of_site(root: Path, path: str) -> Path | None:
    """A file that `place` puts beside the pages' own, by its address below `_static/`; None for other addresses."""
    if path == "models/mobilenet/card.json":
        card = served(root) / path
        if not card.is_file():
            card.parent.mkdir(parents=True, exist_ok=True)
            card.write_text(ABSENT, encoding="utf-8")
    made = photographs.file(path) or sprite_sheet.file(path, served(root))
    return made or next((file for file in [served(root) / path] if file.is_file()), None)


def _convert(weights: Path, classes: Path, folder: Path, tell: Callable[[str], None]) -> None:
    """Convert in a process of its own: TensorFlow takes seconds to load, and says more than anybody asked."""
    command = [
        sys.executable,
        "-m",
        "course_utils.conversion.pretrained",
        str(weights),
        str(classes),
        str(folder),
    ]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout or ():
            lines.append(line.strip())
            tell(lines[-1])
    if process.returncode:
        reason = (
            lines[-1]
            if lines and process.returncode == CourseError.exit_status
            else "the converter broke off"
        )
        raise CourseError(f"MobileNet was not converted: {reason}")


def _is_current(folder: Path) -> bool:
    """Whether an earlier run has put the whole model there."""
    card = folder / "card.json"
    return card.is_file() and bool(json.loads(card.read_text(encoding="utf-8")).get("served"))
