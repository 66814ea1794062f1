"""The class secret: what the hidden inputs of a class are made from. It lives outside the repository."""

import hashlib
import os
from pathlib import Path

import numpy as np

from course_utils.errors import CourseError

VARIABLE = "COURSE_CLASS_SECRET"
_SHORTEST = 8


def secret_path() -> Path:
    """Return the file that `course class new` keeps the secret in, in the user's configuration folder."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "course" / "class-secret"


def class_secret() -> str:
    """Return the class secret, from the environment or from its file."""
    secret = os.environ.get(VARIABLE, "").strip()
    if not secret:
        path = secret_path()
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise CourseError(
                f"There is no class secret in {path} or in {VARIABLE}: run `course class new` to make one."
            ) from None
    if len(secret) < _SHORTEST:
        raise CourseError(f"The class secret is shorter than {_SHORTEST} characters: run `course class new`.")
    return secret


def generator(secret: str, purpose: str) -> np.random.Generator:
    """Return a random generator that depends on the secret and the purpose, and on nothing else."""
    digest = hashlib.sha256(f"{secret}\n{purpose}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
