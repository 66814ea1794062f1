"""What week 3 is judged on: inputs, right answers, and wrong answers that give themselves away.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week3.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text.
"""

from typing import Any

import numpy as np

from course_utils.checks.week3.coding import encode
from course_utils.data import small_clothes

Case = dict[str, Any]

_PICTURES = 100
#: The seed of the pictures that everybody sees; those to train with have another.
_VISIBLE_SEED = 32


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: the examples of the notebook."""
    random = np.random.default_rng(3)
    image = [
        [0, 0, 1, 1, 1, 1],
        [0, 0, 2, 2, 2, 2],
        [0, 0, 3, 3, 3, 3],
        [0, 0, 2, 2, 2, 2],
        [0, 0, 1, 1, 1, 1],
    ]
    kernel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    even = [[1, 5, 2, 0], [3, 4, 8, 1], [0, 2, 6, 7], [9, 1, 3, 3]]
    odd = [[1, 5, 2, 0, 4], [3, 4, 8, 1, 9], [0, 2, 6, 7, 5], [9, 1, 3, 3, 0], [7, 8, 9, 9, 9]]
    return {
        "week3.convolve": _convolve(image, kernel, 2),
        "week3.max_pool": _pool(even, odd, 2),
        "week3.layer_cost": _cost(28, 28, 1, 16, 3),
        **_network(_VISIBLE_SEED),
        "week3.shift": _shift(_VISIBLE_SEED, 5, 2),
        "week3.read_batches": _batches(7, 1_230, 50),
        "week3.tensors_left": _count([3, 4, 5, 8, 7]),
        "week3.evaluate": _mend(random, 30, 7),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other numbers and pictures, all made by the generator."""

    def whole(low: int, high: int) -> int:
        return int(generator.integers(low, high + 1))

    def some(rows: int, columns: int) -> list[list[float]]:
        return generator.uniform(-3, 3, (rows, columns)).round(3).tolist()

    seed = whole(1_000, 10**9)
    odd_sizes = (2 * generator.permutation(20)[: whole(2, 4)] + 1).tolist()
    even_sizes = (2 * generator.permutation(20)[: whole(2, 3)] + 2).tolist()
    return {
        "week3.convolve": _convolve(some(9, 11), some(5, 5), 3),
        "week3.max_pool": _pool(some(6, 9), some(8, 10), 3),
        "week3.layer_cost": _cost(whole(20, 40), whole(41, 60), whole(3, 9), whole(10, 30), 5),
        **_network(seed),
        "week3.shift": _shift(seed + 1, whole(100, 10**6), 3),
        "week3.read_batches": _batches(whole(100, 10**6), 40 * whole(20, 30) + whole(1, 39), 40),
        "week3.tensors_left": _count([int(size) for size in odd_sizes + even_sizes]),
        "week3.evaluate": _mend(generator, 8 * whole(4, 6) + whole(1, 3), 8),
    }


