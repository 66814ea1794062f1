"""Tables in CSV files: iris flowers and breast-cancer measurements, the real file first, else scikit-learn's copy."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils.data import sources
from course_utils.errors import CourseError

IRIS_CLASSES = ("setosa", "versicolor", "virginica")
IRIS_COLUMNS = ("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm")
BREAST_CLASSES = ("benign", "malignant")
_MEASURES = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave_points", "symmetry", "fractal_dimension"),
)
#: The thirty columns of the breast-cancer table: the mean, the standard error and the worst of ten measures.
BREAST_COLUMNS = tuple(f"{kind}_{measure}" for kind in ("mean", "error", "worst") for measure in _MEASURES)

Rows = list[list[str]]


@dataclass(frozen=True)
class Table:
    """A CSV file with a header row, and what is known of it.

    `columns` are the features in the order of the file and `label` is the column that says the class, in words.
    """

    path: Path
    columns: tuple[str, ...]
    label: str
    classes: tuple[str, ...]
    rows: int
    source: str

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The whole file as numbers.

        Returns:
            Features, float64 of shape `(rows, columns)` in the file's own units, and labels, int64 of shape `(rows,)`:
            the place of each row's class in `classes`.

        Raises:
            CourseError: a cell is no number, or a class is none of `classes`.
        """
        with self.path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        try:
            features = np.array([[float(line[name]) for name in self.columns] for line in lines])
            labels = np.array([self.classes.index(line[self.label]) for line in lines], dtype=np.int64)
        except (KeyError, TypeError, ValueError) as error:
            raise CourseError(
                f"{self.path} is damaged ({error}): delete it, and it is made again."
            ) from error
        return features, labels

    def __repr__(self) -> str:
        return (
            f"{self.source}\n{self.rows:,} rows of {len(self.columns)} numbers in {len(self.classes)} classes: "
            f"{self.path.name}"
        )


@dataclass(frozen=True)
class _Origin:
    """How one table is found: its official file, that file's counterpart in `COURSE_DATA`, and its last resort."""

    name: str
    title: str
    columns: tuple[str, ...]
    label: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    official: sources.RemoteFile
    read_official: Callable[[str], Rows]
    bundled: Callable[[], Rows]
    beside: str = ""  # the file's path in COURSE_DATA


def iris() -> Table:
    """150 iris flowers: four lengths in centimetres and the species, 50 flowers of each of three.

    Edgar Anderson's measurements, published by Ronald Fisher in 1936. The file of the UCI repository is used where it
    is at hand or can be downloaded, else the copy in scikit-learn.
    """
    return _load(_IRIS)


def breast_cancer() -> Table:
    """569 breast tumours: thirty measures of the nuclei of their cells, and the diagnosis.

    Wisconsin Diagnostic Breast Cancer, 357 benign and 212 malignant. The file of the UCI repository is used where it
    is at hand or can be downloaded, else the copy in scikit-learn; both hold the same numbers.
    """
    return _load(_BREAST)


def usual_breast_cancer() -> tuple[Table, Table] | None:
    """The split into 455 and 114 rows that other courses hand round, or None where it is not at hand.

    It is looked for as `tabular/wdbc-train.csv` and `wdbc-test.csv` in the folder `COURSE_DATA`. Its features have been
    standardised by whoever made it.

    Raises `CourseError` when a file at hand is damaged.
    """
    folder = os.environ.get("COURSE_DATA")
    paths = [Path(folder, "tabular", f"wdbc-{part}.csv") for part in ("train", "test")] if folder else []
    if not paths or not all(path.is_file() for path in paths):
        return None
    train, test = (_usual(path) for path in paths)
    return train, test


