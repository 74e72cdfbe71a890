"""The area under a curve of hits against misses."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.metrics.base import Metric
from tfk_ext.metrics.confusion import evenly_spaced
from tfk_ext.ops import metrics as ops
from tfk_ext.ops import weighting
from tfk_ext.registration import register

_CURVES = ("ROC", "PR", "PRGAIN")
_SUMMATIONS = ("interpolation", "minoring", "majoring")


@register(package="tfk_ext.metrics")
class AUC(Metric):
    """Area under the ROC or the precision-recall curve, as a sum of columns between thresholds.

    Args:
        num_thresholds: how many thresholds there are, evenly from 0 to 1; more are exacter.
        curve: ``"ROC"``, ``"PR"`` or ``"PRGAIN"``.
        summation_method: the height of a column: ``"interpolation"`` (between its ends; for ``"PR"`` the true
            positives are interpolated), ``"minoring"`` (its lower end) or ``"majoring"`` (its higher end).
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        thresholds: thresholds of one's own, from 0 to 1, in place of ``num_thresholds``.
        multi_label: whether each column of the predictions has an area of its own, of which the result is the
            mean.
        num_labels: how many columns there are, for ``multi_label``; else the first batch tells.
        label_weights: weights of the columns: in the mean, or without ``multi_label`` of the predictions.
        from_logits: whether predictions are logits.

    Shapes:
        y_true, y_pred: any, the same; ``(batch, labels)`` for ``multi_label``.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: an unknown curve or summation, fewer than two thresholds, one outside 0 to 1,
            ``num_labels`` without ``multi_label``; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.AUC(num_thresholds=3)
        >>> m.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
        >>> float(m.result())
        0.75

    Source: Davis, Goadrich (2006), "The relationship between precision-recall and ROC curves"; Flach, Kull
        (2015), "Precision-recall-gain curves".
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = checks.one_of(self, "curve", str(curve).lower(), [c.lower() for c in _CURVES]).upper()
        self.summation_method = checks.one_of(
            self, "summation_method", str(summation_method).lower(), _SUMMATIONS
        )
        self.multi_label = checks.boolean(self, "multi_label", multi_label)
        self.num_labels = None if num_labels is None else checks.integer(self, "num_labels", num_labels)
        self.from_logits = checks.boolean(self, "from_logits", from_logits)
        self.label_weights = None if label_weights is None else [float(w) for w in label_weights]
        if self.num_labels and not self.multi_label:
            checks.fail(self, "num_labels goes with multi_label=True only.")
        self._set_thresholds(num_thresholds, thresholds)
        self._counts: list = []
        if not self.multi_label:
            self._build(None)
        elif self.num_labels:
            self._build(self.num_labels)

    def _set_thresholds(self, num_thresholds, thresholds):
        self._given = thresholds is not None
        if self._given:
            inner = sorted(checks.number(self, "thresholds", item, 0.0, 1.0) for item in thresholds)
            self._even = evenly_spaced([0.0, *inner, 1.0])
        else:
            count = checks.integer(self, "num_thresholds", num_thresholds, 2)
            inner = [(i + 1) / (count - 1) for i in range(count - 2)]
            self._even = True
        # The ends stand a little outside, so that every prediction exceeds the first and none the last.
        epsilon = tf.keras.backend.epsilon()
        self._thresholds = np.array([0.0 - epsilon, *inner, 1.0 + epsilon])
        self.num_thresholds = len(self._thresholds)

    @property
    def thresholds(self):
        """The thresholds as a list, with the ends a little outside 0 and 1."""
        return list(self._thresholds)

    def _build(self, labels):
        shape = (self.num_thresholds,) if labels is None else (self.num_thresholds, labels)
        if labels is not None and self.label_weights is not None and len(self.label_weights) != labels:
            checks.fail(self, f"label_weights holds {len(self.label_weights)} weights for {labels} labels.")
        names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
        # Variables, also when the first batch is seen inside a tf.function.
        with tf.init_scope():
            for name in names:
                setattr(self, name, self.add_weight(name, shape=shape))
        self._counts = [getattr(self, name) for name in names]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        true = tf.cast(tf.cast(tf.convert_to_tensor(y_true), self.dtype), tf.bool)
        predicted = tf.cast(tf.convert_to_tensor(y_pred), self.dtype)
        true, predicted = weighting.match_ranks(true, predicted)
        if self.multi_label:
            if predicted.shape.rank != 2 or predicted.shape[1] is None:
                checks.fail(
                    self,
                    "multi_label needs predictions of shape (batch, labels) with a known number of labels, "
                    f"got {tuple(predicted.shape)}.",
                )
            if not self._counts:
                self._build(predicted.shape[1])
        if self.from_logits:
            predicted = tf.sigmoid(predicted)
        weights = self._weights(predicted, sample_weight, y_pred)
        if weights is not None:
            weights = weighting.expand_weights(predicted, weights)
        if self.label_weights is not None and not self.multi_label:
            by_label = tf.constant(self.label_weights, self.dtype)
            weights = by_label if weights is None else weights * by_label
        if weights is not None:
            weights = tf.broadcast_to(weights, tf.shape(predicted))
        if not self.multi_label:
            true, predicted = tf.reshape(true, [-1, 1]), tf.reshape(predicted, [-1, 1])
            weights = None if weights is None else tf.reshape(weights, [-1, 1])
        counts = ops.confusion_counts(true, predicted, weights, self._thresholds, self._even)
        for variable, count in zip(self._counts, counts):
            variable.assign_add(count if self.multi_label else count[:, 0])

    def result(self):
        if not self._counts:
            return tf.zeros((), self.dtype)
        counts = ops.Counts(*(tf.convert_to_tensor(variable) for variable in self._counts))
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = ops.interpolated_precision_recall_area(counts)
        else:
            areas = ops.area(*ops.curve_points(counts, self.curve), self.summation_method)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return tf.reduce_mean(areas)
        weights = tf.constant(self.label_weights, self.dtype)
        return tf.math.divide_no_nan(tf.reduce_sum(areas * weights), tf.reduce_sum(weights))

    def get_config(self):
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self.label_weights is None else list(self.label_weights),
            "from_logits": self.from_logits,
        }
        if self._given:
            config["thresholds"] = [float(t) for t in self._thresholds[1:-1]]
        return config
