"""Means of the hinge losses."""

from __future__ import annotations

from tfk_ext.losses import functions as losses
from tfk_ext.metrics.base import FunctionMean
from tfk_ext.registration import register

_register = register(package="tfk_ext.metrics")


@_register
class Hinge(FunctionMean):
    """Hinge loss: ``mean(max(1 - y_true * y_pred, 0))`` for labels of -1 and 1 (or 0 and 1).

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
        >>> m = tfk_ext.metrics.Hinge()
        >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> round(float(m.result()), 3)
        1.3

    Source: Keras, ``keras.metrics.Hinge``.
    """

    _direction = "down"

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.hinge, name, dtype)


@_register
class SquaredHinge(FunctionMean):
    """Squared hinge loss: ``mean(max(1 - y_true * y_pred, 0) ** 2)``.

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
        >>> m = tfk_ext.metrics.SquaredHinge()
        >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> round(float(m.result()), 3)
        1.86

    Source: Keras, ``keras.metrics.SquaredHinge``.
    """

    _direction = "down"

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.squared_hinge, name, dtype)


@_register
class CategoricalHinge(FunctionMean):
    """Categorical hinge loss: ``max(neg - pos + 1, 0)``.

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
        >>> m = tfk_ext.metrics.CategoricalHinge()
        >>> m.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> round(float(m.result()), 3)
        1.4

    Source: Keras, ``keras.metrics.CategoricalHinge``.
    """

    _direction = "down"

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.categorical_hinge, name, dtype)
