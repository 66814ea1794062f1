"""From bones to a picture: round cones that flow into each other, lit softly, with nails, creases and shade."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from course_utils.data.hand_anatomy import FINGER, FINGERTIP, SLEEVE, Bones, Person

# Millimetres over which two parts that touch flow into each other.
_SOFT = 4.0
# Lines of the palm, as a mark on the bones' skin: they lie where a finger bends.
_CREASE_WIDTH = 1.5
_ROSY = np.array([0.06, -0.05, -0.04], np.float32)
_GOLD = np.array([0.85, 0.72, 0.4], np.float32)


@dataclass(frozen=True)
class View:
    """How a hand is looked at.

    Attributes:
        rotation: a matrix (3, 3) that turns the hand; with a determinant of -1 it shows a left hand.
        scale: pixels per millimetre, for what lies as far away as the palm.
        centre: where the middle of the hand lies, in pixels (column, row).
        distance: of the camera, in millimetres.
    """

    rotation: np.ndarray
    scale: float
    centre: np.ndarray
    distance: float


@dataclass(frozen=True)
class Light:
    """A lamp and the light from all around, with colours about one."""

    direction: np.ndarray
    colour: np.ndarray
    around: np.ndarray
    shine: float


@dataclass(frozen=True)
class Drawn:
    """A hand without a background: colours (side, side, 3) and how much of each pixel it covers."""

    colours: np.ndarray
    cover: np.ndarray


def draw(skeleton: Bones, who: Person, view: View, light: Light, side: int) -> Drawn:
    """Draw a hand, twice as large as asked for and then reduced, so that its edge is smooth."""
    size = 2 * side
    start, end, first, second, along = _seen(skeleton, view)
    weight = np.full((size, size), 1e-30, np.float32)
    normals = np.zeros((size, size, 3), np.float32)
    paint = np.zeros((size, size, 3), np.float32)
    height = np.full((size, size), -np.inf, np.float32)
    for bone in range(len(start)):
        found = _cone(start[bone], end[bone], first[bone], second[bone], size)
        if found is None:
            continue
        rows, columns, place, top, normal, inside = found
        colour = _paint(skeleton, bone, who, view, place, normal, along[bone])
        share = np.where(inside, np.exp(np.clip(top / (_SOFT * view.scale * 2), -60, 60)), 0)
        weight[rows, columns] += share
        normals[rows, columns] += share[..., None] * normal
        paint[rows, columns] += share[..., None] * colour
        np.maximum(height[rows, columns], np.where(inside, top, -np.inf), out=height[rows, columns])
    cover = np.isfinite(height)
    share = weight[cover][:, None]
    normal = normals[cover] / share
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    facing = np.zeros((size, size), np.float32)
    facing[cover] = normal[:, 2]
    lit = np.zeros((size, size, 3), np.float32)
    lit[cover] = _lit(paint[cover] / share, normal, light)
    whole = _halved(cover.astype(np.float32))
    colours = _halved(lit) / np.maximum(whole, 1e-6)[..., None]
    # At the hand's own outline everything falls away: that is no hollow.
    lost = _hollows(height[::2, ::2], cover[::2, ::2], view.scale)
    shade = 1 - lost * np.clip(1.6 * facing[::2, ::2], 0, 1)
    return Drawn(colours * shade[..., None], whole)


def _seen(skeleton: Bones, view: View) -> tuple[np.ndarray, ...]:
    """The bones as the camera sees them, in half pixels with y downwards: ends, radii, and lengths in millimetres."""
    middle = np.array([0.0, 70.0, 10.0])
    ends = []
    for points, radii in (
        (skeleton.start, skeleton.start_radius),
        (skeleton.end, skeleton.end_radius),
    ):
        turned = (points - middle) @ view.rotation.T
        near = view.distance / np.maximum(view.distance - turned[:, 2], 0.2 * view.distance)
        scale = 2 * view.scale * near
        flat = turned * scale[:, None] * [1, -1, 1]
        flat[:, :2] += 2 * view.centre
        ends.append((flat, radii * scale))
    lengths = np.linalg.norm(skeleton.end - skeleton.start, axis=1)
    return ends[0][0], ends[1][0], ends[0][1], ends[1][1], lengths


def _cone(start: np.ndarray, end: np.ndarray, first: float, second: float, size: int) -> tuple | None:
    """A round cone looked at along z: which rows and columns, how far along, how high, its normals, where it is.

    For each pixel the ball along the axis is taken that stands out most, which is exact for a cylinder.
    """
    reach = max(first, second)
    low = np.floor(np.minimum(start, end)[:2] - reach).astype(int)
    high = np.ceil(np.maximum(start, end)[:2] + reach).astype(int) + 1
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    if (low >= high).any():
        return None
    columns = np.arange(low[0], high[0], dtype=np.float32)[None, :] + 0.5
    rows = np.arange(low[1], high[1], dtype=np.float32)[:, None] + 0.5
    across, down, deep = (float(part) for part in end - start)
    flat = max(math.hypot(across, down), 1e-3)
    first, second = float(first), float(second)
    x, y = columns - np.float32(start[0]), rows - np.float32(start[1])
    foot = (x * across + y * down) / flat
    aside = (x * down - y * across) / flat
    rise = deep / math.hypot(flat, deep)
    radius = first + (second - first) * np.clip(foot / flat, 0, 1)
    lift = np.sqrt(np.maximum(radius**2 - aside**2, 0))
    place = np.clip((foot + rise * lift) / flat, 0, 1)
    radius = first + (second - first) * place
    left, up = x - place * across, y - place * down
    square = radius**2 - left**2 - up**2
    inside = square > 0
    out = np.sqrt(np.maximum(square, 0))
    top = float(start[2]) + place * deep + out
    # y points down in the picture and up in the hand.
    normal = np.stack([left, -up, out], axis=-1) / radius[..., None]
    return slice(low[1], high[1]), slice(low[0], high[0]), place, top, normal, inside


def _paint(
    skeleton: Bones,
    bone: int,
    who: Person,
    view: View,
    place: np.ndarray,
    normal: np.ndarray,
    length: float,
) -> np.ndarray:
    """The colour of each pixel of a bone before it is lit."""
    kind = skeleton.kind[bone]
    if kind == SLEEVE:
        bands = 1 - who.stripes * (np.sin(place * length * 0.35) > 0)
        return who.cloth * bands[..., None]
    back = (view.rotation @ skeleton.back[bone]).astype(np.float32)
    outward = normal @ back
    inner = np.clip(0.5 - 1.2 * outward, 0, 1)[..., None]
    colour = who.skin + inner * (who.palm - who.skin)
    if kind in (FINGER, FINGERTIP):
        # Wrinkles: over the joint on the back, a fold on the inside.
        fold = np.exp(-((place * length / _CREASE_WIDTH) ** 2)) * (0.5 * inner[..., 0] + 0.12)
        colour = colour * (1 - 0.45 * fold[..., None])
    if kind == FINGERTIP:
        colour = colour * (1 + place[..., None] * _ROSY)
        begins = 0.5 - 0.06 * who.nail_length
        nail = (outward > 0.62) & (place > begins)
        moon = nail & (place < begins + 0.12)
        tip = nail & (outward < 0.72) & (place > 0.97)
        nails = np.where((moon | tip)[..., None], 0.35 + 0.65 * who.nails, who.nails)
        colour = np.where(nail[..., None], nails, colour)
    if skeleton.ring[bone]:
        band = (place * length > 14) & (place * length < 18.5)
        colour = np.where(band[..., None], _GOLD, colour)
    return colour


def _lit(colours: np.ndarray, normals: np.ndarray, light: Light) -> np.ndarray:
    """Skin in a soft light: the lamp reaches a little around the edge, and what it crosses there reddens."""
    towards = normals @ light.direction.astype(np.float32)
    wrapped = np.clip((towards + 0.35) / 1.35, 0, 1)[..., None]
    red = np.exp(-((towards - 0.02) ** 2) / 0.06)[..., None] * np.array([0.05, 0.004, 0.0], np.float32)
    sky = (0.5 + 0.5 * normals[..., 1:2]) * 0.35 + 0.8
    half = light.direction + np.array([0.0, 0.0, 1.0])
    half = (half / np.linalg.norm(half)).astype(np.float32)
    gleam = light.shine * np.clip(normals @ half, 0, 1)[..., None] ** 24
    # Multiplied as light is, not as the numbers of a screen are.
    linear = colours ** np.float32(2.2)
    lamp, around = light.colour.astype(np.float32), light.around.astype(np.float32)
    result = linear * (around * sky + lamp * wrapped + red) + gleam * lamp
    return np.clip(result, 0, 1) ** np.float32(1 / 2.2)


def _hollows(height: np.ndarray, cover: np.ndarray, scale: float) -> np.ndarray:
    """How much light is lost where something near stands higher: between fingers, below a bent one."""
    low = float(height[cover].min()) if cover.any() else 0.0
    level = np.where(cover, height, low)
    held = cover.astype(np.float32)
    shade = np.zeros_like(level)
    for millimetres in (5, 14):
        reach = max(1, round(millimetres * scale / 2))
        around = blurred(level * held, reach) / np.maximum(blurred(held, reach), 1e-3)
        shade += np.clip((around - level) / (2 * millimetres * scale), 0, 1.2)
    return np.clip(0.5 * shade, 0, 0.7)


def blurred(picture: np.ndarray, reach: int) -> np.ndarray:
    """The mean over a square of 2 * reach + 1 pixels around each, twice, so that it comes near a bell."""
    width = 2 * reach + 1
    for _ in range(2):
        for axis in (0, 1):
            edges = [(reach + 1, reach) if one == axis else (0, 0) for one in range(picture.ndim)]
            total = np.cumsum(np.pad(picture, edges, "edge"), axis=axis, dtype=np.float32)
            if axis == 0:
                picture = (total[width:] - total[:-width]) / width
            else:
                picture = (total[:, width:] - total[:, :-width]) / width
    return picture


def _halved(picture: np.ndarray) -> np.ndarray:
    return 0.25 * (picture[::2, ::2] + picture[1::2, ::2] + picture[::2, 1::2] + picture[1::2, 1::2])
