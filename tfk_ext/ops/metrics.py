"""The formulas of the metrics: what matches, how many hits and misses there are, areas under curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf


def sums(values: tf.Tensor, weights: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
    """Return ``(sum(w * v), sum(w))``, what a weighted mean is made of.

    Args:
        values: tensor of any shape.
        weights: ``None`` for 1 everywhere, or a tensor whose axes are the first axes of ``values`` (axes of
            size 1 broadcast): the values are averaged over the further axes first.

    Returns:
        Two scalars in the dtype of ``values``.
    """
    if weights is None:
        return tf.reduce_sum(values), tf.cast(tf.size(values), values.dtype)
    inner = list(range(weights.shape.rank, values.shape.rank))
    if inner:
        values = tf.reduce_mean(values, axis=inner)
    weights = tf.broadcast_to(weights, tf.shape(values))
    return tf.reduce_sum(values * weights), tf.reduce_sum(weights)


def matches(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """Tell where two tensors of one dtype and shape are equal."""
    return tf.equal(y_true, y_pred)


def in_top_k(y_true: tf.Tensor, y_pred: tf.Tensor, k: int) -> tf.Tensor:
    """Tell where a class is among the ``k`` best: fewer than ``k`` classes have a larger prediction.

    Args:
        y_true: integer classes of shape ``(...)``; one that does not exist is never among the best.
        y_pred: predictions of shape ``(..., classes)``.
        k: how many count.

    Returns:
        Booleans of the shape of ``y_true``. Equal predictions share the better place; a prediction for the
        class that is not finite is never among the best.
    """
    classes = tf.shape(y_pred)[-1]
    exists = (y_true >= 0) & (y_true < tf.cast(classes, y_true.dtype))
    safe = tf.where(exists, y_true, tf.zeros_like(y_true))
    chosen = tf.gather(y_pred, safe, batch_dims=y_pred.shape.rank - 1)
    better = tf.reduce_sum(tf.cast(y_pred > chosen[..., None], tf.int32), axis=-1)
    return exists & tf.math.is_finite(chosen) & (better < k)


class Counts(NamedTuple):
    """Weighted counts at each threshold: predictions above it are positive."""

    true_positives: tf.Tensor
    false_positives: tf.Tensor
    false_negatives: tf.Tensor
    true_negatives: tf.Tensor


def confusion_counts(
    y_true: tf.Tensor,
    y_pred: tf.Tensor,
    weights: tf.Tensor | None,
    thresholds: np.ndarray,
    even: bool = False,
) -> Counts:
    """Count true and false positives and negatives at every threshold in one pass.

    Each prediction is put into the bucket of the thresholds that it exceeds, the buckets are summed up: the
    work grows with the predictions and the thresholds, not with their product.

    Args:
        y_true: booleans of shape ``(n, labels)``.
        y_pred: predictions of that shape.
        weights: weights that broadcast against them, in the dtype of the predictions; ``None`` for 1.
        thresholds: ascending numbers.
        even: whether they are ``i / (count - 1)`` (the first may be a little below 0, the last a little above
            1): the bucket is then computed, and predictions count as clipped to ``[0, 1]``.

    Returns:
        Tensors of shape ``(thresholds, labels)``.
    """
    count, labels = len(thresholds), tf.shape(y_pred)[1]
    if even:
        exceeded = tf.math.ceil(tf.clip_by_value(y_pred, 0.0, 1.0) * (count - 1))
        exceeded = tf.cast(exceeded, tf.int32)
        if thresholds[0] < 0.0:
            exceeded = tf.maximum(exceeded, 1)
    elif count == 1:
        exceeded = tf.cast(y_pred > tf.cast(thresholds[0], y_pred.dtype), tf.int32)
    else:
        flat = tf.reshape(y_pred, [-1])
        exceeded = tf.reshape(tf.searchsorted(tf.constant(thresholds, y_pred.dtype), flat), tf.shape(y_pred))
    bucket = exceeded * labels + tf.range(labels)
    weight = tf.ones_like(y_pred) if weights is None else tf.broadcast_to(weights, tf.shape(y_pred))

    def histogram(these):
        values = tf.where(these, weight, tf.zeros_like(weight))
        total = tf.math.unsorted_segment_sum(values, bucket, (count + 1) * labels)
        return tf.reshape(total, [count + 1, labels])

    yes, no = histogram(y_true), histogram(~y_true)

    def above(x):
        return tf.cumsum(x, axis=0, reverse=True, exclusive=True)[:-1]

    def not_above(x):
        return tf.cumsum(x, axis=0)[:-1]

    return Counts(above(yes), above(no), not_above(yes), not_above(no))


def keep_top_k(y_pred: tf.Tensor, k: int) -> tf.Tensor:
    """Replace all but the ``k`` largest predictions of the last axis by minus infinity."""
    _, best = tf.math.top_k(y_pred, k)
    kept = tf.reduce_any(tf.one_hot(best, tf.shape(y_pred)[-1], on_value=True, off_value=False), axis=-2)
    return tf.where(kept, y_pred, tf.constant(-np.inf, y_pred.dtype))


def curve_points(counts: Counts, curve: str) -> tuple[tf.Tensor, tf.Tensor]:
    """Return x and y of a curve at each threshold.

    Args:
        counts: tensors of shape ``(thresholds, ...)``.
        curve: ``"ROC"`` (false positive rate, recall), ``"PR"`` (recall, precision) or ``"PRGAIN"`` (recall
            gain, precision gain: the two of PR measured against the always-positive classifier).
    """
    tp, fp, fn, tn = counts
    divide = tf.math.divide_no_nan
    if curve == "ROC":
        return divide(fp, fp + tn), divide(tp, tp + fn)
    if curve == "PR":
        return divide(tp, tp + fn), divide(tp, tp + fp)
    odds = divide(tp + fn, tn + fp)
    hits = tp > 0
    recall_gain = tf.where(hits, 1.0 - odds * divide(fn, tp), tf.zeros_like(tp))
    precision_gain = tf.where(hits, 1.0 - odds * divide(fp, tp), tf.ones_like(tp))
    return tf.maximum(recall_gain, 0.0), precision_gain


def area(x: tf.Tensor, y: tf.Tensor, summation: str) -> tf.Tensor:
    """Return the area under a curve whose x falls along the first axis, in columns.

    Args:
        x: positions of shape ``(points, ...)``.
        y: heights of the same shape.
        summation: the height of a column: ``"interpolation"`` (the mean of both ends), ``"minoring"`` (the
            smaller), ``"majoring"`` (the larger).
    """
    height = {
        "interpolation": lambda a, b: (a + b) / 2.0,
        "minoring": tf.minimum,
        "majoring": tf.maximum,
    }[summation](y[:-1], y[1:])
    return tf.reduce_sum((x[:-1] - x[1:]) * height, axis=0)


def interpolated_precision_recall_area(counts: Counts) -> tf.Tensor:
    """Return the area under the precision-recall curve, true positives interpolated between thresholds.

    Between two thresholds true positives grow linearly with all positives, ``tp = a + s p``, so precision is
    ``tp / p`` and each piece of the area is ``s (dtp + a log(p1 / p0)) / (tp + fn)``: Davis, Goadrich (2006),
    "The relationship between precision-recall and ROC curves".
    """
    tp, fp, fn, _ = counts
    divide = tf.math.divide_no_nan
    positives = tp + fp
    step_tp, step = tp[:-1] - tp[1:], positives[:-1] - positives[1:]
    slope = divide(step_tp, tf.maximum(step, 0.0))
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    ratio = tf.where(both, divide(positives[:-1], positives[1:]), tf.ones_like(step))
    pieces = divide(slope * (step_tp + intercept * tf.math.log(ratio)), tp[1:] + fn[1:])
    return tf.reduce_sum(pieces, axis=0)
