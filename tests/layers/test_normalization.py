"""BatchNormalization: moving statistics, masks, freezing, precision, distribution, derivatives."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.strategy import two_replicas


def _trained(layer, x, steps=1, **options):
    for _ in range(steps):
        y = layer(x, training=True, **options)
    return y


@pytest.mark.parametrize("shape, axis", [((8, 3), -1), ((4, 5, 3), -1), ((4, 3, 2, 3), 3), ((4, 3, 2, 5), 1)])
@pytest.mark.parametrize("jit", [False, True])
def test_moving_statistics(shape, axis, jit, rng):
    """Both follow the batch's mean and (population) variance: moving = momentum * moving + ..."""
    layer = tfk_ext.BatchNormalization(axis=axis, momentum=0.8)
    step = tf.function(lambda x: layer(x, training=True), jit_compile=jit)
    rest = tuple(a for a in range(len(shape)) if a != axis % len(shape))
    mean, variance = np.zeros(shape[axis]), np.ones(shape[axis])
    for _ in range(3):
        x = (5 + 3 * rng.standard_normal(shape)).astype("float32")
        step(x)
        mean = 0.8 * mean + 0.2 * x.mean(rest)
        variance = 0.8 * variance + 0.2 * x.var(rest)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-4)
    y = layer(x).numpy()
    by = [n if a == axis % len(shape) else 1 for a, n in enumerate(shape)]
    expected = (x - mean.reshape(by)) / np.sqrt(variance.reshape(by) + 1e-3)
    np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-4)


def test_statistics_of_a_large_offset_keep_their_digits(rng):
    x = (1e4 + rng.standard_normal((64, 4, 4, 3))).astype("float32")
    layer = tfk_ext.BatchNormalization(momentum=0.0)
    _trained(layer, x)
    np.testing.assert_allclose(layer.moving_variance, x.astype("float64").var((0, 1, 2)), rtol=1e-2)


