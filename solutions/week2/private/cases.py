"""What week 2 is judged on: inputs, right answers, and wrong answers that give themselves away.

`visible()` is public: `course release` writes it to course_utils/checks/cases/week2.json.
`hidden(generator)` makes other inputs from the class secret. Both are plain data: numbers, lists and text. Tables
travel as CSV text. The hidden patients are drawn from normal distributions in units of their own; no row of
the public table is among them, so a model that knows those by heart knows nothing.
"""

from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer

Case = dict[str, Any]

_MEASURES = ("mean_radius", "mean_texture", "mean_smoothness", "mean_concavity")
_COLUMNS, _TRAINING, _NEW = 10, 160, 120


def visible() -> dict[str, Case]:
    """Return the cases that everybody sees: small tables, and patients of the public table."""
    return {
        "week2.read_table": _table([[14.2, 20.1, 0.09, 0.05], [19.5, 21.0, 0.11, 0.21], [11.1, 15.5, 0.1, 0.02]], [0, 1, 0], 1),
        "week2.split_patients": _split([7, 7, 3, 9, 9, 9, 4, 4, 1, 8, 8, 2, 5, 5, 6, 10, 10, 10], 0.3, 1, 2),
        "week2.standardise": _standardise(
            [[1.0, 20.0, 5.0], [2.0, 40.0, 5.0], [3.0, 60.0, 5.0], [6.0, 40.0, 5.0]], [[3.0, 80.0, 5.0], [9.0, 40.0, 5.0]]
        ),
        "week2.cross_entropy": _cross_entropy([1.0, 0.0, 1.0, 1.0], [0.9, 0.2, 0.5, 0.8]),
        "week2.build_model": _model(6, [1.0, 0.0, 1.0], [0.9, 0.2, 0.4]),
        "week2.diagnose": _diagnose(*_public()),
        "week2.confusion": _confusion([1, 1, 1, 1, 0, 0, 0, 0, 0], [0.9, 0.7, 0.5, 0.2, 0.6, 0.5, 0.4, 0.1, 0.3], 0.5),
        "week2.precision_recall": _precision_recall(6, 2, 3),
        "week2.choose_threshold": _threshold([1, 1, 1, 1, 0, 0, 0, 0], [0.95, 0.8, 0.6, 0.3, 0.7, 0.4, 0.2, 0.1], 0.75),
        "week2.honest_accuracy": _honest(43, 0.3, 5, np.random.default_rng(2)),
    }


def hidden(generator: np.random.Generator) -> dict[str, Case]:
    """Return cases of the same kinds with other numbers, all made by the generator."""
    count = int(generator.integers(5, 9))
    rows = generator.uniform([8, 12, 0.05, 0.01], [25, 30, 0.15, 0.3], (count, 4)).round(4).tolist()
    sick = [1, 0, *generator.integers(0, 2, count - 2).tolist()]
    patients = generator.permutation(np.repeat(np.arange(100, 130), generator.integers(1, 4, 30))).tolist()
    train = (generator.normal(0, 1, (7, 4)) * [3, 50, 0.01, 1] + [1, 200, 0.1, 4]).round(4)
    # Whole numbers have an exact mean, so the spread of a column that never changes is exactly 0.
    train[:, 1] = train[0, 1].round()
    others = (generator.normal(0, 1, (5, 4)) * [6, 50, 0.02, 1] + [4, 200, 0.2, 4]).round(4)
    others[:, 1] = train[0, 1]
    labels, said = _scored(generator, 9)
    many_labels, many_said = _scored(generator, 40)
    few_labels, few_said = _scored(generator, 25)
    return {
        "week2.read_table": _table(rows, sick, int(generator.choice([0, 2, 3, 4]))),
        "week2.split_patients": _split(patients, 0.25, *generator.integers(0, 1000, 2).tolist()),
        "week2.standardise": _standardise(train.tolist(), others.tolist()),
        "week2.cross_entropy": _cross_entropy([float(label) for label in labels], said),
        "week2.build_model": _model(int(generator.integers(8, 14)), [0.0, 1.0, 0.0], generator.uniform(0.1, 0.9, 3).round(4).tolist()),
        "week2.diagnose": _diagnose(*_made_up(generator)),
        "week2.confusion": _confusion([*many_labels, 0, 1], [*many_said, 0.35, 0.35], 0.35),
        "week2.precision_recall": _precision_recall(*(generator.integers(3, 60, 3) * [7, 2, 3]).tolist()),
        "week2.choose_threshold": _threshold(few_labels, few_said, 0.8),
        "week2.honest_accuracy": _honest(int(generator.choice([36, 44, 52])), 0.25, int(generator.integers(0, 1000)), generator),
    }


