"""A convolution of images and its two gradients, each computed as a forward convolution where that is faster.

``sum(y * conv(x, kernel))`` is linear in each of its three arguments, and its derivative with respect to one
of them is a function of the other two: :func:`convolve`, :func:`spread` (for the image: the transposed
convolution) and :func:`kernel_gradient`. So the gradients of each of the three are the other two, to any
order.

TensorFlow's own kernels for the gradients reach a third to two thirds of the forward convolution's speed on a
CPU without oneDNN (which it leaves out on Windows, on macOS and on x86 without AVX-512); there the functions
here take 0.2 to 0.9 of their time. With oneDNN, on a GPU and in half precision they call TensorFlow's.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

_raw = tf.raw_ops


class Geometry(NamedTuple):
    """What is known of a convolution before it runs: two numbers each, and the sizes of the image."""

    image: tuple[int, int]
    kernel: tuple[int, int]
    strides: tuple[int, int]
    padding: str

    @property
    def positions(self) -> tuple[int, int]:
        """Height and width of the output."""
        kernels = (1, 1) if self.padding == "SAME" else self.kernel
        first, second = (-(-(n - k + 1) // s) for n, k, s in zip(self.image, kernels, self.strides))
        return first, second

    @property
    def front(self) -> tuple[int, int]:
        """Rows and columns of padding in front."""
        if self.padding == "VALID":
            return 0, 0
        spans = zip(self.image, self.kernel, self.strides, self.positions)
        first, second = (max((o - 1) * s + k - n, 0) // 2 for n, k, s, o in spans)
        return first, second

    @property
    def taps(self) -> tuple[int, int]:
        """How many positions a pixel is seen from."""
        first, second = (-(-k // s) for k, s in zip(self.kernel, self.strides))
        return first, second


# --- the three functions --------------------------------------------------------------------------------


def convolve(x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], padding: str) -> tf.Tensor:
    """Convolve images: ``y[p] = sum_t x[p * stride + t] . kernel[t]``.

    Args:
        x: ``(batch, height, width, channels)``.
        kernel: ``(*size, channels, filters)``, of the dtype of ``x``.
        strides: step along height and width.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        ``(batch, *positions, filters)``.
    """
    geometry = _geometry(x.shape[1:3], kernel.shape, strides, padding)
    if geometry is None or tf_is_fast(x.dtype):
        return tf.nn.conv2d(x, kernel, strides, padding)

    @tf.custom_gradient
    def run(x, kernel):
        def gradient(dy):
            return _spread(dy, kernel, geometry), _kernel_gradient(x, dy, geometry)

        return tf.nn.conv2d(x, kernel, strides, padding), gradient

    return run(x, kernel)


def spread(
    y: tf.Tensor, kernel: tf.Tensor, sizes: Sequence[Any], strides: Sequence[int], padding: str
) -> tf.Tensor:
    """Give each pixel what the positions that :func:`convolve` would see it from hold: the transposed one.

    Args:
        y: ``(batch, *positions, filters)``.
        kernel: ``(*size, channels, filters)``, of the dtype of ``y``.
        sizes: height and width of the result, integers or scalar tensors.
        strides: step along height and width.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        ``(batch, *sizes, channels)``.
    """
    geometry = _geometry(sizes, kernel.shape, strides, padding)
    if geometry is None or geometry.positions != tuple(y.shape[1:3]) or tf_is_fast(y.dtype):
        shape = tf.stack([tf.shape(y)[0], *sizes, kernel.shape[2]])
        return tf.nn.conv2d_transpose(y, kernel, shape, strides, padding)
    return _spread(y, kernel, geometry)


def _spread(y: tf.Tensor, kernel: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    @tf.custom_gradient
    def run(y, kernel):
        def gradient(dx):
            dy = convolve(dx, kernel, geometry.strides, geometry.padding)
            return dy, _kernel_gradient(dx, y, geometry)

        if _spreads_well(geometry, kernel.shape[2]):
            return _spread_by_convolution(y, kernel, geometry), gradient
        x = _raw.Conv2DBackpropInput(
            input_sizes=tf.stack([tf.shape(y)[0], *geometry.image, kernel.shape[2]]),
            filter=kernel,
            out_backprop=y,
            strides=[1, *geometry.strides, 1],
            padding=geometry.padding,
        )
        return x, gradient

    return run(y, kernel)


def kernel_gradient(
    x: tf.Tensor, y: tf.Tensor, shape: Sequence[int], strides: Sequence[int], padding: str
) -> tf.Tensor:
    """Return ``kernel[t] = sum_bp x[b, p * stride + t] . y[b, p]``.

    Args:
        x: ``(batch, height, width, channels)``.
        y: ``(batch, *positions, filters)``.
        shape: of the result, ``(*size, channels, filters)``.
        strides: step along height and width.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        Tensor of the shape.
    """
    geometry = _geometry(x.shape[1:3], shape, strides, padding)
    if geometry is None or tf_is_fast(x.dtype):
        return _tf_kernel_gradient(x, y, shape, strides, padding)
    return _kernel_gradient(x, y, geometry)


def _kernel_gradient(x: tf.Tensor, y: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    def theirs():
        shape = (*geometry.kernel, x.shape[3], y.shape[3])
        return _tf_kernel_gradient(x, y, shape, geometry.strides, geometry.padding)

    def ours():
        return _kernel_by_convolution(x, y, geometry)

    @tf.custom_gradient
    def run(x, y):
        def gradient(dk):
            return _spread(y, dk, geometry), convolve(x, dk, geometry.strides, geometry.padding)

        if not _correlates_well(geometry):
            return theirs(), gradient
        if x.shape[0] is not None:
            return ours() if x.shape[0] >= _MANY else theirs(), gradient
        return tf.cond(tf.shape(x)[0] >= _MANY, ours, theirs), gradient

    return run(x, y)


def _tf_kernel_gradient(x, y, shape, strides, padding):
    return _raw.Conv2DBackpropFilter(
        input=x, filter_sizes=shape, out_backprop=y, strides=[1, *strides, 1], padding=padding
    )


# --- as convolutions --------------------------------------------------------------------------------


def _spread_by_convolution(y: tf.Tensor, kernel: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Compute the pixels that lie between two positions as so many filters of one convolution.

    With strides of 1 that is a convolution with the kernel turned round.
    """
    strides, taps = geometry.strides, geometry.taps
    channels, filters = kernel.shape[2:]
    places = _places(geometry.kernel, strides, taps)
    parts = tf.reshape(kernel, (-1, channels, filters))
    if places.max() == parts.shape[0]:
        parts = tf.pad(parts, ((0, 1), (0, 0), (0, 0)))
    # One gather and a transposition of three axes: reversing by slices takes ten times as long.
    parts = tf.reshape(tf.gather(parts, places), (-1, strides[0] * strides[1] * channels, filters))
    turned = tf.reshape(tf.transpose(parts, (0, 2, 1)), (*taps, filters, -1))
    paddings, rests = [], []
    for n, o, front, s, t in zip(geometry.image, geometry.positions, geometry.front, strides, taps):
        skipped, rest = divmod(front, s)
        before = t - 1 - skipped
        paddings.append((before, -(-(rest + n) // s) - o - before + t - 1))
        rests.append(rest)
    x = tf.nn.conv2d(y, turned, 1, ((0, 0), *paddings, (0, 0)))
    if strides == (1, 1):
        return x
    batch, rows, columns = tf.shape(x)[0], x.shape[1], x.shape[2]
    x = tf.reshape(x, (batch, rows, columns, *strides, channels))
    x = tf.reshape(tf.transpose(x, (0, 1, 3, 2, 4, 5)), (batch, rows * strides[0], columns * strides[1], channels))
    return x[:, rests[0] : rests[0] + geometry.image[0], rests[1] : rests[1] + geometry.image[1]]


def _places(kernel, strides, taps):
    """Return the taps in the order (position from the last, pixel); the number of taps stands for none."""
    count = kernel[0] * kernel[1]
    places = np.full([t * s for t, s in zip(taps, strides)], count, np.int32)
    places[: kernel[0], : kernel[1]] = np.arange(count).reshape(kernel)
    places = places.reshape(taps[0], strides[0], taps[1], strides[1])[::-1, :, ::-1]
    return places.transpose(0, 2, 1, 3).reshape(-1)


def _kernel_by_convolution(x: tf.Tensor, y: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Convolve the channels as if they were the batch, with the outputs' gradient as the kernel."""
    spans = zip(geometry.image, geometry.positions, geometry.kernel, geometry.strides, geometry.front)
    paddings, seen = [(0, 0)], []
    for n, o, k, s, front in spans:
        end = (o - 1) * s + k - front
        paddings.append((front, max(end - n, 0)))
        seen.append(min(n, end))
    x = tf.transpose(x[:, : seen[0], : seen[1]], (3, 1, 2, 0))
    y = tf.transpose(y, (1, 2, 0, 3))
    return tf.transpose(
        tf.nn.conv2d(x, y, 1, (*paddings, (0, 0)), dilations=geometry.strides), (1, 2, 0, 3)
    )


# --- when --------------------------------------------------------------------------------

# Measured on two cores (AVX2) over images of 1 to 224 pixels and 1 to 512 channels.
_WORTH = 200_000  # products in a sample
_MANY = 8  # samples
_COLUMNS = 12  # a convolution to fewer filters wastes the product's width
_FEW_POSITIONS = 64  # with strides, TensorFlow's kernel is slow for small images alone
_LARGE_KERNEL = 25


def _spreads_well(geometry: Geometry, channels: int) -> bool:
    strides = math.prod(geometry.strides)
    if strides * channels < _COLUMNS:
        return False
    positions = geometry.positions
    waste = math.prod(geometry.taps) * strides / (math.prod(geometry.kernel))
    return waste <= 2 and (strides == 1 or math.prod(positions) <= _FEW_POSITIONS)


def _correlates_well(geometry: Geometry) -> bool:
    taps = math.prod(geometry.kernel)
    return taps >= (2 if geometry.strides == (1, 1) else _LARGE_KERNEL)


def _geometry(sizes, kernel, strides, padding) -> Geometry | None:
    """Return the geometry; ``None`` if a size is unknown, nothing fits, or the work is not worth a thought."""
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        return None
    geometry = Geometry(tuple(sizes), tuple(kernel[:2]), tuple(strides), padding)
    positions = geometry.positions
    worth = min(positions) > 0 and math.prod(positions) * math.prod(kernel) >= _WORTH
    return geometry if worth else None


@functools.cache
def tf_is_fast(dtype: tf.DType) -> bool:
    """Tell whether TensorFlow's own gradients of a convolution are to be preferred.

    They are with oneDNN and on a GPU; in half precision nothing was gained.
    """
    narrow = dtype not in (tf.float32, tf.float64)
    return narrow or bool(tf.config.list_physical_devices("GPU")) or knows_dilation(dtype)


@functools.cache
def knows_dilation(dtype: tf.DType) -> bool:
    """Tell whether TensorFlow's CPU kernels of this build have the gradient of a dilated convolution of images.

    They have it with oneDNN, in float32, float16 and bfloat16. There is no public way to ask; a small one
    tells.
    """
    with tf.init_scope():
        if not tf.executing_eagerly():
            return False
        image, kernel = tf.ones((1, 5, 5, 1), dtype), tf.ones((2, 2, 1, 1), dtype)
        options = {"out_backprop": image, "padding": "SAME", "strides": [1] * 4, "dilations": [1, 2, 2, 1]}
        try:
            with tf.device("/CPU:0"):
                _raw.Conv2DBackpropInput(input_sizes=[1, 5, 5, 1], filter=kernel, **options)
                _raw.Conv2DBackpropFilter(input=image, filter_sizes=[2, 2, 1, 1], **options)
        except tf.errors.OpError:
            return False
    return True
