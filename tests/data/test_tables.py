"""Tables come as CSV files with a header: the real ones where they are at hand, else scikit-learn's."""

from pathlib import Path

import numpy as np
import pytest

from course_utils import data
from course_utils.data import sources, tables
from course_utils.errors import CourseError

pytestmark = pytest.mark.usefixtures("nothing_at_hand")


def cached(name: str, text: str) -> Path:
    """Put a file where Keras keeps what it downloads."""
    path = sources.keras_home() / "datasets" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def official_iris() -> str:
    features, labels = data.iris().arrays()
    return "".join(
        f"{','.join(map(str, row))},Iris-{tables.IRIS_CLASSES[label]}\n"
        for row, label in zip((features + 10).tolist(), labels, strict=True)
    )


def test_iris_without_a_network_is_the_copy_in_scikit_learn_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = data.iris()
    assert capsys.readouterr().out.startswith(
        "Iris flowers, as bundled with scikit-learn\n150 rows of 4 numbers"
    )
    header, first, *others = table.path.read_text(encoding="utf-8").splitlines()
    assert header == "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm,species"
    assert first == "5.1,3.5,1.4,0.2,setosa"
    assert len(others) == 149
    features, labels = table.arrays()
    assert features.shape == (150, 4)
    assert np.bincount(labels).tolist() == [50, 50, 50]


def test_the_table_is_the_one_that_the_pages_use(root: Path) -> None:
    shown = (root / "book" / "_static" / "data" / "iris.csv").read_text(encoding="utf-8")
    assert data.iris().path.read_text(encoding="utf-8") == shown


def test_breast_cancer_without_a_network_keeps_the_diagnosis_the_right_way_round() -> None:
    table = data.breast_cancer()
    features, labels = table.arrays()
    assert features.shape == (569, 30)
    assert np.bincount(labels).tolist() == [357, 212]
    assert table.classes[1] == "malignant"
    radius = features[:, table.columns.index("mean_radius")]
    assert radius[labels == 1].mean() > radius[labels == 0].mean() + 4, "malignant nuclei are larger"


def test_the_official_file_of_iris_is_preferred(capsys: pytest.CaptureFixture[str]) -> None:
    text = official_iris()
    sources.cached_archive("iris.csv").unlink()
    sources.cached_archive("iris.csv").parent.rmdir()
    cached("iris.data", text + "\n")
    table = data.iris()
    assert "from the UCI repository's file" in capsys.readouterr().out
    assert table.arrays()[0][0].tolist() == [15.1, 13.5, 11.4, 10.2]


def test_the_official_file_of_breast_cancer_is_read() -> None:
    numbers = ",".join(str(number) for number in range(30))
    lines = [f"84{row},{'M' if row < 212 else 'B'},{numbers}" for row in range(569)]
    cached("wdbc.data", "\n".join(lines))
    table = data.breast_cancer()
    features, labels = table.arrays()
    assert "UCI" in table.source
    assert features[0].tolist() == list(range(30)), "the identity number is no feature"
    assert labels[:212].all()
    assert not labels[212:].any()


def test_iris_in_course_data_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = official_iris().replace("Iris-", "")
    (tmp_path / "class" / "tabular").mkdir(parents=True)
    (tmp_path / "class" / "tabular" / "iris.csv").write_text(f"a,b,c,d,species\n{rows}")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    assert data.iris().arrays()[0][0, 0] == 15.1


@pytest.mark.parametrize("text", ["<html>Not found</html>", "5.1,3.5,1.4,0.2,Iris-setosa\n" * 150])
def test_a_file_that_is_something_else_is_named(text: str) -> None:
    path = cached("iris.data", text)
    with pytest.raises(CourseError, match=f"{path} is damaged or another file: delete it"):
        data.iris()


def test_a_cell_that_is_no_number_is_said(tmp_path: Path) -> None:
    path = tmp_path / "flowers.csv"
    path.write_text("width,species\n1.5,setosa\nwide,setosa\n")
    table = data.Table(path, ("width",), "species", ("setosa",), 2, "flowers")
    with pytest.raises(
        CourseError, match=r"flowers\.csv is damaged \(could not convert string to float: 'wide'\)"
    ):
        table.arrays()


def test_where_the_cache_cannot_be_written_the_table_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    table = data.iris()
    assert tmp_path / "file" not in table.path.parents
    assert table.arrays()[0].shape == (150, 4)


def test_the_usual_split_is_read_where_it_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data.usual_breast_cancer() is None
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert data.usual_breast_cancer() is None
    (tmp_path / "tabular").mkdir()
    header = ",".join(["diagnosis", *(f"c{number}" for number in range(30))])
    for part, diagnosis in (("train", 1), ("test", 0)):
        row = ",".join([str(diagnosis), *["0.5"] * 30])
        (tmp_path / "tabular" / f"wdbc-{part}.csv").write_text(f"{header}\n{row}\n")
    train, test = data.usual_breast_cancer()
    assert train.arrays()[1].tolist() == [1]
    assert test.arrays()[1].tolist() == [0]
    assert test.arrays()[0].shape == (1, 30)
    (tmp_path / "tabular" / "wdbc-test.csv").write_text("radius,diagnosis\n1,0\n")
    with pytest.raises(CourseError, match=r"wdbc-test\.csv is not the known file"):
        data.usual_breast_cancer()
