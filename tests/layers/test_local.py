"""Locally connected layers beyond their row: Keras 2 over drawn settings, masks, second derivatives."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tfk_ext.ops import local as ops
from tfk_ext.ops import patchwise


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


def _plain(x, kernel, index, cotangent, first):
    """Return the result and the gradients by x and the kernel, from the formula."""
    batch, channels = x.shape[0], x.shape[1 if first else -1]
    sites = (np.moveaxis(x, 1, -1) if first else x).reshape(batch, -1, channels)
    patches = np.concatenate([sites, np.zeros((batch, 1, channels))], 1)[:, index]
    order = (0, 1, 3, 2) if first else (0, 1, 2, 3)
    flat = patches.transpose(order).reshape(batch, len(index), -1)
    y = np.einsum("bpf,pfo->bpo", flat, kernel)
    d_flat = np.einsum("bpo,pfo->bpf", cotangent, kernel)
    d_patches = d_flat.reshape(patches.transpose(order).shape).transpose(order)
    d_sites = np.zeros((batch, sites.shape[1] + 1, channels))
    np.add.at(d_sites, (slice(None), index), d_patches)
    d_sites = d_sites[:, :-1].transpose(0, 2, 1) if first else d_sites[:, :-1]
    return y, d_sites.reshape(x.shape), np.einsum("bpf,bpo->pfo", flat, cotangent)


def _take(positions, values, monkeypatch, large=2**13):
    """Have so many positions taken at a time, of a layer with so many values in a patch or its matrix."""
    monkeypatch.setattr(patchwise, "AT_A_TIME", positions * values)
    monkeypatch.setattr(patchwise, "WHOLE", positions * values)
    monkeypatch.setattr(patchwise, "LARGE", large)
    monkeypatch.setattr(patchwise, "COMPILED", large)


@pytest.mark.parametrize("at_a_time, large", [(None, 1), (1, 2**13), (3, 1), (5, 2**13)])
@pytest.mark.parametrize(
    "channels, filters", [(16, 2), (3, 64), (3, 2)], ids=["rows of channels", "many filters", "few filters"]
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_each_arrangement_is_the_plain_formula(
    channels, filters, data_format, padding, at_a_time, large, rng, monkeypatch
):
    """Rows of channels or of samples; all positions at once or some, with a rest or without."""
    if at_a_time:
        monkeypatch.setattr(ops, "FEW", 0)
        _take(at_a_time, 6 * channels * max(filters, patchwise.USUAL_BATCH), monkeypatch, large)
    first = data_format == "channels_first"
    index = ops.patch_index((5, 4), (2, 3), (2, 1), padding)
    sizes = tuple(ops.output_size(*a, padding) for a in ((5, 2, 2), (4, 3, 1)))
    x = rng.standard_normal((3, channels, 5, 4) if first else (3, 5, 4, channels))
    kernel = rng.standard_normal((len(index), 6 * channels, filters))
    cotangent = rng.standard_normal((3, len(index), filters))
    wanted = _plain(x, kernel, index, cotangent, first)
    # With and without XLA where all positions are taken at once, and where a rest is left.
    single = [("float32", 1e-5, False), ("float32", 1e-5, True)] if at_a_time in (None, 3) else []
    for dtype, tolerance, jit in (("float64", 1e-12, False), *single):

        @tf.function(jit_compile=jit, input_signature=[tf.TensorSpec((None, *x.shape[1:]), dtype)])
        def step(x, dtype=dtype):
            weights = tf.constant(kernel, dtype)
            with tf.GradientTape() as tape:
                tape.watch([x, weights])
                y = ops.locally_connected(x, weights, index, sizes, data_format)
                y = tf.reshape(tf.transpose(y, (0, 2, 3, 1)) if first else y, cotangent.shape)
            return y, *tape.gradient(y, (x, weights), tf.constant(cotangent, dtype))

        for got, right in zip(step(tf.constant(x, dtype)), wanted):
            np.testing.assert_allclose(got, right, rtol=tolerance, atol=tolerance * np.abs(right).max())


@pytest.mark.slow
@pytest.mark.parametrize("at_a_time", [None, 3])
@pytest.mark.parametrize("filters", [1, 3], ids=["collected", "scattered"])
def test_derivatives_to_any_order(at_a_time, filters, rng, monkeypatch):
    """Each of the three products is differentiated by both arguments, and the gradients once more."""
    if at_a_time:
        _take(at_a_time, 6 * 32, monkeypatch)
    patches = patchwise.Patches(ops.patch_index((7,), (2,), (1,), "valid"), 7)
    shapes = {"x": (7, 3, 2), "kernel": (6, 6, filters), "d": (6, 2, filters)}
    values = {name: tf.constant(rng.standard_normal(shape)) for name, shape in shapes.items()}
    for product, names in (
        (patchwise.outputs, ("x", "kernel")),
        (patchwise.input_gradient, ("kernel", "d")),
        (patchwise.kernel_gradient, ("x", "d")),
    ):
        arguments = [values[name] for name in names]

        @tf.function
        def penalty(*arguments, product=product):
            with tf.GradientTape() as tape:
                tape.watch(arguments)
                y = tf.reduce_sum(tf.tanh(product(patches, *arguments)))
            return sum(tf.reduce_sum(g**2) for g in tape.gradient(y, arguments))

        analytic, numeric = tf.test.compute_gradient(penalty, arguments, delta=1e-5)
        for a, n in zip(analytic, numeric):
            np.testing.assert_allclose(a, n, rtol=1e-6, atol=1e-6)


def test_batches_of_many_sizes_are_not_traced_again(rng, monkeypatch, caplog):
    """TensorFlow warns of a function that is traced again and again."""
    monkeypatch.setattr(patchwise, "COMPILED", 1)
    layer = tfk_ext.LocallyConnected1D(3, 2)
    x = tf.constant(rng.standard_normal((9, 5, 2)), "float32")
    layer(x)
    for count in range(1, 10):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x[:count])
        gradient = tape.gradient(y, x)
        assert np.all(gradient[:count] != 0) and np.all(gradient[count:] == 0)
    assert "retracing" not in caplog.text


def test_a_build_of_tensorflow_without_xla(rng, monkeypatch):
    """There products are TensorFlow's."""
    monkeypatch.setattr(patchwise, "COMPILED", 1)
    kernel = tf.constant(rng.standard_normal((4, 6, 5)), "float32")
    x, d = (tf.constant(rng.standard_normal(shape), "float32") for shape in ((6, 2, 7), (4, 7, 5)))
    patches = patchwise.Patches(ops.patch_index((6,), (3,), (1,), "valid"), 6)

    def found():
        return patchwise.kernel_gradient(patches, x, d), patchwise.input_gradient(patches, kernel, d)

    assert patchwise._compiles()
    expected = found()
    patchwise._compiles.cache_clear()

    def missing(*arguments, **options):
        raise tf.errors.UnimplementedError(None, None, "could not find registered compiler")

    monkeypatch.setattr(patchwise, "_compiled", missing)
    with monkeypatch.context() as context:
        context.setattr(tf, "function", missing)
        assert not patchwise._compiles()
    for ours, theirs in zip(found(), expected):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    patchwise._compiles.cache_clear()


