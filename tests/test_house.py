"""The house keeps its rules: sizes, the arrow of dependence, the lock, no outputs, nothing from elsewhere."""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import LONGEST, ROOT

MEGABYTE = 1_000_000
LARGEST_FILE = 2 * MEGABYTE
LARGEST_CHECKOUT = 25 * MEGABYTE
SLOWEST_IMPORT = 0.3
LIGHT = ("checks", "data", "memory", "plots")
MIDDLE = ("book", "conversion", "grading", "widgets")
# What each of them is for is said in README.md.
AT_THE_ROOT = {
    *(".ci", ".github", ".gitignore"),
    *("README.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE", "LICENSE-TEXT"),
    *("Makefile", "pyproject.toml", "requirements.txt", "package.json", "package-lock.json"),
    *("_config.yml", "_toc.yml", "nbgrader_config.py", "binder"),
    *("book", "course_utils", "exercises", "solutions", "tests"),
}
# Packages of the machinery, which a learner in Colab does not install.
HEAVY = {"docutils", "jupytext", "myst_nb", "myst_parser", "nbconvert", "nbgrader", "playwright", "sphinx"}
# Week 6 is about conversion: its notebook installs the extra, and one module of its checks uses it.
CONVERTS = ROOT / "course_utils" / "checks" / "week6" / "converting.py"
# What a part of the light core may use of Jupyter: running a notebook is what `course check` does.
JUPYTER = {"IPython", "ipykernel", "jupyter_client", "jupyter_core", "nbclient", "nbformat"}
RUNS_A_NOTEBOOK = ROOT / "course_utils" / "checks" / "notebook.py"
WEB = re.compile(r"https?://[^\s\"'`)]+")
REGISTRIES = re.compile(r"//(?:[\w-]+\.)*(?:registry|artifactory|nexus)[\w.-]*[:/]", re.I)
INDEX_OPTION = re.compile(r"^--(?:extra-)?(?:index-url|find-links)\b.*", re.M)


def tracked() -> list[Path]:
    """The files of the checkout: those in git, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def modules() -> list[Path]:
    return sorted((ROOT / "course_utils").rglob("*.py"))


def imports(module: Path) -> set[str]:
    """Every dotted name that a module imports, inside functions as well."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def part(module: Path) -> str:
    """The part of the package that a module belongs to, such as `checks` or `cli`."""
    return module.relative_to(ROOT / "course_utils").parts[0].removesuffix(".py")


def parts_used(module: Path) -> set[str]:
    """The parts of the package that a module imports."""
    return {name.split(".")[1] for name in imports(module) if name.startswith("course_utils.")}


def test_nothing_lies_at_the_root_that_a_reader_would_ask_about() -> None:
    assert {file.relative_to(ROOT).parts[0] for file in tracked()} <= AT_THE_ROOT


def test_no_file_is_large() -> None:
    large = {file.relative_to(ROOT).as_posix(): file.stat().st_size for file in tracked()}
    assert {name: size for name, size in large.items() if size > LARGEST_FILE} == {}


def test_the_checkout_is_small() -> None:
    assert sum(file.stat().st_size for file in tracked()) <= LARGEST_CHECKOUT


def test_the_light_core_leans_on_nothing_above_it() -> None:
    above = {*MIDDLE, "cli", "bench", "browser", "doctor"}
    wrong = {str(module): parts_used(module) & above for module in modules() if part(module) in LIGHT}
    assert wrong.pop(str(CONVERTS)) == {"conversion"}
    assert {module: names for module, names in wrong.items() if names} == {}


