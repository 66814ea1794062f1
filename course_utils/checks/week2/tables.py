"""Parts 1 to 3: read a CSV file, split by patients, and bring columns to one scale."""

import tempfile
from pathlib import Path

import numpy as np

from course_utils.checks.collecting import Data, Namespace, call
from course_utils.checks.judging import Reading, Step, Wording, compare, read, show
from course_utils.checks.registry import Check, Expected, Inputs

READ = {"the measures alone are features": 1.0, "each measure in its place": 1.0, "1 for malignant": 1.0}
SPLIT = {
    "every row once": 1.0,
    "no patient on both sides": 1.0,
    "the share of patients": 1.0,
    "the seed decides": 1.0,
}
SCALE = {
    "training columns with mean 0 and spread 1": 1.0,
    "other rows by the training rows' scale": 1.0,
    "a column that never changes": 1.0,
}


def collect_table(namespace: Namespace, inputs: Inputs) -> Data:
    """Write the text into a file of its own and let the student read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.csv"
        path.write_text(inputs["text"], encoding="utf-8")
        return call(namespace, "read_table", str(path))


def judge_table(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge how many features there are, their values, and the labels."""
    features, labels = read(data, words, 0, 2), read(data, words, 1, 2)
    wanted = np.asarray(expected["features"])
    found = features.problem or _say_table(features, words)
    shaped = features.value is not None and features.value.shape == wanted.shape
    if features.value is not None and features.value.shape == (len(wanted), wanted.shape[1] + 1):
        found = "a column too many: is the patient's number, or the diagnosis, among the features?"
    alone = Step(
        "the measures alone are features",
        1.0,
        shaped,
        words.example(f"features of shape {wanted.shape}: a row for each patient, a column for each measure"),
        found,
        "Leave out the columns patient and diagnosis; the header says where they are.",
    )
    right, found = compare(features, wanted, words)
    place = Step(
        "each measure in its place",
        1.0,
        right,
        words.example(f"{show(wanted[0])} in the first row"),
        found if not shaped or right else "other numbers, or the right ones in another order",
        "Find each column by its name in the header, and keep the order of the file.",
    )
    truth = np.asarray(expected["labels"], dtype=float)
    mistakes = {"1 for benign; here 1 is for malignant": 1 - truth}
    right, found = compare(labels, truth, words, mistakes=mistakes)
    one = Step(
        "1 for malignant",
        1.0,
        right,
        words.example(f"the labels {show(truth)}"),
        found,
        "A comparison such as cell == “malignant” gives True or False; int(…) makes 1 or 0 of it.",
    )
    return [alone, place, one]


def _say_table(features: Reading, words: Wording) -> str:
    shape = features.value.shape if features.value is not None else ()
    return f"features of shape {shape}" if not words.hidden else "features of another shape"


def collect_split(namespace: Namespace, inputs: Inputs) -> Data:
    """Split three times: twice with one seed, once with another."""
    patients, share = np.asarray(inputs["patients"]), float(inputs["share"])
    seeds = {"first": inputs["seed"], "again": inputs["seed"], "other": inputs["other seed"]}
    return {
        name: call(namespace, "split_patients", patients.copy(), share, int(seed))
        for name, seed in seeds.items()
    }


def _rows(data: object, words: Wording) -> tuple[list[np.ndarray] | None, str]:
    """The two lists of row numbers, or what stood in the way."""
    parts = [read(data, words, part, 2) for part in (0, 1)]
    if any(part.value is None for part in parts):
        return None, next(part.problem for part in parts if part.value is None)
    values = [part.value.astype(float) for part in parts if part.value is not None]
    if any(value.ndim != 1 or not np.all(value == np.round(value)) for value in values):
        return None, "something else than two lists of row numbers"
    return [value.astype(np.int64) for value in values], ""


