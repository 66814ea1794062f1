"""Drawing on a pad in a real browser, stroke by stroke with the mouse or by touch."""

from __future__ import annotations

import json
import subprocess
from functools import cache

from playwright.sync_api import Locator, Page

from course_utils.node import node_path
from tests.conftest import ROOT

Strokes = list[list[list[float]]]
PAD_SIDE = 280


@cache
def drawn(kind: str, name: str) -> str:
    """The strokes of the page's own drawing of a digit or a thing, as JSON."""
    script = (
        f'import {{ {kind} }} from "{ROOT / "book/_static/lab/strokes.js"}";'
        f"process.stdout.write(JSON.stringify({kind}({name!r})));"
    )
    command = [str(node_path()), "--no-warnings", "--input-type=module", "--eval", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def strokes_of(kind: str, name: str, *, scale: float = 1, right: float = 0, down: float = 0) -> Strokes:
    """The same as points, made smaller around the pad's middle and moved."""
    strokes = json.loads(drawn(kind, name))
    return [
        [[140 + (x - 140) * scale + right, 140 + (y - 140) * scale + down] for x, y in s] for s in strokes
    ]


def pad(tab: Page) -> Locator:
    """The pad of the page's demo."""
    return tab.locator(".lab-pad")


def draw(tab: Page, strokes: Strokes) -> None:
    """With the mouse, as a hand would: down, along the stroke, up."""
    pad(tab).scroll_into_view_if_needed()
    box = pad(tab).bounding_box()
    for stroke in strokes:
        places = [
            (box["x"] + x * box["width"] / PAD_SIDE, box["y"] + y * box["height"] / PAD_SIDE)
            for x, y in stroke
        ]
        tab.mouse.move(*places[0])
        tab.mouse.down()
        for place in places[1:]:
            tab.mouse.move(*place)
        tab.mouse.up()


def touch(tab: Page, strokes: Strokes) -> None:
    """With a finger, through Chromium's own input."""
    pad(tab).scroll_into_view_if_needed()
    box = pad(tab).bounding_box()
    input_ = tab.context.new_cdp_session(tab)
    for stroke in strokes:
        for kind, points in (("touchStart", stroke[:1]), ("touchMove", stroke[1:])):
            for x, y in points:
                at = {
                    "x": box["x"] + x * box["width"] / PAD_SIDE,
                    "y": box["y"] + y * box["height"] / PAD_SIDE,
                }
                input_.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        input_.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    input_.detach()


def by_keys(tab: Page, line: list[tuple[str, int]]) -> None:
    """One stroke with the arrow keys, from where the pencil is."""
    pad(tab).focus()
    tab.keyboard.press("Space")
    for key, times in line:
        for _ in range(times):
            tab.keyboard.press(key)
    tab.keyboard.press("Space")
