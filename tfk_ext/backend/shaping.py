"""Changing shapes, joining, repeating and padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import tensor
from tfk_ext.ops import merge, resize


@operation
def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Join tensors along an axis that they have.

    Example:
        >>> a, b = tf.keras.Input((2,)), tf.keras.Input((3,))
        >>> tfk_ext.backend.concatenate([a, b]).shape
        (None, 5)
    """
    if all(isinstance(x, tf.SparseTensor) for x in tensors):
        return tf.sparse.concat(axis, list(tensors))
    tensors = [tf.sparse.to_dense(x) if isinstance(x, tf.SparseTensor) else tensor(x) for x in tensors]
    return tf.concat(merge.common_dtype(tensors), axis)


@operation
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Join tensors of one shape along a new axis."""
    return tf.stack([tensor(item) for item in x], axis)


@operation
def reshape(x: Any, shape: Any) -> Any:
    """Give another shape, the batch included; one of its sizes may be -1.

    Example:
        >>> tfk_ext.backend.reshape(tf.keras.Input((2, 3)), (-1, 6)).shape
        (None, 6)
    """
    if isinstance(shape, (list, tuple)):
        shape = [-1 if size is None else size for size in shape]
    return tf.reshape(tensor(x), shape)


@operation
def permute_dimensions(x: Any, pattern: Sequence[int]) -> Any:
    """Put the axes into another order."""
    return tf.transpose(tensor(x), pattern)


@operation
def expand_dims(x: Any, axis: int = -1) -> Any:
    """Add an axis of length 1 before ``axis``."""
    return tf.expand_dims(tensor(x), axis)


@operation
def squeeze(x: Any, axis: int) -> Any:
    """Remove an axis of length 1."""
    return tf.squeeze(tensor(x), [axis] if checks.is_integer(axis) else axis)


@operation
def flatten(x: Any) -> Any:
    """Make one axis of all, the batch too; :func:`batch_flatten` keeps the batch."""
    return tf.reshape(tensor(x), [-1])


@operation
def batch_flatten(x: Any) -> Any:
    """Make one axis of all but the batch.

    Example:
        >>> tfk_ext.backend.batch_flatten(tf.keras.Input((2, 3))).shape
        (None, 6)
    """
    x = tensor(x)
    rest = x.shape[1:]
    size = rest.num_elements() if rest.is_fully_defined() else tf.reduce_prod(tf.shape(x)[1:])
    return tf.reshape(x, [-1, size]) if size != 0 else tf.reshape(x, [tf.shape(x)[0], 0])


@operation
def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Repeat each entry along an axis ``rep`` times, one after the other.

    Example:
        >>> tfk_ext.backend.repeat_elements([[1.0, 2.0]], 2, axis=1).numpy()
        array([[1., 1., 2., 2.]], dtype=float32)
    """
    x = tensor(x)
    y = tf.repeat(x, rep, axis)
    sizes = x.shape.as_list()
    sizes[axis] = None if sizes[axis] is None else sizes[axis] * rep
    return tf.ensure_shape(y, sizes)


@operation
def repeat(x: Any, n: int) -> Any:
    """Repeat a matrix ``n`` times: ``(samples, features)`` becomes ``(samples, n, features)``.

    Example:
        >>> tfk_ext.backend.repeat(tf.keras.Input((3,)), 2).shape
        (None, 2, 3)
    """
    x = tensor(x)
    if x.shape.rank != 2:
        raise ValueError(f"repeat: x must have two axes (samples, features), got shape {x.shape}.")
    return tf.tile(tf.expand_dims(x, 1), [1, n, 1])


@operation
def tile(x: Any, n: Any) -> Any:
    """Repeat a whole tensor ``n[i]`` times along axis ``i``."""
    return tf.tile(tensor(x), [n] if checks.is_integer(n) else n)


@operation
def reverse(x: Any, axes: Any) -> Any:
    """Turn the order round along an axis, or several."""
    return tf.reverse(tensor(x), [axes] if checks.is_integer(axes) else axes)


@operation
def slice(x: Any, start: Any, size: Any) -> Any:
    """Take ``size[i]`` entries (-1 for all) from ``start[i]`` on, along each axis ``i``."""
    return tf.slice(tensor(x), start, size)


@operation
def one_hot(indices: Any, num_classes: int) -> Any:
    """Return for each number a vector with a 1 at its place: ``(...)`` becomes ``(..., num_classes)``.

    Example:
        >>> tfk_ext.backend.one_hot([0, 2], 3).numpy()
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    return tf.one_hot(indices, num_classes, axis=-1)


# --- spatial axes -------------------------------------------------------------------------------------------


def _padded(name: str, x: Any, padding: Any, count: int, data_format: Any) -> Any:
    data_format = checks.data_format(name, data_format)
    padding = [tuple(checks.spatial(name, "padding", pad, 2, minimum=0)) for pad in padding]
    if len(padding) != count:
        raise ValueError(f"{name}: padding must hold {count} pairs of integers, got {padding!r}.")
    pattern = [(0, 0), (0, 0), *padding] if data_format == "channels_first" else [(0, 0), *padding, (0, 0)]
    return tf.pad(tensor(x), pattern)


@operation
def temporal_padding(x: Any, padding: Any = (1, 1)) -> Any:
    """Put zeros before and after the steps of a tensor ``(batch, steps, features)``."""
    return _padded("temporal_padding", x, [padding], 1, "channels_last")


@operation
def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Any:
    """Put zeros around images: rows before and after, columns before and after."""
    return _padded("spatial_2d_padding", x, padding, 2, data_format)


@operation
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Put zeros around volumes, before and after along each of three axes."""
    return _padded("spatial_3d_padding", x, padding, 3, data_format)


@operation
def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Any:
    """Enlarge images by whole factors.

    Args:
        x: images ``(batch, rows, columns, channels)``, or with the channels first.
        height_factor: factor of the rows.
        width_factor: factor of the columns.
        data_format: where the channels are.
        interpolation: ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"area"``, ``"gaussian"``,
            ``"lanczos3"``, ``"lanczos5"`` or ``"mitchellcubic"``.
    """
    data_format = checks.data_format("resize_images", data_format)
    method = checks.one_of("resize_images", "interpolation", interpolation, resize.METHODS)
    return resize.upsample(tensor(x), (height_factor, width_factor), data_format, method)


@operation
def resize_volumes(x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str) -> Any:
    """Enlarge volumes ``(batch, depth, rows, columns, channels)`` by whole factors, repeating each value."""
    data_format = checks.data_format("resize_volumes", data_format)
    return resize.repeat(tensor(x), (depth_factor, height_factor, width_factor), data_format)


def normalize_data_format(value: str | None) -> str:
    """Return a data format in its normal form, for ``None`` that of the configuration."""
    return checks.data_format("normalize_data_format", value)


def pattern_broadcast(x: Any, broadcastable: Any) -> Any:
    """Return ``x``: TensorFlow broadcasts axes of length 1 without being told (Theano was told here)."""
    return x
