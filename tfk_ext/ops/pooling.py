"""Pooling over windows and over whole spatial axes."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfk_ext.ops.convolution import channels_first, channels_last, sizes


def max_pool(
    x: tf.Tensor,
    window: Sequence[int],
    strides: Sequence[int],
    padding: str = "valid",
    data_format: str = "channels_last",
) -> tf.Tensor:
    """Maximum over windows of the spatial axes.

    Args:
        x: tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        window: length of the window along each spatial axis (one to three).
        strides: step along each spatial axis.
        padding: ``"valid"`` or ``"same"``; what is padded never is the maximum.
        data_format: where the channels are.

    Returns:
        Tensor of shape ``(batch, *new spatial, channels)``, or with the channels first.
    """
    return _pool((tf.nn.max_pool2d, tf.nn.max_pool3d), x, window, strides, padding, data_format)


def average_pool(
    x: tf.Tensor,
    window: Sequence[int],
    strides: Sequence[int],
    padding: str = "valid",
    data_format: str = "channels_last",
) -> tf.Tensor:
    """Mean over windows of the spatial axes; what is padded does not count.

    Args:
        x: floating tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        window: length of the window along each spatial axis (one to three).
        strides: step along each spatial axis.
        padding: ``"valid"`` or ``"same"``.
        data_format: where the channels are.

    Returns:
        Tensor of shape ``(batch, *new spatial, channels)``, or with the channels first.
    """
    return _pool((tf.nn.avg_pool2d, tf.nn.avg_pool3d), x, window, strides, padding, data_format)


def _pool(functions, x, window, strides, padding, data_format):
    if data_format == "channels_first":
        # The CPU kernels know channels_last only.
        return channels_first(_pool(functions, channels_last(x), window, strides, padding, "channels_last"))
    padding = padding.upper()
    if len(window) == 1:
        y = functions[0](tf.expand_dims(x, 1), (1, 1, *window, 1), (1, 1, *strides, 1), padding)
        return tf.squeeze(y, axis=1)
    below = padding == "SAME" and any(size < stride for size, stride in zip(window, strides))
    if len(window) == 3 and (below or x.dtype in (tf.float16, tf.float64)):
        return _pool_by_planes(functions[0], x, window, strides, padding)
    return functions[len(window) - 2](x, (1, *window, 1), (1, *strides, 1), padding)


def _pool_by_planes(function, x, window, strides, padding):
    """Pool rows and columns, then the depth.

    TensorFlow's 3D kernels lack float16 and float64 on a CPU, and in float32 take the wrong sites of "same"
    for a window below its stride.

    The mean of means is the mean, with padding too: the number of values that count is a product.
    """
    _, depth, rows, columns, channels = sizes(x)
    y = function(tf.reshape(x, (-1, rows, columns, channels)), window[1:], strides[1:], padding)
    _, rows, columns, _ = sizes(y)
    y = tf.reshape(y, (-1, depth, rows * columns, channels))
    y = function(y, (window[0], 1), (strides[0], 1), padding)
    return tf.reshape(y, (-1, sizes(y)[1], rows, columns, channels))


def global_max(x: tf.Tensor, data_format: str = "channels_last", keepdims: bool = False) -> tf.Tensor:
    """Maximum over all spatial axes.

    Args:
        x: tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        data_format: where the channels are.
        keepdims: whether the spatial axes stay, with length 1.

    Returns:
        Tensor of shape ``(batch, channels)``, or of the rank of ``x``.
    """
    return tf.reduce_max(x, _spatial(x, data_format), keepdims)


def global_average(
    x: tf.Tensor,
    data_format: str = "channels_last",
    keepdims: bool = False,
    mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """Mean over all spatial axes, or over the steps that a mask lets pass.

    Args:
        x: floating tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        data_format: where the channels are.
        keepdims: whether the spatial axes stay, with length 1.
        mask: boolean tensor of shape ``(batch, steps)``, for one spatial axis. A sample without any step left
            gets zeros.

    Returns:
        Tensor of shape ``(batch, channels)``, or of the rank of ``x``.
    """
    axes = _spatial(x, data_format)
    if mask is None:
        return tf.reduce_mean(x, axes, keepdims)
    mask = tf.expand_dims(tf.cast(mask, tf.bool), 1 if data_format == "channels_first" else 2)
    total = tf.reduce_sum(tf.where(mask, x, tf.zeros_like(x)), axes, keepdims)
    count = tf.reduce_sum(tf.cast(mask, tf.float32), axes, keepdims)
    return total / tf.cast(tf.maximum(count, 1.0), x.dtype)


def _spatial(x: tf.Tensor, data_format: str) -> tuple[int, ...]:
    return tuple(range(2, x.shape.rank) if data_format == "channels_first" else range(1, x.shape.rank - 1))
