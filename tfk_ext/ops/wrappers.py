"""The mathematics of the wrappers: merging the time axis into the batch and back, merging two directions."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def merge_time(x: tf.Tensor) -> tf.Tensor:
    """Reshape ``(batch, time, ...)`` to ``(batch * time, ...)``."""
    rest = x.shape[2:]
    if rest.is_fully_defined() and 0 not in rest:
        return tf.reshape(x, (-1, *rest))
    shape = tf.shape(x)
    return tf.reshape(x, tf.concat([[shape[0] * shape[1]], shape[2:]], axis=0))


def split_time(y: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Reshape ``(batch * time, ...)`` to ``(batch, time, ...)`` with the sizes of ``like``.

    Args:
        y: tensor whose first axis holds all time steps of all samples.
        like: tensor ``(batch, time, ...)``.
    """
    rest, front = y.shape[1:], like.shape[:2]
    if rest.is_fully_defined() and front[1] and 0 not in rest:
        split = tf.reshape(y, (-1 if front[0] is None else front[0], front[1], *rest))
    else:
        split = tf.reshape(y, tf.concat([tf.shape(like)[:2], tf.shape(y)[1:]], axis=0))
    split.set_shape((*front, *rest))
    return split


def merge_directions(forward: tf.Tensor, backward: tf.Tensor, mode: str | None) -> Any:
    """Merge the outputs of the two directions.

    Args:
        forward: output of the forward layer.
        backward: output of the backward layer, turned to the order of the forward one.
        mode: ``"concat"`` along the last axis, ``"sum"``, ``"mul"``, ``"ave"``, or ``None`` for a list.
    """
    if mode == "concat":
        return tf.concat([forward, backward], axis=-1)
    if mode == "sum":
        return forward + backward
    if mode == "mul":
        return forward * backward
    if mode == "ave":
        return (forward + backward) / 2
    return [forward, backward]
