"""Products of tensors, and taking from tensors by index."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import pair, tensor


@operation
def dot(x: Any, y: Any) -> Any:
    """Multiply the last axis of ``x`` with the last but one of ``y`` (its only one, if ``y`` has no other).

    Args:
        x: tensor ``(..., n)``, or a sparse matrix.
        y: tensor ``(..., n, m)``.

    Returns:
        Tensor whose axes are those of ``x`` without the last and those of ``y`` without the last but one.

    Example:
        >>> x, y = tfk_ext.backend.ones((2, 3)), tfk_ext.backend.ones((4, 3, 5))
        >>> tfk_ext.backend.dot(x, y).shape
        TensorShape([2, 4, 5])
        >>> tfk_ext.backend.dot(tf.keras.Input((7, 3)), tfk_ext.backend.ones((3, 2))).shape
        (None, 7, 2)
    """
    if isinstance(x, tf.SparseTensor):
        return tf.sparse.sparse_dense_matmul(x, tensor(y))
    x, y = pair(x, y)
    if x.shape.rank == 2 and y.shape.rank == 2:
        return tf.matmul(x, y)
    return tf.tensordot(x, y, [[x.shape.rank - 1], [y.shape.rank - 2 if y.shape.rank > 1 else 0]])


@operation
def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """Multiply, sample by sample, one axis of ``x`` with one of ``y``.

    Args:
        x: tensor ``(batch, ...)`` of two axes or more.
        y: tensor ``(batch, ...)`` of two axes or more.
        axes: the axis of ``x`` and that of ``y``; one number for both; ``None`` for the last of ``x`` and the
            last but one of ``y`` (the last, if ``y`` has two).

    Returns:
        Tensor of the batch, the other axes of ``x``, and the other axes of ``y``. Where none are left, as
        for two tensors of two axes, there is one of length 1.

    Raises:
        ValueError: too few axes, the batch among ``axes``, or lengths that differ.

    Example:
        >>> x, y = tfk_ext.backend.ones((32, 20, 1)), tfk_ext.backend.ones((32, 30, 20))
        >>> tfk_ext.backend.batch_dot(x, y, axes=(1, 2)).shape
        TensorShape([32, 1, 30])
    """
    x, y = pair(x, y)
    first, second = _axes(x, y, axes)
    x_rest = [axis for axis in range(1, x.shape.rank) if axis != first]
    y_rest = [axis for axis in range(1, y.shape.rank) if axis != second]
    left = _merged(tf.transpose(x, [0, *x_rest, first]), len(x_rest), before=True)
    right = _merged(tf.transpose(y, [0, second, *y_rest]), len(y_rest), before=False)
    sizes = [_size(x, 0) or _size(y, 0)]
    sizes += [_size(x, axis) for axis in x_rest] + [_size(y, axis) for axis in y_rest]
    product = tf.matmul(left, right)
    if len(sizes) == 1:
        return tf.squeeze(product, -1)
    if len(x_rest) == len(y_rest) == 1:
        return product
    dynamic = [*(_length(x, axis) for axis in (0, *x_rest)), *(_length(y, axis) for axis in y_rest)]
    return tf.ensure_shape(tf.reshape(product, dynamic), sizes)


def _axes(x: Any, y: Any, axes: Any) -> tuple[int, int]:
    """Return the two axes, counted from the front."""
    if x.shape.rank < 2 or y.shape.rank < 2:
        raise ValueError(f"batch_dot: two axes at least are needed, got shapes {x.shape} and {y.shape}.")
    if axes is None:
        axes = (x.shape.rank - 1, max(y.shape.rank - 2, 1))
    elif isinstance(axes, int):
        axes = (axes, axes)
    axes = tuple(axes)
    if len(axes) != 2 or not all(isinstance(axis, int) for axis in axes):
        raise ValueError(f"batch_dot: axes must be None, an integer or two of them, got {axes!r}.")
    ranks = (x.shape.rank, y.shape.rank)
    if any(not -rank <= axis < rank for axis, rank in zip(axes, ranks)):
        raise ValueError(f"batch_dot: axes={axes} are not among those of shapes {x.shape} and {y.shape}.")
    first, second = (axis % rank for axis, rank in zip(axes, ranks))
    if 0 in (first, second):
        raise ValueError(f"batch_dot: axes={axes} holds the batch axis 0; add one with K.expand_dims(x, 0).")
    for one, other, what in ((0, 0, "batches"), (first, second, f"axes {axes}")):
        if not tf.compat.dimension_at_index(x.shape, one).is_compatible_with(y.shape[other]):
            raise ValueError(f"batch_dot: shapes {x.shape} and {y.shape} differ in {what}.")
    return first, second


def _size(x: Any, axis: int) -> int | None:
    return x.shape[axis]


def _length(x: Any, axis: int) -> Any:
    return tf.shape(x)[axis] if x.shape[axis] is None else x.shape[axis]


def _merged(x: Any, count: int, before: bool) -> Any:
    """Make one axis of ``count`` axes: of those before the last, or of those after the second."""
    if count == 1:
        return x
    if count == 0:
        return tf.expand_dims(x, 1 if before else 2)
    kept = x.shape.rank - 1 if before else 1
    lengths = (_length(x, 0), -1, _length(x, kept)) if before else (_length(x, 0), _length(x, kept), -1)
    return tf.reshape(x, lengths)


@operation
def transpose(x: Any) -> Any:
    """Turn the order of the axes round."""
    return tf.transpose(tensor(x))


@operation
def gather(reference: Any, indices: Any) -> Any:
    """Take the entries of ``reference``, along its first axis, that ``indices`` names.

    Example:
        >>> tfk_ext.backend.gather([[1.0, 2.0], [3.0, 4.0]], [1, 1]).numpy()
        array([[3., 4.],
               [3., 4.]], dtype=float32)
    """
    indices = tensor(indices)
    return tf.gather(tensor(reference), indices if indices.dtype.is_integer else tf.cast(indices, tf.int32))
