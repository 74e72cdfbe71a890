"""Pooling layers beyond their rows."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tfk_ext


def pooled(x, window, strides, kind):
    """Return the pooling of channels_last volumes with padding "same", window by window."""
    sizes = x.shape[1:-1]
    outputs = [-(-n // s) for n, s in zip(sizes, strides)]
    fronts = [max((o - 1) * s + k - n, 0) // 2 for o, s, k, n in zip(outputs, strides, window, sizes)]
    y = np.empty((len(x), *outputs, x.shape[-1]))
    for at in np.ndindex(*outputs):
        begins = [a * s - front for a, s, front in zip(at, strides, fronts)]
        place = tuple(slice(max(b, 0), b + k) for b, k in zip(begins, window))
        values = x[(slice(None), *place)].reshape(len(x), -1, x.shape[-1])
        y[(slice(None), *at)] = values.max(1) if kind == "Max" else values.mean(1)
    return y


@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_volumes_with_a_window_below_its_stride(kind, data_format):
    rng = np.random.default_rng(0)
    for length in range(1, 8):
        x = rng.standard_normal((2, length, 4, 5, 3)).astype("float32")
        for size, stride in ((1, 2), (1, 3), (2, 3), (2, 4)):
            window, strides = (size, 2, 1), (stride, 1, 3)
            options = {"strides": strides, "padding": "same", "data_format": data_format}
            layer = getattr(tfk_ext, f"{kind}Pooling3D")(window, **options)
            expected = pooled(x, window, strides, kind)
            if data_format == "channels_first":
                actual = np.moveaxis(layer(np.moveaxis(x, -1, 1)), 1, -1)
            else:
                actual = layer(x)
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3), st.sampled_from(["Max", "Average"]))
def test_equal_to_keras_2_over_drawn_settings(data, rank, kind):
    several = st.tuples(*[st.integers(1, 4)] * rank)
    sizes = data.draw(st.tuples(*[st.integers(1, 7)] * rank))
    config = {
        "pool_size": data.draw(several),
        "strides": data.draw(st.one_of(st.none(), several)),
        "padding": data.draw(st.sampled_from(["valid", "same"])),
    }
    if config["padding"] == "valid":
        assume(all(k <= n for n, k in zip(sizes, config["pool_size"])))
    elif rank == 3 and config["strides"]:
        # TensorFlow's kernel under Keras 2 takes wrong sites for a window below its stride: see above.
        assume(all(k >= s for k, s in zip(config["pool_size"], config["strides"])))
    x = np.random.default_rng(0).standard_normal((2, *sizes, 3)).astype("float32")
    name = f"{kind}Pooling{rank}D"
    expected = getattr(tf_keras.layers, name)(**config)(x).numpy()
    layer = getattr(tfk_ext, name)(**config)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape(x.shape) == expected.shape
    # In float64 the pooling over volumes takes another way.
    double = getattr(tfk_ext, name)(**config, dtype="float64")
    np.testing.assert_allclose(double(x.astype("float64")), expected, rtol=1e-5, atol=1e-6)
    first = getattr(tfk_ext, name)(**config, data_format="channels_first")
    np.testing.assert_allclose(
        first(np.moveaxis(x, -1, 1)), np.moveaxis(expected, -1, 1), rtol=1e-5, atol=1e-6
    )


def test_second_names():
    layers = tfk_ext.layers.pooling
    for rank in (1, 2, 3):
        for short, long in (("MaxPool", "MaxPooling"), ("AvgPool", "AveragePooling")):
            assert getattr(layers, f"{short}{rank}D") is getattr(layers, f"{long}{rank}D")
            assert getattr(layers, f"Global{short}{rank}D") is getattr(layers, f"Global{long}{rank}D")


def test_documented_sizes():
    """[10, 4, 10] pooled by 2 with a stride of 1 is [10, 3, 10]."""
    assert tfk_ext.MaxPooling1D(2, strides=1)(np.ones((10, 4, 10))).shape == (10, 3, 10)
    boy = np.array([[[0.7, -0.2, 0.1], [0.8, -0.3, 0.2], [0.2, -0.1, 0.4], [0.4, -0.4, 0.8]]])
    expected = [[[0.8, -0.2, 0.2], [0.8, -0.1, 0.4], [0.4, -0.1, 0.8]]]
    np.testing.assert_allclose(tfk_ext.MaxPooling1D(2, strides=1)(boy), expected)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_masked_mean(data_format, keepdims, rng):
    x = rng.standard_normal((3, 5, 4)).astype("float32")
    mask = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 1, 1], [1, 1, 1, 1, 1]], bool)
    expected = np.stack([row[kept].mean(0) for row, kept in zip(x, mask)])
    x[~mask] = np.nan  # what is masked does not matter at all
    axis = 1
    if data_format == "channels_first":
        x, axis = np.moveaxis(x, -1, 1), 2
    layer = tfk_ext.GlobalAveragePooling1D(data_format, keepdims=keepdims)
    expected = np.expand_dims(expected, axis) if keepdims else expected
    np.testing.assert_allclose(layer(x, mask=mask), expected, rtol=1e-5)
    np.testing.assert_allclose(layer(x, mask=tf.cast(mask, tf.float32)), expected, rtol=1e-5)


def test_mask_of_an_embedding_reaches_the_mean():
    model = tf.keras.Sequential(
        [
            tf.keras.Input((4,), dtype="int32"),
            tf.keras.layers.Embedding(9, 2, mask_zero=True),
            tfk_ext.GlobalAveragePooling1D(),
        ]
    )
    words = np.array([[3, 5, 0, 0], [0, 0, 0, 0]])
    table = model.layers[0].get_weights()[0]
    np.testing.assert_allclose(model(words), [table[[3, 5]].mean(0), [0.0, 0.0]], rtol=1e-6)


def test_masked_mean_of_long_sequences_in_half_precision():
    """The steps are counted in float32: 4097 is no float16."""
    x = np.ones((1, 4097, 1), "float16")
    layer = tfk_ext.GlobalAveragePooling1D(dtype="mixed_float16")
    y = layer(x, mask=np.ones((1, 4097), bool))
    assert y.dtype == tf.float16
    np.testing.assert_allclose(tf.cast(y, tf.float32), 1.0, rtol=1e-3)


def test_a_window_too_large_names_both_sizes():
    message = r"MaxPooling2D: pool_size \(2, 3\) is larger than the input's \(4, 2\) \(rows, columns\)"
    with pytest.raises(ValueError, match=message):
        tfk_ext.MaxPooling2D((2, 3))(np.ones((1, 4, 2, 1)))
