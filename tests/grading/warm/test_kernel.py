"""A Jupyter kernel that is forked from a warm parent is an ordinary kernel that starts at once."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from traitlets.config import Config

from course_utils.grading.sandbox import bubblewrap
from course_utils.grading.warm import provisioner


@pytest.fixture(scope="module", autouse=True)
def light_kernel(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The kernel as it is installed, but without TensorFlow."""
    spec = json.loads((Path(provisioner.__file__).parent / "kernelspec" / "kernel.json").read_text())
    folder = tmp_path_factory.mktemp("jupyter")
    for name, sandbox in (("light", "off"), ("confined", "require")):
        spec["metadata"]["kernel_provisioner"]["config"] = {"imports": ["fractions"], "sandbox": sandbox}
        (folder / "kernels" / name).mkdir(parents=True)
        (folder / "kernels" / name / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


def run(*cells: str, folder: Path | None = None, kernel: str = "light", **more: object) -> list[str]:
    """What each cell printed or raised."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    resources = {"metadata": {"path": str(folder)}} if folder else {}
    client = NotebookClient(notebook, kernel_name=kernel, resources=resources, allow_errors=True, **more)
    client.execute()
    return [
        "".join(output.get("text") or output.get("ename") or "/".join(output.data) for output in cell.outputs)
        for cell in notebook.cells
    ]


def test_it_is_installed_with_tensorflow_and_can_be_configured() -> None:
    manager = AsyncKernelManager(kernel_name="course-warm")
    assert made(manager).imports == ["tensorflow", "keras", "numpy"]
    manager = AsyncKernelManager(
        kernel_name="course-warm", config=Config(WarmProvisioner={"imports": ["numpy"], "sandbox": "require"})
    )
    configured = made(manager)
    assert (configured.imports, configured.sandbox) == (["numpy"], "require")


def made(manager: AsyncKernelManager) -> provisioner.WarmProvisioner:
    """The manager's provisioner, which wants a running loop; made in a thread, since this one may have one."""

    async def make() -> provisioner.WarmProvisioner:
        factory = KernelProvisionerFactory.instance()
        return factory.create_provisioner_instance("1", manager.kernel_spec, parent=manager)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, make()).result()


def test_cells_run_in_their_folder_with_the_imports_there(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2")
    said = run(
        "import sys; print('fractions' in sys.modules, open('data.csv').read(), end='')",
        "1 / 0",
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()",
        "import os; print('JPY_PARENT_PID' in os.environ, os.environ['PATH'] != '', end='')",
        folder=tmp_path,
    )
    assert said[:2] == ["True 1,2", "ZeroDivisionError"]
    assert "image/png" in said[2]
    assert said[3] == "False True"


def test_kernels_share_no_random_numbers_and_no_names() -> None:
    cells = "import random; print(random.random())", "print('name' in globals()); name = 1"
    one, other = run(*cells), run(*cells)
    assert one[0] != other[0]
    assert one[1] == other[1] == "False\n"


def test_a_cell_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    waiting = "import time\ntry: time.sleep(60)\nfinally: open('interrupted', 'w')"
    said = run(waiting, "print(6 * 7)", folder=tmp_path, timeout=5, interrupt_on_timeout=True)
    assert said == ["KeyboardInterrupt", "42\n"]
    assert (tmp_path / "interrupted").is_file()


def test_a_kernel_that_dies_is_known_to_be_dead() -> None:
    with pytest.raises(DeadKernelError):
        run("import os; os._exit(1)")


def test_a_time_out_ends_the_kernel() -> None:
    with pytest.raises(CellTimeoutError):
        run("import time; time.sleep(60)", timeout=1)


def test_a_confined_kernel_has_its_files_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if problem := bubblewrap.obstacle():
        pytest.skip(problem)
    monkeypatch.setenv("COURSE_CLASS_SECRET", "never to be seen")
    (tmp_path / "work" / "more").mkdir(parents=True)
    (tmp_path / "work" / "more" / "data.csv").write_text("1,2")
    (tmp_path / "gradebook.db").write_text("marks")
    said = run(
        "print(open('more/data.csv').read(), end='')",
        f"open({str(tmp_path / 'gradebook.db')!r})",
        "import os; print('COURSE_CLASS_SECRET' in os.environ, os.listdir('/shared'), os.getpid() < 9, end='')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import time; time.sleep(60)",
        "print(6 * 7, end='')",
        folder=tmp_path / "work",
        kernel="confined",
        timeout=3,
        interrupt_on_timeout=True,
    )
    assert said[:3] == ["1,2", "FileNotFoundError", "False [] True"]
    assert said[3:] == ["OSError", "KeyboardInterrupt", "42"]