def _scored(generator: np.random.Generator, count: int) -> tuple[list[int], list[float]]:
    """Labels, both kinds among them, and different probabilities that fit them more or less."""
    labels = np.concatenate([[0, 1, 1], generator.integers(0, 2, count - 3)])
    said = 1 / (1 + np.exp(-generator.normal(2.4 * labels - 1.2, 1.3)))
    said = np.clip(said.round(4), 0.01, 0.99) + np.linspace(0, 0.0009, count).round(6)
    return labels.tolist(), said.round(6).tolist()


def _csv(rows: Any) -> str:
    """Rows of numbers as lines of text."""
    return "\n".join(",".join(f"{value:g}" for value in row) for row in np.atleast_2d(rows))


def _table(rows: list[list[float]], labels: list[int], place: int) -> Case:
    """A file in which the diagnosis stands at `place` among the measures, and the patient's number first."""
    names = ["benign", "malignant"]
    header = [*_MEASURES[:place], "diagnosis", *_MEASURES[place:]]
    lines = [",".join(["patient", *header])]
    for number, (row, label) in enumerate(zip(rows, labels, strict=True)):
        cells = [f"{value:g}" for value in row]
        lines.append(",".join([str(8421 + 37 * number), *cells[:place], names[label], *cells[place:]]))
    features = [[float(f"{value:g}") for value in row] for row in rows]
    return {"inputs": {"text": "\n".join(lines) + "\n"}, "expected": {"features": features, "labels": labels}}


def _split(patients: list[int], share: float, seed: int, other_seed: int) -> Case:
    inputs = {"patients": patients, "share": share, "seed": seed, "other seed": other_seed + (seed == other_seed)}
    return {"inputs": inputs, "expected": {"test patients": round(share * len(set(patients)))}}


def _standardise(train: list[list[float]], others: list[list[float]]) -> Case:
    a, b = np.array(train), np.array(others)
    spread = np.where(a.std(axis=0) > 0, a.std(axis=0), 1)
    moves = a.std(axis=0) > 0

    def scaled(part: np.ndarray, mean: np.ndarray, by: np.ndarray) -> list[float]:
        return ((part - mean) / by)[:, moves].ravel().tolist()

    both, own = np.concatenate([a, b]), np.where(b.std(axis=0) > 0, b.std(axis=0), 1)
    both_spread = np.where(both.std(axis=0) > 0, both.std(axis=0), 1)
    low, high = a.min(axis=0), np.where(a.max(axis=0) > a.min(axis=0), a.max(axis=0) - a.min(axis=0), 1)
    flat = (a - a.mean()) / a.std()
    return {
        "inputs": {"train": train, "others": others},
        "expected": {
            "moves": [bool(one) for one in moves],
            "train": scaled(a, a.mean(axis=0), spread),
            "others": scaled(b, a.mean(axis=0), spread),
            "train mistakes": {
                "the mean and the spread of all rows; they must come from the training rows alone": scaled(a, both.mean(axis=0), both_spread),
                "one mean for the whole table; each column has its own (axis=0)": flat[:, moves].ravel().tolist(),
                "scaled to 0 … 1 instead": scaled(a, low, high),
                "centred, but not divided by the spread": scaled(a, a.mean(axis=0), np.ones_like(spread)),
            },
            "others mistakes": {
                "the mean and the spread of all rows; they must come from the training rows alone": scaled(b, both.mean(axis=0), both_spread),
                "scaled by their own mean and spread instead of the training rows'": scaled(b, b.mean(axis=0), own),
                "not scaled at all": scaled(b, np.zeros_like(spread), np.ones_like(spread)),
            },
        },
    }


def _cross_entropy(labels: list[float], said: list[float]) -> Case:
    y, p = np.array(labels), np.array(said)
    each = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return {
        "inputs": {"labels": labels, "probabilities": said},
        "expected": {
            "loss": float(each.mean()),
            "mistakes": {
                "the sum; it still has to be divided by the number of rows": float(each.sum()),
                "only the malignant rows count; a benign one costs −log(1 − p)": float(-np.mean(y * np.log(p))),
                "the sign is missing: a loss is positive": float(-each.mean()),
                "with the logarithm to base 10; np.log is the natural one": float(each.mean() / np.log(10)),
                "with the logarithm to base 2; np.log is the natural one": float(each.mean() / np.log(2)),
                "the mean squared error": float(np.mean((p - y) ** 2)),
                "the probabilities of the two classes have changed places": float(-np.mean(y * np.log(1 - p) + (1 - y) * np.log(p))),
            },
        },
    }


def _model(columns: int, labels: list[float], said: list[float]) -> Case:
    y, p = np.array(labels), np.array(said)
    loss = float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    return {
        "inputs": {"columns": columns, "labels": labels, "probabilities": said, "most": 2000},
        "expected": {"loss": loss, "loss mistakes": {"the mean squared error": float(np.mean((p - y) ** 2))}},
    }


