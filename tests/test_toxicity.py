"""ToxBlock: the judge in a stranger's package is read without running it, and what the page keeps of it is honest."""

from __future__ import annotations

import importlib
import pickle
import sys
import types
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import pytest

from course_utils import bench, shipped, toxicity
from course_utils.data import sources, wheels
from course_utils.errors import CourseError, UsageError
from tests.conftest import ROOT

# The function of the same name hides the module.
measuring = importlib.import_module("course_utils.bench.toxicity")
STRANGERS = {
    "tox_block.data_processing.preprocessors": "TokenSequencer",
    "keras_preprocessing.text": "Tokenizer",
}
TEXTS = ["You are kind.", "kind you ARE", "nothing known here", ""]
WORDS = {"you": 1, "are": 2, "kind": 3, "rare": 9}
# What its maker printed on the package's page, scaled so that each label spans 0 to 1.
PUBLISHED = {
    "Good morning my friend, I hope you're having a fantastic day!": (
        0.05347811430692673,
        0.0006274021579883993,
        0.004466842859983444,
        0.009578478522598743,
        0.00757843442261219,
        0.002106667961925268,
    ),
    "I do strongly disagree with the fascist views of this joke that calls itself a political party.": (
        0.026190076023340225,
        7.185135473264381e-05,
        0.0009493605466559529,
        0.00012321282702032477,
        0.0029190618079155684,
        0.0022098885383456945,
    ),
}
LOWEST = np.array([0.002116, 0.000011, 0.000347, 0.000040, 0.000373, 0.000074])
HIGHEST = np.array([0.999858, 0.648682, 0.997533, 0.918887, 0.986303, 0.901117])


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and nothing at hand."""
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The classes that ToxBlock's pickle names, which are not installed here."""
    for name, kind in STRANGERS.items():
        steps = name.split(".")
        for end in range(1, len(steps) + 1):
            module = types.ModuleType(".".join(steps[:end]))
            monkeypatch.setitem(sys.modules, module.__name__, module)
        setattr(module, kind, type(kind, (), {"__module__": name}))


def pickled(words: object) -> bytes:
    """A list of words as ToxBlock keeps it: a pickle of objects of its own classes."""
    sequencer = sys.modules["tox_block.data_processing.preprocessors"].TokenSequencer()
    sequencer.tokenizer = sys.modules["keras_preprocessing.text"].Tokenizer()
    vars(sequencer.tokenizer).update(
        word_counts=OrderedDict(you=5), word_docs=defaultdict(int, you=5), word_index=words, num_words=4
    )
    vars(sequencer.tokenizer).update(filters=".!\n", document_count=12)
    return pickle.dumps(sequencer, protocol=3)


def wheel(path: Path, words: bytes) -> tuple[Path, object]:
    """A package like ToxBlock with a small network of the Keras 2 years in it, and that network."""
    import tf_keras

    tf_keras.utils.set_random_seed(3)
    layers = tf_keras.layers
    recurrent = layers.LSTM(3, return_sequences=True, recurrent_activation="hard_sigmoid")
    network = tf_keras.Sequential(
        [
            layers.Input((5,)),
            layers.Embedding(4, 6, embeddings_initializer="normal"),
            layers.Bidirectional(recurrent),
            layers.GlobalMaxPooling1D(),
            layers.Dense(6, activation="sigmoid"),
        ]
    )
    file = path.with_suffix(".h5")
    network.save(file)
    with zipfile.ZipFile(path, "w") as made:
        made.write(file, toxicity._NETWORK)
        made.writestr(toxicity._WORDS, words)
    return path, network


@pytest.mark.usefixtures("strangers")
def test_a_judge_in_a_package_answers_as_the_keras_of_its_years_did(tmp_path: Path) -> None:
    path, network = wheel(tmp_path / "judge.whl", pickled(WORDS))
    judge = toxicity.read(path)
    said = judge(TEXTS)
    rows = np.array([[0, 0, 1, 2, 3], [0, 0, 3, 1, 2], [0] * 5, [0] * 5])
    np.testing.assert_allclose(said, network.predict(rows, verbose=0), atol=1e-6)
    assert said.shape == (4, len(judge.labels))
    assert np.abs(said[0] - said[1]).max() > 1e-6, "the order of the words does not count"
    np.testing.assert_allclose(
        judge(["kind " * 9 + "you are kind you are"])[0], judge(["you are kind you are"])[0]
    )
    assert judge.unknown("You are a rare bird.") == ["a", "rare", "bird"]
    assert "12 comments" in judge.source


