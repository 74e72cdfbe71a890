"""Metrics that count hits and misses."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext.metrics.base import Metric
from tfk_ext.ops import weighting
from tfk_ext.registration import register


@register(package="tfk_ext.metrics")
class BinaryTruePositives(Metric):
    """Count where label and prediction are both true: ``sum(w * (y_true != 0) * (y_pred != 0))``.

    Anything but 0 and ``False`` is true; there is no threshold. For predictions that are probabilities use
    ``TruePositives(thresholds=0.5)``.

    Args:
        name: name under which the value is logged.
        **kwargs: ``dtype``, the dtype of the count.

    Shapes:
        y_true, y_pred: any, the same; numbers and booleans may be mixed.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.BinaryTruePositives()
        >>> m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
        >>> print("Intermediate result:", float(m.result()))
        Intermediate result: 1.0
        >>> m.update_state([1, 1, 1, 1], [0, 1, 1, 0])
        >>> print("Final result:", float(m.result()))
        Final result: 3.0

    Source: the classic guide to metrics.
    """

    def __init__(self, name="binary_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="tp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = tf.cast(tf.convert_to_tensor(y_true), tf.bool)
        y_pred = tf.cast(tf.convert_to_tensor(y_pred), tf.bool)
        y_true, y_pred = weighting.match_ranks(y_true, y_pred)
        values = tf.cast(tf.logical_and(y_true, y_pred), self.dtype)
        if sample_weight is not None:
            values *= weighting.expand_weights(values, sample_weight)
        self.true_positives.assign_add(tf.reduce_sum(values))

    def result(self):
        return tf.convert_to_tensor(self.true_positives)
