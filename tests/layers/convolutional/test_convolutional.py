"""Convolutional layers beyond their rows."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext.ops import adjoints, convolution, resize


def test_second_names():
    layers = tfk_ext.layers.convolutional
    assert layers.Convolution1D is layers.Conv1D
    assert layers.Convolution2D is layers.Conv2D
    assert layers.Convolution3D is layers.Conv3D
    assert layers.Deconvolution2D is layers.Convolution2DTranspose is layers.Conv2DTranspose
    assert layers.Deconvolution3D is layers.Conv3DTranspose
    assert layers.SeparableConvolution1D is layers.SeparableConv1D
    assert layers.SeparableConvolution2D is layers.SeparableConv2D


def test_documented_shapes():
    """The discriminator and generator of the documents' DCGAN."""
    d = tf.keras.Sequential()
    d.add(tfk_ext.Conv2D(64, 5, strides=2, input_shape=(28, 28, 1), padding="same"))
    assert d.output_shape == (None, 14, 14, 64)
    g = tf.keras.Sequential([tf.keras.Input((7, 7, 256)), tfk_ext.UpSampling2D()])
    assert g.output_shape == (None, 14, 14, 256)
    g.add(tfk_ext.Conv2DTranspose(128, 5, padding="same"))
    assert g.output_shape == (None, 14, 14, 128)


@pytest.mark.parametrize("name", ["Conv1D", "Conv1DTranspose", "SeparableConv1D"])
def test_input_dim_of_a_first_layer(name):
    model = tf.keras.Sequential([getattr(tfk_ext, name)(4, 3, padding="same", input_dim=6, input_length=10)])
    assert model.output_shape == (None, 10, 4)
    model = tf.keras.Sequential([getattr(tfk_ext, name)(4, 3, padding="same", input_dim=6)])
    assert model.input_shape == (None, None, 6)


def test_configured_data_format():
    """``None`` stands for the configured format, except in one dimension, where the documents say last."""
    tf.keras.config.set_image_data_format("channels_first")
    assert tfk_ext.Conv2D(1, 1).data_format == "channels_first"
    assert tfk_ext.UpSampling3D().data_format == "channels_first"
    assert tfk_ext.Conv1D(1, 1).data_format == "channels_last"
    assert tfk_ext.ZeroPadding1D().data_format == "channels_last"
    assert tfk_ext.Conv2D(4, 3)(np.ones((1, 3, 5, 6))).shape == (1, 4, 3, 4)


@pytest.mark.parametrize("name", ["Conv1D", "SeparableConv1D"])
def test_causal_outputs_see_no_later_step(name, rng):
    layer = getattr(tfk_ext, name)(3, 3, padding="causal", dilation_rate=2)
    x = rng.standard_normal((1, 9, 2)).astype("float32")
    before = layer(x).numpy()
    x[:, 5:] = 7.0
    after = layer(x).numpy()
    np.testing.assert_allclose(before[:, :5], after[:, :5], rtol=1e-6)
    assert np.abs(before[:, 5:] - after[:, 5:]).max() > 0.1


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_several_batch_axes(data_format, rng):
    """Frames of a video go through as samples of one batch."""
    layer = tfk_ext.Conv2D(3, 2, data_format=data_format, activation="tanh")
    x = rng.standard_normal((2, 4, 5, 6, 3) if data_format == "channels_last" else (2, 4, 3, 5, 6))
    y = layer(x)
    assert layer.compute_output_shape((None, 4, *x.shape[2:])) == (None, *y.shape[1:])
    for frame in range(4):
        np.testing.assert_allclose(y[:, frame], layer(x[:, frame]), rtol=1e-5, atol=1e-6)
    wrapped = tf.keras.layers.TimeDistributed(layer)
    np.testing.assert_allclose(wrapped(x), y, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "layer, shape",
    [
        (lambda: tfk_ext.Conv2D(4, 2, groups=2, activation="tanh", dtype="float64"), (2, 4, 4, 2)),
        (lambda: tfk_ext.Conv1D(2, 2, dilation_rate=2, activation="tanh", dtype="float64"), (2, 5, 2)),
        (lambda: tfk_ext.Conv2DTranspose(2, 3, 2, "same", activation="tanh", dtype="float64"), (1, 2, 3, 2)),
        (lambda: tfk_ext.DepthwiseConv2D(2, activation="tanh", dtype="float64"), (1, 3, 3, 2)),
    ],
)
def test_second_derivatives(layer, shape, rng):
    """Gradient penalties differentiate the gradient."""
    layer = layer()
    x = tf.constant(rng.standard_normal(shape))
    layer(x)

    def norm(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(layer(x))
        return tf.reduce_sum(tape.gradient(y, x) ** 2)

    analytic, numeric = tf.test.compute_gradient(norm, [x], delta=1e-5)
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-7)