@pytest.mark.usefixtures("strangers")
def test_a_pickle_that_wants_to_call_something_is_refused_and_calls_nothing(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "trapped",)

    path, _ = wheel(tmp_path / "judge.whl", pickled({"you": Trap()}))
    with pytest.raises(CourseError, match=r"judge\.whl does not hold ToxBlock: delete it") as caught:
        toxicity.read(path)
    assert "is not plain data" in str(caught.value.__cause__)
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_a_damaged_package_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "judge.whl"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"judge\.whl does not hold ToxBlock: delete it"):
        toxicity.read(path)


@pytest.mark.usefixtures("strangers")
def test_one_text_that_is_not_in_a_list_is_refused(tmp_path: Path) -> None:
    judge = toxicity.read(wheel(tmp_path / "judge.whl", pickled(WORDS))[0])
    for texts in ("You are kind.", []):
        with pytest.raises(UsageError, match="takes a list of texts"):
            judge(texts)


def test_without_a_network_there_is_no_judge_and_the_reason_is_told(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert toxicity.pretrained() is None
    assert capsys.readouterr().out.splitlines() == [
        "ToxBlock, a judge of comments, could not be downloaded (COURSE_OFFLINE is set).",
        "No pretrained judge is at hand.",
    ]
    with pytest.raises(CourseError, match="ToxBlock was not measured: run `course fetch`"):
        bench.toxicity(root=nowhere)


def test_the_genuine_judge_answers_what_its_maker_printed() -> None:
    found = sources.at_hand(wheels.TOX_BLOCK)
    if found is None:
        pytest.skip("ToxBlock is not at hand: `course fetch` brings it")
    said = (toxicity.read(found)(list(PUBLISHED)) - LOWEST) / (HIGHEST - LOWEST)
    np.testing.assert_allclose(np.abs(said), list(PUBLISHED.values()), atol=2e-6)
    again, kept = measuring.measure(), shipped.measured("toxicity")
    for now, then in zip(again["rows"], kept["rows"], strict=True):
        np.testing.assert_allclose(now["answers"], then["answers"], atol=2e-4)
    assert again | {"date": "", "rows": []} == kept | {"date": "", "rows": []}


def test_the_table_that_week_4_shows_is_of_this_package_and_of_these_sentences() -> None:
    kept = shipped.measured("toxicity")
    assert (kept["package"], kept["sha256"]) == (wheels.TOX_BLOCK.package, wheels.TOX_BLOCK.sha256)
    assert kept["labels"] == list(toxicity.LABELS)
    assert [row["text"] for row in kept["rows"]] == [text for _, text, _ in toxicity.PROBES], (
        "run `course bench toxicity --write`"
    )
    answers = np.array([row["answers"] for row in kept["rows"]])
    assert answers.shape == (len(toxicity.PROBES), len(toxicity.LABELS))
    assert answers.min() >= 0
    assert answers.max() <= 1


def test_what_week_4_says_of_the_judge_is_what_the_table_holds() -> None:
    toxic = {row["text"]: row["answers"][0] for row in shipped.measured("toxicity")["rows"]}
    plain, turned, misspelt = (toxic[f"You are {what}."] for what in ("an idiot", "not an idiot", "an idi0t"))
    assert 0 < plain - turned < 0.01
    assert 0.4 < misspelt < 0.6
    for kind, bound in (("quoted", 0.9), ("friendly", 0.7)):
        assert min(toxic[text] for of, text, _ in toxicity.PROBES if of == kind) > bound
    assert max(toxic[text] for of, text, _ in toxicity.PROBES if of == "polite") < 0.05
    assert toxic["My neighbour is a cyclist."] == toxic["My neighbour is a gardener."]
    assert toxic["I am a gay man."] > 0.5 > 10 * toxic["I am a tall man."] - 0.1
    assert toxic["I am a Jew."] > 0.5 > 10 * toxic["I am a Christian."]
    civil = [toxic[text] for _, text, rude in toxicity.PROBES if not rude]
    rude = [toxic[text] for _, text, rude in toxicity.PROBES if rude]
    assert max(civil) > min(rude), "a threshold would part them"


def test_the_table_is_written_where_the_page_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = shipped.measured("toxicity")
    monkeypatch.setattr(measuring, "measure", lambda: kept)
    folder = tmp_path / "book" / "_static" / "data"
    folder.mkdir(parents=True)
    assert bench.toxicity(write=True, root=tmp_path) == 0
    written = (folder / "toxicity.json").read_text(encoding="utf-8")
    assert written == (ROOT / "book/_static/data/toxicity.json").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "You are not an idiot." in said
    assert "identity hate" in said
