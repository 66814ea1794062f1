"""Where a made-up hand is seen: rooms and clutter behind it, lamps, and the faults of a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from course_utils.data.hand_anatomy import Person
from course_utils.data.hand_drawing import Light, blurred

KINDS = ("wall", "room", "shapes", "texture", "someone", "outdoors")


@dataclass(frozen=True)
class Camera:
    """What a camera does to a picture: all of it stays the same while somebody holds still before it."""

    exposure: float
    balance: np.ndarray  #: factors of red, green and blue
    contrast: float
    blur: float  #: pixels
    motion: float  #: pixels that a hand moves during the exposure, at most
    noise: float
    vignette: float


@dataclass(frozen=True)
class Scene:
    """A background of shape (side, side, 3) with some of it left over at the edges, a light and a camera."""

    background: np.ndarray
    light: Light
    camera: Camera
    shadow: float  #: of the hand on what is behind it, from 0 to 1


def scene(random: np.random.Generator, who: Person, side: int, kind: str | None = None) -> Scene:
    """A place drawn by chance. `kind` is one of `KINDS`; where none is given, any."""
    kind = kind or str(random.choice(KINDS, p=[0.14, 0.22, 0.16, 0.14, 0.22, 0.12]))
    margin = side // 8
    return Scene(
        background=_MAKERS[kind](random, side + 2 * margin, who),
        light=any_light(random),
        camera=_camera(random),
        shadow=float(random.choice([0.0, random.uniform(0.1, 0.5)], p=[0.65, 0.35])),
    )


def any_light(random: np.random.Generator) -> Light:
    """A lamp somewhere in front or above, of any strength and warmth."""
    direction = random.normal((0, 0.6, 0.8), 1)
    direction[2] = abs(direction[2]) if random.random() < 0.85 else direction[2]
    lamp = random.uniform(0.25, 1.15)
    around = random.uniform(0.22, 0.85)
    warmth = random.normal(0, 0.09)
    tint = np.array([1 + warmth, 1.0, 1 - warmth]) + random.normal(0, 0.02, 3)
    coloured = random.random() < 0.1  # a screen or a coloured lamp
    return Light(
        direction=direction / np.linalg.norm(direction),
        colour=lamp * (random.uniform(0.6, 1.3, 3) if coloured else tint),
        around=around * (2 - tint) ** 0.5,
        shine=float(random.uniform(0, 0.1)),
    )


def _camera(random: np.random.Generator) -> Camera:
    return Camera(
        exposure=float(np.exp(random.normal(0, 0.22))),
        balance=np.exp(random.normal(0, 0.06, 3)),
        contrast=float(random.uniform(0.75, 1.2)),
        blur=float(random.choice([0.0, random.uniform(0.3, 1.3)], p=[0.5, 0.5])),
        motion=float(random.choice([0.0, random.uniform(1, 5)], p=[0.75, 0.25])),
        noise=float(abs(random.normal(0, 0.022))),
        vignette=float(random.choice([0.0, random.uniform(0, 0.35)])),
    )


def taken(
    place: Scene,
    colours: np.ndarray,
    cover: np.ndarray,
    random: np.random.Generator,
    shift: tuple[int, int] = (0, 0),
) -> np.ndarray:
    """One picture: a hand, `colours` of shape (side, side, 3) where `cover` is, before the scene's background.

    `shift` moves the background by pixels (rows, columns), each at most an eighth of the side. Gives uint8.
    """
    side = len(cover)
    margin = side // 8
    row, column = (int(np.clip(margin + part, 0, 2 * margin)) for part in shift)
    behind = place.background[row : row + side, column : column + side]
    if place.shadow:
        fallen = blurred(
            _moved(cover, -place.light.direction[:2] * [1, -1] * 0.09 * side), max(1, side // 20)
        )
        behind = behind * (1 - place.shadow * fallen[..., None])
    camera = place.camera
    if camera.motion:
        angle, length = random.uniform(0, np.pi), random.uniform(0, camera.motion)
        step = np.array([np.cos(angle), np.sin(angle)]) * length
        held = colours * cover[..., None]
        held = sum(_moved(held, step * part) for part in (-0.5, 0, 0.5)) / 3
        cover = sum(_moved(cover, step * part) for part in (-0.5, 0, 0.5)) / 3
        picture = behind * (1 - cover[..., None]) + held
    else:
        picture = behind + cover[..., None] * (colours - behind)
    if camera.blur:
        share = min(camera.blur, 1.0)
        picture = picture + share * (blurred(picture.astype(np.float32), 1) - picture)
    picture = (picture - 0.5) * camera.contrast + 0.5
    picture = picture * (camera.exposure * camera.balance)
    if camera.vignette:
        steps = np.linspace(-1, 1, side) ** 2
        picture = picture * (1 - camera.vignette * 0.5 * (steps[:, None] + steps))[..., None]
    if camera.noise:
        picture = picture + camera.noise * random.standard_normal((side, side, 3), np.float32)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _moved(picture: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Shifted by whole pixels (columns, rows); what comes in at the edge repeats the edge."""
    column, row = (round(float(part)) for part in step)
    rows = np.clip(np.arange(picture.shape[0]) - row, 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(picture.shape[1]) - column, 0, picture.shape[1] - 1)
    return picture[rows][:, columns]


