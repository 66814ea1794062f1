"""Parts 6 and 7: pictures shifted at random, and a file of pictures read batch by batch."""

import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.checks.collecting import Data, Namespace, attempt, call
from course_utils.checks.judging import Reading, Step, Wording, read, read_numbers
from course_utils.checks.plain import describe
from course_utils.checks.registry import Check, Expected, Inputs
from course_utils.checks.week3.coding import SIDE, decode

SHIFT = {
    "the same shape and shades": 1.0,
    "moves by whole pixels": 1.0,
    "nothing comes in from the other side": 1.0,
    "each picture its own way": 1.0,
}
BATCHES = {
    "every picture once, in order": 1.0,
    "float32 from 0 to 1, with a channel": 1.0,
    "a smaller last batch": 1.0,
    "never more than a few batches in memory": 1.0,
}
#: The most that reading may hold at once, in batches of float32.
MOST_BATCHES = 5
RECORD = 1 + SIDE * SIDE
_NOT_EMPTY = 0.02


def collect_shift(namespace: Namespace, inputs: Inputs) -> Data:
    """Shift some pictures."""
    pictures = decode(inputs["pictures"])
    generator = np.random.default_rng(int(inputs["seed"]))
    return call(namespace, "shift", pictures, int(inputs["largest"]), generator)


