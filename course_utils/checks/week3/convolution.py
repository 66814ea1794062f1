"""Parts 1 to 3: a convolution and a pooling by hand, and what a convolutional layer costs."""

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

CONVOLVE = {
    "the size of the map": 1.0,
    "the right values": 1.0,
    "the stride": 1.0,
    "padding that keeps the size": 1.0,
}
POOL = {"the largest of each window": 1.0, "leaves out what fills no window": 1.0}
COST = {"the shape of the feature maps": 1.0, "the parameters": 1.0, "the bytes": 1.0}


def collect_convolve(namespace: Namespace, inputs: Inputs) -> Data:
    """Convolve a picture plainly, with a stride, and padded."""
    image, kernel = (np.asarray(inputs[name], dtype=np.float64) for name in ("image", "kernel"))
    return {
        "plain": call(namespace, "convolve", image.copy(), kernel.copy()),
        "stride": call(namespace, "convolve", image.copy(), kernel.copy(), int(inputs["stride"])),
        "same": call(namespace, "convolve", image.copy(), kernel.copy(), 1, "same"),
    }


def judge_convolve(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the map's shape, its values, the stride and the padding."""
    plain = read(data.get("plain"), words)
    wanted = np.asarray(expected["plain"])
    sized = plain.value is not None and plain.value.shape == wanted.shape
    rows, columns = np.shape(inputs["image"])
    edge = len(inputs["kernel"])
    found = plain.problem or (
        "a map of the right size" if sized else f"numbers of shape {np.shape(plain.value)}"
    )
    steps = [
        Step(
            "the size of the map",
            1.0,
            sized,
            f"{wanted.shape[0]} × {wanted.shape[1]} numbers for a picture of {rows} × {columns} and a kernel of "
            f"{edge} × {edge}",
            found,
            "A kernel of 3 fits into 5 pixels at 5 − 3 + 1 = 3 places.",
        )
    ]
    right, found = compare(plain, wanted, words, mistakes=expected["plain mistakes"])
    steps.append(
        Step(
            "the right values",
            1.0,
            right,
            words.example(f"{show(wanted)} for the example in the notebook"),
            found,
            "At each place: multiply the patch by the kernel, number by number, and add everything up.",
        )
    )
    for key, name, hint in (
        (
            "stride",
            "the stride",
            "With stride 2 the corner of the patch moves by 2: image[2 * i : 2 * i + 3].",
        ),
        (
            "same",
            "padding that keeps the size",
            "np.pad puts zeros around the picture; a kernel of 3 needs one row on each side.",
        ),
    ):
        right, found = compare(
            read(data.get(key), words), expected[key], words, mistakes=expected[f"{key} mistakes"]
        )
        steps.append(Step(name, 1.0, right, words.example(show(expected[key])), found, hint))
    return steps


def collect_pool(namespace: Namespace, inputs: Inputs) -> Data:
    """Pool a map whose sides the window divides, and one whose sides it does not."""
    even, odd = (np.asarray(inputs[name], dtype=np.float64) for name in ("even", "odd"))
    size = int(inputs["size"])
    return {
        "even": call(namespace, "max_pool", even, size),
        "odd": call(namespace, "max_pool", odd, size),
    }


def judge_pool(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge both poolings."""
    right, found = compare(
        read(data.get("even"), words), expected["even"], words, mistakes=expected["even mistakes"]
    )
    largest = Step(
        "the largest of each window",
        1.0,
        right,
        words.example(show(expected["even"])),
        found,
        "Cut the map into windows of size × size that do not overlap, and take the largest of each.",
    )
    right, found = compare(
        read(data.get("odd"), words), expected["odd"], words, mistakes=expected["odd mistakes"]
    )
    rows, columns = np.shape(inputs["odd"])
    leftover = Step(
        "leaves out what fills no window",
        1.0,
        right,
        words.example(f"a map of {rows} × {columns} gives {show(expected['odd'])}"),
        found,
        "Integer division tells how many windows fit: 5 // 2 is 2, and the fifth row is left out.",
    )
    return [largest, leftover]


def collect_cost(namespace: Namespace, inputs: Inputs) -> Data:
    """Ask for the cost of one layer."""
    names = ("height", "width", "channels", "filters", "kernel_size")
    return call(namespace, "layer_cost", *(int(inputs[name]) for name in names))


def judge_cost(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the shape, the parameters and the bytes."""
    layer = (
        f"{inputs['filters']} filters of {inputs['kernel_size']} × {inputs['kernel_size']} on {inputs['height']} × "
        f"{inputs['width']} pixels with {inputs['channels']} channels"
    )
    hints = {
        "shape": "(rows, columns, filters): without padding a kernel of 3 takes 2 rows and 2 columns away.",
        "parameters": "Each filter has kernel_size² weights for every channel of its input, and one bias.",
        "bytes": "The feature maps hold rows × columns × filters numbers, and a float32 takes 4 bytes.",
    }
    steps = []
    for position, (name, key) in enumerate(zip(COST, hints, strict=True)):
        reading = read(data, words, position, 3)
        if reading.value is not None and not np.all(reading.value == np.round(reading.value)):
            reading = Reading(None, problem="a number that is not whole")
        right, found = compare(reading, expected[key], words, mistakes=expected[f"{key} mistakes"])
        wanted = words.example(f"{show(expected[key])} for {layer}")
        steps.append(Step(name, 1.0, right, wanted, found, hints[key]))
    return steps


_BY_HAND = "week3/convolution#one-filter-by-hand"
CHECKS = (
    Check("week3.convolve", "Part 1, convolve", CONVOLVE, _BY_HAND, collect_convolve, judge_convolve),
    Check(
        "week3.max_pool",
        "Part 2, max_pool",
        POOL,
        "week3/convolution#max-pooling-by-hand",
        collect_pool,
        judge_pool,
    ),
    Check(
        "week3.layer_cost",
        "Part 3, layer_cost",
        COST,
        "week3/convolution#what-a-layer-costs",
        collect_cost,
        judge_cost,
    ),
)
