"""Tables that are measured once and come with the course, for pages that cannot measure them again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def keep(measured: dict[str, Any], name: str, root: Path) -> None:
    """Write a table where `course_utils.shipped.measured(name)` finds it in the checkout `root`, and say where."""
    place = root / "book" / "_static" / "data" / f"{name}.json"
    place.write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{place}: written", file=sys.stderr)
