"""Fresh environments for notebooks, as Colab and Binder give them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from tests.chapters.begun import BegunClient
from tests.conftest import ROOT

CURRENT = f"{sys.version_info.major}.{sys.version_info.minor}"
VERSIONS = ("3.11", "3.12", "3.13")
LOCK = ROOT / "requirements.txt"
CELL_SECONDS = 120
# Forked from a process of the same environment that has imported TensorFlow, a kernel starts five seconds sooner. That
# process began without the module that stands for Colab, so the kernel imports it.
WARM = {"kernel_provisioner": {"provisioner_name": "course-warm"}}
PRETEND_COLAB = "--IPKernelApp.exec_lines=__import__('google.colab')"
# A notebook's `%pip install` reaches uv, which fills environments from its cache in seconds.
PIP = """import os, sys
os.execv({uv!r}, ["uv", "pip", "install", "--python", sys.executable, *sys.argv[2:]])
"""


def interpreters(every: bool) -> dict[str, Path]:
    """The Pythons to try by version: this one, or each from 3.11 to 3.13 that is on this machine."""
    found = {CURRENT: Path(sys.base_prefix, "bin", f"python{CURRENT}")}
    for version in VERSIONS if every else ():
        candidates = [Path(folder, f"python{version}") for folder in os.environ["PATH"].split(os.pathsep)]
        candidates += sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python{version}"))
        works = (path for path in candidates if path.is_file() and _has_venv(path))
        if version not in found and (path := next(works, None)):
            found[version] = path
    return found


def _has_venv(python: Path) -> bool:
    return subprocess.run([python, "-c", "import venv"], check=False, capture_output=True).returncode == 0


def uv(*arguments: str) -> None:
    """Run uv; without a network where its cache suffices."""
    for network in ({"UV_OFFLINE": "1"}, {}):
        result = subprocess.run(
            [sys.executable, "-m", "uv", *arguments],
            check=False,
            cwd=ROOT,
            capture_output=True,
            text=True,
            env=os.environ | network,
        )
        if result.returncode == 0:
            return
    raise AssertionError(f"uv {' '.join(arguments)}: {result.stderr}")


def make_tools(folder: Path) -> None:
    """Fill `folder` with a wheel of the package and with modules that stand for Colab and for pip."""
    uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    (folder / "google" / "colab").mkdir(parents=True)
    (folder / "google" / "colab" / "__init__.py").touch()
    (folder / "sitecustomize.py").write_text("import google.colab\n", encoding="utf-8")
    (folder / "pip").mkdir()
    program = PIP.format(uv=str(Path(sys.executable).parent / "uv"))
    (folder / "pip" / "__main__.py").write_text(program, encoding="utf-8")


@dataclass(frozen=True)
class Fresh:
    """An environment for one Python, kept in `_build/fresh` for as long as the lock stays as it is.

    `tools` is a folder from `make_tools` where Colab is to be pretended, and None elsewhere.
    """

    name: str
    base: Path
    tools: Path | None = None

    @cached_property
    def folder(self) -> Path:
        """Where it lies."""
        made_of = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(self.base).encode()
        return ROOT / "_build" / "fresh" / f"{self.name}-{hashlib.sha256(made_of).hexdigest()[:12]}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables for what runs in it; in a pretended Colab `pip` is uv."""
        own = ("PYTHON", "PYTEST_", "VIRTUAL_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        kept["PATH"] = f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"
        if self.tools is None:
            return kept
        return kept | {
            "PYTHONPATH": str(self.tools),
            "COURSE_REPOSITORY": next(self.tools.glob("*.whl")).as_uri(),
            "UV_CONSTRAINT": str(LOCK),
        }

    def prepare_as_colab(self, first_cell: NotebookNode) -> None:
        """Let it hold a kernel, and what a notebook's first cell installs, in the versions of the lock."""
        if self._create():
            self._pip("install", "--constraint", str(LOCK), "ipykernel")
        self._pip("uninstall", "course_utils")
        notebook = nbformat.v4.new_notebook(cells=[first_cell])
        self.run(notebook, self.tools / f"install-{self.name}")

    def prepare_as_binder(self) -> None:
        """Let it hold what `binder/requirements.txt` asks for."""
        self._create()
        self._pip(
            "install", "--reinstall-package", "course_utils", "--requirement", "binder/requirements.txt"
        )

    def _create(self) -> bool:
        if self.python.exists():
            return False
        for outdated in self.folder.parent.glob(f"{self.name}-*"):
            shutil.rmtree(outdated)
        uv("venv", "--quiet", "--python", str(self.base), str(self.folder))
        return True

    def _pip(self, command: str, *arguments: str) -> None:
        uv("pip", command, "--python", str(self.python), *arguments)

    def run(
        self,
        notebook: NotebookNode,
        place: Path,
        allow_errors: bool = False,
        seconds: int | None = None,
        warm: bool = False,
    ) -> NotebookNode:
        """Run `notebook` in the folder `place`, to its end or for `seconds`, in a new kernel or a forked one.

        Raises as a cell does, unless allowed.
        """
        kernel = place / ".kernels" / "fresh"
        kernel.mkdir(parents=True)
        (kernel / "kernel.json").write_text(json.dumps(self._kernel(warm)), encoding="utf-8")
        specifications = KernelSpecManager(kernel_dirs=[str(kernel.parent)])
        manager = AsyncKernelManager(kernel_name="fresh", kernel_spec_manager=specifications)
        client = BegunClient(
            notebook,
            seconds,
            km=manager,
            timeout=CELL_SECONDS,
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(place)}},
        )
        client.owns_km = True  # so that it ends the kernel, which would else live as long as the test process
        with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
            # A port that is free when it is chosen may be taken when the kernel opens it, and the kernel dies.
            manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
            client.execute(env=self.variables)
        return notebook

    def _kernel(self, warm: bool) -> dict[str, object]:
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        pretence = [PRETEND_COLAB] if warm and self.tools is not None else []
        return {
            "display_name": "Fresh",
            "language": "python",
            "argv": command + pretence,
            "metadata": WARM if warm else {},
        }