def judge_shift(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Find for each picture the shift that explains it: with zeros behind it, or wrapped around."""
    pictures, largest = decode(inputs["pictures"]), int(inputs["largest"])
    answer = read(data, words)
    value, problem = answer.value, answer.problem
    same = value is not None and value.shape == pictures.shape and bool(np.all(np.isfinite(value)))
    shades = same and value is not None and bool(value.min() >= -1e-6 and value.max() <= 1 + 1e-6)
    found = problem or (
        "other shades than from 0 to 1"
        if same
        else f"numbers of shape {np.shape(value)} instead of {pictures.shape}"
    )
    moved = [_moved(old, new, largest) for old, new in zip(pictures, value, strict=True)] if same else []
    clean = [shift for shift, wraps in moved if shift is not None and not wraps]
    explained = [shift for shift, _ in moved if shift is not None]
    whole = bool(moved) and len(explained) == len(moved)
    unlike = problem or (
        "something else than pictures moved by up to that many pixels"
        if same
        else "pictures of another shape"
    )
    ways = len(set(explained))
    altered = data.get("changed") == []
    return [
        Step(
            "the same shape and shades",
            1.0,
            shades and altered,
            "as many pictures, as large, with shades from 0 to 1; the array that was passed in stays as it was",
            ("the caller's pictures were overwritten" if shades and not altered else found)
            if not (shades and altered)
            else "both",
            "Begin with np.zeros_like(images), and fill in each picture.",
        ),
        Step(
            "moves by whole pixels",
            1.0,
            whole,
            f"each picture moved by −{largest} to {largest} pixels down and across",
            unlike if not whole else "such pictures",
            "generator.integers(-largest, largest + 1, size=2) draws two whole numbers, both ends included.",
        ),
        Step(
            "nothing comes in from the other side",
            1.0,
            whole and len(clean) == len(moved),
            "black, 0, where the picture has moved away",
            unlike if not whole else "what leaves on one side comes back on the other",
            "np.roll wraps around. Copy the part that stays inside onto a black picture, or pad and cut.",
        ),
        Step(
            "each picture its own way",
            1.0,
            whole and ways >= max(3, len(pictures) // 4),
            "another shift for each picture, in all directions",
            unlike if not whole else f"{'one shift' if ways == 1 else 'hardly any different shifts'} for all",
            "Draw inside the loop over the pictures, not before it.",
        ),
    ]


def _moved(old: np.ndarray, new: np.ndarray, largest: int) -> tuple[tuple[int, int] | None, bool]:
    """The shift that turns `old` into `new`, and whether it wraps around; (None, False) where none does."""
    wrapped = None
    for down in range(-largest, largest + 1):
        for right in range(-largest, largest + 1):
            rolled = np.roll(old, (down, right), (0, 1))
            cut = rolled.copy()
            if down:
                cut[slice(0, down) if down > 0 else slice(down, None)] = 0
            if right:
                cut[:, slice(0, right) if right > 0 else slice(right, None)] = 0
            if np.allclose(cut, new, atol=1e-5):
                return (down, right), False
            if np.allclose(rolled, new, atol=1e-5):
                wrapped = (down, right)
    return wrapped, wrapped is not None


def collect_batches(namespace: Namespace, inputs: Inputs) -> Data:
    """Write a file of pictures and read it with the student's generator, watching memory."""
    function = namespace.get("read_batches")
    if not callable(function):
        return {"missing": True, "name": "read_batches"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pictures.bin"
        path.write_bytes(records(inputs).tobytes())
        facts = attempt(lambda: _read_through(function, path, int(inputs["batch_size"])), namespace)
    return {**facts, "name": "read_batches"}


def records(inputs: Inputs) -> np.ndarray:
    """The file's content, uint8 of shape (count, RECORD): each picture's label, then its pixels."""
    random = np.random.default_rng(int(inputs["seed"]))
    content = random.integers(0, 256, (int(inputs["count"]), RECORD), dtype=np.uint8)
    content[:, 0] %= 10
    return content


def _read_through(function: Any, path: Path, batch_size: int) -> Data:
    import gc

    sizes, sums, labels, kinds = [], [], [], set()
    low, high = 1.0, 0.0
    next(iter(function(str(path), batch_size)), None)  # what is imported and built at first does not count
    gc.collect()
    tracemalloc.start()
    try:
        most = 0
        for images, numbers in function(str(path), batch_size):
            # The peak since the last batch is the student's; what is noted here comes after it.
            _, peak = tracemalloc.get_traced_memory()
            images = np.asarray(images)
            if not most:
                base = 0
            most = max(most, peak - base)
            sizes.append(len(images))
            sums.append(images.reshape(len(images), -1).sum(axis=1, dtype=np.float64))
            labels.append(np.asarray(numbers).astype(np.int64).ravel())
            kinds.add(f"{images.dtype} {images.shape[1:]}")
            low, high = min(low, float(images.min())), max(high, float(images.max()))
            del images, numbers
            base = sum(array.nbytes for array in (*sums, *labels))
            tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    nothing = np.zeros(0)
    return {
        "sizes": sizes[:10_000],
        "sums": describe(np.concatenate([nothing, *sums])),
        "labels": describe(np.concatenate([nothing, *labels])),
        "kinds": sorted(kinds)[:10],
        "range": [low, high],
        "peak": most,
    }


def judge_batches(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge what was read, in which form, in which portions, and with how much memory."""
    facts = data.get("answer", {})
    problem = "" if "answer" in data else read(data, words).problem
    content = records(inputs)
    count, batch_size = len(content), int(inputs["batch_size"])
    labels = read_numbers(facts.get("labels")) if not problem else Reading(None, problem=problem)
    sums = read_numbers(facts.get("sums")) if not problem else Reading(None, problem=problem)
    complete, found = _complete(labels, sums, content)
    kinds = facts.get("kinds", []) if not problem else []
    low, high = facts.get("range", [0, 0]) if not problem else (0, 0)
    kind_right = kinds == [f"float32 ({SIDE}, {SIDE}, 1)"] and low >= -1e-6 and 0.5 < high <= 1 + 1e-6
    sizes = facts.get("sizes", []) if not problem else []
    wanted = [batch_size] * (count // batch_size) + ([count % batch_size] if count % batch_size else [])
    bound = MOST_BATCHES * batch_size * SIDE * SIDE * 4
    peak = facts.get("peak", 0) if not problem else 0
    little = not problem and bool(sizes) and isinstance(peak, int) and 0 < peak <= bound
    return [
        Step(
            "every picture once, in order",
            1.0,
            complete,
            f"{'all' if words.hidden else f'{count:,}'} pictures with their labels, as they lie in the file",
            problem or found,
            "Each record is 1 byte of label and then 196 bytes of pixels, row by row.",
        ),
        Step(
            "float32 from 0 to 1, with a channel",
            1.0,
            kind_right,
            f"batches of float32 pictures of shape ({SIDE}, {SIDE}, 1) with numbers from 0 to 1",
            problem or f"{', '.join(map(str, kinds)) or 'no batch'}, from {low:g} to {high:g}",
            "pixels.reshape(-1, 14, 14, 1) / np.float32(255): a plain 255.0 may make float64, twice as large.",
        ),
        Step(
            "a smaller last batch",
            1.0,
            sizes == wanted,
            "batches of the size that was asked for, and the pictures that are left in a last one",
            problem or _say_sizes(sizes, batch_size, words),
            "Read on until the file gives nothing more, and hand out what it gave.",
        ),
        Step(
            "never more than a few batches in memory",
            1.0,
            little,
            f"at most {bound // 1000} kB at any moment: {MOST_BATCHES} batches",
            problem or (f"{peak / 1000:.0f} kB at the most" if sizes else "no batch at all"),
            "Open the file, read batch_size × 197 bytes, yield the batch, and repeat: never file.read() of all.",
        ),
    ]


def _complete(labels: Reading, sums: Reading, content: np.ndarray) -> tuple[bool, str]:
    if labels.value is None or sums.value is None:
        return False, labels.problem or sums.problem
    if labels.value.size != len(content):
        return False, (
            "more" if labels.value.size > len(content) else "fewer"
        ) + " pictures than the file holds"
    if not np.array_equal(labels.value, content[:, 0]):
        same = np.array_equal(np.sort(labels.value), np.sort(content[:, 0]))
        return False, "the labels in another order" if same else "other labels"
    pixels = content[:, 1:].sum(axis=1, dtype=np.float64)
    if sums.value.shape != pixels.shape:
        return False, "fewer pictures than labels"
    # The scale is another step's matter: the pictures' sums need only be in proportion.
    scale = sums.value.sum() / pixels.sum()
    near = scale > 0 and np.allclose(sums.value, scale * pixels, rtol=1e-3)
    return bool(near), "the file's pictures" if near else "other pixels than the file's, or in another order"


def _say_sizes(sizes: list[int], batch_size: int, words: Wording) -> str:
    if not sizes:
        return "no batch"
    if any(size > batch_size for size in sizes):
        return "batches that are too large"
    if words.hidden:
        return "batches of other sizes"
    return f"{len(sizes)} batches, the last of {sizes[-1]}"


CHECKS = (
    Check(
        "week3.shift",
        "Part 6, shift",
        SHIFT,
        "week3/augmentation#vary-what-you-have",
        collect_shift,
        judge_shift,
    ),
    Check(
        "week3.read_batches",
        "Part 7, read_batches",
        BATCHES,
        "week3/streaming#a-generator-reads-a-little-at-a-time",
        collect_batches,
        judge_batches,
    ),
)
