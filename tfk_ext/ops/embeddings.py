"""Looking up rows of a matrix."""

from __future__ import annotations

import tensorflow as tf


def embed(matrix: tf.Tensor | tf.Variable, indices: tf.Tensor) -> tf.Tensor:
    """Return the rows of a matrix that indices name: ``f(i) = matrix[i]``.

    Args:
        matrix: ``(vocabulary, size)``. Of a variable the gradient is sparse: it holds the rows that were
            looked up and no others.
        indices: numbers from 0 to ``vocabulary - 1``, of any shape, ragged too; other dtypes than
            int32 and int64 are cast.

    Returns:
        Tensor of the shape of ``indices`` with the axis ``size`` behind it.

    Raises:
        tf.errors.InvalidArgumentError: an index is out of range, on a CPU; XLA and GPUs do not check.
    """
    if isinstance(indices, tf.SparseTensor):
        indices = tf.sparse.to_dense(indices)
    if indices.dtype not in (tf.int32, tf.int64):
        indices = tf.cast(indices, tf.int32)
    return tf.gather(matrix, indices)
