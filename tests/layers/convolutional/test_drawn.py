"""Convolutions, cropping, padding and upsampling equal Keras 2's, or a NumPy formula, over drawn settings."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tfk_ext

FORMATS = st.sampled_from(["channels_last", "channels_first"])


def _input(sizes, channels, data_format="channels_last"):
    shape = (2, *sizes, channels)
    x = np.random.default_rng(0).standard_normal(shape).astype("float32")
    return np.moveaxis(x, -1, 1) if data_format == "channels_first" else x


def _compare(name, config, x):
    """Hold a layer against Keras 2's of its name, which gets the same weights and channels_last."""
    first = config.get("data_format") == "channels_first"
    theirs = getattr(tf_keras.layers, name)(**{k: v for k, v in config.items() if k != "data_format"})
    expected = theirs(np.moveaxis(x, 1, -1) if first else x)
    ours = getattr(tfk_ext, name)(**config)
    ours(x)
    if theirs.weights:
        values = [np.random.default_rng(i).standard_normal(w.shape) for i, w in enumerate(theirs.weights)]
        theirs.set_weights(values)
        ours.set_weights(values)
        expected = theirs(np.moveaxis(x, 1, -1) if first else x)
    expected = np.moveaxis(expected, -1, 1) if first else np.asarray(expected)
    actual = ours(x).numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    assert ours.compute_output_shape(x.shape) == actual.shape
    assert ours.compute_output_shape((None,) * len(x.shape))[0] is None
    again = type(ours).from_config(ours.get_config())
    assert again.get_config() == ours.get_config()


@st.composite
def _windows(draw, rank, causal=False):
    """Draw an input, and a window that fits in it, with strides or dilation."""
    sizes = draw(st.tuples(*[st.integers(1, 7)] * rank))
    ones = st.just((1,) * rank)
    several = st.tuples(*[st.integers(1, 3)] * rank)
    strides, dilation = draw(st.one_of(st.tuples(several, ones), st.tuples(ones, several)))
    kernel = draw(st.tuples(*[st.integers(1, 4)] * rank))
    paddings = ["valid", "same"] + (["causal"] if causal else [])
    padding = draw(st.sampled_from(paddings))
    if padding == "valid":
        assume(all((k - 1) * d < n for n, k, d in zip(sizes, kernel, dilation)))
    config = {
        "kernel_size": kernel,
        "strides": strides,
        "dilation_rate": dilation,
        "padding": padding,
        "use_bias": draw(st.booleans()),
        "data_format": draw(FORMATS),
    }
    return config, sizes


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_convolution(data, rank):
    config, sizes = data.draw(_windows(rank, causal=rank == 1))
    # Without oneDNN, the conv3d of TensorFlow under Keras 2 takes wrong sites there; see the next test.
    below = any(k < s for k, s in zip(config["kernel_size"], config["strides"]))
    assume(not (rank == 3 and below and config["padding"] == "same"))
    groups = data.draw(st.integers(1, 3))
    config["filters"] = groups * data.draw(st.integers(1, 2))
    # Keras 2 can't do these on a CPU: a grouped one in three dimensions or with dilation.
    config["groups"] = 1 if rank == 3 or max(config["dilation_rate"]) > 1 else groups
    channels = config["groups"] * data.draw(st.integers(1, 2))
    _compare(f"Conv{rank}D", config, _input(sizes, channels, config["data_format"]))


