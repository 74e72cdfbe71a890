"""Means and sums of values, and the mean of any function."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.metrics.base import FunctionMean, Metric, Reduction
from tfk_ext.ops import weighting
from tfk_ext.registration import register, restored

_register = register(package="tfk_ext.metrics")


@_register
class Mean(Reduction):
    """Weighted mean of values: ``sum(w * v) / sum(w)``, 0 before the first value.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        values: any.
        sample_weight: a scalar, or the first axes of the values.
        result: a scalar.

    Raises:
        ValueError: weights that do not fit the values.

    Example:
        >>> m = tfk_ext.metrics.Mean()
        >>> m.update_state([1, 3, 5, 7])
        >>> float(m.result())
        4.0
        >>> m.reset_states()
        >>> m.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        >>> float(m.result())
        2.0

    Source: the classic documents, ``keras.metrics.Mean``.
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, values, sample_weight=None):
        """Add values with their weights."""
        self._add(values, sample_weight, values)


@_register
class Sum(Metric):
    """Weighted sum of values: ``sum(w * v)``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        values: any.
        sample_weight: a scalar, or the first axes of the values.
        result: a scalar.

    Raises:
        ValueError: weights that do not fit the values.

    Example:
        >>> m = tfk_ext.metrics.Sum()
        >>> m.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        >>> float(m.result())
        4.0

    Source: Keras, ``keras.metrics.Sum``.
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_weight("total")

    def update_state(self, values, sample_weight=None):
        """Add values with their weights."""
        mask_of = values
        values = tf.cast(values, self.dtype)
        weights = self._weights(values, sample_weight, mask_of)
        if weights is not None:
            inner = tf.ones(values.shape.rank - weights.shape.rank, tf.int32)
            values *= tf.reshape(weights, tf.concat([tf.shape(weights), inner], 0))
        self.total.assign_add(tf.reduce_sum(values))

    def result(self):
        return tf.convert_to_tensor(self.total)


@_register
class MeanMetricWrapper(FunctionMean):
    """Mean of any function ``(y_true, y_pred) -> one value for each sample``.

    Args:
        fn: the function.
        name: name under which the value is logged, by default that of the function.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        **kwargs: arguments of the function.

    Shapes:
        y_true, y_pred: what the function takes.
        sample_weight: a scalar, or the first axes of what it returns.
        result: a scalar.

    Raises:
        TypeError: ``fn`` can't be called.

    Example:
        >>> def squared(y_true, y_pred):
        ...     return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)
        >>> m = tfk_ext.metrics.MeanMetricWrapper(squared)
        >>> m.update_state(np.array([[0.0], [1.0]]), np.array([[2.0], [1.0]]))
        >>> m.name, float(m.result())
        ('squared', 2.0)

    Source: Keras, ``keras.metrics.MeanMetricWrapper``.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        if not callable(fn):
            checks.fail(self, f"fn must be a function (y_true, y_pred), got {fn!r}.", TypeError)
        super().__init__(fn, name or getattr(fn, "__name__", None), dtype, **kwargs)

    def get_config(self):
        return {**super().get_config(), "fn": tf.keras.saving.serialize_keras_object(self._function)}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        return cls(restored(config.pop("fn")), **config)


@_register
class RootMeanSquaredError(Reduction):
    """Root of the mean squared error: ``sqrt(mean((y_true - y_pred) ** 2))``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of ``y_true``.
        result: a scalar.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.RootMeanSquaredError()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> float(m.result())
        0.5

    Source: the classic documents, ``keras.metrics.RootMeanSquaredError``.
    """

    _direction = "down"

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        true = tf.cast(tf.convert_to_tensor(y_true), self.dtype)
        predicted = tf.cast(tf.convert_to_tensor(y_pred), self.dtype)
        true, predicted = weighting.match_ranks(true, predicted)
        self._add(tf.math.squared_difference(true, predicted), sample_weight, y_pred)

    def result(self):
        return tf.sqrt(super().result())
