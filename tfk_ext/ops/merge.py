"""Merging several tensors into one: elementwise with broadcasting, concatenation, products of samples."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def align(tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Give all tensors the largest rank by new axes behind the batch: they broadcast sample by sample.

    Args:
        tensors: tensors of shape ``(batch, ...)`` of known rank.

    Returns:
        Tensors of shape ``(batch, 1, ..., 1, ...)``.
    """
    rank = max(x.shape.rank for x in tensors)
    aligned = []
    for x in tensors:
        if x.shape.rank:
            for _ in range(rank - x.shape.rank):
                x = tf.expand_dims(x, 1)
        aligned.append(x)
    return aligned


def common_dtype(tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Cast integers to the dtype of the floating tensors among them, or to the widest of the integers."""
    dtypes = {x.dtype for x in tensors}
    if len(dtypes) == 1:
        return list(tensors)
    floating = [dtype for dtype in dtypes if dtype.is_floating or dtype.is_complex]
    target = max(floating or dtypes, key=lambda dtype: (dtype.is_complex, dtype.size, dtype.name))
    return [tf.cast(x, target) for x in tensors]


def _folded(function: Callable, tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    return functools.reduce(function, align(common_dtype(tensors)))


def takes_sparse(function: Callable) -> Callable:
    """Let a merge take sparse tensors: the result is sparse if all of its inputs are."""

    @functools.wraps(function)
    def merged(tensors, *args, **kwargs):
        sparse = [isinstance(x, tf.SparseTensor) for x in tensors]
        if not any(sparse):
            return function(tensors, *args, **kwargs)
        dense = [tf.sparse.to_dense(x) if s else x for x, s in zip(tensors, sparse)]
        result = function(dense, *args, **kwargs)
        return tf.sparse.from_dense(result) if all(sparse) else result

    return merged


@takes_sparse
def add(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Sum of tensors: ``x_1 + x_2 + ...``; their shapes broadcast."""
    shapes = [x.shape for x in tensors]
    if len(tensors) > 2 and all(s.is_fully_defined() and s == shapes[0] for s in shapes):
        return tf.add_n(common_dtype(tensors))
    return _folded(tf.add, tensors)


@takes_sparse
def subtract(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Difference of two tensors: ``x_1 - x_2``; their shapes broadcast."""
    return _folded(tf.subtract, tensors)


@takes_sparse
def multiply(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Product of tensors, value by value: ``x_1 * x_2 * ...``; their shapes broadcast."""
    return _folded(tf.multiply, tensors)


@takes_sparse
def average(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Mean of tensors: ``(x_1 + x_2 + ...) / n``; their shapes broadcast. Of integers it is floating."""
    total = add(tensors)
    if not (total.dtype.is_floating or total.dtype.is_complex):
        total = tf.cast(total, tf.keras.config.floatx())
    return total / tf.cast(len(tensors), total.dtype)


@takes_sparse
def maximum(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Largest of the tensors' values at each place; their shapes broadcast."""
    return _folded(tf.maximum, tensors)


@takes_sparse
def minimum(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """Smallest of the tensors' values at each place; their shapes broadcast."""
    return _folded(tf.minimum, tensors)


@takes_sparse
def concatenate(tensors: Sequence[tf.Tensor], axis: int = -1) -> tf.Tensor:
    """Join tensors along an axis.

    Args:
        tensors: tensors that differ in the size of ``axis`` only.
        axis: the axis, negative ones count from the end.

    Returns:
        Tensor whose size along ``axis`` is the sum of the sizes.
    """
    return tf.concat(common_dtype(tensors), axis)


@takes_sparse
def dot(tensors: Sequence[tf.Tensor], axes: tuple[int, int], normalize: bool = False) -> tf.Tensor:
    """Product of two samples summed over one axis of each: ``z[b, i, j] = sum_k x[b, i, k] * y[b, j, k]``.

    Args:
        tensors: ``x`` and ``y`` of shape ``(batch, ...)`` with at least two axes, their number known; what is
            summed over has the same size.
        axes: axis of ``x`` and axis of ``y`` that are summed over, not the batch, counted from the front.
        normalize: whether to divide ``x`` and ``y`` by their lengths along these axes before, so that the
            products are cosines.

    Returns:
        Tensor of shape ``(batch, other axes of x, other axes of y)``; ``(batch, 1)`` if there are no others.
    """
    x, y = tensors
    if normalize:
        x, y = tf.linalg.l2_normalize(x, axes[0]), tf.linalg.l2_normalize(y, axes[1])
    x, y = common_dtype([x, y])
    if x.shape.rank == 2 and y.shape.rank == 2:
        return tf.reduce_sum(x * y, axis=1, keepdims=True)
    left, left_sizes = _matrix(x, axes[0], last=True)
    right, right_sizes = _matrix(y, axes[1], last=False)
    product = tf.matmul(left, right)
    batch = x.shape[0] if x.shape[0] is not None else y.shape[0]
    sizes = [batch, *(size for _, size in left_sizes), *(size for _, size in right_sizes)]
    if sizes.count(None) > 1:
        shape = [tf.shape(product)[0]]
        shape += [tf.shape(x)[a] if size is None else size for a, size in left_sizes]
        shape += [tf.shape(y)[a] if size is None else size for a, size in right_sizes]
        result = tf.reshape(product, shape)
        return tf.ensure_shape(result, sizes)
    return tf.reshape(product, [-1 if size is None else size for size in sizes])


def _matrix(x: tf.Tensor, axis: int, last: bool) -> tuple[tf.Tensor, list[tuple[int, int | None]]]:
    """Return each sample as a matrix with ``axis`` last (or first), and its other axes with their sizes."""
    others = [a for a in range(1, x.shape.rank) if a != axis]
    order = [0, *others, axis] if last else [0, axis, *others]
    if order != list(range(x.shape.rank)):
        x = tf.transpose(x, order)
    sizes = [(a, x.shape[order.index(a)]) for a in others]
    if len(others) != 1:
        # No -1: an empty batch could not be reshaped.
        shape = tf.shape(x)
        inner = tf.reduce_prod(shape[1:-1] if last else shape[2:])
        x = tf.reshape(x, [shape[0], inner, shape[-1]] if last else [shape[0], shape[1], inner])
    return x, sizes


def merged_mask(masks: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Mask of an elementwise merge: a position counts if it counts in every input that has a mask.

    Args:
        masks: a mask or ``None`` for each input; KerasTensors too.
        inputs: the inputs of the merge.

    Returns:
        Booleans with as many axes as the masks, or ``None`` if there is no mask.
    """
    rank = max(len(x.shape) for x in inputs)
    expanded = []
    for mask, x in zip(masks, inputs):
        if mask is not None:
            # The axes that broadcasting gives the input stand behind the batch in its mask, too.
            for _ in range(rank - len(x.shape)):
                mask = tf.keras.ops.expand_dims(mask, 1)
            expanded.append(mask)
    return functools.reduce(tf.keras.ops.logical_and, expanded) if expanded else None


def concatenated_mask(masks: Sequence[Any], inputs: Sequence[Any], axis: int) -> Any:
    """Mask of a concatenation.

    Along an axis of the masks they are joined, an input without a mask counting everywhere. Along another
    one, a position counts if it counts in every input that has a mask. A mask with as many axes as the inputs
    is reduced over the last one afterwards.

    Args:
        masks: a mask or ``None`` for each input; KerasTensors too.
        inputs: the inputs of the concatenation.
        axis: the axis of the concatenation.

    Returns:
        Booleans with as many axes as the masks, or ``None`` if there is no mask.
    """
    known = [mask for mask in masks if mask is not None]
    if not known:
        return None
    rank = len(inputs[0].shape)
    depth = max(len(mask.shape) for mask in known)
    if axis % rank >= depth:
        return functools.reduce(tf.keras.ops.logical_and, known)
    joined = []
    for mask, x in zip(masks, inputs):
        if mask is not None and len(mask.shape) == depth:
            joined.append(mask)
            continue
        # False for each position of the input's first axes, however many there will be.
        first = (..., *[slice(0, 1)] * (rank - depth))
        nowhere = x[first]
        nowhere = tf.keras.ops.zeros_like(nowhere, dtype="bool")
        if depth < rank:
            nowhere = tf.keras.ops.any(nowhere, axis=tuple(range(depth, rank)))
        if mask is None:
            joined.append(tf.keras.ops.logical_not(nowhere))
            continue
        for _ in range(depth - len(mask.shape)):
            mask = tf.keras.ops.expand_dims(mask, -1)
        joined.append(tf.keras.ops.logical_or(mask, nowhere))
    result = tf.keras.ops.concatenate(joined, axis % rank)
    return tf.keras.ops.all(result, axis=-1) if depth == rank else result