def test_a_single_value_has_variance_zero():
    layer = tfk_ext.BatchNormalization(momentum=0.0)
    np.testing.assert_allclose(_trained(layer, tf.constant([[3.0, -1.0]])), [[0.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(layer.moving_mean, [3.0, -1.0])


@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_an_empty_batch_leaves_the_statistics(epsilon):
    layer = tfk_ext.BatchNormalization(epsilon=epsilon)
    step = tf.function(
        lambda x: layer(x, training=True), input_signature=[tf.TensorSpec((None, 3), tf.float32)]
    )
    step(tf.random.normal((8, 3)))
    before = [w.numpy() for w in layer.weights]
    assert step(tf.zeros((0, 3))).shape == (0, 3)
    for a, b in zip(before, layer.weights):
        np.testing.assert_array_equal(a, b)


def test_frozen_layer_is_in_inference(rng):
    x = (2 + rng.standard_normal((8, 3))).astype("float32")
    layer = tfk_ext.BatchNormalization()
    _trained(layer, x, 5)
    layer.trainable = False
    before = [w.numpy() for w in layer.weights]
    np.testing.assert_array_equal(layer(x, training=True), layer(x, training=False))
    for a, b in zip(before, layer.weights):
        np.testing.assert_array_equal(a, b)
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4


@pytest.mark.slow
def test_training_equals_keras_2(rng):
    """Weights and moving statistics after a few epochs of `fit`."""
    x = rng.standard_normal((64, 6)).astype("float32")
    y = (x @ rng.standard_normal((6, 1))).astype("float32")
    kernel = rng.standard_normal((6, 4)).astype("float32") * 0.3

    def model(keras, layers):
        made = keras.Sequential(
            [layers.Dense(4, use_bias=False, input_shape=(6,)), layers.BatchNormalization(momentum=0.9)]
        )
        made.add(layers.Dense(1, kernel_initializer="ones"))
        made.layers[0].set_weights([kernel])
        made.compile(keras.optimizers.SGD(0.05), "mse")
        made.fit(x, y, batch_size=16, epochs=4, shuffle=False, verbose=0)
        return made

    ours, theirs = model(tf.keras, tfk_ext), model(tf_keras, tf_keras.layers)
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("shape, depth", [((3, 5, 4), 2), ((3, 5, 2, 4), 2), ((3, 5, 2, 4), 3)])
def test_masked_positions_do_not_count(shape, depth, rng):
    x = rng.standard_normal(shape).astype("float32")
    mask = rng.uniform(size=shape[:depth]) > 0.4
    x[~mask] = np.nan  # whatever padding holds
    layer = tfk_ext.BatchNormalization(momentum=0.0)
    y = _trained(layer, x, mask=tf.constant(mask)).numpy()
    kept = x[mask].reshape(-1, shape[-1]).astype("float64")
    np.testing.assert_allclose(layer.moving_mean, kept.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, kept.var(0), rtol=1e-4)
    expected = (x[mask] - kept.mean(0)) / np.sqrt(kept.var(0) + 1e-3)
    np.testing.assert_allclose(y[mask], expected, rtol=1e-3, atol=1e-4)


def test_a_mask_that_leaves_nothing():
    layer = tfk_ext.BatchNormalization()
    y = _trained(layer, tf.ones((2, 3, 4)), mask=tf.zeros((2, 3), tf.bool))
    assert np.isfinite(y).all()
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(4))
    np.testing.assert_array_equal(layer.moving_variance, np.ones(4))


def test_a_mask_from_masking_counts(rng):
    x = rng.standard_normal((2, 4, 3)).astype("float32")
    x[:, 2:] = 0.0
    model = tf.keras.Sequential(
        [tfk_ext.Masking(input_shape=(4, 3)), tfk_ext.BatchNormalization(momentum=0.0)]
    )
    model(x, training=True)
    np.testing.assert_allclose(model.layers[-1].moving_mean, x[:, :2].mean((0, 1)), rtol=1e-4)


def test_a_mask_of_too_many_axes():
    with pytest.raises(ValueError, match="mask must have fewer axes"):
        tfk_ext.BatchNormalization()(tf.ones((2, 3)), training=True, mask=tf.ones((2, 3), tf.bool))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_computes_in_float32(policy, rng):
    x = (300 + 100 * rng.standard_normal((64, 8, 8, 2))).astype("float32")  # whose squares float16 can't sum
    layer = tfk_ext.BatchNormalization(momentum=0.0, dtype=policy)
    y = _trained(layer, x)
    assert y.dtype == layer.compute_dtype
    assert {w.dtype for w in layer.weights} == {"float32"}
    cast = tf.cast(tf.cast(x, layer.compute_dtype), tf.float32).numpy()
    np.testing.assert_allclose(layer.moving_mean, cast.mean((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, cast.var((0, 1, 2)), rtol=1e-3)
    assert abs(float(tf.math.reduce_std(tf.cast(y, tf.float32))) - 1) < 0.02


@pytest.mark.parametrize("options", [{}, {"epsilon": 1e-6}, {"axis": 1}])
def test_second_derivatives(options, rng):
    """A gradient penalty differentiates the gradient: the fused kernel must allow it."""
    x = tf.constant(rng.standard_normal((4, 3, 2, 2)), tf.float32)
    layers = [tfk_ext.BatchNormalization(**options), tf.keras.layers.BatchNormalization(**options)]
    found = []
    for layer in layers:
        layer.build(x.shape)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(layer(x, training=True) ** 3)
            penalty = tf.reduce_sum(inner.gradient(total, x) ** 2)
        found.append(outer.gradient(penalty, x).numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=2e-3, atol=2e-3 * np.abs(found[1]).max())


def test_names_order_and_shapes_of_the_weights_are_those_of_keras_2():
    for axis in (-1, [1, 3]):
        ours, theirs = tfk_ext.BatchNormalization(axis=axis), tf_keras.layers.BatchNormalization(axis=axis)
        ours.build((None, 4, 2, 3)), theirs.build((None, 4, 2, 3))
        named = [(w.name.split("/")[-1].split(":")[0], tuple(w.shape)) for w in theirs.weights]
        assert [(w.name, tuple(w.shape)) for w in ours.weights] == named
        ours.set_weights(theirs.get_weights())


def _distributed(synchronized, x):
    strategy = two_replicas()
    with strategy.scope():
        layer = tfk_ext.BatchNormalization(momentum=0.0, synchronized=synchronized)
        layer.build((None, *x.shape[1:]))
    data = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(np.split(x, 2)[context.replica_id_in_sync_group])
    )

    @tf.function
    def step(values):
        def replica(v):
            with tf.GradientTape() as tape:
                tape.watch(v)
                y = layer(v, training=True)
                total = tf.reduce_sum(y**3)
            return y, tape.gradient(total, v)

        return strategy.run(replica, args=(values,))

    y, gradient = step(data)
    joined = [
        np.concatenate([p.numpy() for p in strategy.experimental_local_results(v)]) for v in (y, gradient)
    ]
    return layer, *joined


def test_synchronized_replicas_are_one_batch(rng):
    x = (rng.standard_normal((8, 2, 3)) * [[[1, 2, 3]]] + np.arange(8)[:, None, None]).astype("float32")
    layer, y, gradient = _distributed(True, x)
    alone = tfk_ext.BatchNormalization(momentum=0.0)
    v = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(v)
        expected = alone(v, training=True)
        total = tf.reduce_sum(expected**3)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(gradient, tape.gradient(total, v), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), alone.moving_mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), alone.moving_variance, rtol=1e-4)


def test_replicas_have_their_own_statistics_and_share_the_moving_ones(rng):
    x = (rng.standard_normal((8, 2, 3)) + np.arange(8)[:, None, None]).astype("float32")
    layer, y, _ = _distributed(False, x)
    halves = np.split(x, 2)
    expected = np.concatenate([(h - h.mean((0, 1))) / np.sqrt(h.var((0, 1)) + 1e-3) for h in halves])
    np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x.mean((0, 1)), rtol=1e-4)
    variance = np.mean([h.var((0, 1)) for h in halves], 0)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-4)


