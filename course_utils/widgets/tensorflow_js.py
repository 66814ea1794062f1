"""Where a notebook's browser finds TensorFlow.js."""

from __future__ import annotations

import os
from pathlib import Path

#: The version that the site serves too (package-lock.json); a test holds the two together.
VERSION = "4.22.0"
#: SHA-384 of dist/tf.fesm.min.js of that version, as in an `integrity` attribute.
INTEGRITY = "sha384-sVlxznT2g8UX+LKW0MDllnfEuRVwUddI56wB4DDI438kCsTkdvYxJz657EqBDpmc"

_FILE = "dist/tf.fesm.min.js"
_CDN = f"https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@{VERSION}/{_FILE}"
_ON_THE_SITE = "_static/vendor/tfjs/tf.fesm.min.js"
_ROOT = Path(__file__).resolve().parents[2]


def address() -> str:
    """The published site's copy where COURSE_SITE names the site, else that of a content delivery network."""
    site = os.environ.get("COURSE_SITE", "").strip().rstrip("/")
    return f"{site}/{_ON_THE_SITE}" if site else _CDN


def local_copy() -> Path | None:
    """The file on this machine: in the course's built site or its node_modules, if it is there."""
    candidates = (
        _ROOT / "_build" / "html" / _ON_THE_SITE,
        _ROOT / "node_modules" / "@tensorflow" / "tfjs" / _FILE,
    )
    return next((path for path in candidates if path.is_file()), None)
