"""Sample weights, masks and ranks: how values and weights of different ranks meet in losses and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


def expand_weights(values: tf.Tensor, weights: Any) -> tf.Tensor:
    """Give weights the rank of the values they weigh.

    Args:
        values: tensor of shape ``(d0, ..., dn)``.
        weights: a scalar, or a tensor whose axes are the first axes of ``values``; axes of size 1 broadcast.
            ``(batch, 1)`` for values of shape ``(batch,)`` is taken as ``(batch,)``.

    Returns:
        Weights in the dtype of ``values`` that broadcast against them.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    weights = tf.cast(tf.convert_to_tensor(weights), values.dtype)
    rank, target = weights.shape.rank, values.shape.rank
    if rank is None or target is None or rank == 0:
        return weights
    if rank == target + 1 and weights.shape[-1] == 1:
        weights, rank = tf.squeeze(weights, -1), rank - 1
    shape = weights.shape
    fits = rank <= target and all(w is None or v is None or w in (1, v) for w, v in zip(shape, values.shape))
    if not fits:
        raise ValueError(
            f"sample_weight has shape {tuple(shape)}, which does not fit values of shape "
            f"{tuple(values.shape)}: give one weight for each sample, or for each element of leading axes."
        )
    return tf.reshape(weights, tf.concat([tf.shape(weights), tf.ones([target - rank], tf.int32)], 0))


def match_ranks(y_true: tf.Tensor, y_pred: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Bring labels and predictions to one rank where they differ by a last axis of size 1.

    Args:
        y_true: labels of shape ``(batch, ...)``.
        y_pred: predictions of the same shape, or one of the two with another axis of size 1 behind.

    Returns:
        Both; the one with the further axis keeps it if the other has only the batch axis (``(batch,)``
        meets ``(batch, 1)`` as ``(batch, 1)``), otherwise it loses it.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    rank, other = y_true.shape.rank, y_pred.shape.rank
    if rank is None or other is None:
        return y_true, y_pred
    if rank == other + 1 and y_true.shape[-1] == 1:
        if other == 1:
            y_pred = tf.expand_dims(y_pred, -1)
        else:
            y_true = tf.squeeze(y_true, -1)
    elif other == rank + 1 and y_pred.shape[-1] == 1:
        if rank == 1:
            y_true = tf.expand_dims(y_true, -1)
        else:
            y_pred = tf.squeeze(y_pred, -1)
    if not _compatible(y_true.shape, y_pred.shape):
        raise ValueError(
            f"y_true of shape {tuple(y_true.shape)} and y_pred of shape {tuple(y_pred.shape)} "
            "do not fit each other."
        )
    return y_true, y_pred


def _compatible(one: tf.TensorShape, other: tf.TensorShape) -> bool:
    try:
        tf.broadcast_static_shape(one, other)
    except ValueError:
        return False
    return True


REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def reduce_values(
    values: tf.Tensor,
    weights: Any = None,
    masks: Sequence[tf.Tensor] = (),
    reduction: str | None = "sum_over_batch_size",
) -> tf.Tensor:
    """Weigh the values of a loss and reduce them.

    Args:
        values: unreduced loss.
        weights: weights as in :func:`expand_weights`, ``None`` for 1 everywhere.
        masks: tensors of 0 and 1 that fit as weights do; what they hide does not count.
        reduction: ``"sum"``; ``"sum_over_batch_size"`` or ``"mean"``, the sum divided by the number of
            values that no mask hides; ``"mean_with_sample_weight"``, the sum divided by the sum of the
            weights; ``"none"`` or ``None`` for the weighted values themselves.

    Returns:
        A scalar, or the weighted values. Under ``tf.distribute`` a mean is divided by the number of replicas,
        so that their sum is the mean over all.
    """
    if masks or weights is not None:
        total = shown = tf.ones_like(values)
        for mask in masks:
            total = shown = shown * expand_weights(values, mask)
        if weights is not None:
            total *= expand_weights(values, weights)
        # A value that does not count may be anything, also NaN or infinite.
        values = tf.math.multiply_no_nan(values, total) if masks else values * total
    if reduction in (None, "none"):
        return values
    result = tf.reduce_sum(values)
    if reduction == "sum":
        return result
    if reduction == "mean_with_sample_weight" and weights is not None:
        divisor = tf.reduce_sum(total)
    elif masks:
        divisor = tf.reduce_sum(shown)
    else:
        divisor = tf.cast(tf.size(values), values.dtype)
    result = tf.math.divide_no_nan(result, divisor)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return result if replicas == 1 else result / replicas
