"""How far predicted distributions are from labels: means of the probabilistic losses."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.losses import functions as losses
from tfk_ext.metrics.base import FunctionMean
from tfk_ext.registration import register

_register = register(package="tfk_ext.metrics")


@_register
class BinaryCrossentropy(FunctionMean):
    """Cross-entropy of yes-or-no labels: ``-mean(y log(p) + (1 - y) log(1 - p))``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        from_logits: whether predictions are logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to 0.5.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``label_smoothing`` is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.BinaryCrossentropy()
        >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> round(float(m.result()), 3)
        0.815

    Source: the classic documents, ``keras.metrics.BinaryCrossentropy``.
    """

    _direction = "down"

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            label_smoothing=checks.number(self, "label_smoothing", label_smoothing, 0.0, 1.0),
        )


@_register
class CategoricalCrossentropy(FunctionMean):
    """Cross-entropy of one-hot labels: ``-sum(y_true * log(y_pred))``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        from_logits: whether predictions are logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to an even distribution.
        axis: the axis of the classes.

    Shapes:
        y_true, y_pred: ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``label_smoothing`` is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.CategoricalCrossentropy()
        >>> m.update_state([[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])
        >>> round(float(m.result()), 3)
        1.177

    Source: the classic documents, ``keras.metrics.CategoricalCrossentropy``.
    """

    _direction = "down"

    def __init__(
        self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1
    ):
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            label_smoothing=checks.number(self, "label_smoothing", label_smoothing, 0.0, 1.0),
            axis=checks.integer(self, "axis", axis, None),
        )


@_register
class SparseCategoricalCrossentropy(FunctionMean):
    """Cross-entropy of integer labels: ``-log(y_pred[y_true])``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        from_logits: whether predictions are logits.
        axis: the axis of the classes.

    Shapes:
        y_true, y_pred: ``(batch, ...)``, ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``axis`` is not an integer; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.SparseCategoricalCrossentropy()
        >>> m.update_state([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])
        >>> round(float(m.result()), 3)
        1.177

    Source: the classic documents, ``keras.metrics.SparseCategoricalCrossentropy``.
    """

    _direction = "down"

    def __init__(self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False, axis=-1):
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            axis=checks.integer(self, "axis", axis, None),
        )


@_register
class KLDivergence(FunctionMean):
    """Kullback-Leibler divergence: ``sum(y_true * log(y_true / y_pred))``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.KLDivergence()
        >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> round(float(m.result()), 3)
        0.458

    Source: the classic documents, ``keras.metrics.KLDivergence``.
    """

    _direction = "down"

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(losses.kl_divergence, name, dtype)


@_register
class Poisson(FunctionMean):
    """Poisson loss: ``mean(y_pred - y_true * log(y_pred + 1e-7))``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.Poisson()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> round(float(m.result()), 3)
        0.5

    Source: the classic documents, ``keras.metrics.Poisson``.
    """

    _direction = "down"

    def __init__(self, name="poisson", dtype=None):
        super().__init__(losses.poisson, name, dtype)
