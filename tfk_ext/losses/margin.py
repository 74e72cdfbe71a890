"""The hinge losses as classes: what :mod:`tfk_ext.losses.functions` computes, weighted and reduced."""

from __future__ import annotations

from tfk_ext.losses import functions
from tfk_ext.losses.base import FunctionLoss
from tfk_ext.registration import register

_register = register(package="tfk_ext.losses")


@_register
class Hinge(FunctionLoss):
    """Hinge loss: ``mean(max(1 - y_true * y_pred, 0))`` for labels of -1 and 1 (or 0 and 1).

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`hinge`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> round(float(tfk_ext.losses.Hinge()([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        1.3

    Source: Keras, ``keras.losses.Hinge``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(functions.hinge, reduction, name, dtype)


@_register
class SquaredHinge(FunctionLoss):
    """Squared hinge loss: ``mean(max(1 - y_true * y_pred, 0) ** 2)`` for labels of -1 and 1 (or 0 and 1).

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`squared_hinge`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> round(float(tfk_ext.losses.SquaredHinge()([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        1.86

    Source: Keras, ``keras.losses.SquaredHinge``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(functions.squared_hinge, reduction, name, dtype)


@_register
class CategoricalHinge(FunctionLoss):
    """Categorical hinge loss: ``max(neg - pos + 1, 0)``, see :func:`categorical_hinge`.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`categorical_hinge`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> round(float(tfk_ext.losses.CategoricalHinge()([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        1.4

    Source: Keras, ``keras.losses.CategoricalHinge``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(functions.categorical_hinge, reduction, name, dtype)