def test_jacobians_and_forward_mode(rng, monkeypatch):
    _take(2, 4 * 32, monkeypatch)
    x, kernel = tf.constant(rng.standard_normal((2, 5, 2))), tf.constant(rng.standard_normal((4, 4, 3)))
    index = ops.patch_index((5,), (2,), (1,), "valid")

    def run(x):
        return ops.locally_connected(x, kernel, index, (4,), "channels_last")

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = run(x)
    jacobian = tape.jacobian(y, x)
    tangent = tf.constant(rng.standard_normal(x.shape))
    with tf.autodiff.ForwardAccumulator(x, tangent) as forward:
        y = run(x)
    np.testing.assert_allclose(forward.jvp(y), run(tangent), rtol=1e-12)
    np.testing.assert_allclose(tf.tensordot(jacobian, tangent, 3), run(tangent), rtol=1e-12)


def test_half_precision(rng, monkeypatch):
    _take(3, 18 * 32, monkeypatch)
    x = rng.standard_normal((2, 6, 5, 2)).astype("float32")
    exact = tfk_ext.LocallyConnected2D(4, 3)
    half = tfk_ext.LocallyConnected2D(4, 3, dtype="mixed_bfloat16")
    exact(x), half(x)
    half.set_weights(exact.get_weights())
    with tf.GradientTape(persistent=True) as tape:
        ys = [tf.cast(layer(x), "float32") for layer in (exact, half)]
    np.testing.assert_allclose(ys[1], ys[0], atol=0.05)
    gradients = [tape.gradient(y, layer.kernel.value) for y, layer in zip(ys, (exact, half))]
    assert gradients[1].dtype == "float32"
    np.testing.assert_allclose(gradients[1], gradients[0], atol=0.1)


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

    assert nodes(100_002) == nodes(10_002)


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
