"""Inputs for the proof: made up from what a model tells, or read from a file of the user's."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from course_utils.conversion.proof.comparison import variation
from course_utils.conversion.proof.inputs import read_data, sample_inputs
from course_utils.conversion.proof.source import predict
from course_utils.errors import CourseError


def _sequential(*rest: keras.Layer) -> keras.Model:
    keras.utils.set_random_seed(3)
    return keras.Sequential(list(rest), name="asked")


def _lengths(rows: np.ndarray, padding: float) -> list[int]:
    """How many steps of each row come before the padding at its end."""
    steps = rows.reshape(len(rows), rows.shape[1], -1)
    return [int(np.flatnonzero((row != padding).any(axis=1)).max()) + 1 for row in steps]


def test_words_are_whole_numbers_of_the_vocabulary_with_padding_at_the_end() -> None:
    model = _sequential(layers.Input((30,)), layers.Embedding(7, 4, mask_zero=True), layers.LSTM(5))
    (words,) = sample_inputs(model, 8)
    assert words.shape == (8, 30)
    assert words.dtype == np.float32  # what its Input layer says
    assert set(np.unique(words)) == set(range(7))
    lengths = _lengths(words, 0)
    assert lengths[0] == 30
    assert len(set(lengths)) == 8
    assert min(lengths) >= 1
    assert all((row[:length] > 0).all() for row, length in zip(words, lengths, strict=True))


def test_words_without_a_mask_may_be_zero_anywhere() -> None:
    model = _sequential(
        layers.Input((30,), dtype="int32"), layers.Embedding(4, 3), layers.GlobalMaxPooling1D()
    )
    (words,) = sample_inputs(model, 6)
    assert words.dtype == np.int32
    assert set(np.unique(words)) == {0, 1, 2, 3}
    assert (words[0] == 0).any()


def test_an_embedding_is_found_behind_other_layers_and_inside_other_models() -> None:
    inner = _sequential(layers.Input((5, 1)), layers.Reshape((5,)), layers.Embedding(12, 3), layers.Flatten())
    given = keras.Input((5, 1))
    model = keras.Model(given, layers.Dense(2)(inner(given)))
    (words,) = sample_inputs(model, 20)
    assert words.shape == (20, 5, 1)
    assert set(np.unique(words)) == set(range(12))


def test_a_subclassed_model_tells_by_its_first_layer() -> None:
    class Reader(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.words = layers.Embedding(9, 3)
            self.answer = layers.Dense(2)

        def call(self, inputs: object) -> object:
            return self.answer(self.words(inputs))

    model = Reader()
    with pytest.raises(CourseError, match="has never been called"):
        sample_inputs(model, 4)
    model(np.zeros((1, 6), np.int32))
    (words,) = sample_inputs(model, 20)
    assert words.shape == (20, 6)
    assert set(np.unique(words)) == set(range(9))


@pytest.mark.parametrize("scaled", ["layer", "operation"])
def test_a_picture_that_the_model_scales_itself_has_bytes(scaled: str) -> None:
    keras.utils.set_random_seed(4)
    given = keras.Input((24, 24, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(given) if scaled == "layer" else given / 255.0
    model = keras.Model(given, layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(x)))
    (pictures,) = sample_inputs(model, 4)
    assert pictures.min() >= 0
    assert 200 < pictures.max() <= 255
    assert np.array_equal(pictures, np.round(pictures))


def test_a_picture_that_it_does_not_scale_is_around_zero() -> None:
    model = _sequential(layers.Input((24, 24, 3)), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D())
    (pictures,) = sample_inputs(model, 4)
    assert -4 < pictures.min() < -0.5
    assert 0.5 < pictures.max() < 4


def test_larger_numbers_are_tried_where_small_ones_make_no_difference() -> None:
    model = _sequential(layers.Input((8, 8, 3)), layers.Flatten(), layers.Dense(3))
    model.layers[-1].kernel.assign(np.random.default_rng(0).normal(0, 1e-4, (192, 3)))
    model.layers[-1].bias.assign(np.ones(3))
    (pictures,) = sample_inputs(model, 4)
    assert np.abs(pictures).max() > 64
    assert variation(predict(model, [pictures])[0]) > 0.01


def test_numbers_that_a_normalization_knows_are_like_those_it_saw() -> None:
    normalization = layers.Normalization()
    draw = np.random.default_rng(0)
    normalization.adapt(np.stack([draw.normal(2000, 3, 500), draw.normal(-5, 0.1, 500)], axis=1))
    (years,) = sample_inputs(_sequential(layers.Input((2,)), normalization, layers.Dense(2)), 50)
    assert years.mean(axis=0) == pytest.approx([2000, -5], abs=2)
    assert 0.5 < years[:, 0].std() < 9


def test_masked_steps_are_at_the_end() -> None:
    model = _sequential(layers.Input((9, 2)), layers.Masking(-7.0), layers.GRU(4))
    (steps,) = sample_inputs(model, 4)
    lengths = _lengths(steps, -7)
    assert lengths[0] == 9
    assert len(set(lengths)) == 4


def test_categories_and_masks() -> None:
    model = _sequential(layers.Input((4,), dtype="int32"), layers.CategoryEncoding(5), layers.Dense(3))
    (categories,) = sample_inputs(model, 12)
    assert set(np.unique(categories)) == set(range(5))
    sequence, mask = keras.Input((6, 2)), keras.Input((6,), dtype="bool")
    _, masks = sample_inputs(keras.Model([sequence, mask], layers.GRU(3)(sequence, mask=mask)), 4)
    assert masks.dtype == bool
    assert masks[0].all()
    assert not masks[-1].all()
    assert (np.diff(masks.astype(int)) <= 0).all()  # once False, False to the end


def test_open_sizes_are_chosen_so_that_the_model_takes_them() -> None:
    picture = _sequential(layers.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D())
    assert sample_inputs(picture, 2)[0].shape == (2, 96, 96, 3)
    words = _sequential(layers.Input((None,)), layers.Embedding(9, 2), layers.LSTM(3))
    assert sample_inputs(words, 2)[0].shape == (2, 20)
    # Its convolutions shrink a sequence of 20 to nothing.
    long = _sequential(
        layers.Input((None, 2)), *[layers.Conv1D(2, 9) for _ in range(4)], layers.GlobalMaxPooling1D()
    )
    assert sample_inputs(long, 2)[0].shape == (2, 64, 2)


def test_a_fixed_number_of_rows_is_kept() -> None:
    model = _sequential(layers.Input((4, 2), batch_size=3), layers.GRU(2, stateful=True))
    (steps,) = sample_inputs(model, 4)
    assert steps.shape == (6, 4, 2)
    once, again = predict(model, [steps])[0], predict(model, [steps])[0]
    assert np.array_equal(once, again)  # the state of one call does not reach into the next


def test_inputs_come_in_the_models_order_and_dicts_in_that_of_their_keys() -> None:
    small, words = keras.Input((4,), name="small"), keras.Input((6,), name="words", dtype="int32")
    answer = layers.Concatenate()([layers.Flatten()(layers.Embedding(5, 2)(words)), small])
    listed = sample_inputs(keras.Model([words, small], layers.Dense(2)(answer)), 3)
    assert [values.shape for values in listed] == [(3, 6), (3, 4)]
    model = keras.Model({"words": words, "small": small}, {"b": layers.Dense(2)(answer), "a": answer})
    keyed = sample_inputs(model, 3)
    assert [values.shape for values in keyed] == [(3, 4), (3, 6)]
    assert [output.shape for output in predict(model, keyed)] == [(3, 16), (3, 2)]  # a, then b


def test_the_same_seed_gives_the_same_inputs_and_rows_differ() -> None:
    model = _sequential(layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2))
    (one,), (again,), (other,) = (sample_inputs(model, 5, seed) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert len({row.tobytes() for row in one}) == 5


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (layers.Input((8, 8, None), name="seen"), "leaves the number of channels of its input seen open"),
        (layers.Input((3,), dtype="string", name="said"), "The input said of asked takes text"),
    ],
)
def test_what_cannot_be_made_up_is_refused(given: keras.KerasTensor, sentence: str) -> None:
    with pytest.raises(CourseError, match=sentence):
        sample_inputs(keras.Model(given, layers.Identity()(given), name="asked"), 4)


def test_a_model_that_takes_no_size_tried_is_refused_with_the_cure() -> None:
    given = keras.Input((None, 3))
    model = keras.Model(given, layers.Reshape((7, 3))(given), name="seven")
    with pytest.raises(CourseError, match=r"^No made-up input fits the model seven .* with --data\.$"):
        sample_inputs(model, 2)


# Data of the user's.


@pytest.fixture
def reader() -> keras.Model:
    return _sequential(layers.Input((4, 3), name="steps"), layers.GRU(2))


@pytest.fixture
def pair() -> keras.Model:
    one, other = keras.Input((2,), name="one"), keras.Input((3,), name="other", dtype="int32")
    return keras.Model([other, one], layers.Concatenate()([one, layers.Rescaling(1.0)(other)]), name="pair")


def test_data_is_read_in_the_models_order_and_type(
    tmp_path: Path, reader: keras.Model, pair: keras.Model
) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(24).reshape(2, 4, 3), y=[1, 0])
    (steps,), labels = read_data(tmp_path / "a.npz", reader)
    assert steps.dtype == np.float32
    assert steps[1, 3, 2] == 23
    assert labels is not None
    assert labels.tolist() == [1, 0]
    np.savez(tmp_path / "b.npz", one=np.ones((5, 2)), other=np.zeros((5, 3)))
    inputs, labels = read_data(tmp_path / "b.npz", pair)
    assert [values.shape for values in inputs] == [(5, 3), (5, 2)]
    assert [values.dtype.name for values in inputs] == ["int32", "float32"]
    assert labels is None


def test_rows_beyond_whole_batches_are_left_out(tmp_path: Path) -> None:
    model = _sequential(layers.Input((2,), batch_size=3), layers.Dense(2))
    np.savez(tmp_path / "a.npz", x=np.ones((8, 2)), y=np.arange(8))
    (rows,), labels = read_data(tmp_path / "a.npz", model)
    assert len(rows) == 6
    assert labels is not None
    assert labels.tolist() == [0, 1, 2, 3, 4, 5]
    np.savez(tmp_path / "a.npz", x=np.ones((2, 2)))
    with pytest.raises(CourseError, match="holds 2 rows, and the model takes 3 at a time"):
        read_data(tmp_path / "a.npz", model)


X = np.zeros((2, 4, 3))
WRONG = {
    "no x": ({"images": X}, r"holds no x, only images: save the inputs under that name"),
    "nothing": ({}, r"holds no x, only nothing"),
    "another shape": (
        {"x": np.zeros((2, 3, 4))},
        r"x in .* has the shape \(2, 3, 4\), and .* steps takes \(rows, 4, 3\)",
    ),
    "too few dimensions": ({"x": np.zeros((2, 4))}, r"has the shape \(2, 4\)"),
    "no rows": ({"x": X[:0]}, r"x in .* has no rows"),
    "not a number": ({"x": X + np.nan}, r"x in .* holds NaN or infinity: remove those rows"),
    "text": ({"x": np.array([["a"]])}, r"x in .* holds <U1, no numbers"),
    "pickled": ({"x": np.array([{}, []], dtype=object)}, r"holds Python objects, which are never unpickled"),
    "too few labels": ({"x": X, "y": [1]}, r"holds 1 labels y for 2 inputs: save one for each"),
    "text labels": ({"x": X, "y": ["a", "b"]}, r"y in .* holds <U1, no numbers"),
    "one label": ({"x": X, "y": 3}, r"holds 1 labels y for 2 inputs"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_data_is_one_sentence(kind: str, tmp_path: Path, reader: keras.Model) -> None:
    arrays, sentence = WRONG[kind]
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    with pytest.raises(CourseError, match=sentence) as raised:
        read_data(path, reader)
    said = str(raised.value)
    assert str(path) in said
    assert "\n" not in said
    assert said.endswith(".")


def test_several_inputs_are_named_where_they_are_missing_or_differ(tmp_path: Path, pair: keras.Model) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.zeros((2, 3)))
    with pytest.raises(CourseError, match="holds no other, one, only x"):
        read_data(path, pair)
    np.savez(path, one=np.zeros((2, 2)), other=np.zeros((3, 3)))
    with pytest.raises(CourseError, match="differ in their number of rows: other has 3, one has 2"):
        read_data(path, pair)
    np.savez(path, one=np.zeros((2, 2)), other=np.full((2, 3), 0.5))
    with pytest.raises(
        CourseError, match=r"other in .* holds fractions, and the model's input other takes whole"
    ):
        read_data(path, pair)


def test_files_that_are_no_npz_are_one_sentence(tmp_path: Path, reader: keras.Model) -> None:
    with pytest.raises(CourseError, match=r"There is no file .*none.npz"):
        read_data(tmp_path / "none.npz", reader)
    np.save(tmp_path / "array.npy", X)
    with pytest.raises(CourseError, match=r"array.npy is no .npz file"):
        read_data(tmp_path / "array.npy", reader)
    np.savez_compressed(tmp_path / "whole.npz", x=np.random.default_rng(0).normal(0, 1, (50, 4, 3)))
    whole = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CourseError, match=r"half.npz is no .npz file"):
        read_data(tmp_path / "half.npz", reader)
    middle = len(whole) // 2
    (tmp_path / "flipped.npz").write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    with pytest.raises(CourseError, match=r"flipped.npz is damaged .*: save it again"):
        read_data(tmp_path / "flipped.npz", reader)


def test_where_most_inputs_are_answered_alike_those_are_found_that_are_not() -> None:
    model = _sequential(layers.Input((8,)), layers.Dense(2, activation="softmax"))
    # Sure of the second class, unless the first number is large: one made-up input in ten.
    model.set_weights([np.array([[12.0, 0.0]] + [[0.0, 0.0]] * 7), np.array([-18.0, 0.0])])
    (numbers,) = sample_inputs(model, 4)
    assert len(numbers) == 4
    assert variation(predict(model, [numbers])[0]) > 0.1
    assert (sample_inputs(model, 4)[0] == numbers).all()
