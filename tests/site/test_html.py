"""The built pages as files: links lead somewhere, pictures are described, the policy is stated."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from tests.conftest import PAGES

SHORTEST_DESCRIPTION = 15
ADDRESSES = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "srcset", "video": "src"}


@cache
def read(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(file: Path) -> set[str]:
    return {str(tag["id"]) for tag in read(file).find_all(id=True)} | {"", "top"}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, built_site: Path) -> Path:
    """The HTML file of a page."""
    return built_site / f"{request.param}.html"


def dead_ends(site: Path, page: Path) -> list[str]:
    """The addresses on `page` that lead to no file, or to no place in it."""
    here = page.relative_to(site).as_posix()
    found = []
    for tag in read(page).find_all(list(ADDRESSES)):
        address = tag.get(ADDRESSES[tag.name])
        if address is None or urlsplit(address).scheme or address.startswith("//"):
            continue
        parts = urlsplit(urljoin(here, address))
        file = site / unquote(parts.path)
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file() or not file.resolve().is_relative_to(site.resolve()):
            found.append(f"{address}: no such file")
        elif file.suffix == ".html" and unquote(parts.fragment) not in anchors(file):
            found.append(f"{address}: no such place in it")
    return found


def undescribed(page: Path) -> list[str]:
    """The pictures on `page` that a blind reader learns nothing of; those with alt="" are decoration."""
    found = []
    for image in read(page).find_all("img"):
        words = image.get("alt")
        if words and image.find_parent(class_="dropdown-launch-buttons"):
            continue  # the theme's logos of Colab and Binder, beside the buttons' own words
        if words is None or 0 < len(words.strip()) < SHORTEST_DESCRIPTION:
            found.append(f"{image.get('src')}: alt={words!r}")
    for drawing in read(page).find_all("svg"):
        if not _says_what_it_shows(drawing):
            found.append(f"an inline svg: {str(drawing)[:80]}")
    return found


def _says_what_it_shows(drawing: Tag) -> bool:
    if any(up.get("aria-hidden") == "true" for up in [drawing, *drawing.parents]):
        return True
    words = drawing.get("aria-label") or (drawing.title.string if drawing.title else "") or ""
    return drawing.get("role") == "img" and len(words) >= SHORTEST_DESCRIPTION


def test_every_internal_link_leads_somewhere(built_site: Path, page: Path) -> None:
    assert dead_ends(built_site, page) == []


def test_every_external_link_is_well_formed(page: Path) -> None:
    odd = []
    for tag in read(page).find_all("a", href=True):
        parts = urlsplit(tag["href"])
        web = parts.scheme in {"http", "https"} and re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?", parts.netloc)
        if parts.scheme and not web and parts.scheme != "mailto":
            odd.append(tag["href"])
    assert odd == []


def test_every_picture_is_described(page: Path) -> None:
    assert undescribed(page) == []


def test_there_is_one_main_heading(page: Path) -> None:
    # The theme keeps another one for paper, which no screen and no screen reader shows.
    found = read(page).find_all("h1")
    headings = [heading for heading in found if not heading.find_parent(class_="onlyprint")]
    assert len(headings) == 1, headings


def test_no_id_is_used_twice(page: Path) -> None:
    ids = [tag["id"] for tag in read(page).find_all(id=True)]
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_the_policy_allows_the_site_alone(page: Path) -> None:
    policies = [
        meta["content"]
        for meta in read(page).head.find_all("meta")
        if meta.get("http-equiv", "").lower() == "content-security-policy"
    ]
    assert len(policies) == 1
    assert "default-src 'self'" in policies[0]
    assert not re.search(r"https?:|\*|'unsafe-eval'", policies[0])


def test_the_page_says_what_it_is_about(page: Path) -> None:
    description = read(page).head.find("meta", attrs={"name": "description"})
    assert description is not None
    assert 80 <= len(description["content"]) <= 160


def test_the_front_address_leads_to_the_book(built_site: Path) -> None:
    refresh = read(built_site / "index.html").find("meta", attrs={"http-equiv": "refresh"})
    target = refresh["content"].partition("url=")[2]
    assert (built_site / target).is_file()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "no such file"),
        ('<a href="#gone">x</a>', "no such place"),
        ('<a href="../outside.html">x</a>', "no such file"),
        ('<img src="gone.png" alt="">', "no such file"),
    ],
)
def test_a_dead_end_is_found(tmp_path: Path, body: str, fault: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "outside.html").write_text("<p>Outside</p>")
    page = tmp_path / "site" / "page.html"
    page.write_text(f'{body}<a id="here" href="page.html#here">x</a>')
    found = dead_ends(tmp_path / "site", page)
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize("body", ['<img src="a.png">', '<img src="a.png" alt="plot">', "<svg><path/></svg>"])
def test_a_picture_without_words_is_found(tmp_path: Path, body: str) -> None:
    page = tmp_path / "page.html"
    described = '<img src="b.png" alt=""><svg role="img" aria-label="A line through points"></svg>'
    page.write_text(body + described)
    assert len(undescribed(page)) == 1
