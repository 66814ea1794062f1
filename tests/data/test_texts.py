"""The text to learn to write from: the real one where it is at hand, else another, and cut by position."""

import hashlib
from pathlib import Path

import pytest

from course_utils import data
from course_utils.data import sources, texts

PLAY = "".join(f"Citizen {number}:\nSpeak, speak.\n" for number in range(500))


@pytest.fixture
def small_play(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(PLAY.encode()).hexdigest()
    known = sources.RemoteFile("A play", "datasets/shakespeare.txt", "http://127.0.0.1:9/", digest, len(PLAY))
    monkeypatch.setattr(texts, "SHAKESPEARE", known)


@pytest.mark.usefixtures("nothing_at_hand")
def test_without_network_and_cache_another_text_is_used_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = data.shakespeare()
    assert text.source == "scikit-learn's descriptions of data sets"
    assert text.source in capsys.readouterr().out
    assert len(text.train) > 30_000
    assert "iris" in text.train + text.validation + text.test
    assert max(map(ord, text.characters)) < 128


@pytest.mark.usefixtures("nothing_at_hand", "small_play")
@pytest.mark.parametrize("place", ["text/tinyshakespeare.txt", "keras_home/datasets/shakespeare.txt"])
def test_the_real_text_at_hand_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    path = tmp_path / "class" / place
    path.parent.mkdir(parents=True)
    path.write_text(PLAY)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    text = data.shakespeare()
    assert text.source.startswith("Tiny Shakespeare")
    assert text.train + text.validation + text.test == PLAY
    assert len(text.test) == pytest.approx(len(PLAY) / 10, abs=1)
    assert len(text.validation) == pytest.approx(len(PLAY) / 20, abs=1)


@pytest.mark.usefixtures("nothing_at_hand", "small_play")
def test_a_file_of_that_name_with_other_words_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "class" / "text" / "tinyshakespeare.txt"
    path.parent.mkdir(parents=True)
    path.write_text("To be, or not to be.")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    assert data.shakespeare().source.startswith("scikit-learn's")
