"""pad_sequences, TimeseriesGenerator and skipgrams: exactly what Keras's own give."""

import json
import random

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk_ext.preprocessing import sequence as ours

KERAS = tf_keras.preprocessing.sequence
CALM = settings(max_examples=100, deadline=None)
SEQUENCE = [[1], [2, 3], [4, 5, 6]]

NUMBERS = st.one_of(
    st.lists(st.integers(-100, 100), max_size=6),
    st.lists(st.floats(-9, 9, width=32), max_size=6),
    st.lists(st.integers(0, 99), max_size=6).map(tuple),
    st.lists(st.integers(0, 99), max_size=6).map(lambda items: np.array(items, np.int64)),
)
STRINGS = st.lists(st.sampled_from(["a", "bcd", "日", ""]), max_size=5)
VECTORS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(list), min_size=1, max_size=5)
SIDES = st.sampled_from(["pre", "post"])


def assert_padded(rows, **options):
    expected = KERAS.pad_sequences(rows, **options)
    actual = ours.pad_sequences(rows, **options)
    np.testing.assert_array_equal(actual, expected)
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape


@CALM
@given(
    st.lists(NUMBERS, min_size=1, max_size=6),
    st.sampled_from([None, 1, 2, 5, 9]),
    st.sampled_from(["int32", "float32", "float64", "int8", np.int64, "bool", object, "complex64", ">i4"]),
    SIDES,
    SIDES,
    st.sampled_from([0.0, -1, 7.5, True]),
)
def test_padding_numbers(rows, maxlen, dtype, padding, truncating, value):
    assert_padded(rows, maxlen=maxlen, dtype=dtype, padding=padding, truncating=truncating, value=value)


@CALM
@given(
    st.lists(STRINGS, min_size=1, max_size=5),
    st.sampled_from([None, 2, 6]),
    st.sampled_from([object, str, "U2", "S3"]),
    SIDES,
    SIDES,
    st.sampled_from(["", "pad"]),
)
def test_padding_strings(rows, maxlen, dtype, padding, truncating, value):
    if dtype == "S3":
        rows = [[text.replace("日", "x") for text in row] for row in rows]
        value = value.encode()
    assert_padded(rows, maxlen=maxlen, dtype=dtype, padding=padding, truncating=truncating, value=value)


@CALM
@given(st.lists(VECTORS, min_size=1, max_size=4), st.sampled_from([None, 1, 3, 7]), SIDES, SIDES)
def test_padding_vectors(rows, maxlen, padding, truncating):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}
    assert_padded(rows, **options)
    assert_padded([*rows, []], **options, dtype="float32", value=2)
    assert_padded([np.array(row) for row in rows], **options)


