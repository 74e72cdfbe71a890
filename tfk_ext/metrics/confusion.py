"""Metrics that count hits and misses, and the shares that follow from the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.metrics.base import Metric
from tfk_ext.ops import metrics as ops
from tfk_ext.ops import weighting
from tfk_ext.registration import register

_register = register(package="tfk_ext.metrics")


@_register
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

    Masking: positions that a mask of ``y_pred`` hides do not count.

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

    _direction = "up"

    def __init__(self, name="binary_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="tp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        true = tf.cast(tf.convert_to_tensor(y_true), tf.bool)
        predicted = tf.cast(tf.convert_to_tensor(y_pred), tf.bool)
        true, predicted = weighting.match_ranks(true, predicted)
        values = tf.cast(tf.logical_and(true, predicted), self.dtype)
        weights = self._weights(values, sample_weight, y_pred)
        if weights is not None:
            values *= weighting.expand_weights(values, weights)
        self.true_positives.assign_add(tf.reduce_sum(values))

    def result(self):
        return tf.convert_to_tensor(self.true_positives)


def threshold_list(owner: object, thresholds: Any, default: float) -> list[float]:
    """Check thresholds from 0 to 1 and return them as a list; ``None`` stands for the default."""
    if thresholds is None:
        return [default]
    items = thresholds if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    if not len(items):
        checks.fail(owner, "thresholds must hold at least one number.")
    return [checks.number(owner, "thresholds", item, 0.0, 1.0) for item in items]


def evenly_spaced(thresholds: Any) -> bool:
    """Tell whether ascending thresholds are ``i / (count - 1)``: their buckets can be computed."""
    count = len(thresholds)
    if count < 3:
        return False
    return np.allclose(thresholds, np.arange(count) / (count - 1), atol=tf.keras.backend.epsilon())


class _Confusion(Metric):
    """Base of the metrics that count at thresholds, one or many."""

    def __init__(self, thresholds, name, dtype, default=0.5, top_k=None, class_id=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = threshold_list(self, thresholds, default)
        self.top_k = None if top_k is None else checks.integer(self, "top_k", top_k)
        self.class_id = None if class_id is None else checks.integer(self, "class_id", class_id, 0)
        order = np.argsort(self.thresholds, kind="stable")
        self._sorted = np.asarray(self.thresholds)[order]
        self._places = np.argsort(order)
        self._even = evenly_spaced(self._sorted)

    def _variable(self, name):
        return self.add_weight(name, shape=(len(self.thresholds),))

    def _counts(self, y_true, y_pred, sample_weight):
        """Return the counts of a batch at each threshold, in the order that they were given in."""
        true = tf.cast(tf.cast(tf.convert_to_tensor(y_true), self.dtype), tf.bool)
        predicted = tf.cast(tf.convert_to_tensor(y_pred), self.dtype)
        true, predicted = weighting.match_ranks(true, predicted)
        if self.top_k is not None:
            predicted = ops.keep_top_k(predicted, self.top_k)
        if self.class_id is not None:
            if predicted.shape.rank == 1:
                checks.fail(self, "class_id needs predictions of shape (..., classes), got one axis only.")
            true, predicted = true[..., self.class_id], predicted[..., self.class_id]
        weights = self._weights(predicted, sample_weight, y_pred)
        if weights is not None:
            weights = tf.broadcast_to(weighting.expand_weights(predicted, weights), tf.shape(predicted))
            weights = tf.reshape(weights, [-1, 1])
        true, predicted = tf.reshape(true, [-1, 1]), tf.reshape(predicted, [-1, 1])
        counts = ops.confusion_counts(true, predicted, weights, self._sorted, self._even)
        return ops.Counts(*(tf.gather(count[:, 0], self._places) for count in counts))

    def _shown(self, values):
        """Return one number for one threshold, else all of them."""
        values = tf.convert_to_tensor(values)
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self):
        thresholds = self.init_thresholds
        if isinstance(thresholds, (np.ndarray, list, tuple)):
            thresholds = [float(item) for item in thresholds]
        return {**super().get_config(), "thresholds": thresholds}


class _Count(_Confusion):
    """Base of the metrics that are one of the four counts."""

    _kind = ""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(thresholds, name, dtype)
        self.accumulator = self._variable("accumulator")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        self.accumulator.assign_add(getattr(self._counts(y_true, y_pred, sample_weight), self._kind))

    def result(self):
        return self._shown(self.accumulator)


class _Share(_Confusion):
    """Base of precision and recall: hits among all of a kind."""

    _direction = "up"
    _other = ""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        default = 0.5 if top_k is None else -np.inf
        super().__init__(thresholds, name, dtype, default, top_k, class_id)
        self.true_positives = self._variable("true_positives")
        setattr(self, self._other, self._variable(self._other))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        counts = self._counts(y_true, y_pred, sample_weight)
        self.true_positives.assign_add(counts.true_positives)
        getattr(self, self._other).assign_add(getattr(counts, self._other))

    def result(self):
        hits = tf.convert_to_tensor(self.true_positives)
        misses = tf.convert_to_tensor(getattr(self, self._other))
        return self._shown(tf.math.divide_no_nan(hits, hits + misses))

    def get_config(self):
        return {**super().get_config(), "top_k": self.top_k, "class_id": self.class_id}


@_register
class TruePositives(_Count):
    """Count where the label is true and the prediction above the threshold: ``sum(w * y * (p > t))``.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5; a prediction above it is
            positive.
        name: name under which the value is logged.
        dtype: dtype of the count, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.TruePositives()
        >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
        >>> float(m.result())
        2.0

    Source: the classic documents, ``keras.metrics.TruePositives``.
    """

    _direction = "up"
    _kind = "true_positives"


@_register
class FalsePositives(_Count):
    """Count where the label is false and the prediction above the threshold.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5; a prediction above it is
            positive.
        name: name under which the value is logged.
        dtype: dtype of the count, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.FalsePositives()
        >>> m.update_state([0, 1, 0, 0], [0, 0, 1, 1])
        >>> float(m.result())
        2.0

    Source: Keras, ``keras.metrics.FalsePositives``.
    """

    _direction = "down"
    _kind = "false_positives"


@_register
class TrueNegatives(_Count):
    """Count where the label is false and the prediction not above the threshold.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5; a prediction above it is
            positive.
        name: name under which the value is logged.
        dtype: dtype of the count, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.TrueNegatives()
        >>> m.update_state([0, 1, 0, 0], [1, 1, 0, 0])
        >>> float(m.result())
        2.0

    Source: Keras, ``keras.metrics.TrueNegatives``.
    """

    _direction = "up"
    _kind = "true_negatives"


@_register
class FalseNegatives(_Count):
    """Count where the label is true and the prediction not above the threshold.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5; a prediction above it is
            positive.
        name: name under which the value is logged.
        dtype: dtype of the count, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.FalseNegatives()
        >>> m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
        >>> float(m.result())
        2.0

    Source: Keras, ``keras.metrics.FalseNegatives``.
    """

    _direction = "down"
    _kind = "false_negatives"


@_register
class Precision(_Share):
    """Share of the positive predictions that are right: ``tp / (tp + fp)``, 0 if there are none.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5 (with ``top_k`` for none); a
            prediction above it is positive.
        top_k: only the ``top_k`` best classes of each sample can be positive.
        class_id: count this class alone.
        name: name under which the value is logged.
        dtype: dtype of the counts, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same; with ``top_k`` or ``class_id`` the last axis is that of the classes.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1, ``top_k`` or ``class_id`` no such integer; shapes that do
            not fit each other.

    Example:
        >>> m = tfk_ext.metrics.Precision()
        >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
        >>> round(float(m.result()), 3)
        0.667

    Source: the classic documents, ``keras.metrics.Precision``.
    """

    _other = "false_positives"


@_register
class Recall(_Share):
    """Share of the true labels that are found: ``tp / (tp + fn)``, 0 if there are none.

    Args:
        thresholds: a number from 0 to 1 or a list of them, ``None`` for 0.5 (with ``top_k`` for none); a
            prediction above it is positive.
        top_k: only the ``top_k`` best classes of each sample can be positive.
        class_id: count this class alone.
        name: name under which the value is logged.
        dtype: dtype of the counts, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same; with ``top_k`` or ``class_id`` the last axis is that of the classes.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar, or one number for each of several thresholds.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: a threshold is not from 0 to 1, ``top_k`` or ``class_id`` no such integer; shapes that do
            not fit each other.

    Example:
        >>> m = tfk_ext.metrics.Recall()
        >>> m.update_state([0, 1, 1, 1], [1, 0, 1, 1])
        >>> round(float(m.result()), 3)
        0.667

    Source: the classic documents, ``keras.metrics.Recall``.
    """

    _other = "false_negatives"