def _public() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Patients of the public table: the first ten measures of some to learn from, and of some to ask about."""
    table = load_breast_cancer()
    features, labels = table.data[:, :_COLUMNS], 1 - table.target
    order = np.random.default_rng(20).permutation(len(labels))
    train, new = order[:_TRAINING], order[_TRAINING : _TRAINING + _NEW]
    return features[train], labels[train], features[new], labels[new]


def _made_up(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Patients of nobody: two normal distributions, each column in a unit of its own."""
    labels = generator.permutation(np.arange(_TRAINING + _NEW) % 5 < 2).astype(int)
    direction = generator.choice([-1.0, 1.0], _COLUMNS) * generator.uniform(0.35, 1.0, _COLUMNS)
    direction *= 3.4 / np.linalg.norm(direction)
    mixing = np.eye(_COLUMNS) + 0.25 * generator.normal(0, 1, (_COLUMNS, _COLUMNS)) / np.sqrt(_COLUMNS)
    rows = (generator.normal(0, 1, (len(labels), _COLUMNS)) + np.outer(labels - 0.4, direction)) @ mixing
    units = 10.0 ** generator.uniform(-2, 3, _COLUMNS)
    features = rows * units + generator.uniform(3, 8, _COLUMNS) * units
    return features[:_TRAINING], labels[:_TRAINING], features[_TRAINING:], labels[_TRAINING:]


def _diagnose(train: np.ndarray, labels: np.ndarray, new: np.ndarray, truth: np.ndarray) -> Case:
    """The bars are those of a logistic regression, with room for another model."""
    text, asked = _csv(train), _csv(new)
    said = _logistic(train, labels, new)
    right = float(np.mean((said > 0.5) == truth))
    given = np.clip(np.where(truth == 1, said, 1 - said), 1e-6, 1)
    return {
        "inputs": {"train": text, "labels": [int(label) for label in labels], "new": asked},
        "expected": {
            "truth": [int(label) for label in truth],
            "accuracy": round(right - 0.06, 4),
            "loss": round(float(1.25 * -np.mean(np.log(given)) + 0.05), 4),
        },
    }


def _logistic(train: np.ndarray, labels: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The probabilities of a logistic regression with a light penalty, by Newton's method."""
    mean, spread = train.mean(axis=0), train.std(axis=0)
    x = np.column_stack([(train - mean) / spread, np.ones(len(train))])
    weights, penalty = np.zeros(x.shape[1]), np.diag([1.0] * train.shape[1] + [1e-6])
    for _ in range(30):
        said = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (said - labels) + penalty @ weights
        weights -= np.linalg.solve((x * (said * (1 - said))[:, None]).T @ x + penalty, slope)
    asked = np.column_stack([(new - mean) / spread, np.ones(len(new))])
    return 1 / (1 + np.exp(-np.clip(asked @ weights, -30, 30)))


def _confusion(labels: list[int], said: list[float], threshold: float) -> Case:
    y, called = np.array(labels), np.array(said) >= threshold
    counts = [int(np.sum(called & (y == 1))), int(np.sum(called & (y == 0))), int(np.sum(~called & (y == 1))), int(np.sum(~called & (y == 0)))]
    above = np.array(said) > threshold
    strict = [int(np.sum(above & (y == 1))), int(np.sum(above & (y == 0))), int(np.sum(~above & (y == 1))), int(np.sum(~above & (y == 0)))]
    return {"inputs": {"labels": labels, "probabilities": said, "threshold": threshold}, "expected": {"counts": counts, "strict": strict}}


def _precision_recall(found: int, false_alarms: int, missed: int) -> Case:
    precision, recall = found / (found + false_alarms), found / (found + missed)
    return {
        "inputs": {"found": found, "false alarms": false_alarms, "missed": missed},
        "expected": {
            "precision": precision,
            "precision mistakes": {
                "the recall; precision asks how many of the alarms were right": recall,
                "the accuracy among the ill and the alarms": found / (found + false_alarms + missed),
            },
            "recall": recall,
            "recall mistakes": {
                "the precision; recall asks how many of the ill were found": precision,
                "the share that was missed": missed / (found + missed),
            },
        },
    }


def _threshold(labels: list[int], said: list[float], least: float) -> Case:
    return {"inputs": {"labels": labels, "probabilities": said, "recall": least}, "expected": {}}


def _honest(people: int, share: float, seed: int, generator: np.random.Generator) -> Case:
    """Three rows a patient, hardly different, with labels by chance: whoever has seen a patient knows the label.

    The number of people is such that an odd number of them is tested: no share is one half, so that right and wrong
    answers cannot be confused.
    """
    patients = np.repeat(np.arange(people), 3)
    base = generator.normal(0, 1, (people, 3))
    rows = base[patients] + 0.01 * generator.normal(0, 1, (len(patients), 3))
    labels = generator.integers(0, 2, people)[patients]
    order = generator.permutation(len(patients))
    inputs = {
        "features": _csv(rows[order].round(4)),
        "labels": [int(label) for label in labels[order]],
        "patients": [int(patient) for patient in patients[order]],
        "share": share,
        "seed": seed,
    }
    return {"inputs": inputs, "expected": {}}
