"""Every page of the book, at phone and desktop width, in light and dark, with the network cut."""

from __future__ import annotations

from collections.abc import Callable

from tests.site.visits import Visit

WEIGHT_KB = 300


def faults(visits: list[Visit], kind: str) -> str:
    """What was noted under `kind`, a line each; what was noted in several visits is said once."""
    where: dict[str, list[str]] = {}
    for visit in visits:
        for fault in getattr(visit, kind):
            where.setdefault(fault, []).append(f"{visit.size} {visit.theme}")
    return "\n".join(f"{fault} [{', '.join(dict.fromkeys(places))}]" for fault, places in where.items())


def test_no_request_fails(visits: list[Visit]) -> None:
    found = faults(visits, "failed")
    assert not found, found


def test_nothing_is_asked_of_another_host(visits: list[Visit]) -> None:
    found = faults(visits, "foreign")
    assert not found, found


def test_the_console_holds_no_error(visits: list[Visit]) -> None:
    found = faults(visits, "complaints")
    assert not found, found


def test_the_page_does_not_scroll_sideways(visits: list[Visit]) -> None:
    found = faults(visits, "wide")
    assert not found, found


def test_axe_finds_nothing(visits: list[Visit]) -> None:
    found = faults(visits, "axe")
    assert not found, found


def test_every_picture_arrives(visits: list[Visit]) -> None:
    found = faults(visits, "broken_pictures")
    assert not found, found


def test_every_demo_starts(visits: list[Visit]) -> None:
    found = faults(visits, "not_started")
    assert not found, found


def test_answers_and_folded_boxes_are_on_paper(visits: list[Visit]) -> None:
    found = faults(visits, "hidden_on_paper")
    assert not found, found


def test_the_page_is_light(visits: list[Visit], record_property: Callable[[str, object], None]) -> None:
    heaviest = max(visit.weight for visit in visits) / 1000
    record_property("measured", f"{visits[0].page}: {heaviest:.0f} kB before Start")
    assert heaviest <= WEIGHT_KB, f"{visits[0].page} weighs {heaviest:.0f} kB before Start"
