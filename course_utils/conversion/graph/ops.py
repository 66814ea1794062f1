"""Which TensorFlow operations TF.js can run, and on which of its backends: ops.json, made from its packages.

    python -m course_utils.conversion.graph.ops            # make ops.json again, after an update of TF.js
    python -m course_utils.conversion.graph.ops --check    # exit status 1 where it is stale

The converter of TF.js maps each TensorFlow operation to functions of its core, and each function to kernels, of which
every backend registers its own selection. All three are read from the packages' own code.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_utils.errors import CourseError

FILE = Path(__file__).with_name("ops.json")
BACKENDS = ("cpu", "wasm", "webgl")
# Called while a gradient is computed, which no converted model does.
_GRADIENT = re.compile(r"backprop|_grad$|grad_|der_")
_COMPLEX = {"Complex", "ComplexAbs", "FFT", "IFFT", "RFFT", "IRFFT"}
_KERNELS = """
const { createRequire } = require("node:module");
const load = createRequire(process.argv[1] + "/here.js");
for (const way of ["log", "info", "warn"]) console[way] = () => {};
const tf = load("@tensorflow/tfjs-core");
const found = {};
for (const name of ["cpu", "wasm", "webgl"]) {
  load(`@tensorflow/tfjs-backend-${name}`);
  found[name] = tf.getKernelsForBackend(name).map((kernel) => kernel.kernelName).sort();
}
process.stdout.write(JSON.stringify(found));
"""


@functools.cache
def known() -> dict[str, Any]:
    """The table: `version`; `operations`, name → the kernels it runs; `backends`, name → the kernels it has."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def missing(op: str) -> tuple[str, ...] | None:
    """The backends that cannot run a TensorFlow operation; None where TF.js does not know it at all."""
    table = known()
    if op not in table["operations"]:
        return None
    needed = set(table["operations"][op])
    return tuple(name for name in BACKENDS if needed - set(table["backends"][name]))


def read_packages() -> dict[str, Any]:
    """The table as the installed packages of TF.js have it."""
    from course_utils.node import modules, node_environment, node_path

    names = [
        f"@tensorflow/tfjs-{name}" for name in ("core", "converter", *(f"backend-{b}" for b in BACKENDS))
    ]
    folder = modules(*names)
    scope = folder / "@tensorflow"
    done = subprocess.run(
        [str(node_path()), "-e", _KERNELS, str(folder)],
        capture_output=True,
        text=True,
        env=node_environment(),
        check=False,
    )
    if done.returncode:
        raise CourseError(f"TensorFlow.js in {folder} does not load: {done.stderr.strip()[-300:]}")
    package = json.loads((scope / "tfjs-converter" / "package.json").read_text(encoding="utf-8"))
    return {
        "version": package["version"],
        "operations": _operations(scope),
        "backends": json.loads(done.stdout),
    }


def _operations(scope: Path) -> dict[str, list[str]]:
    """Each TensorFlow operation that the converter lists and carries out, with the kernels that takes."""
    converter = scope / "tfjs-converter" / "dist" / "operations"
    mapper = _code(converter / "operation_mapper.js")
    listed: set[str] = set()
    for name in re.findall(r"from '\./op_list/(\w+)'", mapper):
        listed |= set(re.findall(r"'tfOpName': '([^']+)'", _code(converter / "op_list" / f"{name}.js")))
    core = _Core(scope / "tfjs-core" / "dist" / "ops")
    operations: dict[str, list[str]] = {}
    for file in sorted((converter / "executors").glob("*_executor.js")):
        for names, body in _cases(_code(file)):
            called = re.findall(r"\bops\.((?:\w+\.)?\w+)\(", body)
            kernels = sorted({kernel for function in called for kernel in core.kernels(function)})
            # Functions of real numbers have a branch for complex ones, which Keras has none of.
            real = [kernel for kernel in kernels if kernel not in ("Complex", "ComplexAbs")]
            operations.update({n: kernels if n in _COMPLEX else real for n in names if n in listed})
    return dict(sorted(operations.items()))


def _cases(code: str) -> Iterator[tuple[list[str], str]]:
    """The cases of an executor's switch: the operations' names, and the code they share."""
    names: list[str] = []
    for part in re.split(r"\n\s*case ", code)[1:]:
        quoted = re.match(r"'(\w+)':", part)
        if quoted is None:
            continue
        names.append(quoted[1])
        body = part[quoted.end() :].split("default:")[0]
        if body.strip():
            yield names, body
            names = []


class _Core:
    """The functions of tfjs-core, and the kernels that each runs, itself or through others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Path] = {}
        for file in sorted(folder.rglob("*.js")):
            if "_test" not in file.name and file.name != "ops.js":
                for name in re.findall(r"export (?:const|function|\{) ?(\w+)", _code(file)):
                    self.files.setdefault(f"{file.parent.name}.{name}", file)
                    self.files.setdefault(name.rstrip("_"), file)

    def kernels(self, function: str, seen: frozenset[Path] = frozenset()) -> set[str]:
        folder, _, name = function.rpartition(".")
        file = self.files.get(f"{folder}.{name}") if folder else self.folder_file(name)
        return self.of_file(file, seen) if file else set()

    def folder_file(self, name: str) -> Path | None:
        return self.files.get(f"{self.folder.name}.{name}") or self.files.get(name)

    def of_file(self, file: Path, seen: frozenset[Path]) -> set[str]:
        code = _code(file)
        found = set(re.findall(r"runKernel\('?(\w+)", code))
        # A fused function runs its one kernel; what it imports besides serves gradients, and engines without fusion.
        if found or file in seen:
            return found
        for path in re.findall(r"from '(\.[^']+)'", code):
            other = (file.parent / f"{path}.js").resolve()
            if (
                self.folder in other.parents
                and not _GRADIENT.search(other.stem)
                and "_util" not in other.stem
            ):
                found |= self.of_file(other, seen | {file})
        return found


@functools.cache
def _code(file: Path) -> str:
    return file.read_text(encoding="utf-8").split("//# sourceMappingURL")[0]


def rendered(table: dict[str, Any]) -> str:
    """The table as ops.json has it: one line an operation."""
    operations = ",\n".join(f"  {json.dumps(op)}: {json.dumps(k)}" for op, k in table["operations"].items())
    backends = ",\n".join(f"  {json.dumps(name)}: {json.dumps(k)}" for name, k in table["backends"].items())
    return (
        f'{{"version": {json.dumps(table["version"])},\n"operations": {{\n{operations}\n}},\n'
        f'"backends": {{\n{backends}\n}}}}\n'
    )


def main(arguments: list[str]) -> int:
    """Make ops.json, or check it."""
    text = rendered(read_packages())
    if "--check" in arguments:
        fresh = text == FILE.read_text(encoding="utf-8")
        print("ops.json is up to date." if fresh else "ops.json is stale: make it again.")
        return 0 if fresh else 1
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE}: {text.count(chr(10))} lines.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
