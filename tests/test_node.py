"""Node.js and its packages: found in a checkout, installed once into the user's cache by a package without one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from course_utils import node
from course_utils.errors import CourseError

# Where nothing listens: what is asked of it is refused at once.
NOWHERE = "http://127.0.0.1:9/"


def test_the_checkout_holds_the_pinned_packages(root: Path) -> None:
    folder = node.modules("@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm")
    assert folder == root / "node_modules"
    version = json.loads((folder / "@tensorflow" / "tfjs-core" / "package.json").read_text())["version"]
    assert version == json.loads((root / "package.json").read_text())["dependencies"]["@tensorflow/tfjs"]


def test_a_package_that_is_missing_is_named_with_the_cure() -> None:
    with pytest.raises(CourseError, match=r"holds no @tensorflow/tfjs-none: run `make setup`\."):
        node.modules("@tensorflow/tfjs-core", "@tensorflow/tfjs-none")


def test_the_node_found_runs_and_comes_first() -> None:
    told = subprocess.run(
        ["node", "--print", "process.execPath"],
        env=node.node_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()) == node.node_path().resolve()


def test_an_installed_package_fills_the_cache_once(tmp_path: Path) -> None:
    installed = _installed(tmp_path, _tarball(tmp_path).as_uri())
    first = _modules(installed, tmp_path, "toy")
    assert first.returncode == 0, first.stderr
    folder = Path(first.stdout.strip())
    assert folder.is_relative_to(tmp_path / "cache" / "course-utils")
    assert (folder / "toy" / "index.js").read_text() == "module.exports = 1;\n"
    assert "Installing TensorFlow.js" in first.stderr
    second = _modules(installed, tmp_path, "toy")
    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_a_changed_lock_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    installed = _installed(tmp_path, _tarball(tmp_path).as_uri())
    first = _modules(installed, tmp_path, "toy").stdout
    lock = installed / "course_utils" / "npm" / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert _modules(installed, tmp_path, "toy").stdout not in {first, ""}


def test_an_interrupted_installation_is_made_again(tmp_path: Path) -> None:
    installed = _installed(tmp_path, _tarball(tmp_path).as_uri())
    folder = Path(_modules(installed, tmp_path, "toy").stdout.strip())
    (folder / ".installed-from").unlink()
    shutil.rmtree(folder / "toy")
    assert _modules(installed, tmp_path, "toy").returncode == 0
    assert (folder / "toy" / "index.js").is_file()


def test_without_a_network_it_is_one_sentence_with_the_cure(tmp_path: Path) -> None:
    installed = _installed(tmp_path, f"{NOWHERE}toy.tgz")
    told = _modules(installed, tmp_path, "toy")
    assert told.returncode == 1
    said = told.stdout.strip()
    assert said.startswith(
        "Proving a TensorFlow.js model needs TensorFlow.js, which could not be installed into "
    )
    assert "ECONNREFUSED" in said
    assert said.endswith("go online once, or convert with `--verify 0`, which proves nothing.")
    assert "\n" not in said


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    installed = _installed(tmp_path, _tarball(tmp_path).as_uri())
    (tmp_path / "cache").write_text("no folder")
    told = _modules(installed, tmp_path, "toy")
    assert told.returncode == 1
    assert told.stdout.strip().endswith("set XDG_CACHE_HOME to a folder that can be written.")


def test_the_wheel_brings_the_lock_along(root: Path) -> None:
    import tomllib

    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    carried = node.CARRIED.relative_to(root).as_posix()
    for name in ("package.json", "package-lock.json"):
        assert wheel["force-include"][name] == f"{carried}/{name}"


def _installed(folder: Path, address: str) -> Path:
    """A folder with this package as a wheel leaves it, whose lock lists one package `toy` at `address`."""
    installed = folder / "site-packages"
    package = installed / "course_utils"
    carried = package / node.CARRIED.name
    carried.mkdir(parents=True)
    origin = Path(node.__file__).parent
    for name in ("__init__.py", "errors.py", "node.py"):
        shutil.copy(origin / name, package)
    entry = {"version": "1.0.0", "resolved": address, "integrity": _integrity(folder / "toy-1.0.0.tgz")}
    wanted = {"name": "course", "dependencies": {"toy": address}}
    lock = {"name": "course", "lockfileVersion": 3, "packages": {"": wanted, "node_modules/toy": entry}}
    (carried / "package.json").write_text(json.dumps(wanted))
    (carried / "package-lock.json").write_text(json.dumps(lock))
    return installed


def _tarball(folder: Path) -> Path:
    path = folder / "toy-1.0.0.tgz"
    files = {
        "package.json": json.dumps({"name": "toy", "version": "1.0.0"}),
        "index.js": "module.exports = 1;\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def _integrity(file: Path) -> str:
    import base64

    content = file.read_bytes() if file.is_file() else b""
    return f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"


def _modules(installed: Path, folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """What `modules(name)` says in a process that knows no checkout; a CourseError is its output and status 1."""
    program = (
        "import sys; from course_utils.node import modules; from course_utils.errors import CourseError\n"
        "try:\n    print(modules(sys.argv[1]))\n"
        "except CourseError as error:\n    print(error); sys.exit(1)"
    )
    environment = os.environ | {
        "XDG_CACHE_HOME": str(folder / "cache"),
        "npm_config_cache": str(folder / "npm-cache"),
        "npm_config_registry": NOWHERE,
        "PYTHONPATH": str(installed),
    }
    return subprocess.run(
        [sys.executable, "-c", program, name], cwd=folder, env=environment, capture_output=True, text=True
    )
