"""Where the repository is published, and the buttons and links that follow from it."""

import subprocess
from pathlib import Path

import pytest

from course_utils.book.repository import Repository, repository
from tests.book.conftest import FRONT, Build, Built, build_book

THEMED = {"html_theme": "sphinx_book_theme"}
LAUNCH = "# A page\n\n:::{launch} exercises/week1/week1.ipynb\n:::\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", "--initial-branch=trunk", str(tmp_path)], check=True)
    return tmp_path


def set_remote(checkout: Path, address: str) -> None:
    subprocess.run(["git", "-C", str(checkout), "remote", "add", "origin", address], check=True)


@pytest.fixture
def exercise(book: Path) -> Path:
    path = book / "exercises" / "week1" / "week1.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', encoding="utf-8")
    return path


def links(built: Built, within: str) -> dict[str, str]:
    return {
        link.get_text(strip=True): link["href"]
        for link in built.page().select(f"{within} a")
        if link.get("href")
    }


@pytest.mark.parametrize(
    ("address", "host", "path"),
    [
        ("https://github.com/someone/course.git", "github.com", "someone/course"),
        ("https://github.com/someone/course", "github.com", "someone/course"),
        ("https://someone:token@gitlab.com/a/group/course.git", "gitlab.com", "a/group/course"),
        ("git@github.com:someone/course.git", "github.com", "someone/course"),
        ("ssh://git@codeberg.org:22/someone/course.git", "codeberg.org", "someone/course"),
    ],
)
def test_a_remote_on_a_forge_is_an_address(checkout: Path, address: str, host: str, path: str) -> None:
    set_remote(checkout, address)

    assert repository(checkout) == Repository(host, path, "main")


@pytest.mark.parametrize(
    "address", ["/srv/git/course.git", "file:///srv/git/course", "../course", "C:/course"]
)
def test_a_remote_on_this_machine_is_no_address(checkout: Path, address: str) -> None:
    set_remote(checkout, address)

    assert repository(checkout) is None


def test_without_remote_or_repository_there_is_no_address(checkout: Path, tmp_path: Path) -> None:
    assert repository(checkout) is None
    assert repository(tmp_path / "nowhere") is None


def test_the_runner_of_a_forge_knows_better_than_the_remote(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_remote(checkout, "https://github.com/someone/course.git")
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/course")
    monkeypatch.setenv("GITHUB_REF", "refs/heads/next")

    assert repository(checkout) == Repository("github.com", "fork/course", "next")


def test_a_pull_request_is_not_a_branch_to_link_to(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/course")
    monkeypatch.setenv("GITHUB_REF", "refs/pull/12/merge")

    assert repository(checkout).branch == "main"


def test_colab_knows_only_github() -> None:
    assert Repository("gitlab.com", "a/course").colab("book/page.ipynb") is None
    assert Repository("github.com", "a/course").colab("book/page.ipynb") == (
        "https://colab.research.google.com/github/a/course/blob/main/book/page.ipynb"
    )


def test_binder_has_an_address_for_every_forge() -> None:
    places = [
        Repository(host, "a/b").binder("x.ipynb") for host in ("github.com", "gitlab.com", "codeberg.org")
    ]

    assert [place.split("/v2/")[1] for place in places] == [
        "gh/a/b/main?urlpath=lab/tree/x.ipynb",
        "gl/a%2Fb/main?urlpath=lab/tree/x.ipynb",
        "git/https%3A%2F%2Fcodeberg.org%2Fa%2Fb/main?urlpath=lab/tree/x.ipynb",
    ]


def test_the_theme_launches_the_notebook_beside_the_page(
    build: Build, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")
    (book / "book" / "page.ipynb").write_text("{}", encoding="utf-8")
    built = build("# A page\n", exclude_patterns=["_build", "**.ipynb"], **THEMED)
    buttons = links(built, ".article-header-buttons")

    assert buttons["Colab"].endswith("/github/someone/course/blob/main/book/page.ipynb")
    assert buttons["Binder"].endswith("/v2/gh/someone/course/main?urlpath=lab/tree/book/page.ipynb")
    assert buttons["Suggest edit"] == "https://github.com/someone/course/edit/main/book/page.md"
    assert buttons["Repository"] == "https://github.com/someone/course"


def test_without_an_address_the_theme_has_no_buttons_to_nowhere(build: Build) -> None:
    options = {"use_repository_button": True, "repository_url": "https://github.com/placeholder/course"}
    options["launch_buttons"] = {"binderhub_url": "https://mybinder.org"}
    built = build("# A page\n", html_theme_options=options, **THEMED)

    assert not any("github" in address or "binder" in address for address in links(built, "body").values())


def test_launch_links_open_the_notebook(
    build: Build, exercise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")
    offered = links(build(LAUNCH), ".course-launch")

    assert offered["Open in Colab"].endswith("someone/course/blob/main/exercises/week1/week1.ipynb")
    assert offered["Open in Binder"].endswith("urlpath=lab/tree/exercises/week1/week1.ipynb")


def test_without_an_address_the_notebook_can_be_downloaded(build: Build, exercise: Path) -> None:
    built = build(LAUNCH)
    offered = links(built, ".course-launch")

    assert list(offered) == ["Download week1.ipynb"]
    assert (
        built.out / "book" / offered["Download week1.ipynb"]
    ).resolve().read_bytes() == exercise.read_bytes()
    assert "upload it to Colab" in built.page().select_one(".course-launch").get_text()
    assert built.warnings == ""


def test_launch_links_follow_a_change_of_address(
    build: Build, book: Path, exercise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(LAUNCH)
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/course")

    assert "Open in Colab" in links(build_book(book), ".course-launch")


def test_a_notebook_that_does_not_exist_is_reported(build: Build) -> None:
    line = len((FRONT + LAUNCH).split(":::{")[0].splitlines()) + 1

    assert f"page.md:{line}: WARNING: launch: there is no notebook" in build(LAUNCH).warnings


def test_launch_is_words_in_text(build: Build, exercise: Path) -> None:
    assert "Download week1.ipynb" in build(LAUNCH, "text").text()