def test_padding_as_documented():
    cases = [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"value": -1}, [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        # The documents write `truncation` here.
        ({"maxlen": 2, "truncation": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
    ]
    for options, expected in cases:
        result = ours.pad_sequences(SEQUENCE, **options)
        np.testing.assert_array_equal(result, expected)
        assert result.dtype == np.int32


def test_padding_of_ragged_tensors_arrays_and_generators():
    expected = KERAS.pad_sequences(SEQUENCE, maxlen=4)
    for form in (tf.ragged.constant(SEQUENCE), (row for row in SEQUENCE), np.array(SEQUENCE, object)):
        np.testing.assert_array_equal(ours.pad_sequences(form, maxlen=4), expected)
    ragged = tf.RaggedTensor.from_row_lengths(tf.reshape(tf.range(12), (6, 2)), [1, 0, 5])
    rows = [row.tolist() for row in ragged.numpy()]
    np.testing.assert_array_equal(
        ours.pad_sequences(ragged, padding="post"), KERAS.pad_sequences(rows, padding="post")
    )
    square = np.arange(12).reshape(3, 4)
    for form in (square, tf.constant(square)):
        np.testing.assert_array_equal(ours.pad_sequences(form, 3), KERAS.pad_sequences(square, 3))
    assert_padded([[], []])
    assert_padded([[], []], maxlen=3, value=9)
    assert_padded([], maxlen=3)
    np.testing.assert_array_equal(
        ours.pad_sequences([np.arange(3), [1, 2.7]], dtype="float32"), [[0, 1, 2], [0, 1, np.float32(2.7)]]
    )


@pytest.mark.parametrize(
    ("rows", "options", "error", "message"),
    [
        ([[1]], {"padding": "left"}, ValueError, "padding must be one of 'pre', 'post', got 'left'"),
        ([[1]], {"truncating": "left"}, ValueError, "truncating must be one of"),
        ([[1]], {"maxlen": 0}, ValueError, "maxlen must be an integer of at least 1, got 0"),
        ([[1]], {"maxlen": -3}, ValueError, "maxlen must be"),
        ([[1]], {"value": "x"}, ValueError, "value 'x' is no int32: give dtype=object"),
        ([], {}, ValueError, "there are no sequences: give maxlen"),
        (5, {}, ValueError, "sequences must be a list of sequences, got int"),
        ([[1], 2], {}, ValueError, "sequence 1 must be a list or an array, got int"),
        ([[1], [[2, 3]]], {}, ValueError, r"sequence 1 has elements of shape \(2,\)"),
        ([[1], [[2, 3]]], {"dtype": object}, ValueError, r"sequence 1 has elements of shape \(2,\)"),
        ([[1], ["x"]], {}, ValueError, "sequence 1 can't be made int32"),
        ([[1], [None]], {}, TypeError, "sequence 1 can't be made int32"),
        ([[1], [300]], {"dtype": "uint8"}, OverflowError, "sequence 1 can't be made uint8"),
        ([[[1], [1, 2]]], {}, ValueError, "sequence 0 can't be made one array"),
        ([["a"], ["日"]], {"dtype": "S3", "value": b""}, ValueError, "sequence 1 can't be made bytes24"),
        (["abc"], {"dtype": object}, ValueError, "sequence 0 has a single string"),
        (tf.ragged.constant([[[1], [2, 3]]]), {}, ValueError, "ragged in one axis, not 2"),
    ],
)
def test_what_cannot_be_padded(rows, options, error, message):
    with pytest.raises(error, match=message):
        ours.pad_sequences(rows, **options)


def both(*args, **options):
    return ours.TimeseriesGenerator(*args, **options), KERAS.TimeseriesGenerator(*args, **options)


@CALM
@given(st.data())
def test_generator(data):
    count = data.draw(st.integers(2, 60))
    length = data.draw(st.integers(1, count - 1))
    start = data.draw(st.integers(0, count - 1 - length))
    shape = data.draw(st.sampled_from([(count,), (count, 1), (count, 3), (count, 2, 2)]))
    series = np.arange(np.prod(shape)).reshape(shape)
    targets = np.arange(2 * count).reshape(count, 2)
    form = data.draw(st.sampled_from([np.asarray, np.ndarray.tolist, lambda array: array.astype("float32")]))
    options = {
        "sampling_rate": data.draw(st.integers(1, 5)),
        "stride": data.draw(st.integers(1, 5)),
        "start_index": start,
        "end_index": data.draw(st.none() | st.integers(start + length, count - 1)),
        "shuffle": data.draw(st.booleans()),
        "reverse": data.draw(st.booleans()),
        "batch_size": data.draw(st.integers(1, 9)),
    }
    mine, keras = both(form(series), form(targets), length, **options)
    assert len(mine) == len(keras)
    for index in range(len(keras)):
        np.random.seed(index)
        x, y = mine[index]
        np.random.seed(index)
        expected_x, expected_y = keras[index]
        np.testing.assert_array_equal(x, expected_x)
        np.testing.assert_array_equal(y, expected_y)
        assert (x.dtype, y.dtype) == (expected_x.dtype, expected_y.dtype)
    assert len(list(mine)) == len(keras)
    np.testing.assert_equal(mine[-1][0].shape, keras[len(keras) - 1][0].shape)
    if not isinstance(mine.data, np.ndarray) or mine.data.dtype != np.float32:
        assert mine.to_json() == keras.to_json()
    again = ours.timeseries_generator_from_json(mine.to_json())
    np.random.seed(0)
    x, y = mine[0]
    np.random.seed(0)
    again_x, again_y = again[0]
    np.testing.assert_array_equal(again_x, x)
    np.testing.assert_array_equal(again_y, y)


def test_generator_as_documented():
    data = np.array([[i] for i in range(50)])
    targets = np.array([[i] for i in range(50)])
    data_gen = ours.TimeseriesGenerator(data, targets, length=10, sampling_rate=2, batch_size=2)
    assert len(data_gen) == 20
    batch_0 = data_gen[0]
    x, y = batch_0
    assert np.array_equal(x, np.array([[[0], [2], [4], [6], [8]], [[1], [3], [5], [7], [9]]]))
    assert np.array_equal(y, np.array([[10], [11]]))


class Slices:
    """A series that can only be sliced, as a file can, and says how much was read of it."""

    def __init__(self, array):
        self.array, self.largest = array, 0

    def __len__(self):
        return len(self.array)

    def __getitem__(self, key):
        found = self.array[key]
        self.largest = max(self.largest, np.size(found))
        return found


@pytest.mark.parametrize("reverse", [False, True])
def test_generator_of_what_can_only_be_sliced(reverse):
    array = np.arange(30)
    series = Slices(array)
    mine, keras = both(array, array, 7, sampling_rate=3, reverse=reverse, batch_size=4)
    sliced = ours.TimeseriesGenerator(
        series, array.tolist(), 7, sampling_rate=3, reverse=reverse, batch_size=4
    )
    for index in range(len(keras)):
        np.testing.assert_array_equal(sliced[index][0], keras[index][0])
        np.testing.assert_array_equal(sliced[index][1], keras[index][1])
    assert series.largest <= 3
    with pytest.raises(TypeError, match="data can't be written as JSON"):
        sliced.to_json()
    assert mine[0][0].flags.owndata or mine[0][0].base is not array


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_fit_takes_a_generator(workers):
    series = np.sin(np.arange(60) / 5)[:, None].astype("float32")
    batches = ours.TimeseriesGenerator(series, series, length=4, batch_size=8, workers=workers)
    model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(batches, epochs=2, verbose=0, validation_data=batches)
    assert history.history["loss"][1] < history.history["loss"][0]
    assert model.predict(batches, verbose=0).shape == (56, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": range(9)}, "data and targets must have the same length, got 10 and 9"),
        ({"length": 0}, "length must be an integer of at least 1, got 0"),
        ({"length": -2}, "length must be"),
        ({"sampling_rate": 0}, "sampling_rate must be"),
        ({"stride": 0}, "stride must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"start_index": -1}, "start_index must be"),
        ({"end_index": 10}, "end_index must be below the length of data, 10, got 10"),
        ({"length": 10}, r"no window is left: the first target is point 10 .* may be point 9"),
        ({"start_index": 5, "end_index": 6}, "no window is left"),
    ],
)
def test_generator_of_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        ours.TimeseriesGenerator(range(10), **{"targets": range(10), "length": 3, **options})
    with pytest.raises(IndexError, match="batch 9 of 1"):
        ours.TimeseriesGenerator(range(10), range(10), 3)[9]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"config": {}}', json.dumps({"config": {"data": "[1", "targets": "[]"}})]
)
def test_generator_of_bad_json(text):
    with pytest.raises(ValueError, match="the string is no saved generator"):
        ours.timeseries_generator_from_json(text)


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("factor", [1e-5, 0.1])
def test_sampling_table(size, factor):
    np.testing.assert_array_equal(
        ours.make_sampling_table(size, factor), KERAS.make_sampling_table(size, factor)
    )


