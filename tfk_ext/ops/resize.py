"""Enlarging the spatial axes of a tensor by whole factors."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.ops.convolution import channels_first, channels_last, sizes


def repeat(x: tf.Tensor, factors: Sequence[int], data_format: str = "channels_last") -> tf.Tensor:
    """Repeat each position along the spatial axes, ``factors[i]`` times along the i-th.

    Args:
        x: tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        factors: how often, for each spatial axis.
        data_format: where the channels are.

    Returns:
        Tensor of shape ``(batch, *spatial times factors, channels)``, or with the channels first.
    """
    first = 2 if data_format == "channels_first" else 1
    shape = sizes(x)
    y = x
    # One axis after the other, from the last, each in three dimensions: it compiles with XLA (as
    # ResizeNearestNeighbor's gradient does not) and its gradient is a fast sum over the middle axis.
    for axis, factor in reversed(list(enumerate(factors, start=first))):
        if factor > 1:
            tail = _product(shape[axis + 1 :])
            lead = -1 if isinstance(tail, int) and tail else _product(shape[: axis + 1])
            y = tf.tile(tf.reshape(y, (lead, 1, tail)), (1, factor, 1))
            shape[axis] = shape[axis] * factor
    return x if y is x else tf.reshape(y, shape)


def _product(values: Sequence[Any]) -> Any:
    """Return the product of integers and scalar tensors."""
    return functools.reduce(lambda a, b: a * b, values, 1)


def upsample(
    x: tf.Tensor, factors: Sequence[int], data_format: str = "channels_last", method: str = "nearest"
) -> tf.Tensor:
    """Enlarge images by whole factors.

    The centres of the pixels are at halves: position ``i`` of the output lies at ``(i + 0.5) / factor`` of
    the input. Taps outside the image are left out and the others' weights are scaled up to a sum of 1.

    Args:
        x: tensor of shape ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)``.
        factors: for rows and columns.
        data_format: where the channels are.
        method: one of :data:`METHODS`.

    Returns:
        Tensor of shape ``(batch, rows * factors[0], columns * factors[1], channels)``, or with the channels
        first, of the dtype of ``x`` (float32 for whole numbers, unless the method repeats them).
    """
    if method in ("nearest", "area"):
        # With whole factors each output pixel lies within one input pixel: its area's mean is that pixel.
        return repeat(x, factors, data_format)
    if data_format == "channels_first":
        return channels_first(upsample(channels_last(x), factors, method=method))
    dtype = x.dtype if x.dtype.is_floating else tf.float32
    x = tf.cast(x, tf.float64 if dtype == tf.float64 else tf.float32)
    _, rows, columns, channels = sizes(x)
    if method == "bilinear" and x.dtype == tf.float32:
        size = (rows * factors[0], columns * factors[1])
        return tf.cast(tf.image.resize(x, size, method), dtype)
    # As products with a matrix of weights for rows and one for columns: TensorFlow's own kernels for these
    # methods neither compile with XLA nor keep float64.
    shape = (-1, rows * factors[0], columns * factors[1], channels)
    x = tf.matmul(_weights(rows, factors[0], method, x.dtype), tf.reshape(x, (-1, rows, columns * channels)))
    x = tf.matmul(_weights(columns, factors[1], method, x.dtype), tf.reshape(x, (-1, columns, channels)))
    return tf.cast(tf.reshape(x, shape), dtype)


# --- weights of the interpolations ------------------------------------------------------------------------


def _triangle(t):
    return tf.maximum(0.0, 1.0 - t)


def _cubic(t):
    # Keys's cubic with a = -1/2. TensorFlow reads it from a table of 1024 steps: the distances are rounded.
    t = tf.round(t * 1024.0) / 1024.0
    near = (1.5 * t - 2.5) * t * t + 1.0
    far = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return tf.where(t <= 1.0, near, tf.where(t < 2.0, far, 0.0))


def _mitchell(t):
    near = (7.0 * t - 12.0) * t * t / 6.0 + 16.0 / 18.0
    far = ((-7.0 / 18.0 * t + 2.0) * t - 10.0 / 3.0) * t + 16.0 / 9.0
    return tf.where(t < 1.0, near, tf.where(t < 2.0, far, 0.0))


def _gaussian(t):
    return tf.where(t < 1.5, tf.exp(-2.0 * t * t), 0.0)


def _lanczos(radius, t):
    safe = math.pi * tf.maximum(t, 1e-3)
    value = radius * tf.sin(safe) * tf.sin(safe / radius) / (safe * safe)
    return tf.where(t <= 1e-3, tf.ones_like(t), tf.where(t > radius, tf.zeros_like(t), value))


_KERNELS: dict[str, Callable] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "mitchellcubic": _mitchell,
    "gaussian": _gaussian,
    "lanczos3": functools.partial(_lanczos, 3.0),
    "lanczos5": functools.partial(_lanczos, 5.0),
}

METHODS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area", "gaussian", "mitchellcubic")


def _weights(size: Any, factor: int, method: str, dtype: tf.DType) -> tf.Tensor:
    """Return the matrix ``(size * factor, size)`` that enlarges one axis."""
    if isinstance(size, int):
        return tf.constant(_constant_weights(size, factor, method, dtype.as_numpy_dtype))
    return tf.cast(_computed_weights(size, factor, method), dtype)


@functools.lru_cache(maxsize=64)
def _constant_weights(size: int, factor: int, method: str, dtype: type) -> np.ndarray:
    with tf.init_scope():
        return _computed_weights(size, factor, method).numpy().astype(dtype)


def _computed_weights(size: Any, factor: int, method: str) -> tf.Tensor:
    centre = (tf.cast(tf.range(size * factor), tf.float64) + 0.5) / factor
    tap = tf.cast(tf.range(size), tf.float64) + 0.5
    weights = _KERNELS[method](tf.abs(tap[None, :] - centre[:, None]))
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
