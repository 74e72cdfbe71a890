"""How far predictions are from labels: means of the regression losses."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.losses import functions as losses
from tfk_ext.metrics.base import FunctionMean
from tfk_ext.registration import register

_register = register(package="tfk_ext.metrics")


def _cosine(y_true, y_pred, axis=-1):
    return -losses.cosine_similarity(y_true, y_pred, axis=axis)


@_register
class MeanSquaredError(FunctionMean):
    """Mean squared error: ``mean((y_true - y_pred) ** 2)``.

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
        >>> m = tfk_ext.metrics.MeanSquaredError()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> float(m.result())
        0.25

    Source: the classic documents, ``keras.metrics.MeanSquaredError``.
    """

    _direction = "down"

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(losses.mean_squared_error, name, dtype)


@_register
class MeanAbsoluteError(FunctionMean):
    """Mean absolute error: ``mean(|y_true - y_pred|)``.

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
        >>> m = tfk_ext.metrics.MeanAbsoluteError()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> float(m.result())
        0.25

    Source: the classic documents, ``keras.metrics.MeanAbsoluteError``.
    """

    _direction = "down"

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(losses.mean_absolute_error, name, dtype)


@_register
class MeanAbsolutePercentageError(FunctionMean):
    """Mean absolute percentage error: ``100 * mean(|y_true - y_pred| / |y_true|)``.

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
        >>> m = tfk_ext.metrics.MeanAbsolutePercentageError()
        >>> m.update_state([[2, 4]], [[1, 5]])
        >>> float(m.result())
        37.5

    Source: the classic documents, ``keras.metrics.MeanAbsolutePercentageError``.
    """

    _direction = "down"

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


@_register
class MeanSquaredLogarithmicError(FunctionMean):
    """Mean squared logarithmic error: ``mean((log(y_true + 1) - log(y_pred + 1)) ** 2)``.

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
        >>> m = tfk_ext.metrics.MeanSquaredLogarithmicError()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> round(float(m.result()), 3)
        0.12

    Source: the classic documents, ``keras.metrics.MeanSquaredLogarithmicError``.
    """

    _direction = "down"

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


@_register
class CosineSimilarity(FunctionMean):
    """Cosine of the angle: ``sum(l2_norm(y_true) * l2_norm(y_pred))``, 1 for the same direction.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        axis: the axis of the vectors.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``axis`` is not an integer; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.CosineSimilarity(axis=1)
        >>> m.update_state([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])
        >>> round(float(m.result()), 3)
        0.5

    Source: the classic documents, ``keras.metrics.CosineSimilarity``.
    """

    _direction = "up"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(_cosine, name, dtype, axis=checks.integer(self, "axis", axis, None))


@_register
class LogCoshError(FunctionMean):
    """Logarithm of the hyperbolic cosine of the error: ``mean(log(cosh(y_pred - y_true)))``.

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
        >>> m = tfk_ext.metrics.LogCoshError()
        >>> m.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]])
        >>> round(float(m.result()), 3)
        0.108

    Source: Keras, ``keras.metrics.LogCoshError``.
    """

    _direction = "down"

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(losses.log_cosh, name, dtype)
