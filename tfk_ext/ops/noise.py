"""Random noise for training. Every function takes the seed of its draw: the same seed, the same noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

from tfk_ext.ops.activations import SELU_ALPHA, SELU_SCALE


def _filled(x: tf.Tensor, noise_shape: Sequence[int | None] | None) -> tf.Tensor | Sequence[int]:
    """Return the shape of the noise; ``None`` stands for the size of ``x``."""
    if noise_shape is None:
        return x.shape if x.shape.is_fully_defined() else tf.shape(x)
    if None not in noise_shape:
        return tuple(noise_shape)
    sizes = tf.shape(x)
    return tf.stack([sizes[axis] if size is None else size for axis, size in enumerate(noise_shape)])


def _kept(x: tf.Tensor, rate: float, seed: tf.Tensor, noise_shape: Sequence[int | None] | None) -> tf.Tensor:
    """Draw which values are kept, each with probability ``1 - rate``."""
    shape = _filled(x, noise_shape)
    if not 0.001 < rate < 0.999:
        # In float32 whatever the dtype of x: bfloat16 has 128 numbers below 1.
        return tf.random.stateless_uniform(shape, seed) >= rate
    # Two values of 16 bits from each number drawn, since drawing is what takes the time: 1.8 times as fast
    # on 3 million values. The rate is met to 1 / 131072.
    static = isinstance(shape, (tuple, tf.TensorShape))
    count = math.prod(shape) if static else tf.reduce_prod(shape)
    bits = tf.random.stateless_uniform(((count + 1) // 2,), seed, None, None, tf.int32)
    halves = tf.reshape(tf.bitcast(bits, tf.int16), (-1,))[:count]
    return tf.reshape(halves, shape) >= tf.constant(round(rate * 65536) - 32768, tf.int16)


def dropout(
    x: tf.Tensor, rate: float, seed: tf.Tensor, noise_shape: Sequence[int | None] | None = None
) -> tf.Tensor:
    """Set a fraction of the values to 0 and scale the rest: ``f(x) = x * keep / (1 - rate)``.

    Args:
        x: floating tensor of any shape.
        rate: fraction to drop, from 0 to 1; with 1 everything is 0.
        seed: two integers.
        noise_shape: shape of ``keep``, broadcast to that of ``x``; ``None`` in it is the size of ``x``.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if rate == 0:
        return x
    if rate == 1:
        return tf.zeros_like(x)
    kept = _kept(x, rate, seed, noise_shape)
    return tf.where(kept, x * tf.cast(1 / (1 - rate), x.dtype), tf.zeros((), x.dtype))


def alpha_dropout(
    x: tf.Tensor, rate: float, seed: tf.Tensor, noise_shape: Sequence[int | None] | None = None
) -> tf.Tensor:
    """Set a fraction of the values to the lower bound of selu; mean 0 and variance 1 stay what they are.

    ``f(x) = a * (x if keep else low) + b`` with ``low = -scale * alpha`` of selu,
    ``a = ((1 - rate) * (1 + rate * low ** 2)) ** -0.5`` and ``b = -a * low * rate``.

    Args:
        x: floating tensor of any shape.
        rate: fraction to drop, from 0 to 1; with 1 everything is 0, the limit of the formula.
        seed: two integers.
        noise_shape: shape of ``keep``, broadcast to that of ``x``; ``None`` in it is the size of ``x``.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if rate == 0:
        return x
    if rate == 1:
        return tf.zeros_like(x)
    low = -SELU_SCALE * SELU_ALPHA
    a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    b = -a * low * rate
    kept = _kept(x, rate, seed, noise_shape)
    scaled = tf.cast(a, x.dtype) * x + tf.cast(b, x.dtype)
    return tf.where(kept, scaled, tf.cast(a * low + b, x.dtype))


def gaussian_noise(x: tf.Tensor, stddev: float, seed: tf.Tensor) -> tf.Tensor:
    """Add normal noise: ``f(x) = x + stddev * n``, ``n`` standard normal.

    Args:
        x: floating tensor of any shape.
        stddev: standard deviation, at least 0.
        seed: two integers.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if stddev == 0:
        return x
    return x + tf.random.stateless_normal(_filled(x, None), seed, stddev=stddev, dtype=x.dtype)


def gaussian_dropout(x: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """Multiply by normal noise around 1: ``f(x) = x * n``, its deviation ``sqrt(rate / (1 - rate))``.

    Args:
        x: floating tensor of any shape.
        rate: from 0 to below 1.
        seed: two integers.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if rate == 0:
        return x
    stddev = math.sqrt(rate / (1 - rate))
    return x * tf.random.stateless_normal(_filled(x, None), seed, mean=1.0, stddev=stddev, dtype=x.dtype)
