"""What is bundled from npm: made once, and again when the lock changes."""

import re
from pathlib import Path

import pytest

from course_utils.book.bundles import make_bundles
from course_utils.errors import CourseError
from tests.conftest import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the course's lock and its packages."""
    (tmp_path / "package-lock.json").write_bytes((ROOT / "package-lock.json").read_bytes())
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def test_the_editor_and_the_parser_are_one_small_file_each(checkout: Path) -> None:
    make_bundles(checkout, checkout / "vendor")

    made = {path.name: path.read_text(encoding="utf-8") for path in (checkout / "vendor").rglob("*.js")}
    assert sorted(made) == ["acorn.js", "codemirror.js"]
    assert all("MIT licence" in text[:200] for text in made.values())
    assert not any(re.search(r"from ?[\"']@", text) for text in made.values()), "something is left to import"
    assert len(made["codemirror.js"]) < 500_000


def test_a_bundle_is_made_again_only_when_the_lock_has_changed(checkout: Path) -> None:
    make_bundles(checkout, checkout / "vendor")
    made = checkout / "vendor" / "acorn" / "acorn.js"
    before = made.stat().st_mtime_ns
    make_bundles(checkout, checkout / "vendor")
    assert made.stat().st_mtime_ns == before

    with (checkout / "package-lock.json").open("a", encoding="utf-8") as lock:
        lock.write("\n")
    make_bundles(checkout, checkout / "vendor")
    assert made.stat().st_mtime_ns > before


def test_without_the_packages_the_error_names_the_cure(tmp_path: Path) -> None:
    (tmp_path / "package-lock.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CourseError, match="run `make setup`"):
        make_bundles(tmp_path, tmp_path / "vendor")
