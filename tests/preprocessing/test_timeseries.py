"""timeseries_dataset_from_array: the documented windows, and those of Keras."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk_ext.preprocessing import timeseries_dataset_from_array

KERAS = tf.keras.preprocessing.timeseries_dataset_from_array


def listed(dataset):
    return list(dataset.as_numpy_iterator())


def test_as_documented():
    """[0, 1, ... 99] in windows of 10, each second point, each third start."""
    (windows,) = listed(
        timeseries_dataset_from_array(
            np.arange(100), None, sequence_length=10, sampling_rate=2, sequence_stride=3, shuffle=False
        )
    )
    np.testing.assert_array_equal(windows[0], [0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
    np.testing.assert_array_equal(windows[1], [3, 5, 7, 9, 11, 13, 15, 17, 19, 21])
    np.testing.assert_array_equal(windows[2], [6, 8, 10, 12, 14, 16, 18, 20, 22, 24])
    np.testing.assert_array_equal(windows[-1], [78, 80, 82, 84, 86, 88, 90, 92, 94, 96])
    assert len(windows) == 27


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.data())
def test_equal_to_keras(data):
    count = data.draw(st.integers(6, 40))
    shape = data.draw(st.sampled_from([(count,), (count, 3)]))
    series = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    start = data.draw(st.none() | st.integers(0, count - 3))
    end = data.draw(st.none() | st.integers((start or 0) + 1, count - 1))
    targets = data.draw(st.sampled_from([None, np.arange(count) * 2, np.arange(count).tolist()]))
    options = {
        "sequence_length": data.draw(st.integers(1, 8)),
        "sequence_stride": data.draw(st.integers(1, 4)),
        "sampling_rate": data.draw(st.integers(1, 4)),
        "batch_size": data.draw(st.sampled_from([None, 1, 4, 128])),
        "shuffle": data.draw(st.booleans()),
        "seed": 5,
        "start_index": start,
        "end_index": end,
    }
    tf.random.set_seed(1)
    expected = listed(KERAS(series, targets, **options))
    tf.random.set_seed(1)
    actual = listed(timeseries_dataset_from_array(series, targets, **options, trailing_gap=False))
    assert len(actual) == len(expected)
    for mine, keras in zip(actual, expected):
        tf.nest.map_structure(np.testing.assert_array_equal, mine, keras)
    if options["sampling_rate"] == 1:
        tf.random.set_seed(1)
        documented = listed(timeseries_dataset_from_array(series, targets, **options))
        tf.nest.map_structure(np.testing.assert_array_equal, documented, actual)


def test_shapes_are_known():
    dataset = timeseries_dataset_from_array(np.zeros((20, 3), "float32"), np.zeros(20), 4)
    assert dataset.element_spec == (
        tf.TensorSpec((None, 4, 3), tf.float32),
        tf.TensorSpec((None,), tf.float64),
    )
    assert timeseries_dataset_from_array(tf.range(9), None, 4, batch_size=None).element_spec == tf.TensorSpec(
        (4,), tf.int32
    )


def test_fewer_targets_than_windows():
    """Keras reads beyond such targets when start_index is given too."""
    pairs = listed(timeseries_dataset_from_array(np.arange(20), np.arange(8), 2, start_index=5))
    np.testing.assert_array_equal(pairs[0][0], [[5, 6], [6, 7], [7, 8]])
    np.testing.assert_array_equal(pairs[0][1], [5, 6, 7])


def test_no_window_fits():
    assert listed(timeseries_dataset_from_array(np.arange(5), None, 9)) == []


def test_shuffling_differs_from_pass_to_pass():
    dataset = timeseries_dataset_from_array(np.arange(200), None, 1, shuffle=True, batch_size=None, seed=1)
    first, second = np.ravel(listed(dataset)), np.ravel(listed(dataset))
    assert sorted(first) == sorted(second) == list(range(200))
    assert first.tolist() != second.tolist()
    unseeded = timeseries_dataset_from_array(np.arange(20), None, 1, shuffle=True)
    assert sorted(np.ravel(listed(unseeded))) == list(range(20))


def test_fit_takes_it():
    series = np.sin(np.arange(80) / 5).astype("float32")[:, None]
    dataset = timeseries_dataset_from_array(series[:-6], series[6:], 6, batch_size=16)
    model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    losses = model.fit(dataset, epochs=2, verbose=0).history["loss"]
    assert losses[1] < losses[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sequence_length": 0}, "sequence_length must be an integer of at least 1, got 0"),
        ({"sequence_length": -1}, "sequence_length must be"),
        ({"sequence_stride": 0}, "sequence_stride must be"),
        ({"sequence_stride": 10}, "sequence_stride must be below the length of data, 10, got 10"),
        ({"sampling_rate": 0}, "sampling_rate must be"),
        ({"sampling_rate": 10}, "sampling_rate must be below"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"start_index": -1}, "start_index must be"),
        ({"start_index": 10}, "start_index must be below the length of data, 10, got 10"),
        ({"end_index": 11}, "end_index must be above start_index, 0, and at most"),
        ({"start_index": 5, "end_index": 5}, "end_index must be above start_index, 5"),
        ({"end_index": 0}, "end_index must be"),
        ({"shuffle": "yes"}, "shuffle must be True or False"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        timeseries_dataset_from_array(np.arange(10), None, **{"sequence_length": 2, **options})
