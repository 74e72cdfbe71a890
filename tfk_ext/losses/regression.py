"""The regression losses as classes: what :mod:`tfk_ext.losses.functions` computes, weighted and reduced."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.losses import functions
from tfk_ext.losses.base import FunctionLoss
from tfk_ext.registration import register

_register = register(package="tfk_ext.losses")


@_register
class MeanSquaredError(FunctionLoss):
    """Mean squared error: ``mean((y_true - y_pred) ** 2)``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`mean_squared_error`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> mse = tfk_ext.losses.MeanSquaredError()
        >>> float(mse([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]))
        0.5

    Source: the classic documents, ``keras.losses.MeanSquaredError``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(functions.mean_squared_error, reduction, name, dtype)


@_register
class MeanAbsoluteError(FunctionLoss):
    """Mean absolute error: ``mean(|y_true - y_pred|)``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`mean_absolute_error`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> float(tfk_ext.losses.MeanAbsoluteError()([[0.0, 4.0]], [[1.0, 1.0]]))
        2.0

    Source: the classic documents, ``keras.losses.MeanAbsoluteError``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(functions.mean_absolute_error, reduction, name, dtype)


@_register
class MeanAbsolutePercentageError(FunctionLoss):
    """Mean absolute percentage error: ``100 * mean(|y_true - y_pred| / |y_true|)``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`mean_absolute_percentage_error`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> float(tfk_ext.losses.MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 5.0]]))
        37.5

    Source: the classic documents, ``keras.losses.MeanAbsolutePercentageError``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        super().__init__(functions.mean_absolute_percentage_error, reduction, name, dtype)


@_register
class MeanSquaredLogarithmicError(FunctionLoss):
    """Mean squared logarithmic error: ``mean((log(y_true + 1) - log(y_pred + 1)) ** 2)``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`mean_squared_logarithmic_error`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> msle = tfk_ext.losses.MeanSquaredLogarithmicError()
        >>> round(float(msle([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])), 3)
        0.24

    Source: the classic documents, ``keras.losses.MeanSquaredLogarithmicError``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(functions.mean_squared_logarithmic_error, reduction, name, dtype)


@_register
class CosineSimilarity(FunctionLoss):
    """Negative cosine of the angle: ``-sum(l2_norm(y_true) * l2_norm(y_pred))``.

    Args:
        axis: the axis of the vectors.
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`cosine_similarity`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``axis`` is not an integer; shapes that do not fit each other.

    Example:
        >>> cosine = tfk_ext.losses.CosineSimilarity(axis=1)
        >>> round(float(cosine([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])), 3)
        -0.5

    Source: the classic documents, ``keras.losses.CosineSimilarity``.
    """

    def __init__(
        self,
        axis=-1,
        reduction="sum_over_batch_size",
        name="cosine_similarity",
        dtype=None,
    ):
        super().__init__(
            functions.cosine_similarity,
            reduction,
            name,
            dtype,
            axis=checks.integer(self, "axis", axis, None),
        )


@_register
class Huber(FunctionLoss):
    """Huber loss: ``0.5 x ** 2`` where ``|x| <= delta``, else ``delta (|x| - 0.5 delta)``.

    Args:
        delta: where the square becomes a line, at least 0.
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`huber`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``delta`` is negative; shapes that do not fit each other.

    Example:
        >>> huber = tfk_ext.losses.Huber()
        >>> round(float(huber([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        0.155

    Source: the classic documents, ``keras.losses.Huber``.
    """

    def __init__(
        self,
        delta=1.0,
        reduction="sum_over_batch_size",
        name="huber",
        dtype=None,
    ):
        super().__init__(
            functions.huber,
            reduction,
            name,
            dtype,
            delta=checks.number(self, "delta", delta, 0.0),
        )


@_register
class LogCosh(FunctionLoss):
    """Logarithm of the hyperbolic cosine of the error: ``mean(log(cosh(y_pred - y_true)))``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`log_cosh`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> round(float(tfk_ext.losses.LogCosh()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])), 3)
        0.108

    Source: Keras, ``keras.losses.LogCosh``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(functions.log_cosh, reduction, name, dtype)
