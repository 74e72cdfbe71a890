"""A convolution and its two gradients, each computed as a forward convolution where that is faster.

``sum(y * conv(x, kernel))`` is linear in each of its three arguments, and its derivative with respect to one
of them is a function of the other two: :func:`convolve`, :func:`spread` (for the image: the transposed
convolution) and :func:`kernel_gradient`. So the gradients of each of the three are the other two, to any
order.

TensorFlow's own kernels for the gradients reach a third to two thirds of the forward convolution's speed on a
CPU without oneDNN (which it leaves out on Windows, on macOS and on x86 without AVX-512); there the functions
here take 0.2 to 0.9 of their time, in three dimensions with strides a twentieth. With oneDNN, on a GPU and in
half precision they call TensorFlow's. An image has two spatial axes here, or three.
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
    """What is known of a convolution before it runs: for each spatial axis a number."""

    image: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str

    @property
    def positions(self) -> tuple[int, ...]:
        """Sizes of the output."""
        kernels = (1,) * len(self.image) if self.padding == "SAME" else self.kernel
        return tuple(-(-(n - k + 1) // s) for n, k, s in zip(self.image, kernels, self.strides))

    @property
    def front(self) -> tuple[int, ...]:
        """How far the padding in front reaches."""
        if self.padding == "VALID":
            return (0,) * len(self.image)
        spans = zip(self.image, self.kernel, self.strides, self.positions)
        return tuple(max((o - 1) * s + k - n, 0) // 2 for n, k, s, o in spans)

    @property
    def taps(self) -> tuple[int, ...]:
        """How many positions a pixel is seen from."""
        return tuple(-(-k // s) for k, s in zip(self.kernel, self.strides))


# --- the three functions --------------------------------------------------------------------------------


def convolve(x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], padding: str) -> tf.Tensor:
    """Convolve images: ``y[p] = sum_t x[p * stride + t] . kernel[t]``.

    Args:
        x: ``(batch, *image, channels)``.
        kernel: ``(*size, channels, filters)``, of the dtype of ``x``.
        strides: step along each axis of the image.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        ``(batch, *positions, filters)``.
    """
    geometry = _geometry(x.shape[1:-1], kernel, strides, padding)
    if geometry is None:
        return _tf_convolve(x, kernel, strides, padding)

    @tf.custom_gradient
    def run(x, kernel):
        def gradient(dy):
            return _spread(dy, kernel, geometry), _kernel_gradient(x, dy, geometry)

        return _tf_convolve(x, kernel, strides, padding), gradient

    return run(x, kernel)


def spread(
    y: tf.Tensor, kernel: tf.Tensor, sizes: Sequence[Any], strides: Sequence[int], padding: str
) -> tf.Tensor:
    """Give each pixel what the positions that :func:`convolve` would see it from hold: the transposed one.

    Args:
        y: ``(batch, *positions, filters)``.
        kernel: ``(*size, channels, filters)``, of the dtype of ``y``.
        sizes: of the result's image, integers or scalar tensors.
        strides: step along each axis of the image.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        ``(batch, *sizes, channels)``.
    """
    geometry = _geometry(sizes, kernel, strides, padding)
    if geometry is None or geometry.positions != tuple(y.shape[1:-1]):
        return _tf_spread(y, kernel, sizes, strides, padding)
    return _spread(y, kernel, geometry)


def _spread(y: tf.Tensor, kernel: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    @tf.custom_gradient
    def run(y, kernel):
        def gradient(dx):
            dy = convolve(dx, kernel, geometry.strides, geometry.padding)
            return dy, _kernel_gradient(dx, y, geometry)

        if _spreads_well(geometry, kernel.shape[-2]):
            return _spread_by_convolution(y, kernel, geometry), gradient
        return _tf_spread(y, kernel, geometry.image, geometry.strides, geometry.padding), gradient

    return run(y, kernel)


def kernel_gradient(
    x: tf.Tensor, y: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], padding: str
) -> tf.Tensor:
    """Return ``kernel[t] = sum_bp x[b, p * stride + t] . y[b, p]``.

    Args:
        x: ``(batch, *image, channels)``.
        y: ``(batch, *positions, filters)``.
        kernel: what the result is the gradient of, ``(*size, channels, filters)``.
        strides: step along each axis of the image.
        padding: ``"VALID"`` or ``"SAME"``.

    Returns:
        Tensor of the shape of ``kernel``.
    """
    geometry = _geometry(x.shape[1:-1], kernel, strides, padding)
    if geometry is None:
        return _tf_kernel_gradient(x, y, kernel.shape, strides, padding)
    return _kernel_gradient(x, y, geometry)


def _kernel_gradient(x: tf.Tensor, y: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    def theirs():
        shape = (*geometry.kernel, x.shape[-1], y.shape[-1])
        return _tf_kernel_gradient(x, y, shape, geometry.strides, geometry.padding)

    def ours():
        return _kernel_by_convolution(x, y, geometry)

    @tf.custom_gradient
    def run(x, y):
        def gradient(dk):
            return _spread(y, dk, geometry), convolve(x, dk, geometry.strides, geometry.padding)

        if not _correlates_well(geometry):
            return theirs(), gradient
        many = _many(geometry)
        if x.shape[0] is not None:
            return ours() if x.shape[0] >= many else theirs(), gradient
        return tf.cond(tf.shape(x)[0] >= many, ours, theirs), gradient

    return run(x, y)


# --- TensorFlow's kernels --------------------------------------------------------------------------------


def _tf_convolve(x, kernel, strides, padding):
    run = tf.nn.conv2d if len(strides) == 2 else tf.nn.conv3d
    return run(x, kernel, [1, *strides, 1], padding)


def _tf_spread(y, kernel, sizes, strides, padding):
    run = _raw.Conv2DBackpropInput if len(strides) == 2 else _raw.Conv3DBackpropInputV2
    shape = tf.stack([tf.shape(y)[0], *sizes, kernel.shape[-2]])
    return run(input_sizes=shape, filter=kernel, out_backprop=y, strides=[1, *strides, 1], padding=padding)


def _tf_kernel_gradient(x, y, shape, strides, padding):
    run = _raw.Conv2DBackpropFilter if len(strides) == 2 else _raw.Conv3DBackpropFilterV2
    return run(input=x, filter_sizes=shape, out_backprop=y, strides=[1, *strides, 1], padding=padding)


# --- as convolutions --------------------------------------------------------------------------------


def _spread_by_convolution(y: tf.Tensor, kernel: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Compute the pixels that lie between two positions as so many filters of one convolution.

    With strides of 1 that is a convolution with the kernel turned round.
    """
    strides, taps = geometry.strides, geometry.taps
    channels, filters = kernel.shape[-2:]
    places = _places(geometry.kernel, strides, taps)
    parts = tf.reshape(kernel, (-1, channels, filters))
    if places.max() == parts.shape[0]:
        parts = tf.pad(parts, ((0, 1), (0, 0), (0, 0)))
    # One gather and a transposition of three axes: reversing by slices takes ten times as long.
    parts = tf.reshape(tf.gather(parts, places), (-1, math.prod(strides) * channels, filters))
    turned = tf.reshape(tf.transpose(parts, (0, 2, 1)), (*taps, filters, -1))
    paddings, rests = [], []
    for n, o, front, s, t in zip(geometry.image, geometry.positions, geometry.front, strides, taps):
        skipped, rest = divmod(front, s)
        before = t - 1 - skipped
        paddings.append((before, -(-(rest + n) // s) - o - before + t - 1))
        rests.append(rest)
    x = _correlate(y, turned, paddings)
    if max(strides) == 1:
        return x
    rank = len(strides)
    sizes = [n * s for n, s in zip(x.shape[1:-1], strides)]
    x = tf.reshape(x, (-1, *x.shape[1:-1], *strides, channels))
    order = _paired(range(1, rank + 1), range(rank + 1, 2 * rank + 1))
    x = tf.reshape(tf.transpose(x, (0, *order, 2 * rank + 1)), (-1, *sizes, channels))
    return tf.slice(x, (0, *rests, 0), (-1, *geometry.image, -1))


def _places(kernel, strides, taps):
    """Return the taps in the order (position from the last, pixel); the number of taps stands for none."""
    count, rank = math.prod(kernel), len(kernel)
    places = np.full([t * s for t, s in zip(taps, strides)], count, np.int32)
    places[tuple(slice(k) for k in kernel)] = np.arange(count).reshape(kernel)
    places = places.reshape(_paired(taps, strides))
    places = np.flip(places, tuple(range(0, 2 * rank, 2)))
    return places.transpose((*range(0, 2 * rank, 2), *range(1, 2 * rank, 2))).reshape(-1)


def _kernel_by_convolution(x: tf.Tensor, y: tf.Tensor, geometry: Geometry) -> tf.Tensor:
    """Convolve the channels as if they were the batch, with the outputs' gradient as the kernel.

    With strides, each of the pixels between two positions makes channels of its own.
    """
    strides, taps, rank = geometry.strides, geometry.taps, len(geometry.strides)
    channels, filters = x.shape[-1], y.shape[-1]
    counts = [o + t - 1 for o, t in zip(geometry.positions, taps)]
    seen = [min(n, c * s - front) for n, c, s, front in zip(geometry.image, counts, strides, geometry.front)]
    ends = [c * s - front - n for n, c, s, front in zip(seen, counts, strides, geometry.front)]
    x = tf.slice(x, [0] * (rank + 2), (-1, *seen, -1))
    x = tf.pad(x, ((0, 0), *zip(geometry.front, ends), (0, 0)))
    x = tf.reshape(x, (-1, *_paired(counts, strides), channels))
    first, second = range(1, 2 * rank + 1, 2), range(2, 2 * rank + 1, 2)
    x = tf.transpose(x, (*second, 2 * rank + 1, *first, 0))
    x = tf.reshape(x, (math.prod(strides) * channels, *counts, -1))
    kernel = _correlate(x, tf.transpose(y, (*range(1, rank + 1), 0, rank + 1)), ((0, 0),) * rank)
    kernel = tf.reshape(kernel, (*strides, channels, *taps, filters))
    order = _paired(range(rank + 1, 2 * rank + 1), range(rank))
    kernel = tf.reshape(
        tf.transpose(kernel, (*order, rank, 2 * rank + 1)),
        (*(t * s for t, s in zip(taps, strides)), channels, filters),
    )
    return tf.slice(kernel, [0] * (rank + 2), (*geometry.kernel, -1, -1))


def _paired(first, second):
    return [value for pair in zip(first, second) for value in pair]


def _correlate(x, kernel, paddings):
    """Convolve with strides of 1 and any padding."""
    paddings = ((0, 0), *paddings, (0, 0))
    if len(paddings) == 4:
        return tf.nn.conv2d(x, kernel, 1, paddings)
    return tf.nn.conv3d(tf.pad(x, paddings), kernel, [1] * 5, "VALID")


# --- when --------------------------------------------------------------------------------

# Measured on two cores (AVX2) over images of 1 to 224 pixels and 1 to 512 channels. In three dimensions
# TensorFlow's never win, and with strides they take 15 to 60 times as long.
_WORTH = 200_000  # products in a sample
_MANY = 8  # samples; they are the channels of the kernel gradient's convolution
_COLUMNS = 12  # a convolution to fewer filters wastes the product's width
_FEW_POSITIONS = 64  # with strides, TensorFlow's kernel is slow for small images alone


def _spreads_well(geometry: Geometry, channels: int) -> bool:
    if len(geometry.image) == 3:
        return True
    strides = math.prod(geometry.strides)
    small = strides == 1 or math.prod(geometry.positions) <= _FEW_POSITIONS
    waste = math.prod(geometry.taps) * strides / math.prod(geometry.kernel)
    return small and waste <= 2 and strides * channels >= _COLUMNS


def _correlates_well(geometry: Geometry) -> bool:
    if len(geometry.image) == 3:
        return True
    return max(geometry.strides) == 1 and math.prod(geometry.kernel) > 1


def _many(geometry: Geometry) -> int:
    return 1 if len(geometry.image) == 3 else _MANY


def _geometry(sizes, kernel, strides, padding) -> Geometry | None:
    """Return the geometry; ``None`` where nothing is gained, a size is unknown, or nothing fits."""
    if tf_is_fast(kernel.dtype) or not all(isinstance(size, int) and size > 0 for size in sizes):
        return None
    geometry = Geometry(tuple(sizes), tuple(kernel.shape[:-2]), tuple(strides), padding)
    positions = geometry.positions
    slow = len(positions) == 3 and max(geometry.strides) > 1
    if min(positions) <= 0 or not slow and math.prod(positions) * math.prod(kernel.shape) < _WORTH:
        return None
    return geometry if _correlates_well(geometry) or _spreads_well(geometry, kernel.shape[-2]) else None


@functools.cache
def tf_is_fast(dtype: tf.DType) -> bool:
    """Tell whether TensorFlow's own gradients of a convolution are to be preferred.

    They are with oneDNN and on a GPU; in half precision nothing was gained.
    """
    narrow = dtype not in (tf.float32, tf.float64)
    return narrow or bool(tf.config.list_physical_devices("GPU")) or knows_dilation(dtype)


@functools.cache
def knows_dilation(dtype: tf.DType) -> bool:
    """Tell whether TensorFlow's CPU kernels of this build have the gradient of a dilated convolution.

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
