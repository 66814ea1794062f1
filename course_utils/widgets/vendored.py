"""What the demos load from npm, TensorFlow.js and its backends: pinned, and where a notebook's browser finds it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

#: The version that the site serves too (package-lock.json); a test holds the two together.
VERSION = "4.22.0"

_CDN = "https://cdn.jsdelivr.net/npm"
_ROOT = Path(__file__).resolve().parents[2]


class Vendored(NamedTuple):
    """A file of an npm package.

    Attributes:
        package: its name on npm.
        file: the path in the package.
        integrity: SHA-384 of the file, as in an `integrity` attribute.
    """

    package: str
    file: str
    integrity: str


#: By the path under the site's `_static/`.
FILES = {
    "vendor/tfjs/tf.fesm.min.js": Vendored(
        "@tensorflow/tfjs",
        "dist/tf.fesm.min.js",
        "sha384-sVlxznT2g8UX+LKW0MDllnfEuRVwUddI56wB4DDI438kCsTkdvYxJz657EqBDpmc",
    ),
    "vendor/tfjs/tf-backend-wasm.min.js": Vendored(
        "@tensorflow/tfjs-backend-wasm",
        "dist/tf-backend-wasm.es2017.min.js",
        "sha384-SqoVPLooc7QMMmp0JuPMz9M6JqkYFd7wX08paKmclTcGS/36X7RY+hbkK7Big30W",
    ),
    "vendor/tfjs/tfjs-backend-wasm-simd.wasm": Vendored(
        "@tensorflow/tfjs-backend-wasm",
        "dist/tfjs-backend-wasm-simd.wasm",
        "sha384-K3GxiUF8sNsf8m8ZYuEKWXFARCxCn0erZqbTdbYOpxeDRf0k+CWFF5gZ3xbW4cez",
    ),
    "vendor/tfjs/tf-backend-webgpu.min.js": Vendored(
        "@tensorflow/tfjs-backend-webgpu",
        "dist/tf-backend-webgpu.es2017.min.js",
        "sha384-PMbEpqRHflyIjqjUzZNr1ZjYSccb6KDXZAfYugyFU5jJ0Z+CFE+qPYxpLm6JTQkL",
    ),
}


def site() -> str:
    """The address of the published site, which the environment variable COURSE_SITE names; "" without it."""
    return os.environ.get("COURSE_SITE", "").strip().rstrip("/")


def remote_files() -> dict[str, dict[str, str]]:
    """Address and hash of each file: on the published site where it is known, else of a delivery network."""
    published = site()
    return {
        path: {
            "address": f"{published}/_static/{path}"
            if published
            else f"{_CDN}/{origin.package}@{VERSION}/{origin.file}",
            "integrity": origin.integrity,
        }
        for path, origin in FILES.items()
    }


def local_copy(path: str) -> Path | None:
    """The file on this machine: in the course's built site or its node_modules, if it is there."""
    origin = FILES.get(path)
    if origin is None:
        return None
    candidates = (
        _ROOT / "_build" / "html" / "_static" / path,
        _ROOT / "node_modules" / origin.package / origin.file,
    )
    return next((copy for copy in candidates if copy.is_file()), None)