def test_a_check_that_converts_loads_the_converter_only_then() -> None:
    at_once = [
        node
        for node in ast.parse(CONVERTS.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
    ]
    assert not [node.module for node in at_once if str(node.module).startswith("course_utils.conversion")]


def test_the_middle_does_not_lean_on_the_command_line() -> None:
    assert [module for module in modules() if part(module) in MIDDLE and "cli" in parts_used(module)] == []


def test_the_light_core_imports_no_heavy_package() -> None:
    wrong = {}
    for module in modules():
        if part(module) in LIGHT:
            forbidden = HEAVY if module == RUNS_A_NOTEBOOK else HEAVY | JUPYTER
            wrong[module.name] = {name.split(".")[0] for name in imports(module)} & forbidden
    assert {module: names for module, names in wrong.items() if names} == {}


def test_chapters_import_only_public_names() -> None:
    private = {}
    for page in ROOT.glob("book/**/*.md"):
        text = page.read_text(encoding="utf-8")
        found = re.findall(
            r"(?:from|import) (course_utils(?:\.\w+)*\._\w+|course_utils\.(?:book|grading)\S*)", text
        )
        private |= {page.name: found} if found else {}
    assert private == {}


def test_importing_the_package_is_cheap() -> None:
    # Of the processor, so that a busy machine is no slower.
    program = (
        "import sys, time; start = time.process_time(); import course_utils\n"
        "print(time.process_time() - start, {'tensorflow', 'keras', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    runs = [
        subprocess.check_output([sys.executable, "-c", program], text=True).split(" ", 1) for _ in range(3)
    ]
    assert statistics.median(float(seconds) for seconds, _ in runs) <= SLOWEST_IMPORT
    assert {heavy.strip() for _, heavy in runs} == {"set()"}


def test_no_notebook_holds_outputs() -> None:
    held = []
    for file in tracked():
        if file.suffix == ".ipynb":
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
                held.append(file.relative_to(ROOT).as_posix())
    assert held == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    asked = [Requirement(text) for text in (*project["dependencies"], *extras)]
    assert lacking_in_lock(asked, (ROOT / "requirements.txt").read_text(encoding="utf-8")) == []


def lacking_in_lock(asked: list[Requirement], lock: str) -> list[str]:
    """The requirements for which the lock has no version that satisfies them, or says no more that we ask."""
    locked: dict[str, list[tuple[Version, str]]] = {}
    for name, version, comment in re.findall(r"^([\w.-]+)==(\S+).*\n((?: +#.*\n)*)", lock, re.M):
        locked.setdefault(canonicalize_name(name), []).append((Version(version), comment))
    found = []
    for requirement in asked:
        versions = locked.get(canonicalize_name(requirement.name), [])
        if not any(version in requirement.specifier and "pyproject.toml" in why for version, why in versions):
            found.append(str(requirement))
    names = {canonicalize_name(requirement.name) for requirement in asked}
    direct = {
        name for name, versions in locked.items() if any("pyproject.toml" in why for _, why in versions)
    }
    return found + [f"{name}: asked for no more" for name in sorted(direct - names)]


def test_ruff_finds_nothing() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format", "concise", "."]
    result = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_scripts_of_the_site_name_no_other_host() -> None:
    found = {}
    for file in tracked():
        if file.suffix == ".js" and "_static" in file.parts:
            found[file.name] = without_comments(file.read_text(encoding="utf-8"))
    # An XML namespace is a name, not an address that anything is fetched from.
    addresses = {
        name: [url for url in WEB.findall(text) if "www.w3.org" not in url] for name, text in found.items()
    }
    assert {name: urls for name, urls in addresses.items() if urls} == {}


def without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script, flags=re.S)


def test_npm_packages_are_locked_by_content_not_by_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    # A package that another one carries inside itself is covered by that one's.
    installed = {name: package for name, package in packages.items() if name and not package.get("inBundle")}
    assert {name for name, package in installed.items() if "integrity" not in package} == set()
    assert {name for name, package in installed.items() if "resolved" in package} == set()


def test_no_file_names_a_package_host() -> None:
    named = []
    for file in tracked():
        if file.suffix in {".toml", ".txt", ".json", ".yml", ".cfg", ".md", ".npmrc", ""}:
            text = file.read_text(encoding="utf-8", errors="ignore")
            found = [match[0] for match in (*REGISTRIES.finditer(text), *INDEX_OPTION.finditer(text))]
            named += [f"{file.relative_to(ROOT)}: {what}" for what in found]
    assert named == []


@pytest.mark.parametrize(
    ("lock", "lacking"),
    [
        ("numpy==2.0\n    # via course-utils (pyproject.toml)\n", []),
        ("numpy==1.0\n    # via course-utils (pyproject.toml)\n", ["numpy>=1.26"]),
        ("numpy==2.0\n    # via scipy\n", ["numpy>=1.26"]),
        (
            "numpy==2.0\n    # via course-utils (pyproject.toml)\nold==1.0\n    # via course-utils (pyproject.toml)\n",
            ["old: asked for no more"],
        ),
    ],
    ids=["current", "too old", "indirect", "left over"],
)
def test_a_stale_lock_is_found(lock: str, lacking: list[str]) -> None:
    assert lacking_in_lock([Requirement("numpy>=1.26")], lock) == lacking


def test_comments_in_scripts_may_name_their_sources() -> None:
    assert (
        without_comments("a = 'https://x.org'; // https://y.org\n/* https://z.org */")
        == "a = 'https://x.org'; \n"
    )


def test_the_longest_test_files_exist() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
