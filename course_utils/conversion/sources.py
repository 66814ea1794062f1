"""Where a model comes from: a file or folder on disk, in any of the formats that Keras has had, or a live model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course_utils.conversion.saved_model import SavedModelSource

if TYPE_CHECKING:
    import keras

__all__ = ["SavedModelSource", "load_model"]


def load_model(source: str | Path | keras.Model, *, trust: bool = False) -> keras.Model | SavedModelSource:
    """First road: Keras' own loader."""
    import keras

    from course_utils.conversion import saved_model

    if isinstance(source, keras.Model):
        return source
    path = Path(source)
    if saved_model.is_saved_model(path):
        return saved_model.read(path, trust=trust)
    return keras.saving.load_model(path, compile=False, safe_mode=not trust)
