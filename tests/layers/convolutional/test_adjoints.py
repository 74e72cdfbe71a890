"""A convolution's gradients as convolutions equal those of TensorFlow's own kernels, to the second order."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tfk_ext
from tfk_ext.ops import adjoints


@pytest.fixture
def always(monkeypatch):
    """Everything goes by convolutions, whatever would be faster."""
    monkeypatch.setattr(adjoints, "tf_is_fast", lambda dtype: False)
    monkeypatch.setattr(adjoints, "_spreads_well", lambda *_: True)
    monkeypatch.setattr(adjoints, "_correlates_well", lambda *_: True)
    monkeypatch.setattr(adjoints, "_MANY", 1)
    monkeypatch.setattr(adjoints, "_WORTH", 1)


def _drawn(shape, seed, dtype="float64"):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape), dtype)


@st.composite
def _geometries(draw):
    rank = draw(st.integers(2, 3))
    highest = (9, 5, 3) if rank == 2 else (6, 4, 3)
    image, kernel, strides = (draw(st.tuples(*[st.integers(1, high)] * rank)) for high in highest)
    padding = draw(st.sampled_from(["VALID", "SAME"]))
    assume(padding == "SAME" or all(k <= n for k, n in zip(kernel, image)))
    # TensorFlow's own conv3d takes the wrong sites for a kernel below its stride.
    assume(rank == 2 or padding == "VALID" or all(k >= s for k, s in zip(kernel, strides)))
    return image, kernel, strides, padding


def _kernel_gradient(x, y, size, strides, padding):
    name = "Conv2DBackpropFilter" if len(size) == 2 else "Conv3DBackpropFilterV2"
    return getattr(tf.raw_ops, name)(
        input=x,
        filter_sizes=(*size, x.shape[-1], y.shape[-1]),
        out_backprop=y,
        strides=[1, *strides, 1],
        padding=padding,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("always")
@settings(max_examples=60, deadline=None)
@given(_geometries(), st.integers(1, 3), st.integers(1, 3))
def test_each_function_equals_tensorflows_kernel(geometry, channels, filters):
    image, size, strides, padding = geometry
    x, kernel = _drawn((2, *image, channels), 0), _drawn((*size, channels, filters), 1)
    y = adjoints.convolve(x, kernel, strides, padding)
    np.testing.assert_allclose(y, tf.nn.convolution(x, kernel, strides, padding), rtol=1e-12)
    found = adjoints.spread(y, kernel, image, strides, padding)
    expected = tf.nn.conv_transpose(y, kernel, x.shape, strides, padding)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    found = adjoints._kernel_gradient(x, y, adjoints.Geometry(image, size, strides, padding))
    expected = _kernel_gradient(x, y, size, strides, padding)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


GEOMETRIES = [
    ((6, 5), (3, 3), (1, 1), "SAME"),
    ((7, 6), (2, 3), (1, 1), "VALID"),
    ((7, 6), (3, 5), (2, 3), "SAME"),
    ((8, 5), (3, 2), (3, 2), "VALID"),
    ((4, 3, 5), (3, 2, 3), (1, 2, 2), "SAME"),
]


@pytest.mark.slow
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("image, size, strides, padding", GEOMETRIES)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_of_both_orders(image, size, strides, padding, jit_compile):
    """Each of the three functions takes part, and each is differentiated twice."""
    x, kernel = _drawn((2, *image, 2), 0, "float32"), _drawn((*size, 2, 3), 1, "float32")

    def derivatives(convolve, transpose):
        @tf.function(jit_compile=jit_compile)
        def run(x, kernel):
            with tf.GradientTape() as outer:
                outer.watch((x, kernel))
                with tf.GradientTape() as inner:
                    inner.watch((x, kernel))
                    y = tf.tanh(convolve(x, kernel))
                    loss = tf.reduce_sum(tf.sin(transpose(y, kernel)) * x)
                first = inner.gradient(loss, (x, kernel))
                size = sum(tf.reduce_sum(g**2) for g in first)
            return loss, *first, *outer.gradient(size, (x, kernel))

        return run(x, kernel)

    found = derivatives(
        lambda x, k: adjoints.convolve(x, k, strides, padding),
        lambda y, k: adjoints.spread(y, k, image, strides, padding),
    )
    expected = derivatives(
        lambda x, k: tf.nn.convolution(x, k, strides, padding),
        lambda y, k: tf.nn.conv_transpose(y, k, x.shape, strides, padding),
    )
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * np.abs(other).max())


@pytest.mark.parametrize("batch", [0, 1, 7, 9])
def test_the_batch_may_be_unknown(batch, monkeypatch):
    """A share of a batch may be small, or empty; the choice is made when its size is known."""
    monkeypatch.setattr(adjoints, "tf_is_fast", lambda dtype: False)
    monkeypatch.setattr(adjoints, "_WORTH", 1)
    kernel = _drawn((3, 3, 16, 4), 1)

    @tf.function(input_signature=[tf.TensorSpec((None, 5, 6, 16), tf.float64)])
    def gradients(x):
        y = adjoints.convolve(x, kernel, (1, 1), "SAME")
        return y, *tf.gradients(tf.reduce_sum(tf.sin(y)), (x, kernel))

    x = _drawn((batch, 5, 6, 16), 0)
    y, *found = gradients(x)
    slope = tf.cos(tf.nn.conv2d(x, kernel, 1, "SAME"))
    expected = [
        tf.nn.conv2d_transpose(slope, kernel, x.shape, 1, "SAME"),
        _kernel_gradient(x, slope, (3, 3), (1, 1), "SAME"),
    ]
    assert y.shape == (batch, 5, 6, 4)
    for one, other in zip(found, expected):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "make, shape",
    [
        (lambda layers: layers.Conv2D(3, (3, 2), data_format="channels_first"), (4, 2, 6, 7)),
        (lambda layers: layers.Conv2D(4, 3, strides=2, groups=2), (4, 7, 7, 2)),
        (lambda layers: layers.Conv2DTranspose(3, 5, strides=2, padding="same"), (4, 5, 4, 2)),
        (
            lambda layers: layers.Conv2DTranspose(3, 4, strides=3, padding="same", output_padding=2),
            (4, 3, 3, 2),
        ),
        (lambda layers: layers.SeparableConv2D(3, 3), (4, 6, 6, 2)),
        (lambda layers: layers.Conv3D(3, 2), (4, 4, 3, 4, 2)),
        (lambda layers: layers.Conv3D(3, 2, strides=3, padding="same"), (4, 4, 3, 7, 2)),
        (lambda layers: layers.Conv3DTranspose(3, 3, strides=2, padding="same"), (4, 4, 3, 4, 2)),
    ],
)
def test_layers_train_as_tensorflows_kernels_do(make, shape, monkeypatch):
    layer, x = make(tfk_ext), _drawn(shape, 0, "float32")
    layer(x)

    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.sin(layer(x)))
        return tape.gradient(loss, [x, *layer.trainable_weights])

    found = gradients()
    monkeypatch.setattr(adjoints, "tf_is_fast", lambda dtype: True)
    for one, other in zip(found, gradients()):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_sizes_that_are_not_known_are_left_to_tensorflow(monkeypatch):
    monkeypatch.setattr(adjoints, "tf_is_fast", lambda dtype: False)
    kernel = _drawn((3, 3, 16, 4), 1, "float32")

    @tf.function(input_signature=[tf.TensorSpec((2, None, None, 16))])
    def gradient(x):
        return tf.gradients(adjoints.convolve(x, kernel, (1, 1), "VALID"), x)[0]

    x = _drawn((2, 5, 4, 16), 0, "float32")
    ones = tf.ones((2, 3, 2, 4))
    expected = tf.nn.conv2d_transpose(ones, kernel, x.shape, 1, "VALID")
    np.testing.assert_allclose(gradient(x), expected, rtol=1e-5, atol=1e-5)