def _usual(path: Path) -> Table:
    header, *lines = _cells(path.read_text(encoding="utf-8"))
    if len(header) != 1 + len(BREAST_COLUMNS) or header[0] != "diagnosis":
        raise CourseError(f"{path} is not the known file: it has the columns {', '.join(header[:4])}, ….")
    source = "Breast cancer in Wisconsin, the usual split, standardised"
    return Table(path, tuple(header[1:]), header[0], ("0", "1"), len(lines), source)


def _load(origin: _Origin) -> Table:
    rows, source = _real(origin), f"{origin.title}, from the UCI repository's file"
    if rows is None:
        rows, source = origin.bundled(), f"{origin.title}, as bundled with scikit-learn"
    path = _place(origin.name, _written(origin, rows))
    table = Table(path, origin.columns, origin.label, origin.classes, len(rows), source)
    print(table)
    return table


def _real(origin: _Origin) -> Rows | None:
    """The rows of the official file, checked, or None where there is none to be had."""
    folder = os.environ.get("COURSE_DATA")
    beside = Path(folder, origin.beside) if folder and origin.beside else None
    if beside is not None and beside.is_file():
        return _checked(origin, _cells(beside.read_text(encoding="utf-8"))[1:], beside)
    path = sources.find(origin.official)
    if path is None:
        return None
    return _checked(origin, origin.read_official(path.read_text(encoding="utf-8")), path)


def _checked(origin: _Origin, rows: Rows, path: Path) -> Rows:
    """The same rows, if they are the known number of each class with the known number of cells."""
    counts = Counter(row[-1] for row in rows)
    wide = all(len(row) == len(origin.columns) + 1 for row in rows)
    if not wide or tuple(counts[name] for name in origin.classes) != origin.counts:
        raise CourseError(
            f"{path} is damaged or another file: delete it, and `course fetch` brings it again."
        )
    return rows


def _cells(text: str) -> Rows:
    return [row for row in csv.reader(io.StringIO(text)) if row]


def _written(origin: _Origin, rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*origin.columns, origin.label])
    writer.writerows(rows)
    return out.getvalue()


def _place(name: str, text: str) -> Path:
    """The table in Keras' cache; in a folder for temporary files where that cannot be written."""
    path = sources.cached_archive(name)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{name}.{os.getpid()}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError:
        path = Path(tempfile.mkdtemp(prefix="course-")) / name
        path.write_text(text, encoding="utf-8")
    return path


def _official_iris(text: str) -> Rows:
    return [[*row[:-1], row[-1].removeprefix("Iris-")] for row in _cells(text)]


def _official_breast(text: str) -> Rows:
    """Each line has an identity number first, then M or B, then the thirty numbers."""
    names = {"B": "benign", "M": "malignant"}
    return [[*row[2:], names.get(row[1], row[1])] for row in _cells(text)]


def _bundled_iris() -> Rows:
    from sklearn.datasets import load_iris

    bunch = load_iris()
    return _as_rows(bunch.data, [IRIS_CLASSES[label] for label in bunch.target])


def _bundled_breast() -> Rows:
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    # scikit-learn counts the other way round: 0 is malignant there.
    return _as_rows(bunch.data, [BREAST_CLASSES[1 - label] for label in bunch.target])


def _as_rows(features: np.ndarray, names: list[str]) -> Rows:
    return [[*map(str, row), name] for row, name in zip(features.tolist(), names, strict=True)]


_IRIS = _Origin(
    name="iris.csv",
    title="Iris flowers",
    columns=IRIS_COLUMNS,
    label="species",
    classes=IRIS_CLASSES,
    counts=(50, 50, 50),
    official=sources.IRIS,
    read_official=_official_iris,
    bundled=_bundled_iris,
    beside="tabular/iris.csv",
)
_BREAST = _Origin(
    name="breast-cancer.csv",
    title="Breast cancer in Wisconsin",
    columns=BREAST_COLUMNS,
    label="diagnosis",
    classes=BREAST_CLASSES,
    counts=(357, 212),
    official=sources.WDBC,
    read_official=_official_breast,
    bundled=_bundled_breast,
)