@pytest.mark.parametrize("stride", [2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2])
def test_3d_same_with_a_kernel_below_its_stride(kernel, stride):
    """Each output is the sum over its window, which "same" lays out as documented."""
    size, strides = (kernel, 1, 2), (stride, 2, 3)
    rng = np.random.default_rng(0)
    for length in range(1, 9):
        sizes = (length, 4, 5)
        x = rng.normal(size=(1, *sizes, 2)).astype("float32")
        layer = tfk_ext.Conv3D(3, size, strides=strides, padding="same", use_bias=False)
        actual = layer(x).numpy()
        outputs = [-(-n // s) for n, s in zip(sizes, strides)]
        totals = [max((o - 1) * s + k - n, 0) for o, s, k, n in zip(outputs, strides, size, sizes)]
        padded = np.pad(x, [(0, 0), *((t // 2, t - t // 2) for t in totals), (0, 0)])
        expected = np.zeros((1, *outputs, 3))
        for at in np.ndindex(*outputs):
            window = tuple(slice(a * s, a * s + k) for a, s, k in zip(at, strides, size))
            expected[(0, *at)] = np.tensordot(padded[(0, *window)], layer.get_weights()[0], 4)
        np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(1, 2))
def test_depthwise_and_separable_convolution(data, rank):
    separable = data.draw(st.booleans())
    config, sizes = data.draw(_windows(rank, causal=separable and rank == 1))
    config["depth_multiplier"] = data.draw(st.integers(1, 2))
    if separable:
        config["filters"] = data.draw(st.integers(1, 3))
    if rank == 2:
        # Keras 2 takes one stride for both axes.
        config["strides"] = (max(config["strides"]),) * 2
    name = f"SeparableConv{rank}D" if separable else f"DepthwiseConv{rank}D"
    _compare(name, config, _input(sizes, data.draw(st.integers(1, 3)), config["data_format"]))


def _transposed(x, kernel, strides, dilation, padding, output_padding):
    """Add each input position's product with each tap of the kernel where it belongs, then cut."""
    sizes, size = x.shape[1:-1], kernel.shape[:-2]
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilation)]
    whole = [(n - 1) * s + span for n, s, span in zip(sizes, strides, spans)]
    lengths = []
    for n, s, span, added in zip(sizes, strides, spans, output_padding or (None,) * len(sizes)):
        if added is None:
            lengths.append(n * s if padding == "same" else n * s + max(span - s, 0))
        else:
            lengths.append((n - 1) * s + span - (2 * (span // 2) if padding == "same" else 0) + added)
    y = np.zeros((x.shape[0], *map(max, whole, lengths), kernel.shape[-2]))
    for tap in itertools.product(*map(range, size)):
        at = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, n, s in zip(tap, dilation, sizes, strides)
        )
        y[(slice(None), *at)] += x @ kernel[tap].T
    begins = [max(w - n, 0) // 2 for w, n in zip(whole, lengths)]
    # The output of "same" is longer than what is left behind the cut where the stride is: zeros follow.
    y = np.pad(
        y, [(0, 0), *((0, max(b + n - w, 0)) for b, n, w in zip(begins, lengths, y.shape[1:])), (0, 0)]
    )
    return y[(slice(None), *(slice(b, b + n) for b, n in zip(begins, lengths)))]


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_transposed_convolution(data, rank):
    """Against the definition: Keras 2 has neither every output padding nor every dilation."""
    config, sizes = data.draw(_windows(rank))
    strides = config["strides"]
    added = st.tuples(*(st.integers(0, s - 1) for s in strides))
    config["output_padding"] = data.draw(st.one_of(st.none(), added))
    layer = getattr(tfk_ext, f"Conv{rank}DTranspose")(data.draw(st.integers(1, 2)), **config)
    first = config["data_format"] == "channels_first"
    x = _input(sizes, 2, config["data_format"])
    empty = any(n <= 0 for n in _lengths(config, sizes))
    if empty:
        with np.testing.assert_raises_regex(ValueError, "output_padding"):
            layer(x)
        return
    layer(x)
    layer.set_weights(
        [np.random.default_rng(i).standard_normal(w.shape) for i, w in enumerate(layer.weights)]
    )
    kernel, bias = [*layer.get_weights(), 0.0][:2]
    expected = bias + _transposed(
        np.moveaxis(x, 1, -1) if first else x,
        kernel,
        strides,
        config["dilation_rate"],
        config["padding"],
        config["output_padding"],
    )
    expected = np.moveaxis(expected, -1, 1) if first else expected
    actual = layer(x).numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape(x.shape) == actual.shape


def _lengths(config, sizes):
    added = config["output_padding"]
    for axis, (n, k, s, d) in enumerate(
        zip(sizes, config["kernel_size"], config["strides"], config["dilation_rate"])
    ):
        span = (k - 1) * d + 1
        if added is None:
            yield n * s
        else:
            yield (n - 1) * s + span - (2 * (span // 2) if config["padding"] == "same" else 0) + added[axis]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_transposed_is_the_adjoint(data, rank):
    """<conv(x), y> = <x, transposed(y)> for the same kernel: one is the gradient of the other."""
    config, sizes = data.draw(_windows(rank))
    config["use_bias"] = False
    span = [(k - 1) * d + 1 for k, d in zip(config["kernel_size"], config["dilation_rate"])]
    if config["padding"] == "same":
        sizes = tuple(n * s for n, s in zip(sizes, config["strides"]))
    else:
        # Sizes that the transposed convolution leads back to.
        sizes = tuple(n * s + max(k - s, 0) for n, s, k in zip(sizes, config["strides"], span))
    x = _input(sizes, 2, config["data_format"])
    conv = getattr(tfk_ext, f"Conv{rank}D")(3, **config)
    forward = conv(x)
    y = np.random.default_rng(1).standard_normal(forward.shape).astype("float32")
    transposed = getattr(tfk_ext, f"Conv{rank}DTranspose")(2, **config)
    transposed(y)
    transposed.set_weights(conv.get_weights())
    back = transposed(y)
    assert back.shape == x.shape
    np.testing.assert_allclose(np.vdot(forward, y), np.vdot(x, back), rtol=1e-3, atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_cropping_and_zero_padding(data, rank):
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
    pairs = data.draw(st.tuples(*[pair] * rank))
    amount = pairs[0] if rank == 1 else pairs
    config = {"data_format": data.draw(FORMATS)}
    sizes = data.draw(st.tuples(*[st.integers(5, 6)] * rank))
    x = _input(sizes, 2, config["data_format"])
    _compare(f"Cropping{rank}D", {**config, "cropping": amount}, x)
    _compare(f"ZeroPadding{rank}D", {**config, "padding": amount}, x)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_upsampling(data, rank):
    factors = data.draw(st.tuples(*[st.integers(1, 4)] * rank))
    config = {"size": factors[0] if rank == 1 else factors, "data_format": data.draw(FORMATS)}
    if rank == 2:
        methods = [
            "nearest",
            "bilinear",
            "bicubic",
            "lanczos3",
            "lanczos5",
            "area",
            "gaussian",
            "mitchellcubic",
        ]
        config["interpolation"] = data.draw(st.sampled_from(methods))
    sizes = data.draw(st.tuples(*[st.integers(1, 7)] * rank))
    _compare(f"UpSampling{rank}D", config, _input(sizes, 2, config["data_format"]))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.data(), st.integers(1, 3))
def test_unknown_sizes_give_the_same(data, rank):
    """A traced function that knows only the channels computes what the eager call computes."""
    config, sizes = data.draw(_windows(rank))
    name = data.draw(st.sampled_from(["Conv{}D", "Conv{}DTranspose"])).format(rank)
    config["filters"] = 2
    layer = getattr(tfk_ext, name)(**config)
    x = _input(sizes, 2, config["data_format"])
    expected = layer(x)
    first = config["data_format"] == "channels_first"
    shape = (None, 2, *(None,) * rank) if first else (None, *(None,) * rank, 2)
    function = tf.function(lambda x: layer(x), input_signature=[tf.TensorSpec(shape)])
    np.testing.assert_allclose(function(x), expected, rtol=1e-5, atol=1e-5)
