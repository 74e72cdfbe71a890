"""Locally connected layers beyond their row: Keras 2 over drawn settings, masks, second derivatives."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tfk_ext.ops import local as ops


def test_documented_shapes_in_a_plain_sequential():
    model = tf.keras.Sequential()
    model.add(tfk_ext.LocallyConnected2D(64, (3, 3), input_shape=(32, 32, 3)))
    assert model.output_shape == (None, 30, 30, 64)
    model.add(tfk_ext.LocallyConnected2D(32, (3, 3)))
    assert model.output_shape == (None, 28, 28, 32)
    assert model.count_params() == 30 * 30 * (27 + 1) * 64 + 28 * 28 * (9 * 64 + 1) * 32


@st.composite
def _settings(draw):
    rank = draw(st.sampled_from([1, 2]))
    sizes = draw(st.tuples(*[st.integers(1, 7)] * rank))
    kernel = tuple(draw(st.integers(1, size)) for size in sizes)
    return {
        "sizes": sizes,
        "channels": draw(st.integers(1, 3)),
        "filters": draw(st.integers(1, 3)),
        "kernel_size": kernel,
        "strides": draw(st.tuples(*[st.integers(1, 3)] * rank)),
        "use_bias": draw(st.booleans()),
        "data_format": draw(st.sampled_from(["channels_last", "channels_first"])),
    }


@settings(max_examples=25, deadline=None)
@given(_settings())
def test_equal_to_keras_2_over_drawn_settings(drawn):
    rank, channels = len(drawn["sizes"]), drawn["channels"]
    sizes = drawn.pop("sizes")
    drawn.pop("channels")
    first = drawn["data_format"] == "channels_first"
    shape = (2, channels, *sizes) if first else (2, *sizes, channels)
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    name = f"LocallyConnected{rank}D"
    ours, theirs = getattr(tfk_ext, name)(**drawn), getattr(tf_keras.layers, name)(**drawn)
    ours(x)
    theirs(x)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)
    assert ours.compute_output_shape(shape) == tuple(theirs(x).shape)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_numeric_gradients(data_format, padding, rng):
    """All entries of the Jacobian, in float64, by TensorFlow's own checker."""
    shape = (1, 3, 3, 2) if data_format == "channels_last" else (1, 2, 3, 3)
    index = ops.patch_index((3, 3), (2, 2), (1, 2), padding)
    sizes = tuple(ops.output_size(3, 2, s, padding) for s in (1, 2))
    x = tf.constant(rng.standard_normal(shape))
    kernel = tf.constant(rng.standard_normal((index.shape[0], 8, 2)))

    def run(x, kernel):
        return ops.locally_connected(x, kernel, index, sizes, data_format)

    analytic, numeric = tf.test.compute_gradient(run, [x, kernel], delta=1e-5)
    for a, n in zip(analytic, numeric):
        np.testing.assert_allclose(a, n, rtol=1e-7, atol=1e-8)


def test_second_derivatives(rng):
    """Gradient-penalty training differentiates the gradient."""
    x = tf.constant(rng.standard_normal((2, 5, 2)))
    layer = tfk_ext.LocallyConnected1D(3, 2, activation="tanh", dtype="float64")
    layer(x)

    def penalty(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(layer(x))
        return tf.reduce_sum(tape.gradient(y, x) ** 2)

    analytic, numeric = tf.test.compute_gradient(penalty, [x], delta=1e-5)
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-7)


def test_masked_steps_count_as_zeros(rng):
    x = rng.standard_normal((2, 6, 3)).astype("float32")
    x[0, 2:] = x[1, 4:] = 0
    layer = tfk_ext.LocallyConnected1D(4, 2)
    plain = layer(x)
    spoiled = np.where(x == 0, 99, x).astype("float32")
    masked = tf.keras.layers.Masking(99)(spoiled)
    result = layer(masked)
    np.testing.assert_allclose(result, plain, rtol=1e-6)
    np.testing.assert_array_equal(
        result._keras_mask, [[True, True, False, False, False], [True, True, True, True, False]]
    )


def test_masked_rows_of_images(rng):
    x = rng.standard_normal((1, 4, 3, 2)).astype("float32")
    layer = tfk_ext.LocallyConnected2D(2, 2, padding="same")
    mask = np.array([[True, True, False, False]])
    expected = layer(x * mask[:, :, None, None])
    result = layer(tf.constant(x), mask=tf.constant(mask))
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    np.testing.assert_array_equal(
        layer.compute_mask(x, tf.constant(mask))[0, :, 0], [True, True, True, False]
    )


def test_a_mask_in_channels_first_is_refused(rng):
    layer = tfk_ext.LocallyConnected1D(2, 2, data_format="channels_first")
    with pytest.raises(ValueError, match="a mask needs data_format='channels_last'"):
        layer(tf.ones((1, 2, 4)), mask=tf.ones((1, 4), bool))


def test_regularizers_and_constraints_act(rng):
    layer = tfk_ext.LocallyConnected1D(2, 3, kernel_regularizer="l2", kernel_constraint="non_neg")
    model = tf.keras.Sequential([tf.keras.Input((6, 2)), layer])
    model.compile("sgd", "mse")
    expected = 0.01 * np.sum(np.square(layer.kernel))
    np.testing.assert_allclose(layer.losses[0], expected, rtol=1e-5)
    model.fit(rng.standard_normal((4, 6, 2)), rng.standard_normal((4, 4, 2)), verbose=0)
    assert layer.kernel.numpy().min() >= 0


def test_the_graph_does_not_grow_with_the_number_of_positions():
    def nodes(steps):
        layer = tfk_ext.LocallyConnected1D(2, 3)
        function = tf.function(layer).get_concrete_function(tf.TensorSpec((None, steps, 2)))
        return len(function.graph.get_operations())

    assert nodes(1000) == nodes(10)


def test_patches_of_padding_same():
    np.testing.assert_array_equal(
        ops.patch_index((4,), (3,), (1,), "same"), [[4, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]
    )
    np.testing.assert_array_equal(
        ops.patch_index((2, 2), (1, 2), (1, 1), "same"), [[4, 0], [0, 1], [4, 2], [2, 3]]
    )


def test_masks_in_a_functional_model(rng):
    x = rng.standard_normal((2, 6, 3)).astype("float32")
    x[0, 3:] = 0
    inputs = tf.keras.Input((6, 3))
    layer = tfk_ext.LocallyConnected1D(4, 2)
    model = tf.keras.Model(inputs, layer(tf.keras.layers.Masking()(inputs)))
    np.testing.assert_allclose(model(x), layer(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict(x, verbose=0), layer(x), rtol=1e-5, atol=1e-6)
