"""The mathematics of layers that only Keras 1 had."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


def maxout(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None) -> tf.Tensor:
    """Return the largest of several linear maps: ``y[b, o] = max_f(sum_i x[b, i] kernel[f, i, o] + bias[f,
    o])``.

    Args:
        x: ``(batch, inputs)``.
        kernel: ``(features, inputs, outputs)``.
        bias: ``(features, outputs)`` or ``None``.

    Returns:
        Tensor ``(batch, outputs)``.
    """
    y = tf.einsum("bi,fio->bfo", x, kernel)
    if bias is not None:
        y += bias
    return tf.reduce_max(y, axis=1)


def highway(x: tf.Tensor, candidate: tf.Tensor, gate: tf.Tensor) -> tf.Tensor:
    """Return ``gate * candidate + (1 - gate) * x``, all of one shape."""
    return gate * candidate + (1 - gate) * x


def cosine(x: tf.Tensor, y: tf.Tensor, axes: Sequence[int], epsilon: float) -> tf.Tensor:
    """Return the cosines of two batches of vectors or matrices, with an axis of 1 behind the batch.

    ``dot(x, y) / max(sqrt(dot(x, x) * dot(y, y)), epsilon)``, where ``dot`` sums over ``axes`` (one for
    each) and is taken
    element by element of its result, as Keras 1 did.

    Args:
        x: ``(batch, n)`` or ``(batch, m, n)``.
        y: likewise.
        axes: the axis of each that is summed over.
        epsilon: smallest denominator.

    Returns:
        Tensor ``(batch, 1, 1)`` for vectors, ``(batch, 1, m, k)`` for matrices.
    """
    denominator = tf.sqrt(_dot(x, x, (axes[0], axes[0])) * _dot(y, y, (axes[1], axes[1])))
    return tf.expand_dims(_dot(x, y, axes) / tf.maximum(denominator, tf.cast(epsilon, x.dtype)), 1)


def _dot(x: tf.Tensor, y: tf.Tensor, axes: Sequence[int]) -> tf.Tensor:
    if x.shape.rank == 2:
        return tf.reduce_sum(x * y, axis=1, keepdims=True)
    return tf.matmul(x, y, transpose_a=axes[0] == 1, transpose_b=axes[1] == 2)


def s_shaped_relu(
    x: tf.Tensor, left_at: tf.Tensor, left_slope: tf.Tensor, right_at: tf.Tensor, right_slope: tf.Tensor
) -> tf.Tensor:
    """Return ``x`` between two thresholds and lines of learned slopes outside.

    ``left_at + left_slope (x - left_at)`` below ``left_at``; ``right + right_slope (x - right)`` above
    ``right = left_at + |right_at|``; the gradient passes through the branch that was taken.

    Args:
        x: floating tensor ``(batch, ...)``.
        left_at: lower threshold, of a shape that broadcasts with ``x``, as the others.
        left_slope: slope below it.
        right_at: distance of the upper threshold.
        right_slope: slope above.
    """
    right_at = left_at + tf.abs(right_at)
    low = left_at + left_slope * (x - left_at)
    high = right_at + right_slope * (x - right_at)
    return tf.where(x < left_at, low, tf.where(x > right_at, high, x))


def pool_padded(
    x: tf.Tensor,
    size: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[Sequence[int]],
    mode: str,
) -> tf.Tensor:
    """Pool an image over windows that may reach out of it, of which only what lies inside counts.

    Args:
        x: ``(batch, rows, columns, channels)``.
        size: rows and columns of the window.
        strides: rows and columns from window to window.
        padding: rows above and below, columns left and right of the image that windows may cover.
        mode: ``"max"`` or ``"average"``.

    Returns:
        Tensor ``(batch, new rows, new columns, channels)``.
    """
    paddings = [(0, 0), *padding, (0, 0)]
    if mode == "max":
        return tf.nn.max_pool2d(tf.pad(x, paddings, constant_values=x.dtype.min), size, strides, "VALID")
    inside = tf.pad(tf.ones_like(x[:1, :, :, :1]), paddings)
    return tf.nn.avg_pool2d(tf.pad(x, paddings), size, strides, "VALID") / tf.nn.avg_pool2d(
        inside, size, strides, "VALID"
    )


def normalize_samples(x: tf.Tensor, epsilon: float) -> tf.Tensor:
    """Return ``(x - mean) / (std + epsilon)`` over the last axis, with ``std = sqrt(variance + epsilon)``."""
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    epsilon = tf.cast(epsilon, x.dtype)
    return (x - mean) / (tf.sqrt(variance + epsilon) + epsilon)
