"""Where a file of real data comes from: folders at hand first, then its official address."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PROBE_SECONDS = 2.0
_READ_SECONDS = 20.0


@dataclass(frozen=True)
class RemoteFile:
    """A file with a known address, kept where Keras keeps it.

    Its size and checksum are None where the same numbers are handed round in files of other bytes; whoever reads such
    a file checks what it holds.
    """

    title: str
    path: str  # below Keras' home folder
    url: str
    sha256: str | None = None
    size: int | None = None  # bytes


MNIST = RemoteFile(
    title="MNIST",
    path="datasets/mnist.npz",
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    size=11_490_434,
)

#: Training pictures and labels, then test pictures and labels.
FASHION = tuple(
    RemoteFile(
        title=f"Fashion-MNIST, {title}",
        path=f"datasets/fashion-mnist/{name}-ubyte.gz",
        url=f"https://storage.googleapis.com/tensorflow/tf-keras-datasets/{name}-ubyte.gz",
        sha256=sha256,
        size=size,
    )
    for title, name, size, sha256 in (
        (
            "training pictures",
            "train-images-idx3",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        (
            "training labels",
            "train-labels-idx1",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        (
            "test pictures",
            "t10k-images-idx3",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        (
            "test labels",
            "t10k-labels-idx1",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    )
)

MOBILENET = RemoteFile(
    title="MobileNet's weights",
    path="models/mobilenet_2_5_224_tf.h5",
    url="https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/mobilenet_2_5_224_tf.h5",
)

MOBILENET_V2 = RemoteFile(
    title="MobileNetV2's weights without its classifier",
    path="models/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
    url="https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
)

IMAGENET_CLASSES = RemoteFile(
    title="ImageNet's class names",
    path="models/imagenet_class_index.json",
    url="https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
    sha256="a1e7a966a1f601d39e4b43e119b3e7dd4a2ad3ea08cf69847cbaf021013767bc",
    size=35_363,
)

SHAKESPEARE = RemoteFile(
    title="Tiny Shakespeare",
    path="datasets/shakespeare.txt",
    url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    size=1_115_394,
)

_UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases"
IRIS = RemoteFile("Iris flowers", "datasets/iris.data", f"{_UCI}/iris/iris.data")
WDBC = RemoteFile(
    "Breast cancer in Wisconsin", "datasets/wdbc.data", f"{_UCI}/breast-cancer-wisconsin/wdbc.data"
)

#: Everything that `course fetch` brings.
ALL = (MNIST, *FASHION, SHAKESPEARE, IRIS, WDBC, MOBILENET, MOBILENET_V2, IMAGENET_CLASSES)


def keras_home() -> Path:
    """Keras' own cache folder: `KERAS_HOME`, else `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def at_hand(file: RemoteFile) -> Path | None:
    """The file in `COURSE_DATA` or in Keras' cache, or None. A file of another size does not count."""
    homes = [keras_home()]
    if course_data := os.environ.get("COURSE_DATA"):
        homes.insert(0, Path(course_data) / "keras_home")
    for home in homes:
        path = home / file.path
        if path.is_file() and file.size in (None, path.stat().st_size):
            return path
    return None


def cached_archive(name: str) -> Path:
    """Where Keras' cache keeps an archive that this package has made of a download."""
    return keras_home() / "datasets" / name


def archive_at_hand(name: str) -> Path | None:
    """An archive of that name in `COURSE_DATA` or in Keras' cache, or None."""
    places = [cached_archive(name)]
    if course_data := os.environ.get("COURSE_DATA"):
        places.insert(0, Path(course_data) / name)
    return next((path for path in places if path.is_file()), None)


def find(file: RemoteFile) -> Path | None:
    """The file at hand, else downloaded into Keras' cache, else None when its address cannot be reached."""
    path = at_hand(file)
    if path is not None or not reachable(urlsplit(file.url).hostname or ""):
        return path
    try:
        return download(file)
    except (OSError, ValueError) as error:
        print(f"{file.title} could not be downloaded ({error}); the bundled default is used instead.")
        return None


@functools.cache
def reachable(host: str) -> bool:
    """Whether `host` answers on port 443 within two seconds; asked once in a process.

    `COURSE_OFFLINE=1` answers no without asking.
    """
    if os.environ.get("COURSE_OFFLINE"):
        return False
    try:
        socket.create_connection((host, 443), timeout=_PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def download(file: RemoteFile, progress: object | None = None) -> Path:
    """Fetch the file into Keras' cache, checked against its SHA-256 where that is known, and return its path.

    `progress(bytes_so_far)` is called as it comes in. A file that fails its check is not kept.

    Raises `OSError` when the address cannot be read, `ValueError` when the checksum is another.
    """
    target = keras_home() / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(file.url, timeout=_READ_SECONDS) as answer, partial.open("wb") as out:
            received = 0
            while block := answer.read(1 << 16):
                out.write(block)
                digest.update(block)
                received += len(block)
                if callable(progress):
                    progress(received)
        if file.sha256 not in (None, digest.hexdigest()):
            raise ValueError(f"{file.url} answered with other bytes than the known ones")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target
