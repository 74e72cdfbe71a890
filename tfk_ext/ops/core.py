"""The mathematics of the core layers."""

from __future__ import annotations

import math

import tensorflow as tf


def dense(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor | None = None) -> tf.Tensor:
    """Affine map of the last axis: ``x . kernel + bias``.

    Args:
        x: floating tensor of shape ``(..., n)``.
        kernel: ``(n, units)``, of the dtype of ``x``.
        bias: ``(units,)`` or ``None``.

    Returns:
        Tensor of shape ``(..., units)``.
    """
    kernel = tf.convert_to_tensor(kernel)
    if x.shape.rank == 2:
        y = tf.matmul(x, kernel)
    else:
        # One product over all leading axes: a batched product would repeat the kernel for each.
        y = tf.reshape(tf.matmul(tf.reshape(x, (-1, kernel.shape[0])), kernel), _replaced(x, kernel.shape[1]))
    return y if bias is None else tf.nn.bias_add(y, tf.convert_to_tensor(bias))


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
        x = tf.transpose(x, (0, *range(2, rank), 1))
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
    batch = x.shape[0] if x.shape.rank is not None else None
    if batch is None and None not in sizes and math.prod(sizes):
        # A static shape with one -1 is cheaper than a computed one, and what TFLite likes best.
        return tf.reshape(x, (-1, *sizes))
    first = tf.shape(x)[0] if batch is None else batch
    return tf.reshape(x, (first, *(-1 if size is None else size for size in sizes)))


def repeat_vector(x: tf.Tensor, n: int) -> tf.Tensor:
    """Repeat each vector ``n`` times: ``(batch, features)`` to ``(batch, n, features)``."""
    return tf.tile(x[:, tf.newaxis], (1, n, 1))


def steps_to_keep(x: tf.Tensor, mask_value: float) -> tf.Tensor:
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
