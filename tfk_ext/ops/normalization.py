"""Batch normalization: moments of a batch and the normalization by them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

# Below it cuDNN refuses; the same computation everywhere is worth more than speed at such an epsilon.
SMALLEST_FUSED_EPSILON = 1.001e-5


def moments(
    x: tf.Tensor, axes: Sequence[int], mask: tf.Tensor | None = None, context: Any = None
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Mean and variance over ``axes``, of the unmasked positions, and how many they were.

    The variance is the population's (divided by the count). Where nothing is left to count, both are 0.

    Args:
        x: floating tensor.
        axes: axes to reduce.
        mask: booleans for the first axes of ``x``, ``None`` to count all.
        context: replica context of a strategy to reduce over all its replicas, ``None`` for this one alone.

    Returns:
        ``mean``, ``variance`` and ``count``, in the shape of ``x`` with the axes ``axes`` of size 1
        (``count`` may be a scalar).
    """
    if mask is None:
        if context is None:
            mean, variance = tf.nn.moments(x, axes, keepdims=True)
            return mean, variance, _count(x, axes)
        weights = None
        count = tf.cast(_count(x, axes), x.dtype)
        total = tf.reduce_sum(x, axes, keepdims=True)
    else:
        weights = tf.reshape(mask, tf.concat([tf.shape(mask), [1] * (x.shape.rank - mask.shape.rank)], 0))
        weights = tf.broadcast_to(tf.cast(weights, tf.bool), tf.shape(x))
        count = tf.reduce_sum(tf.cast(weights, x.dtype), axes, keepdims=True)
        total = tf.reduce_sum(tf.where(weights, x, tf.zeros((), x.dtype)), axes, keepdims=True)
    if context is not None:
        total, count = context.all_reduce(tf.distribute.ReduceOp.SUM, [total, count])
    mean = tf.math.divide_no_nan(total, count)
    # Around the mean of all: the difference of two large sums would lose the digits.
    squares = tf.math.squared_difference(x, mean)
    if weights is not None:
        squares = tf.where(weights, squares, tf.zeros((), x.dtype))
    spread = tf.reduce_sum(squares, axes, keepdims=True)
    if context is not None:
        spread = context.all_reduce(tf.distribute.ReduceOp.SUM, spread)
    return mean, tf.math.divide_no_nan(spread, count), count


def _count(x: tf.Tensor, axes: Sequence[int]) -> tf.Tensor | int:
    """Return how many values are reduced, as a number where the shape says it."""
    sizes = [x.shape[axis] for axis in axes]
    if None not in sizes:
        return math.prod(sizes)
    return tf.reduce_prod(tf.gather(tf.shape(x), list(axes)))


def batch_normalization(
    x: tf.Tensor,
    mean: tf.Tensor,
    variance: tf.Tensor,
    gamma: tf.Tensor | None,
    beta: tf.Tensor | None,
    epsilon: float,
) -> tf.Tensor:
    """Normalize by given moments: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    Args:
        x: floating tensor.
        mean: its mean, in a shape that broadcasts to that of ``x``, like all that follow.
        variance: its variance.
        gamma: factor, ``None`` for 1.
        beta: offset, ``None`` for 0.
        epsilon: added to the variance.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)


def renorm_correction(
    mean: tf.Tensor,
    variance: tf.Tensor,
    renorm_mean: tf.Tensor,
    renorm_stddev: tf.Tensor,
    epsilon: float,
    rmin: float = 0.0,
    rmax: float = math.inf,
    dmax: float = math.inf,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Correction of batch renormalization: ratio of the deviations, distance of the means in deviations.

    ``r = stddev / renorm_stddev`` and ``d = (mean - renorm_mean) / renorm_stddev``.

    Args:
        mean: mean of the batch.
        variance: variance of the batch.
        renorm_mean: mean of many batches.
        renorm_stddev: standard deviation of many batches.
        epsilon: added to the variance; its root is the least ``renorm_stddev``.
        rmin: least ``r``.
        rmax: largest ``r``.
        dmax: largest absolute value of ``d``.

    Returns:
        ``r`` and ``d``, without a gradient.
    """
    stddev = tf.sqrt(variance + tf.cast(epsilon, variance.dtype))
    past = tf.maximum(renorm_stddev, tf.cast(math.sqrt(epsilon), mean.dtype))
    r = tf.clip_by_value(stddev / past, tf.cast(rmin, mean.dtype), tf.cast(rmax, mean.dtype))
    d = (mean - renorm_mean) / past
    d = tf.clip_by_value(d, tf.cast(-dmax, mean.dtype), tf.cast(dmax, mean.dtype))
    return tf.stop_gradient(r), tf.stop_gradient(d)


def can_fuse(x: tf.Tensor, axes: Sequence[int], epsilon: float) -> bool:
    """Tell whether :func:`fused_batch_normalization` takes an input, and is the faster way."""
    rank = x.shape.rank
    kept = [axis for axis in range(rank) if axis not in axes]
    # Of another axis than the last the transpositions cost more than the kernel saves (0.7 times as fast).
    return (
        x.dtype == tf.float32
        and rank > 2
        and len(kept) == 1
        and kept[0] == rank - 1
        and x.shape[-1] is not None
        and epsilon >= SMALLEST_FUSED_EPSILON
    )


def fused_batch_normalization(
    x: tf.Tensor, gamma: tf.Tensor | None, beta: tf.Tensor | None, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Normalize by the moments over all axes but the last, in one kernel.

    On a batch of 64 feature maps of 28 x 28 x 64, forward and backward together take a third of the time of
    the separate operations on a CPU (``python -m benchmarks --only catalogue/BatchNormalization``).

    Args:
        x: float32 tensor in which the size of the last axis is known.
        gamma: factors of shape ``(channels,)``, ``None`` for 1.
        beta: offsets of shape ``(channels,)``, ``None`` for 0.
        epsilon: added to the variance.

    Returns:
        The output, and mean, variance (the population's) and count as :func:`moments` returns them, without
        a gradient.
    """
    channels, rank = x.shape[-1], x.shape.rank
    count = _count(x, range(rank - 1))
    flat = x if rank == 4 else tf.reshape(x, (-1, 1, 1, channels))
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=flat,
        scale=tf.ones((channels,)) if gamma is None else gamma,
        offset=tf.zeros((channels,)) if beta is None else beta,
        mean=tf.zeros((0,)),
        variance=tf.zeros((0,)),
        epsilon=epsilon,
        exponential_avg_factor=1.0,
        is_training=True,
    )
    # The kernel returns the sample variance, divided by one less than the count.
    number = tf.cast(count, x.dtype)
    variance = tf.math.divide_no_nan(variance * tf.maximum(number - 1.0, 0.0), number)
    if rank != 4:
        y = tf.reshape(y, tf.shape(x))
        y.set_shape(x.shape)
    shape = [*[1] * (rank - 1), channels]
    mean, variance = (tf.reshape(tf.stop_gradient(m), shape) for m in (mean, variance))
    return y, mean, variance, count
