"""Networks that others trained: the genuine ones where they can be had, else the small ones that the course ships."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.data import sources
from course_utils.errors import CourseError

if TYPE_CHECKING:
    import keras

#: The width of MobileNet (a quarter of the full one) and the side of its pictures.
ALPHA, SIDE = 0.25, 224
#: COCO's detector as its makers published it: the network and its label map in one archive.
DETECTOR = sources.RemoteFile(
    title="SSD MobileNet, a detector",
    path="models/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.zip",
    url="https://storage.googleapis.com/download.tensorflow.org/models/tflite/"
    "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.zip",
)
_SHIPPED = "pictures"


@dataclass(frozen=True)
class Classifier:
    """A network that names what is in a picture, and what one must know to use it.

    Attributes:
        network: takes float32 pictures of shape (n, side, side, 3), and gives probabilities of shape (n, names).
        names: what each of its outputs stands for, in their order.
        side: of its pictures, in pixels.
        low, high: the numbers that stand for black and for white.
        features: the name of the layer whose output describes a picture before it is named.
        maps: names of four layers that give feature maps, from the first to the last.
        source: which network this is.
    """

    network: keras.Model
    names: tuple[str, ...]
    side: int
    low: float
    high: float
    features: str
    maps: tuple[str, ...]
    source: str

    def __repr__(self) -> str:
        return (
            f"{self.source}\n{self.network.count_params():,} parameters, {len(self.names):,} classes, "
            f"pictures of {self.side} × {self.side}, black is {self.low:g} and white {self.high:g}"
        )


def classifier() -> Classifier:
    """MobileNet with its thousand classes, or the course's network with ten where it cannot be had.

    MobileNet is taken from `COURSE_DATA`, from Keras' cache or from its official address. The first line of what is
    printed says which network it is.
    """
    found = _mobilenet() or shipped()
    print(found)
    return found


def shipped() -> Classifier:
    """The course's own network for ten kinds of things, which comes with the course."""
    from course_utils.conversion import tfjs_reader

    names = card(_SHIPPED)["classes"]
    network = tfjs_reader.read(_folder(_SHIPPED) / "model.json")
    source = "The course's own network, trained on CIFAR-10 (MobileNet is not at hand)"
    # The model is two networks that answer together: the maps and features are those of the MobileNetV2 in it.
    maps = ("Conv1_relu", "block_2_expand_relu", "block_5_expand_relu", "out_relu")
    return Classifier(network, tuple(names), network.input_shape[1], 0.0, 1.0, "pool", maps, source)


def card(name: str) -> dict[str, Any]:
    """The model card of a model that ships with the course, such as "pictures", as a program reads it.

    Raises:
        CourseError: there is no such model.
    """
    path = _folder(name) / "card.json"
    if not path.is_file():
        known = ", ".join(sorted(folder.name for folder in path.parents[1].iterdir() if folder.is_dir()))
        raise CourseError(f"No model called {name!r} ships with the course; there are: {known}.")
    return json.loads(path.read_text(encoding="utf-8"))


def _folder(name: str) -> Path:
    from course_utils.widgets.modules import static_folder

    return static_folder() / "models" / name


def _mobilenet() -> Classifier | None:
    weights, classes = sources.find(sources.MOBILENET), sources.find(sources.IMAGENET_CLASSES)
    if weights is None or classes is None:
        return None
    import keras

    network = keras.applications.MobileNet((SIDE, SIDE, 3), alpha=ALPHA, weights=str(weights))
    index = json.loads(classes.read_text(encoding="utf-8"))
    names = tuple(index[str(number)][1].replace("_", " ") for number in range(len(index)))
    source = f"MobileNet {ALPHA} at {SIDE} × {SIDE}, trained on ImageNet"
    maps = ("conv1_relu", "conv_pw_3_relu", "conv_pw_6_relu", "conv_pw_13_relu")
    return Classifier(network, names, SIDE, -1.0, 1.0, "global_average_pooling2d", maps, source)


class Detector:
    """A LiteRT model that finds things in a picture: an SSD whose outputs are boxes, classes, scores and a count.

    Attributes:
        names: of its classes, in their order.
        side: of its pictures, in pixels.
        source: which detector this is.
    """

    def __init__(self, model: bytes, names: tuple[str, ...], source: str) -> None:
        self._interpreter = _interpreter(model)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()
        self.names, self.source = names, source
        self.side = int(self._input["shape"][1])

    def __call__(self, picture: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
        """What is in a picture, uint8 of shape (side, side, 3): boxes, names and scores, the surest first.

        Boxes have the shape (n, 4): top, left, bottom, right, as shares of the picture.
        """
        if picture.shape != (self.side, self.side, 3) or picture.dtype != np.uint8:
            raise CourseError(
                f"The detector takes a uint8 picture of {self.side} × {self.side} × 3, not {picture.dtype} of "
                f"{' × '.join(map(str, picture.shape))}: shrink it first."
            )
        self._interpreter.set_tensor(self._input["index"], picture[None])
        self._interpreter.invoke()
        boxes, classes, scores, count = (
            self._interpreter.get_tensor(output["index"])[0] for output in self._outputs
        )
        kept = slice(int(count))
        return boxes[kept], [self.names[int(number)] for number in classes[kept]], scores[kept]


def detector() -> Detector | None:
    """COCO's SSD MobileNet through LiteRT; None where it is neither at hand nor to be downloaded.

    It is taken from `COURSE_DATA` (`tflite/detect.tflite` and `tflite/labelmap.txt`), from Keras' cache or from its
    official address. What is printed says which.
    """
    found = _detector_files()
    if found is None:
        print("No pretrained detector is at hand.")
        return None
    model, labels = found
    # The first line of the label map stands for nothing: the network's class 0 is the second.
    names = tuple(labels.decode("utf-8").splitlines()[1:])
    made = Detector(model, names, "SSD MobileNet V1, 8-bit, trained on COCO")
    print(f"{made.source}: {sum(name != '???' for name in names)} classes, {len(model) / 1e6:.1f} MB")
    return made


def _detector_files() -> tuple[bytes, bytes] | None:
    """The network and its label map."""
    folder = Path(os.environ.get("COURSE_DATA", ""), "tflite")
    loose = folder / "detect.tflite", folder / "labelmap.txt"
    if os.environ.get("COURSE_DATA") and all(path.is_file() for path in loose):
        return loose[0].read_bytes(), loose[1].read_bytes()
    archive = sources.find(DETECTOR)
    if archive is None:
        return None
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read("detect.tflite"), opened.read("labelmap.txt")
    except (zipfile.BadZipFile, KeyError) as error:
        raise CourseError(
            f"{archive} does not hold the detector: delete it, and it is fetched again."
        ) from error


def _interpreter(model: bytes) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:  # a learner's notebook has TensorFlow's own, which is reached as an attribute alone
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter  # noqa: N806
    return Interpreter(model_content=model)
