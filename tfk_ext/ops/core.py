"""The mathematics of the core layers."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf


def dense(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None = None) -> tf.Tensor:
    """Affine map of the last axis: ``x . kernel + bias``.

    Args:
        x: floating tensor of shape ``(..., n)``, sparse or not.
        kernel: ``(n, units)``, of the dtype of ``x``.
        bias: ``(units,)`` or ``None``.

    Returns:
        Tensor of shape ``(..., units)``.
    """
    kernel = tf.convert_to_tensor(kernel)
    if isinstance(x, tf.SparseTensor) and x.shape.rank != 2:
        x = tf.sparse.to_dense(x)
    if isinstance(x, tf.SparseTensor):
        y = tf.sparse.sparse_dense_matmul(x, kernel)
    else:
        # One product over all leading axes: a batched product would repeat the kernel for each.
        y = tf.matmul(x if x.shape.rank == 2 else tf.reshape(x, (-1, kernel.shape[0])), kernel)
    if bias is not None:
        y = tf.nn.bias_add(y, tf.convert_to_tensor(bias))  # right behind the product: the two are fused
    return y if x.shape.rank == 2 else tf.reshape(y, _replaced(x, kernel.shape[1]))


def _replaced(x: tf.Tensor, last: int) -> tf.Tensor | tuple[int, ...]:
    """Return the shape of ``x`` with another last axis, static where it can be."""
    static = (*x.shape[:-1], last)
    unknown = [axis for axis, size in enumerate(static) if size is None]
    if not unknown:
        return static
    if len(unknown) == 1:
        return tuple(-1 if size is None else size for size in static)
    return tf.concat([tf.shape(x)[:-1], [last]], axis=0)


def flatten(x: tf.Tensor, data_format: str = "channels_last") -> tf.Tensor:
    """Flatten all axes but the first, in channels_last order whatever the data format.

    Args:
        x: tensor of shape ``(batch, ...)``.
        data_format: ``"channels_first"`` moves axis 1 to the end before.

    Returns:
        Tensor of shape ``(batch, n)``.
    """
    rank = x.shape.rank
    if data_format == "channels_first" and rank is not None and rank > 2:
        x = permute(x, (*range(2, rank), 1))
    if isinstance(x, tf.SparseTensor):
        return tf.sparse.reshape(x, (tf.shape(x, tf.int64)[0], -1))
    sizes = x.shape[1:]
    if sizes.is_fully_defined():
        # With a known size an empty batch keeps its shape too.
        return (
            tf.reshape(x, (-1, math.prod(sizes))) if math.prod(sizes) else tf.reshape(x, (tf.shape(x)[0], 0))
        )
    return tf.reshape(x, (tf.shape(x)[0], -1))


def reshape(x: tf.Tensor, sizes: tuple[int | None, ...]) -> tf.Tensor:
    """Give each sample the shape ``sizes``; at most one size is ``None``, it is computed.

    Args:
        x: tensor of shape ``(batch, ...)``.
        sizes: the output's shape without the batch axis.

    Returns:
        Tensor of shape ``(batch, *sizes)``.
    """
    if isinstance(x, tf.SparseTensor):
        batch = tf.shape(x, tf.int64)[0]
        return tf.sparse.reshape(x, (batch, *(-1 if size is None else size for size in sizes)))
    batch = x.shape[0] if x.shape.rank is not None else None
    if batch is None and all(sizes):
        # A static shape with one -1 is cheaper than a computed one, and what TFLite likes best.
        return tf.reshape(x, (-1, *sizes))
    first = tf.shape(x)[0] if batch is None else batch
    return tf.reshape(x, (first, *(-1 if size is None else size for size in sizes)))


def permute(x: tf.Tensor, dims: tuple[int, ...]) -> tf.Tensor:
    """Permute the axes behind the batch: ``dims`` holds the numbers 1 to n in their new order."""
    transpose = tf.sparse.transpose if isinstance(x, tf.SparseTensor) else tf.transpose
    return transpose(x, (0, *dims))


def repeat_vector(x: tf.Tensor, n: int) -> tf.Tensor:
    """Repeat each vector ``n`` times: ``(batch, features)`` to ``(batch, n, features)``."""
    # Not x[:, tf.newaxis], whose gradient copies.
    return tf.tile(tf.expand_dims(x, 1), (1, n, 1))


def steps_to_keep(x: tf.Tensor, mask_value: Any) -> tf.Tensor:
    """Tell for each time step whether any of its features differs from ``mask_value``.

    Args:
        x: tensor of shape ``(batch, ..., features)``.
        mask_value: the value of padding, a number or one for each feature.

    Returns:
        Booleans of shape ``(batch, ...)``.
    """
    return tf.reduce_any(tf.not_equal(x, tf.cast(mask_value, x.dtype)), axis=-1)


def zero_steps(x: tf.Tensor, keep: tf.Tensor) -> tf.Tensor:
    """Set the time steps that ``keep`` leaves out to 0.

    Args:
        x: tensor of shape ``(batch, ..., features)``.
        keep: booleans of shape ``(batch, ...)``.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    return tf.where(keep[..., tf.newaxis], x, tf.zeros((), x.dtype))


def activity_loss(x: tf.Tensor, l1: float, l2: float) -> tf.Tensor:
    """Penalty for the size of a batch's values: ``(l1 * sum(|x|) + l2 * sum(x ** 2)) / batch size``.

    Args:
        x: tensor of shape ``(batch, ...)``.
        l1: factor of the absolute values.
        l2: factor of the squares.

    Returns:
        A scalar in float32, or float64 if ``x`` is; 0 for an empty batch.
    """
    x = x if x.dtype == tf.float64 else tf.cast(x, tf.float32)
    total = tf.zeros((), x.dtype)
    if l1:
        total += l1 * tf.reduce_sum(tf.abs(x))
    if l2:
        total += l2 * tf.reduce_sum(tf.square(x))
    return tf.math.divide_no_nan(total, tf.cast(tf.shape(x)[0], x.dtype)) if x.shape.rank else total