def _slide(image: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    patches = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("ijkl,kl->ij", patches, kernel)


def _convolve(image: list, kernel: list, stride: int) -> Case:
    x, k = np.array(image, float), np.array(kernel, float)
    edge = len(k) // 2
    framed = np.pad(x, edge)
    plain, strided, same = _slide(x, k), _slide(x, k, stride), _slide(framed, k)
    turned, mirrored = k[::-1, ::-1], k[:, ::-1]
    flipped = "the kernel is flipped, as mathematics does and networks do not"
    return {
        "inputs": {"image": image, "kernel": kernel, "stride": stride},
        "expected": {
            "plain": plain.tolist(),
            "plain mistakes": {
                flipped: _slide(x, turned).tolist(),
                "the kernel is mirrored": _slide(x, mirrored).tolist(),
                "rows and columns of the kernel have changed places": _slide(x, k.T).tolist(),
                "the mean of the products; they have to be added": (plain / k.size).tolist(),
                "the largest product; they have to be added": _largest(x, k).tolist(),
            },
            "stride": strided.tolist(),
            "stride mistakes": {
                "the map without a stride, cut to size": plain[: len(strided), : strided.shape[1]].tolist(),
                flipped: _slide(x, turned, stride).tolist(),
            },
            "same": same.tolist(),
            "same mistakes": {
                flipped: _slide(framed, turned).tolist(),
                "the edge pixels are repeated; zeros belong there": _slide(
                    np.pad(x, edge, mode="edge"), k
                ).tolist(),
                "zeros only at the bottom and on the right": _slide(
                    np.pad(x, ((0, 2 * edge), (0, 2 * edge))), k
                ).tolist(),
                "the map without padding, with zeros put around it": np.pad(plain, edge).tolist(),
            },
        },
    }


def _largest(x: np.ndarray, k: np.ndarray) -> np.ndarray:
    patches = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return (patches * k).max(axis=(2, 3))


def _pool(even: list, odd: list, size: int) -> Case:
    def windows(values: list) -> np.ndarray:
        x = np.array(values, float)
        rows, columns = x.shape[0] // size, x.shape[1] // size
        cut = x[: rows * size, : columns * size]
        return cut.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(rows, columns, -1)

    def mistakes(values: list) -> dict[str, Any]:
        x = np.array(values, float)
        rows, columns = x.shape[0] // size, x.shape[1] // size
        overlapping = np.lib.stride_tricks.sliding_window_view(x, (size, size)).max(axis=(2, 3))
        found = {
            "the mean of each window instead of its largest number": windows(values).mean(axis=-1).tolist(),
            "the smallest of each window": windows(values).min(axis=-1).tolist(),
            "the first of each window": x[: rows * size : size, : columns * size : size].tolist(),
        }
        if overlapping.shape == (rows, columns):
            found["windows that overlap"] = overlapping.tolist()
        return found

    return {
        "inputs": {"even": even, "odd": odd, "size": size},
        "expected": {
            "even": windows(even).max(axis=-1).tolist(),
            "even mistakes": mistakes(even),
            "odd": windows(odd).max(axis=-1).tolist(),
            "odd mistakes": mistakes(odd),
        },
    }


def _cost(height: int, width: int, channels: int, filters: int, kernel_size: int) -> Case:
    rows, columns, area = height - kernel_size + 1, width - kernel_size + 1, kernel_size**2
    numbers = rows * columns * filters
    inputs = {
        "height": height,
        "width": width,
        "channels": channels,
        "filters": filters,
        "kernel_size": kernel_size,
    }
    return {
        "inputs": inputs,
        "expected": {
            "shape": [rows, columns, filters],
            "shape mistakes": {
                "the size of the picture: without padding the map is smaller": [height, width, filters],
                "one column and one row too few": [rows - 1, columns - 1, filters],
                "as many maps as channels; there is one for each filter": [rows, columns, channels],
                "rows and columns have changed places": [columns, rows, filters],
            },
            "parameters": filters * (area * channels + 1),
            "parameters mistakes": {
                "the biases are missing: one for each filter": filters * area * channels,
                "as if the picture had one channel": filters * (area + 1) if channels > 1 else -1,
                "a bias for each weight": 2 * filters * area * channels,
                "as if each filter had kernel_size weights, not kernel_size²": filters
                * (kernel_size * channels + 1),
            },
            "bytes": 4 * numbers,
            "bytes mistakes": {
                "the numbers; each takes 4 bytes": numbers,
                "the bytes of the parameters": 4 * filters * (area * channels + 1),
                "8 bytes a number; a float32 takes 4": 8 * numbers,
                "the bytes of one map; there is one for each filter": 4 * rows * columns,
            },
        },
    }


def _network(seed: int) -> dict[str, Case]:
    drawn = small_clothes(_PICTURES, seed)
    pictures = encode(drawn.images)
    return {
        "week3.build_model": {"inputs": {"pictures": pictures[:4]}, "expected": {}},
        "week3.train_model": {
            "inputs": {"pictures": pictures},
            "expected": {"labels": drawn.labels.tolist()},
        },
    }


def _shift(picture_seed: int, seed: int, largest: int) -> Case:
    pictures = encode(small_clothes(12, picture_seed + 5).images)
    return {"inputs": {"pictures": pictures, "seed": seed, "largest": largest}, "expected": {}}


def _batches(seed: int, count: int, batch_size: int) -> Case:
    return {"inputs": {"seed": seed, "count": count, "batch_size": batch_size}, "expected": {}}


def _count(sizes: list[int]) -> Case:
    odd = [size for size in sizes if size % 2]
    return {
        "inputs": {"sizes": sizes},
        "expected": {
            "left": len(odd),
            "mistakes": {
                "all tensors that the function makes; those that are freed do not count": len(sizes),
                "the bytes; the number of tensors was asked for": 4 * sum(odd),
                "0: was the function called at all?": 0,
            },
        },
    }


def _mend(random: np.random.Generator, count: int, batch_size: int) -> Case:
    pictures = random.uniform(0, 1, (count, 6)).round(3)
    weights = random.uniform(-2, 2, (6, 3)).round(3)
    labels = random.integers(0, 3, count)
    scores = pictures @ weights
    scores -= scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(count), labels]
    batches = np.split(losses, range(batch_size, count, batch_size))
    return {
        "inputs": {
            "pictures": pictures.tolist(),
            "labels": labels.tolist(),
            "weights": weights.tolist(),
            "batch_size": batch_size,
        },
        "expected": {
            "loss": float(losses.mean()),
            "mistakes": {
                "the mean of the batches' means; the last batch is smaller": float(
                    np.mean([batch.mean() for batch in batches])
                ),
                "the sum over all pictures": float(losses.sum()),
                "the loss of the last batch alone": float(batches[-1].mean()),
                "the loss of the first batch alone": float(batches[0].mean()),
            },
        },
    }
