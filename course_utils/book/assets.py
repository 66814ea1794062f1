"""What the site takes from npm: copied next to the pages, never committed."""

from __future__ import annotations

import shutil
from pathlib import Path

from course_utils.book.bundles import make_bundles
from course_utils.errors import CourseError
from course_utils.widgets import vendored

# file in node_modules → file under _static/vendor/
FILES = {
    **{
        f"{origin.package}/{origin.file}": path.removeprefix("vendor/")
        for path, origin in vendored.FILES.items()
    },
    "katex/dist/katex.min.css": "katex/katex.min.css",
}


def vendor(root: Path) -> Path:
    """Copy what pages load into `_build/vendor/vendor/`, a static folder of the site, and return it."""
    modules = root / "node_modules"
    target = root / "_build" / "vendor" / "vendor"
    files = dict(FILES)
    for font in sorted((modules / "katex" / "dist" / "fonts").glob("*.woff2")):
        files[font.relative_to(modules).as_posix()] = f"katex/fonts/{font.name}"
    for name, place in files.items():
        origin, copy = modules / name, target / place
        if not origin.is_file():
            raise CourseError(f"{origin} is missing: run `make setup`.")
        if copy.is_file() and copy.stat().st_size == origin.stat().st_size:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, copy)
    make_bundles(root, target)
    return target