# Backgrounds. Each gives float32 of shape (side, side, 3) from 0 to 1.


def _colour(random: np.random.Generator, dull: float = 0.6) -> np.ndarray:
    """Colours of things: mostly dull ones, some strong."""
    grey = random.uniform(0.05, 0.95)
    return np.clip(grey + (1 - dull * random.random()) * random.normal(0, 0.22, 3), 0, 1)


def _cloud(random: np.random.Generator, side: int, cells: int) -> np.ndarray:
    """Smooth noise about zero, of shape (side, side)."""
    coarse = random.normal(0, 1, (cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse, "F").resize((side, side), Image.Resampling.BICUBIC))


def _slope(random: np.random.Generator, side: int) -> np.ndarray:
    angle = random.uniform(0, 2 * np.pi)
    steps = np.linspace(-0.5, 0.5, side, dtype=np.float32)
    return np.cos(angle) * steps[:, None] + np.sin(angle) * steps


def _wall(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    base = _colour(random, 0.95) if random.random() < 0.7 else np.full(3, random.uniform(0.8, 1.0))
    shade = random.uniform(0, 0.4) * _slope(random, side)
    shade = shade + random.uniform(0, 0.05) * _cloud(random, side, int(random.integers(3, 12)))
    return np.clip(base * (1 + shade[..., None]), 0, 1).astype(np.float32)


def _drawn(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float32) / 255


def _paint(colour: np.ndarray) -> tuple[int, ...]:
    return tuple(int(part) for part in np.clip(colour * 255, 0, 255))


def _canvas(random: np.random.Generator, side: int, who: Person) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.fromarray((_wall(random, side, who) * 255).astype(np.uint8))
    return picture, ImageDraw.Draw(picture)


def _room(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    """A wall with windows, doors, shelves, lamps and pictures, a floor or a table, blurred by depth."""
    picture, pen = _canvas(random, side, who)
    if random.random() < 0.6:
        edge = int(side * random.uniform(0.55, 0.95))
        pen.rectangle((0, edge, side, side), fill=_paint(_colour(random)))
    for _ in range(random.integers(1, 5)):
        left, top = random.uniform(-0.2, 0.8, 2) * side
        wide, high = random.uniform(0.1, 0.6, 2) * side
        box = (left, top, left + wide, top + high)
        pen.rectangle(
            box, fill=_paint(_colour(random)), outline=_paint(_colour(random)), width=int(side / 50) + 1
        )
        if random.random() < 0.5:  # the bars of a window, the boards of a shelf with books
            for place in np.linspace(0, 1, random.integers(3, 7))[1:-1]:
                bar = (left, top + place * high, left + wide, top + place * high)
                pen.line(bar, fill=_paint(_colour(random)), width=int(side / 60) + 1)
        if random.random() < 0.4:
            for place in np.arange(left + 2, left + wide - 4, max(3.0, side * random.uniform(0.03, 0.08))):
                book = (place, top + high * random.uniform(0.1, 0.4), place + side * 0.03, top + high)
                pen.rectangle(book, fill=_paint(_colour(random, 0.2)))
    if random.random() < 0.4:
        x, y, size = random.uniform(0, 1), random.uniform(0, 0.5), random.uniform(0.04, 0.15)
        box = tuple(side * part for part in (x - size, y - size, x + size, y + size))
        pen.ellipse(box, fill=_paint(np.array([1.0, 0.97, random.uniform(0.7, 1)])))
    return _soft(random, _drawn(picture), side)


def _shapes(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    """Things of all forms and colours; some of the colour of the hand, some long like fingers."""
    picture, pen = _canvas(random, side, who)
    for _ in range(random.integers(4, 22)):
        paint = _paint(
            who.skin * random.uniform(0.6, 1.1) if random.random() < 0.15 else _colour(random, 0.4)
        )
        x, y = random.uniform(0, side, 2)
        wide, high = random.uniform(0.03, 0.3, 2) * side
        form = random.integers(4)
        if form == 0:
            pen.rectangle((x - wide, y - high, x + wide, y + high), fill=paint)
        elif form == 1:
            pen.ellipse((x - wide, y - high, x + wide, y + high), fill=paint)
        elif form == 2:
            corners = random.normal((x, y), 0.2 * side, (random.integers(3, 6), 2))
            pen.polygon([tuple(corner) for corner in corners], fill=paint)
        else:
            far = (x + random.normal(0, 0.5 * side), y + random.normal(0, 0.5 * side))
            pen.line([(x, y), far], fill=paint, width=int(random.integers(2, 2 + side // 8)))
    return _soft(random, _drawn(picture), side)


def _texture(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    """Noise of several sizes, stripes or checks, in two or three colours."""
    one, two = _colour(random), _colour(random)
    if random.random() < 0.5:
        mix = sum(_cloud(random, side, cells) / (1 + place) for place, cells in enumerate((4, 9, 19, 40)))
        mix = 0.5 + random.uniform(0.15, 0.4) * mix
    else:
        waves = [np.sin(random.uniform(3, 22) * 2 * np.pi * _slope(random, side)) for _ in range(2)]
        mix = waves[0] if random.random() < 0.5 else waves[0] * waves[1]
        mix = 0.5 + 0.5 * (np.sign(mix) if random.random() < 0.5 else mix)
        mix = mix + 0.08 * _cloud(random, side, 8)
    return _soft(random, np.clip(one + np.clip(mix, 0, 1)[..., None] * (two - one), 0, 1), side)


def _someone(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    """The person the hand belongs to, as a camera above a screen sees them: head, hair, shoulders, before a room."""
    room = _room(random, side, who) if random.random() < 0.6 else _wall(random, side, who)
    picture = Image.fromarray((room * 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    x, y = side * random.uniform(0.15, 0.85), side * random.uniform(0.15, 0.6)
    wide = side * random.uniform(0.1, 0.24)
    high = wide * random.uniform(1.2, 1.45)
    skin, hair = who.skin * random.uniform(0.75, 1.05), _colour(random, 1.0) * random.uniform(0.1, 0.7)
    dress = who.cloth if random.random() < 0.7 else _colour(random)
    pen.rounded_rectangle(
        (x - 2.3 * wide, y + 1.35 * high, x + 2.3 * wide, y + 5 * high), radius=wide, fill=_paint(dress)
    )
    pen.rectangle(
        (x - 0.45 * wide, y + 0.7 * high, x + 0.45 * wide, y + 1.5 * high), fill=_paint(skin * 0.85)
    )
    long = random.uniform(0.2, 1.6)
    pen.ellipse((x - 1.2 * wide, y - 1.25 * high, x + 1.2 * wide, y + long * high), fill=_paint(hair))
    pen.ellipse((x - wide, y - high, x + wide, y + high), fill=_paint(skin))
    pen.chord((x - wide, y - high, x + wide, y + high), 190, 350, fill=_paint(hair))
    for sign in (-1, 1):
        eye = (x + sign * 0.4 * wide, y - 0.1 * high)
        size = 0.13 * wide
        box = (eye[0] - 1.3 * size, eye[1] - size, eye[0] + 1.3 * size, eye[1] + size)
        pen.ellipse(box, fill=_paint(np.array([0.9, 0.9, 0.9]) * random.uniform(0.7, 1)))
        pen.ellipse((eye[0] - size / 2, eye[1] - size / 2, eye[0] + size, eye[1] + size), fill=(30, 22, 20))
    pen.line((x, y, x + 0.08 * wide, y + 0.3 * high), fill=_paint(skin * 0.75), width=max(1, int(wide / 10)))
    lips = (x - 0.35 * wide, y + 0.45 * high, x + 0.35 * wide, y + 0.62 * high)
    pen.ellipse(lips, fill=_paint(skin * [0.85, 0.55, 0.55]))
    side_light = 1 + random.uniform(-0.5, 0.5) * _slope(random, side)
    return _soft(random, np.clip(_drawn(picture) * side_light[..., None], 0, 1), side)


def _outdoors(random: np.random.Generator, side: int, who: Person) -> np.ndarray:
    """Sky, leaves or houses, and ground."""
    ground, horizon = _colour(random), int(side * random.uniform(0.3, 0.8))
    sky = np.array([0.55, 0.72, 0.95]) * random.uniform(0.6, 1.1) + random.normal(0, 0.05, 3)
    picture = np.empty((side, side, 3), np.float32)
    picture[:horizon] = np.clip(sky * np.linspace(0.8, 1.1, horizon)[:, None, None], 0, 1)
    grain = 1 + 0.15 * _cloud(random, side, 30)[horizon:, :, None]
    picture[horizon:] = np.clip(ground * grain, 0, 1)
    leaves = _cloud(random, side, 10) + 0.7 * _cloud(random, side, 35)
    leaves += 3.0 * (np.arange(side)[:, None] - horizon * random.uniform(0.3, 1.2)) / side
    green = np.array([0.25, 0.42, 0.16]) * random.uniform(0.4, 1.3) + random.normal(0, 0.05, 3)
    shaded = np.clip(green * (1 + 0.35 * _cloud(random, side, 40))[..., None], 0, 1)
    mask = (leaves > random.uniform(0, 1.2))[..., None] & (np.arange(side) < horizon + 4)[:, None, None]
    return _soft(random, np.where(mask, shaded, picture).astype(np.float32), side)


def _soft(random: np.random.Generator, picture: np.ndarray, side: int) -> np.ndarray:
    """What lies behind is often out of focus, and never quite evenly lit."""
    reach = int(random.integers(0, 1 + side // 24))
    picture = blurred(picture.astype(np.float32), reach) if reach else picture
    light = 1 + random.uniform(0, 0.4) * _slope(random, side)
    return np.clip(picture * light[..., None] * random.uniform(0.5, 1.15), 0, 1).astype(np.float32)


_MAKERS = {
    "wall": _wall,
    "room": _room,
    "shapes": _shapes,
    "texture": _texture,
    "someone": _someone,
    "outdoors": _outdoors,
}
