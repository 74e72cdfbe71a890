"""Weights as CuDNN stored them."""

from __future__ import annotations

import tensorflow as tf


def from_cudnn(kernel: tf.Tensor, gates: int) -> tf.Tensor:
    """Return a kernel that CuDNN stored as the matrix that the mathematics takes.

    CuDNN read the values of every gate's part as ``(units, n)``, row by row; the product takes them
    transposed.

    Args:
        kernel: ``(n, gates * units)`` as stored.
        gates: number of gates.

    Returns:
        ``(n, gates * units)``.
    """
    n, units = kernel.shape[0], kernel.shape[1] // gates
    parts = tf.transpose(tf.reshape(kernel, (n, gates, units)), (1, 0, 2))
    parts = tf.transpose(tf.reshape(parts, (gates, units, n)), (2, 0, 1))
    return tf.reshape(parts, (n, gates * units))