def judge_split(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge a split by what it does to rows and patients; there are many right ones."""
    patients = np.asarray(inputs["patients"])
    rows, problem = _rows(data.get("first"), words)
    every = apart = shared = decided = False
    found = dict.fromkeys(SPLIT, problem)
    if rows is not None:
        together = np.sort(np.concatenate(rows))
        every = together.shape == patients.shape and bool(np.all(together == np.arange(len(patients))))
        found["every row once"] = (
            "rows that are missing or there twice"
            if words.hidden
            else f"{len(rows[0])} training and {len(rows[1])} test rows of {len(patients)}"
        )
        known = all(part.size and part.min() >= 0 and part.max() < len(patients) for part in rows)
        sides = [set(patients[part].tolist()) for part in rows] if known else [set(), set()]
        both = sides[0] & sides[1]
        apart = known and not both
        found["no patient on both sides"] = (
            f"{'' if words.hidden else f'{len(both)} '}patients with rows on both sides"
            if known
            else "row numbers that do not exist"
        )
        wanted = expected["test patients"]
        shared = known and abs(len(sides[1]) - wanted) <= 1
        count = "another number of" if words.hidden else len(sides[1])
        found["the share of patients"] = f"test rows of {count} patients"
        decided, found["the seed decides"] = _decided(data, rows, words)
    people = len(set(patients.tolist()))
    hints = {
        "every row once": "Return row numbers, such as np.flatnonzero(is_test), not the rows themselves.",
        "no patient on both sides": "Shuffle the patients, not the rows; then np.isin says which rows are theirs.",
        "the share of patients": "Take round(share × number of patients) of the shuffled patients for the test.",
        "the seed decides": "np.random.default_rng(seed) makes a generator; its permutation shuffles.",
    }
    wants = {
        "every row once": "each row number in exactly one of the two parts",
        "no patient on both sides": "all rows of a patient on one side",
        "the share of patients": words.example(
            f"test rows of {expected['test patients']} of the {people} patients"
        ),
        "the seed decides": "the same split for the same seed, another one for another seed",
    }
    passed = dict(zip(SPLIT, (every, apart, shared, decided), strict=True))
    return [Step(name, 1.0, passed[name], wants[name], found[name], hints[name]) for name in SPLIT]


def _decided(data: Data, rows: list[np.ndarray], words: Wording) -> tuple[bool, str]:
    again, _ = _rows(data.get("again"), words)
    other, _ = _rows(data.get("other"), words)
    if again is None or other is None:
        return False, "no split at the second call"
    if not _same(rows, again):
        return False, "two splits for one seed"
    return not _same(rows, other), "the same split for every seed"


def _same(rows: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(np.sort(one), np.sort(other)) for one, other in zip(rows, others, strict=True))


def collect_scale(namespace: Namespace, inputs: Inputs) -> Data:
    """Scale training rows and others."""
    train, others = (np.asarray(inputs[name], dtype=np.float64) for name in ("train", "others"))
    return call(namespace, "standardise", train, others)


def judge_scale(data: Data, inputs: Inputs, expected: Expected, words: Wording) -> list[Step]:
    """Judge the columns that change, of either part, then the one that does not."""
    moves = np.asarray(expected["moves"], dtype=bool)
    readings = [read(data, words, part, 2) for part in (0, 1)]
    shapes = [np.shape(inputs[name]) for name in ("train", "others")]
    columns = [_columns(reading, shape, moves) for reading, shape in zip(readings, shapes, strict=True)]
    steps = []
    for name, part, (moving, _), hint in zip(
        ("training columns with mean 0 and spread 1", "other rows by the training rows' scale"),
        ("train", "others"),
        columns,
        (
            "train.mean(axis=0) and train.std(axis=0) are one number for each column.",
            "New rows get the mean and the spread of the training rows: the model knows no other scale.",
        ),
        strict=True,
    ):
        right, found = compare(moving, expected[part], words, mistakes=expected[f"{part} mistakes"])
        wanted = words.example(f"{show(expected[part])}, in the columns that change")
        steps.append(Step(name, 1.0, right, wanted, found, hint))
    still = [constant for _, constant in columns]
    problem = next((one.problem for one in still if one.value is None), "")
    flat = not problem and all(bool(np.all(one.value == 0)) for one in still if one.value is not None)
    found = problem or ("0" if flat else "NaN, infinity or another number there")
    steps.append(
        Step(
            "a column that never changes",
            1.0,
            flat,
            "0 in the column whose training rows are all equal",
            found,
            "Its spread is 0, and 0 / 0 is NaN: divide by 1 there, as in np.where(spread > 0, spread, 1).",
        )
    )
    return steps


def _columns(reading: Reading, shape: tuple[int, ...], moves: np.ndarray) -> tuple[Reading, Reading]:
    """The columns that change, in one row of numbers, and those that do not."""
    if reading.value is None:
        return reading, reading
    if reading.value.shape != shape:
        problem = f"{reading.kind} instead of one of the shape of its rows"
        return Reading(None, problem=problem), Reading(None, problem=problem)
    return Reading(reading.value[:, moves].ravel(), "array"), Reading(reading.value[:, ~moves], "array")


CHECKS = (
    Check(
        "week2.read_table",
        "Part 1, read_table",
        READ,
        "week2/iris-from-csv#a-table-in-a-text-file",
        collect_table,
        judge_table,
    ),
    Check(
        "week2.split_patients",
        "Part 2, split_patients",
        SPLIT,
        "week2/splits#rows-that-belong-together",
        collect_split,
        judge_split,
    ),
    Check(
        "week2.standardise",
        "Part 3, standardise",
        SCALE,
        "week2/scaling#what-the-scale-is-taken-from",
        collect_scale,
        judge_scale,
    ),
)
