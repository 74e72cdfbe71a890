"""Sparse gradients (``tf.IndexedSlices``): rows that repeat add up, in one of three forms.

A step that touches every weight takes them written out, one that touches their rows alone with the sum in
each row, and a norm with each row once.
"""

from __future__ import annotations

import tensorflow as tf

# A scattered row costs as much as eight rows of a gather, which writes out all of them in order.
SCATTERED = 8


def unique_rows(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """Return each row once, with the sum of its values.

    The result has as many rows as went in, so that it also compiles where shapes have to be known: behind the
    distinct rows, which are sorted, the last of them is repeated with zeros.

    Args:
        gradient: slices of shape ``(n, ...)``.
    """
    order, fresh = _sorted(gradient.indices)
    group, count = _groups(order, fresh), tf.shape(gradient.indices)[0]
    values = tf.math.unsorted_segment_sum(gradient.values, group, count)
    indices = tf.math.unsorted_segment_max(gradient.indices, group, count)
    indices = tf.where(tf.range(count) <= tf.reduce_max(group), indices, tf.reduce_max(indices))
    return tf.IndexedSlices(values, indices, gradient.dense_shape)


def clipped_by_global_norm(gradients: list, limit: float) -> list:
    """Scale gradients so that the norm of all together is at most ``limit``; sparse ones stay sparse.

    Args:
        gradients: tensors, slices whose rows are distinct, or ``None``.
        limit: the largest norm.
    """
    given = [gradient for gradient in gradients if gradient is not None]
    wide = tf.float64 if any(gradient.dtype == tf.float64 for gradient in given) else tf.float32
    norm = tf.linalg.global_norm([tf.cast(gradient, wide) for gradient in given])
    return tf.clip_by_global_norm(gradients, limit, use_norm=norm)[0]


def whole_rows(gradient: tf.IndexedSlices) -> tf.IndexedSlices:
    """Return the same rows, each with the sum of all that have its index.

    What is computed of them is the same for each repetition, and can be assigned.

    Args:
        gradient: slices of shape ``(n, ...)``.
    """
    order, fresh = _sorted(gradient.indices)

    def summed():
        group = _groups(order, fresh)
        return tf.gather(tf.math.unsorted_segment_sum(gradient.values, group, tf.shape(group)[0]), group)

    values = tf.cond(tf.reduce_all(fresh), lambda: tf.identity(gradient.values), summed)
    return tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)


def _sorted(indices):
    """Return the order of indices, and for each but the first in it whether it is a new one."""
    order = tf.argsort(indices)
    ordered = tf.gather(indices, order)
    return order, ordered[1:] != ordered[:-1]


def _groups(order, fresh):
    """Return for each index its place among the distinct ones."""
    place = tf.cumsum(tf.cast(tf.concat([tf.zeros_like(order[:1], tf.bool), fresh], 0), tf.int32))
    return tf.scatter_nd(order[:, None], place, tf.shape(order))


def written_out(gradient: tf.IndexedSlices, rows: tf.Tensor | int) -> tf.Tensor:
    """Return the dense gradient.

    A few rows are added to zeros. For many it is looked up where each row of the result comes from, and all
    are written in their order, which takes 1.9 instead of 3.2 ms (3,200 of 20,000 rows of 128 numbers).

    Args:
        gradient: slices of shape ``(n, ...)``.
        rows: how many rows the result has.
    """
    indices, values = gradient.indices, gradient.values
    count = tf.shape(indices)[0]

    def scattered():
        return tf.math.unsorted_segment_sum(values, indices, rows)

    def looked_up():
        # Of the rows that share an index the last stands for all; 0 is a row of zeros, before the first.
        numbers = tf.range(1, count + 1)
        source = tf.maximum(tf.math.unsorted_segment_max(numbers, indices, rows), 0)
        last = tf.gather(source, indices)
        padded = tf.cond(
            tf.reduce_all(last == numbers),
            lambda: tf.concat([tf.zeros_like(values[:1]), values], 0),
            lambda: tf.math.unsorted_segment_sum(values, last, count + 1),
        )
        return tf.gather(padded, source)

    few = tf.cast(count, tf.int64) * SCATTERED < tf.cast(rows, tf.int64)
    known = tf.get_static_value(few)
    if known is not None:
        return scattered() if known else looked_up()
    return tf.cond(few, scattered, looked_up)