def test_grouped_convolution_in_three_dimensions_and_with_dilation(rng):
    """What neither Keras has on a CPU without XLA: each group by itself."""
    x = rng.standard_normal((1, 4, 4, 4, 4)).astype("float32")
    layer = tfk_ext.Conv3D(6, 2, groups=2, dilation_rate=2)
    y = layer(x)
    kernel = layer.kernel.numpy()
    for group in range(2):
        part = tf.nn.convolution(
            x[..., 2 * group : 2 * group + 2], kernel[..., 3 * group : 3 * group + 3], dilations=2
        )
        np.testing.assert_allclose(y[..., 3 * group : 3 * group + 3], part, rtol=1e-5, atol=1e-5)


def test_same_transposed_convolution_with_an_even_kernel_and_no_output_padding():
    """The documented size is 2 rows less than the strides' multiple; TensorFlow alone refuses it."""
    layer = tfk_ext.Conv2DTranspose(1, 4, strides=2, padding="same", output_padding=0)
    assert layer(np.ones((1, 5, 6, 1))).shape == (1, 8, 10, 1)


def test_dilated_kernels_and_their_replacement_agree(rng, monkeypatch):
    x = tf.constant(rng.standard_normal((2, 7, 6, 3)), tf.float32)
    kernel = tf.constant(rng.standard_normal((3, 2, 3, 4)), tf.float32)
    options = {"strides": (1, 1), "dilations": (2, 3), "padding": "same"}
    found = []
    for known in (True, False):
        monkeypatch.setattr(adjoints, "knows_dilation", lambda dtype, known=known: known)
        found.append(convolution.conv(x, kernel, **options))
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-5)


def test_a_kernel_too_large_names_both_sizes():
    message = r"Conv2D: kernel_size \(5, 3\) is larger than the input's \(4, 9\) \(rows, columns\)"
    with pytest.raises(ValueError, match=message):
        tfk_ext.Conv2D(1, (5, 3)).build((None, 4, 9, 3))
    with pytest.raises(ValueError, match="dilation_rate 3, is larger than the input's 6 "):
        tfk_ext.Conv1D(1, 3, dilation_rate=3).compute_output_shape((None, 6, 3))


@pytest.mark.parametrize("method", resize.METHODS)
def test_interpolation_keeps_constants_and_float64(method):
    layer = tfk_ext.UpSampling2D((3, 2), interpolation=method, dtype="float64")
    y = layer(tf.fill((1, 4, 5, 2), tf.constant(1 / 3, tf.float64))).numpy()
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, 1 / 3, rtol=1e-14)


@pytest.mark.parametrize("method", ["nearest", "bilinear", "lanczos5"])
def test_whole_numbers_are_enlarged(method):
    x = np.arange(12, dtype="int32").reshape(1, 3, 4, 1)
    y = resize.upsample(tf.constant(x), (2, 2), method=method)
    assert y.dtype == (tf.int32 if method == "nearest" else tf.float32)
    expected = tf.image.resize(x, (6, 8), method)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


def test_bad_borders_are_named():
    for value in ("two", (1, 2, 3), -1, ((1, 2), (3,)), None, 1.5):
        with pytest.raises(ValueError, match="ZeroPadding2D: padding must be"):
            tfk_ext.ZeroPadding2D(value)
        with pytest.raises(ValueError, match="Cropping1D: cropping must be"):
            tfk_ext.Cropping1D(((1, 2), (3, 4)))
