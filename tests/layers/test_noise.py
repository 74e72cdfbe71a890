"""The noise layers in training: their statistics, their seeds."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize(
    "layer, x, mean, deviation",
    [
        (tfk_ext.GaussianNoise(2.0, seed=1), 3.0, 3.0, 2.0),
        (tfk_ext.GaussianNoise(0.1, seed=1), 3.0, 3.0, 0.1),
        (tfk_ext.GaussianDropout(0.5, seed=1), 3.0, 3.0, 3.0),
        (tfk_ext.GaussianDropout(0.2, seed=1), 1.0, 1.0, 0.5),
    ],
    ids=["noise 2", "noise 0.1", "dropout 0.5", "dropout 0.2"],
)
def test_gaussian_statistics(layer, x, mean, deviation, jit):
    run = tf.function(lambda v: layer(v, training=True), jit_compile=jit)
    y = run(tf.fill((400, 500), x)).numpy()
    assert y.mean() == pytest.approx(mean, abs=0.02 * deviation)
    assert y.std() == pytest.approx(deviation, rel=0.02)
    z = (y - mean) / deviation
    # The shares of a normal distribution within one and two deviations.
    assert (np.abs(z) < 1).mean() == pytest.approx(0.6827, abs=0.01)
    assert (np.abs(z) < 2).mean() == pytest.approx(0.9545, abs=0.01)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(rate, rng):
    x = rng.standard_normal((400, 500)).astype("float32")
    y = tfk_ext.AlphaDropout(rate, seed=1)(x, training=True).numpy()
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(1, abs=0.02)
    values, counts = np.unique(y.round(5), return_counts=True)
    assert counts.max() / y.size == pytest.approx(rate, abs=0.01), "the dropped ones share one value"


def test_alpha_dropout_noise_shape():
    y = tfk_ext.AlphaDropout(0.5, noise_shape=(None, 1, None), seed=1)(tf.zeros((4, 6, 5)), training=True)
    assert (y.numpy() == y.numpy()[:, :1]).all()
    with pytest.raises(ValueError, match="can't be broadcast"):
        tfk_ext.AlphaDropout(0.5, noise_shape=(4, 2, 5))(tf.zeros((4, 6, 5)), training=True)


def test_alpha_dropout_of_everything():
    np.testing.assert_array_equal(tfk_ext.AlphaDropout(1.0)(tf.ones((2, 3)), training=True), np.zeros((2, 3)))


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: tfk_ext.GaussianNoise(1.0, seed=seed),
        lambda seed: tfk_ext.GaussianDropout(0.5, seed=seed),
        lambda seed: tfk_ext.AlphaDropout(0.5, seed=seed),
    ],
    ids=["GaussianNoise", "GaussianDropout", "AlphaDropout"],
)
def test_seeds(make):
    x = tf.ones((4, 50))
    one, same, other = make(5), make(5), make(6)
    first, second = one(x, training=True).numpy(), one(x, training=True).numpy()
    assert (first != second).any()
    np.testing.assert_array_equal(same(x, training=True), first)
    np.testing.assert_array_equal(same(x, training=True), second)
    assert (other(x, training=True).numpy() != first).any()
    assert one(x) is x and one(x, training=False) is x
    # A large seed, as old programs pass from a clock.
    assert np.isfinite(make(2**40 + 3)(x, training=True)).all()


def test_one_state_a_layer_and_none_without_noise():
    assert len(tfk_ext.GaussianNoise(0.0).variables) == 0
    layer = tfk_ext.GaussianNoise(1.0)
    assert [v.shape for v in layer.variables] == [(2,)]
    assert layer.weights == []


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_noise_has_the_dtype_of_the_policy(policy):
    for cls, value in (
        (tfk_ext.GaussianNoise, 1.0),
        (tfk_ext.GaussianDropout, 0.3),
        (tfk_ext.AlphaDropout, 0.3),
    ):
        layer = cls(value, dtype=policy, seed=1)
        y = layer(tf.ones((200, 200), layer.compute_dtype), training=True)
        assert y.dtype == layer.compute_dtype
        assert float(tf.math.reduce_std(tf.cast(y, tf.float32))) > 0.1