@CALM
@given(
    st.lists(st.integers(0, 9), max_size=12),
    st.fixed_dictionaries(
        {
            "window_size": st.integers(0, 5),
            "negative_samples": st.sampled_from([0, 0.5, 1.0, 2]),
            "shuffle": st.booleans(),
            "categorical": st.booleans(),
            "sampling_table": st.sampled_from([None, [0.5] * 10]),
            "seed": st.sampled_from([None, 7]),
        }
    ),
)
def test_skipgrams(words, options):
    random.seed(3)
    expected = KERAS.skipgrams(words, 10, **options)
    state = random.getstate()
    random.seed(3)
    assert ours.skipgrams(words, 10, **options) == expected
    assert random.getstate() == state


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ours.make_sampling_table(0), "size must be"),
        (lambda: ours.make_sampling_table(5, 0), "sampling_factor must be above 0"),
        (lambda: ours.skipgrams([1, 2], 0), "vocabulary_size must be"),
        (lambda: ours.skipgrams([1, 1], 1), "vocabulary_size must be at least 2"),
        (lambda: ours.skipgrams([1, 2], 5, window_size=-1), "window_size must be"),
        (lambda: ours.skipgrams([1, 2], 5, negative_samples=-1), "negative_samples must be"),
        (lambda: ours.skipgrams([1, 2], 5, sampling_table=[1, 1]), "too few for word 2"),
    ],
)
def test_word_pairs_of_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
