"""The losses between distributions as classes: :mod:`tfk_ext.losses.functions`, weighted and reduced."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.losses import functions
from tfk_ext.losses.base import FunctionLoss
from tfk_ext.registration import register

_register = register(package="tfk_ext.losses")


@_register
class BinaryCrossentropy(FunctionLoss):
    """Cross-entropy of yes-or-no labels: ``-mean(y log(p) + (1 - y) log(1 - p))``.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to 0.5.
        axis: the axis of the mean.
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`binary_crossentropy`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``label_smoothing`` is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> bce = tfk_ext.losses.BinaryCrossentropy()
        >>> round(float(bce([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        0.815

    Source: the classic documents, ``keras.losses.BinaryCrossentropy``.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(
            functions.binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            label_smoothing=checks.number(self, "label_smoothing", label_smoothing, 0.0, 1.0),
            axis=checks.integer(self, "axis", axis, None),
        )


@_register
class CategoricalCrossentropy(FunctionLoss):
    """Cross-entropy of one-hot labels: ``-sum(y_true * log(y_pred))``.

    Args:
        from_logits: whether predictions are logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to an even distribution.
        axis: the axis of the classes.
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`categorical_crossentropy`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``label_smoothing`` is not from 0 to 1; shapes that do not fit each other.

    Example:
        >>> cce = tfk_ext.losses.CategoricalCrossentropy()
        >>> round(float(cce([[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])), 3)
        1.177

    Source: the classic documents, ``keras.losses.CategoricalCrossentropy``.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            functions.categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            label_smoothing=checks.number(self, "label_smoothing", label_smoothing, 0.0, 1.0),
            axis=checks.integer(self, "axis", axis, None),
        )


@_register
class SparseCategoricalCrossentropy(FunctionLoss):
    """Cross-entropy of integer labels: ``-log(y_pred[y_true])``.

    Args:
        from_logits: whether predictions are logits.
        ignore_class: a label whose positions do not count.
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        axis: the axis of the classes.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`sparse_categorical_crossentropy`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``ignore_class`` is not an integer; shapes that do not fit each other.

    Example:
        >>> scce = tfk_ext.losses.SparseCategoricalCrossentropy()
        >>> round(float(scce([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])), 3)
        1.177

    Source: the classic documents, ``keras.losses.SparseCategoricalCrossentropy``.
    """

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        name="sparse_categorical_crossentropy",
        axis=-1,
        dtype=None,
    ):
        if ignore_class is not None:
            ignore_class = checks.integer(self, "ignore_class", ignore_class, None)
        super().__init__(
            functions.sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=checks.boolean(self, "from_logits", from_logits),
            axis=checks.integer(self, "axis", axis, None),
            ignore_class=ignore_class,
        )


@_register
class KLDivergence(FunctionLoss):
    """Kullback-Leibler divergence: ``sum(y_true * log(y_true / y_pred))``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`kl_divergence`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> kl = tfk_ext.losses.KLDivergence()
        >>> round(float(kl([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])), 3)
        0.458

    Source: the classic documents, ``keras.losses.KLDivergence``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(functions.kl_divergence, reduction, name, dtype)


@_register
class Poisson(FunctionLoss):
    """Poisson loss: ``mean(y_pred - y_true * log(y_pred + 1e-7))``.

    Args:
        reduction: ``"sum_over_batch_size"`` (the mean of all values), ``"sum"``, ``"none"`` or ``None``,
            ``"mean"``, ``"mean_with_sample_weight"``, or Keras 2's ``"auto"``.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: as in :func:`poisson`.
        sample_weight: a scalar, or the first axes of the unreduced loss.
        output: a scalar; unreduced, the shape that the function returns.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> round(float(tfk_ext.losses.Poisson()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]])), 3)
        0.5

    Source: the classic documents, ``keras.losses.Poisson``.
    """

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(functions.poisson, reduction, name, dtype)