@pytest.mark.parametrize("clipping", [None, {"rmax": 1.2, "rmin": 0.9, "dmax": 0.3}])
@pytest.mark.parametrize("axis", [-1, 1])
def test_renorm_equals_its_formula(clipping, axis, rng):
    layer = tfk_ext.BatchNormalization(
        axis=axis, momentum=0.9, renorm=True, renorm_clipping=clipping, renorm_momentum=0.8
    )
    bounds = {"rmin": 0, "rmax": np.inf, "dmax": np.inf, **(clipping or {})}
    mean, stddev, moving = np.zeros(3), np.ones(3), np.ones(3)
    for _ in range(3):
        x = (1 + 2 * rng.standard_normal((8, 3))).astype("float32")
        r = np.clip(np.sqrt(x.var(0) + 1e-3) / stddev, bounds["rmin"], bounds["rmax"])
        d = np.clip((x.mean(0) - mean) / stddev, -bounds["dmax"], bounds["dmax"])
        expected = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3) * r + d
        np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-3, atol=1e-4)
        mean = 0.8 * mean + 0.2 * x.mean(0)
        stddev = 0.8 * stddev + 0.2 * np.sqrt(x.var(0) + 1e-3)
        moving = 0.9 * moving + 0.1 * np.sqrt(x.var(0) + 1e-3)
    np.testing.assert_allclose(layer.renorm_mean, mean, rtol=1e-4)
    np.testing.assert_allclose(layer.renorm_stddev, stddev, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_stddev, moving, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance, moving**2 - 1e-3, rtol=1e-4)
    names = [
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
        "moving_stddev",
        "renorm_mean",
        "renorm_stddev",
    ]
    assert [w.name for w in layer.weights] == names


@st.composite
def cases(draw):
    shape = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    shape[0] = draw(st.integers(2, 5))
    axes = draw(st.lists(st.integers(1, len(shape) - 1), min_size=1, max_size=2, unique=True))
    config = {
        "axis": axes[0] if len(axes) == 1 else axes,
        "center": draw(st.booleans()),
        "scale": draw(st.booleans()),
        "epsilon": draw(st.sampled_from([1e-3, 1e-5, 0.1])),
        "momentum": draw(st.sampled_from([0.0, 0.5, 0.99])),
    }
    return tuple(shape), config, draw(st.booleans())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(cases())
def test_drawn_configurations_equal_keras_2(case):
    shape, config, training = case
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    # Keras 2's fused kernel tracks the sample variance; the documents and Keras 3 say the batch's.
    ours, theirs = (
        tfk_ext.BatchNormalization(**config),
        tf_keras.layers.BatchNormalization(fused=False, **config),
    )
    for _ in range(2):
        y, expected = ours(x, training=training), theirs(x, training=training)
        np.testing.assert_allclose(y, expected, rtol=2e-3, atol=2e-3)
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    spec = tf.TensorSpec([n if a in ours.input_spec.axes else None for a, n in enumerate(shape)], tf.float32)
    run = tf.function(lambda v: ours(v, training=training), input_signature=[spec])
    np.testing.assert_allclose(run(x), expected, rtol=2e-3, atol=2e-3)
