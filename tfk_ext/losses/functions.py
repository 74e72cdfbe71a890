"""The losses as functions ``(y_true, y_pred) -> one value for each sample`` (and inner position)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.ops import losses as ops
from tfk_ext.ops import weighting
from tfk_ext.registration import register

_register = register(package="tfk_ext.losses")


def _predictions(y_pred: Any) -> tf.Tensor:
    """Return predictions as a floating tensor."""
    y_pred = tf.convert_to_tensor(y_pred)
    return y_pred if y_pred.dtype.is_floating else tf.cast(y_pred, tf.keras.backend.floatx())


def _wide(x: tf.Tensor) -> tf.Tensor:
    """Return a tensor in a dtype with room for epsilon: half precision as float32."""
    return tf.cast(x, tf.float32) if x.dtype in (tf.float16, tf.bfloat16) else x


def _apply(formula: Callable, y_true: Any, y_pred: Any, **options: Any) -> tf.Tensor:
    """Bring both to one dtype and rank, compute in at least float32, return the dtype of the predictions."""
    y_pred = _predictions(y_pred)
    wide = _wide(y_pred)
    y_true, wide = weighting.match_ranks(tf.cast(tf.convert_to_tensor(y_true), wide.dtype), wide)
    return tf.cast(formula(y_true, wide, **options), y_pred.dtype)


@_register
def mean_squared_error(y_true, y_pred):
    """Mean squared error: ``mean((y_true - y_pred) ** 2)`` over the last axis.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.mean_squared_error([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]).numpy()
        array([0.5, 0.5], dtype=float32)
    """
    return _apply(ops.mean_squared_error, y_true, y_pred)


@_register
def mean_absolute_error(y_true, y_pred):
    """Mean absolute error: ``mean(|y_true - y_pred|)`` over the last axis.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.mean_absolute_error([[0.0, 4.0]], [[1.0, 1.0]]).numpy()
        array([2.], dtype=float32)
    """
    return _apply(ops.mean_absolute_error, y_true, y_pred)


@_register
def mean_absolute_percentage_error(y_true, y_pred):
    """Mean absolute percentage error: ``100 * mean(|y_true - y_pred| / |y_true|)`` over the last axis.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``; their absolute values count as at least 1e-7.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 5.0]]).numpy()
        array([37.5], dtype=float32)
    """
    return _apply(ops.mean_absolute_percentage_error, y_true, y_pred)


@_register
def mean_squared_logarithmic_error(y_true, y_pred):
    """Mean squared logarithmic error: ``mean((log(y_true + 1) - log(y_pred + 1)) ** 2)`` over the last axis.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``; negative ones count as 1e-7.
        y_pred: predictions of the same shape; negative ones count as 1e-7.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> y_true, close, far = [[1.0, 2, 3, 100]], [[1.0, 2, 3, 110]], [[2.0, 3, 4, 100]]
        >>> loss = tfk_ext.losses.mean_squared_logarithmic_error
        >>> bool(loss(y_true, close) < loss(y_true, far))
        True
    """
    return _apply(ops.mean_squared_logarithmic_error, y_true, y_pred)


@_register
def cosine_similarity(y_true, y_pred, axis=-1):
    """Negative cosine of the angle: ``-sum(l2_norm(y_true) * l2_norm(y_pred))`` along ``axis``.

    -1 means the same direction, 0 right angles, 1 opposite directions. If either is a zero vector it is 0.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.
        axis: the axis of the vectors.

    Shapes:
        output: that of ``y_pred`` without ``axis``.

    Example:
        >>> tfk_ext.losses.cosine_similarity([[0.0, 2.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]).numpy()
        array([-1., -0.], dtype=float32)
    """
    return -_apply(ops.cosine_similarity, y_true, y_pred, axis=axis)


@_register
def huber(y_true, y_pred, delta=1.0):
    """Huber loss: the mean of ``0.5 x ** 2`` where ``|x| <= delta``, else ``delta (|x| - 0.5 delta)``.

    ``x`` is ``y_true - y_pred``; the mean runs over the last axis.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.
        delta: where the square becomes a line.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.huber([[0.0, 0.0]], [[0.5, 3.0]]).numpy()
        array([1.3125], dtype=float32)
    """
    return _apply(ops.huber, y_true, y_pred, delta=delta)


@_register
def log_cosh(y_true, y_pred):
    """Logarithm of the hyperbolic cosine of the error: ``mean(log(cosh(y_pred - y_true)))``.

    About ``x ** 2 / 2`` for small errors and ``|x| - log(2)`` for large ones.

    Args:
        y_true: labels of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> round(float(tfk_ext.losses.log_cosh([1000.0], [0.0])), 3)
        999.307
    """
    return _apply(ops.log_cosh, y_true, y_pred)


@_register
def poisson(y_true, y_pred):
    """Poisson loss: ``mean(y_pred - y_true * log(y_pred + 1e-7))`` over the last axis.

    Args:
        y_true: counts of shape ``(batch, d0, ..., dn)``.
        y_pred: predicted rates of the same shape, at least 0.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.poisson([[0.0, 1.0]], [[1.0, 1.0]]).numpy()
        array([0.99999994], dtype=float32)
    """
    return _apply(ops.poisson, y_true, y_pred)


@_register
def kl_divergence(y_true, y_pred):
    """Kullback-Leibler divergence: ``sum(y_true * log(y_true / y_pred))`` over the last axis.

    Args:
        y_true: probabilities of shape ``(batch, d0, ..., dn)``, clipped to at least 1e-7.
        y_pred: predictions of the same shape, clipped alike.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.losses.kl_divergence([[1.0, 0.0]], [[0.5, 0.5]]).numpy().round(4)
        array([0.6931], dtype=float32)
    """
    return _apply(ops.kl_divergence, y_true, y_pred)


@_register
def hinge(y_true, y_pred):
    """Hinge loss: ``mean(max(1 - y_true * y_pred, 0))`` over the last axis.

    Args:
        y_true: labels of -1 and 1; labels that are all 0 or 1 are converted.
        y_pred: predictions of the same shape.

    Shapes:
        output: that of ``y_pred`` without the last axis.

    Example:
        >>> tfk_ext.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
        array([1.], dtype=float32)
    """
    return _apply(ops.hinge, y_true, y_pred)


@_register
def squared_hinge(y_true, y_pred):
    """Squared hinge loss: ``mean(max(1 - y_true * y_pred, 0) ** 2)`` over the last axis.

    Args:
        y_true: labels of -1 and 1; labels that are all 0 or 1 are converted.
        y_pred: predictions of the same shape.

    Shapes:
        output: that of ``y_pred`` without the last axis.

    Example:
        >>> tfk_ext.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
        array([1.25], dtype=float32)
    """
    return _apply(ops.squared_hinge, y_true, y_pred)


@_register
def categorical_hinge(y_true, y_pred):
    """Categorical hinge loss: ``max(neg - pos + 1, 0)`` over the last axis.

    ``pos = sum(y_true * y_pred)`` and ``neg = max((1 - y_true) * y_pred)``.

    Args:
        y_true: one-hot labels of shape ``(batch, ..., classes)``.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, ...)``.

    Example:
        >>> tfk_ext.losses.categorical_hinge([[0.0, 1.0]], [[0.75, 0.5]]).numpy()
        array([1.25], dtype=float32)
    """
    return _apply(ops.categorical_hinge, y_true, y_pred)


@_register
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0, axis=-1):
    """Cross-entropy of yes-or-no labels: ``-mean(y log(p) + (1 - y) log(1 - p))`` along ``axis``.

    Probabilities are kept 1e-7 away from 0 and 1. Where ``y_pred`` is the sigmoid of something in the same
    graph (a compiled model, a ``tf.function``) the loss is computed from its logits, which is exact and has a
    gradient also where the sigmoid is saturated.

    Args:
        y_true: labels from 0 to 1, of shape ``(batch, d0, ..., dn)``.
        y_pred: probabilities of the same shape, or logits.
        from_logits: whether ``y_pred`` holds logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to 0.5.
        axis: the axis of the mean.

    Shapes:
        output: that of ``y_pred`` without ``axis``.

    Example:
        >>> loss = tfk_ext.losses.binary_crossentropy([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]])
        >>> loss.numpy().round(3)
        array([0.916, 0.714], dtype=float32)
    """
    amount = checks.number("binary_crossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)
    y_pred = _predictions(y_pred)
    logits = ops.recover_logits(y_pred, "Sigmoid")
    from_logits, inputs = from_logits or logits is not None, y_pred if logits is None else logits

    def formula(y, p):
        y = ops.smooth(y, amount, 2) if amount else y
        values = ops.binary_crossentropy_from_logits(y, p) if from_logits else ops.binary_crossentropy(y, p)
        return tf.reduce_mean(values, axis=axis)

    return tf.cast(_apply(formula, y_true, _wide(inputs)), y_pred.dtype)


@_register
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0, axis=-1):
    """Cross-entropy of one-hot labels: ``-sum(y_true * log(y_pred))`` along ``axis``.

    Probabilities are divided by their sum and kept 1e-7 away from 0 and 1. Where ``y_pred`` is a softmax in
    the same graph (a compiled model, a ``tf.function``) the loss is computed from its logits, which is exact
    and has a gradient also where the softmax is saturated.

    Args:
        y_true: distributions of shape ``(batch, ..., classes)``.
        y_pred: probabilities of the same shape, or logits.
        from_logits: whether ``y_pred`` holds logits.
        label_smoothing: from 0 to 1; moves the labels this share of the way to an even distribution.
        axis: the axis of the classes.

    Shapes:
        output: that of ``y_pred`` without ``axis``.

    Example:
        >>> loss = tfk_ext.losses.categorical_crossentropy(
        ...     [[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
        ... )
        >>> loss.numpy().round(4)
        array([0.0513, 2.3026], dtype=float32)
    """
    amount = checks.number("categorical_crossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)
    y_pred = _predictions(y_pred)
    logits = _softmax_logits(y_pred, axis)
    from_logits, inputs = from_logits or logits is not None, y_pred if logits is None else logits
    y_true = tf.convert_to_tensor(y_true)
    if not y_true.shape.is_compatible_with(y_pred.shape):
        raise ValueError(
            f"categorical_crossentropy: y_true of shape {tuple(y_true.shape)} must have the shape of y_pred, "
            f"{tuple(y_pred.shape)}; for integer labels use sparse_categorical_crossentropy."
        )

    def formula(y, p):
        y = ops.smooth(y, amount, tf.shape(p)[axis]) if amount else y
        if from_logits:
            return ops.categorical_crossentropy_from_logits(y, p, axis)
        return ops.categorical_crossentropy(y, p, axis)

    return tf.cast(_apply(formula, y_true, _wide(inputs)), y_pred.dtype)


@_register
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, axis=-1, ignore_class=None):
    """Cross-entropy of integer labels: ``-log(y_pred[y_true])`` along ``axis``.

    Probabilities are kept 1e-7 away from 0 and 1 and count relative to their sum. Where ``y_pred`` is a
    softmax in the same graph the loss is computed from its logits, as in :func:`categorical_crossentropy`.

    Args:
        y_true: integer labels, of the shape of ``y_pred`` without ``axis`` (or with an axis of size 1 there).
        y_pred: probabilities, or logits.
        from_logits: whether ``y_pred`` holds logits.
        axis: the axis of the classes.
        ignore_class: a label whose positions count 0, and are left out of the mean of
            ``SparseCategoricalCrossentropy``.

    Shapes:
        output: that of ``y_pred`` without ``axis``.

    Raises:
        ValueError: the shapes do not fit.

    Example:
        >>> loss = tfk_ext.losses.sparse_categorical_crossentropy([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])
        >>> loss.numpy().round(4)
        array([0.0513, 2.3026], dtype=float32)
    """
    y_pred = _predictions(y_pred)
    logits = _softmax_logits(y_pred, axis)
    from_logits, inputs = from_logits or logits is not None, _wide(y_pred if logits is None else logits)
    rank = inputs.shape.rank
    y_true = tf.cast(tf.convert_to_tensor(y_true), tf.int64)
    if rank is not None:
        if not -rank <= axis < rank:
            raise ValueError(
                f"sparse_categorical_crossentropy: axis {axis} is not one of y_pred's {rank} axes."
            )
        axis %= rank
        if y_true.shape.rank == rank and y_true.shape[axis] == 1:
            y_true = tf.squeeze(y_true, axis)
        if axis != rank - 1:
            inputs = tf.transpose(inputs, [i for i in range(rank) if i != axis] + [axis])
        if not inputs.shape[:-1].is_compatible_with(y_true.shape):
            raise ValueError(
                f"sparse_categorical_crossentropy: y_true of shape {tuple(y_true.shape)} must have the shape "
                f"of y_pred, {tuple(y_pred.shape)}, without the axis of the classes."
            )
    valid = None
    if ignore_class is not None:
        valid = y_true != tf.cast(ignore_class, tf.int64)
        y_true = tf.where(valid, y_true, 0)
        # A prediction that does not count may be anything, also NaN.
        inputs = tf.where(valid[..., None], inputs, tf.ones_like(inputs))
    if from_logits:
        values = ops.sparse_categorical_crossentropy_from_logits(y_true, inputs)
    else:
        values = ops.sparse_categorical_crossentropy(y_true, inputs)
    values = tf.cast(values, y_pred.dtype)
    if valid is not None:
        values = tf.where(valid, values, tf.zeros_like(values))
        values._keras_mask = valid
    return values


def _softmax_logits(y_pred: tf.Tensor, axis: int) -> tf.Tensor | None:
    """Return the logits behind a softmax over ``axis``. TensorFlow's operation runs over the last axis."""
    rank = y_pred.shape.rank
    return ops.recover_logits(y_pred, "Softmax") if axis == -1 or (rank and axis == rank - 1) else None


kullback_leibler_divergence = kl_divergence
