"""Activations that are layers: masks of Softmax, gradients at the kinks, drawn configurations."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext


def test_softmax_with_a_mask(rng):
    x = rng.standard_normal((2, 3, 4)).astype("float32")
    mask = rng.uniform(size=(2, 3, 4)) > 0.4
    mask[0, 0] = False
    mask[:, 1, 0] = True
    y = tfk_ext.Softmax()(x, mask=mask).numpy()
    e = np.where(mask, np.exp(x), 0)
    total = e.sum(-1, keepdims=True)
    np.testing.assert_allclose(y, np.divide(e, total, out=np.zeros_like(e), where=total > 0), rtol=1e-5)
    whole = tfk_ext.Softmax(axis=[1, 2])(x, mask=mask).numpy()
    np.testing.assert_allclose(whole, e / e.sum((1, 2), keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_softmax_mask_in_other_precisions(policy):
    layer = tfk_ext.Softmax(dtype=policy)
    y = layer(tf.constant([[1.0, 1.0, 1000.0]]), mask=tf.constant([[1, 1, 0]]))
    assert y.dtype == layer.compute_dtype
    np.testing.assert_allclose(tf.cast(y, tf.float32), [[0.5, 0.5, 0.0]])


def test_softmax_takes_the_mask_of_a_sequence(rng):
    """Attention weights over the steps: those of the padding are 0."""
    x = rng.standard_normal((1, 4, 2)).astype("float32")
    x[0, 2:] = 0
    masked = tfk_ext.Masking()(x)
    y = tfk_ext.Softmax(axis=1)(masked)
    e = np.exp(x[:, :2])
    np.testing.assert_allclose(y[:, :2], e / e.sum(1, keepdims=True), rtol=1e-5)
    np.testing.assert_array_equal(y[:, 2:], np.zeros((1, 2, 2)))
    np.testing.assert_array_equal(y._keras_mask, [[True, True, False, False]])
    # Over the features the mask changes nothing.
    np.testing.assert_allclose(tfk_ext.Softmax()(masked), tfk_ext.Softmax()(x), rtol=1e-6)
    # Given by hand it means the same.
    given_mask = tfk_ext.Softmax(axis=1)(x, mask=tf.constant([[True, True, False, False]]))
    np.testing.assert_array_equal(given_mask, y)


def test_softmax_mask_that_does_not_fit():
    for shape in [(2, 5), (1, 1, 1, 4), (3,)]:
        with pytest.raises(ValueError, match="does not broadcast"):
            tfk_ext.Softmax()(tf.ones((2, 3, 4)), mask=tf.ones(shape, tf.bool))


@pytest.mark.parametrize(
    "layer, x, expected",
    [
        (tfk_ext.ThresholdedReLU(1.0), 1.0, 0.0),
        (tfk_ext.ThresholdedReLU(0.0), 0.0, 0.0),
        (tfk_ext.ReLU(), 0.0, 0.0),
        # As documented: f(x) = x from the threshold on. Keras 2 and 3 compute 0 at the threshold itself.
        (tfk_ext.ReLU(threshold=1.0), 1.0, 1.0),
        (tfk_ext.ReLU(max_value=0.0), 5.0, 0.0),
        (tfk_ext.ReLU(max_value=2.0, threshold=3.0, negative_slope=0.5), 2.5, 2.0),
    ],
)
def test_values_at_the_kinks(layer, x, expected):
    assert float(layer(tf.constant([x]))[0]) == expected


@pytest.mark.parametrize(
    "layer", [tfk_ext.ELU(2.0), tfk_ext.LeakyReLU(0.1), tfk_ext.PReLU(), tfk_ext.ReLU(6.0, 0.1, 0.5)]
)
def test_large_values_have_finite_outputs_and_gradients(layer):
    x = tf.constant([[-1e30, -100.0, 0.0, 100.0, 1e30]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    assert np.isfinite(y).all() and np.isfinite(tape.gradient(y, x)).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_prelu_equals_keras_2(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    shared = data.draw(st.none() | st.lists(st.integers(1, len(sizes)), max_size=3))
    x = np.random.default_rng(0).standard_normal((3, *sizes)).astype("float32")
    ours = tfk_ext.PReLU(alpha_initializer="he_normal", shared_axes=shared)
    theirs = tf_keras.layers.PReLU(shared_axes=shared)
    y, _ = ours(x), theirs(x)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(y, theirs(x), rtol=1e-5, atol=1e-6)
    spec = [None, *(None if a + 1 in (shared or ()) else n for a, n in enumerate(sizes))]
    run = tf.function(ours, input_signature=[tf.TensorSpec(spec, tf.float32)])
    np.testing.assert_allclose(run(x), y, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.none() | st.integers(0, 24).map(lambda n: n / 8),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.sampled_from([0.0, 0.5, 1.5]),
    st.booleans(),
)
def test_relu_equals_the_documented_cases(max_value, slope, threshold, jit):
    x = np.linspace(-3, 4, 29, dtype="float32")[None]
    top = np.inf if max_value is None else np.float32(max_value)
    expected = np.select([x >= top, x >= threshold], [top, x], np.float32(slope) * (x - threshold))
    layer = tfk_ext.ReLU(max_value, slope, threshold)
    np.testing.assert_allclose(tf.function(layer, jit_compile=jit)(x), expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_softmax_equals_the_formula(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    rank = len(sizes) + 1
    axes = data.draw(st.lists(st.integers(1 - rank, rank - 1).filter(bool), min_size=1, max_size=2))
    axes = [a for i, a in enumerate(axes) if a % rank not in [b % rank for b in axes[:i]]]
    x = 30 * np.random.default_rng(0).standard_normal((2, *sizes)).astype("float32")
    e = np.exp(x - x.max(tuple(axes), keepdims=True))
    expected = e / e.sum(tuple(axes), keepdims=True)
    np.testing.assert_allclose(tfk_ext.Softmax(axes)(x), expected, rtol=1e-4, atol=1e-6)
