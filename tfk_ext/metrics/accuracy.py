"""How often predictions match labels: functions, and classes that keep the mean."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.metrics.base import FunctionMean
from tfk_ext.ops import metrics as ops
from tfk_ext.ops import weighting
from tfk_ext.registration import register

_register = register(package="tfk_ext.metrics")


def _result(hits: tf.Tensor) -> tf.Tensor:
    return tf.cast(hits, tf.keras.backend.floatx())


@_register
def accuracy(y_true, y_pred):
    """Tell where predictions equal labels: 1 where ``y_true == y_pred``, else 0.

    Args:
        y_true: labels.
        y_pred: predictions of the same shape.

    Shapes:
        output: that of ``y_pred``.

    Example:
        >>> tfk_ext.metrics.accuracy([1, 2, 3], [1, 2, 4]).numpy()
        array([1., 1., 0.], dtype=float32)
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(tf.convert_to_tensor(y_true), y_pred.dtype)
    return _result(ops.matches(*weighting.match_ranks(y_true, y_pred)))


@_register
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Share of the last axis where ``y_true == (y_pred > threshold)``.

    Args:
        y_true: labels 0 and 1, of shape ``(batch, d0, ..., dn)``.
        y_pred: predictions of the same shape.
        threshold: above it a prediction means 1.

    Shapes:
        output: ``(batch, d0, ..., dn-1)``.

    Example:
        >>> tfk_ext.metrics.binary_accuracy([[1, 1], [0, 0]], [[0.98, 1.0], [0.0, 0.6]]).numpy()
        array([1. , 0.5], dtype=float32)
    """
    y_pred = tf.convert_to_tensor(y_pred)
    y_true, y_pred = weighting.match_ranks(tf.convert_to_tensor(y_true), y_pred)
    positive = tf.cast(y_pred > tf.cast(threshold, y_pred.dtype), y_true.dtype)
    return tf.reduce_mean(_result(ops.matches(y_true, positive)), axis=-1)


@_register
def categorical_accuracy(y_true, y_pred):
    """Tell where the best class is the labelled one: ``argmax(y_true) == argmax(y_pred)``.

    Args:
        y_true: one-hot labels of shape ``(batch, ..., classes)``.
        y_pred: predictions of the same shape.

    Shapes:
        output: ``(batch, ...)``.

    Example:
        >>> tfk_ext.metrics.categorical_accuracy(
        ...     [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]
        ... ).numpy()
        array([0., 1.], dtype=float32)
    """
    return _result(ops.matches(tf.argmax(y_true, -1), tf.argmax(y_pred, -1)))


@_register
def sparse_categorical_accuracy(y_true, y_pred):
    """Tell where the best class is the labelled one: ``y_true == argmax(y_pred)``.

    Args:
        y_true: integer labels of shape ``(batch, ...)``, or with an axis of size 1 behind.
        y_pred: predictions of shape ``(batch, ..., classes)``.

    Shapes:
        output: ``(batch, ...)``.

    Example:
        >>> tfk_ext.metrics.sparse_categorical_accuracy([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]).numpy()
        array([0., 1.], dtype=float32)
    """
    y_pred = tf.convert_to_tensor(y_pred)
    labels = _integer_labels(y_true, y_pred)
    return _result(ops.matches(labels, tf.argmax(y_pred, -1, labels.dtype)))


@_register
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Tell where the labelled class is among the ``k`` best.

    Args:
        y_true: one-hot labels of shape ``(batch, ..., classes)``.
        y_pred: predictions of the same shape.
        k: how many classes count.

    Shapes:
        output: ``(batch, ...)``.

    Example:
        >>> tfk_ext.metrics.top_k_categorical_accuracy(
        ...     [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], k=2
        ... ).numpy()
        array([1., 1.], dtype=float32)
    """
    return _result(ops.in_top_k(tf.argmax(y_true, -1), tf.convert_to_tensor(y_pred), k))


@_register
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    """Tell where the labelled class is among the ``k`` best.

    Args:
        y_true: integer labels of shape ``(batch, ...)``, or with an axis of size 1 behind.
        y_pred: predictions of shape ``(batch, ..., classes)``.
        k: how many classes count.

    Shapes:
        output: ``(batch, ...)``.

    Example:
        >>> tfk_ext.metrics.sparse_top_k_categorical_accuracy(
        ...     [2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], k=2
        ... ).numpy()
        array([1., 1.], dtype=float32)
    """
    y_pred = tf.convert_to_tensor(y_pred)
    return _result(ops.in_top_k(_integer_labels(y_true, y_pred), y_pred, k))


def _integer_labels(y_true, y_pred):
    """Return labels as integers without a last axis of size 1."""
    labels = tf.cast(tf.convert_to_tensor(y_true), tf.int64)
    if labels.shape.rank is not None and labels.shape.rank == y_pred.shape.rank:
        if labels.shape[-1] not in (1, None):
            raise ValueError(
                f"integer labels of shape {tuple(labels.shape)} do not fit predictions of shape "
                f"{tuple(y_pred.shape)}: they have no axis of classes; for one-hot labels use the metric "
                "without 'sparse'."
            )
        labels = tf.squeeze(labels, -1)
    return labels


@_register
class Accuracy(FunctionMean):
    """How often predictions equal labels: the mean of ``y_true == y_pred``.

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
        >>> m = tfk_ext.metrics.Accuracy()
        >>> m.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]], sample_weight=[1, 1, 0, 0])
        >>> float(m.result())
        0.5

    Source: the classic documents, ``keras.metrics.Accuracy``.
    """

    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(accuracy, name, dtype)


@_register
class BinaryAccuracy(FunctionMean):
    """How often ``y_true == (y_pred > threshold)``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.
        threshold: above it a prediction means 1.

    Shapes:
        y_true, y_pred: any, the same.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``threshold`` is not a number; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.BinaryAccuracy()
        >>> m.update_state([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]])
        >>> float(m.result())
        0.75

    Source: the classic documents, ``keras.metrics.BinaryAccuracy``.
    """

    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=checks.number(self, "threshold", threshold))


@_register
class CategoricalAccuracy(FunctionMean):
    """How often the best class is the labelled one: ``argmax(y_true) == argmax(y_pred)``.

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
        >>> m = tfk_ext.metrics.CategoricalAccuracy()
        >>> m.update_state(
        ...     [[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], sample_weight=[0.7, 0.3]
        ... )
        >>> round(float(m.result()), 3)
        0.3

    Source: the classic documents, ``keras.metrics.CategoricalAccuracy``.
    """

    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


@_register
class SparseCategoricalAccuracy(FunctionMean):
    """How often the best class is the labelled one: ``y_true == argmax(y_pred)``.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: ``(batch, ...)`` (or with an axis of size 1 behind), ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.SparseCategoricalAccuracy()
        >>> m.update_state([[2], [1]], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
        >>> float(m.result())
        0.5

    Source: the classic documents, ``keras.metrics.SparseCategoricalAccuracy``.
    """

    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


@_register
class TopKCategoricalAccuracy(FunctionMean):
    """How often the labelled class is among the ``k`` best, for one-hot labels.

    Args:
        k: how many classes count, at least 1.
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``k`` is not a positive integer; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.TopKCategoricalAccuracy(k=1)
        >>> m.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
        >>> float(m.result())
        0.5

    Source: the classic documents, ``keras.metrics.TopKCategoricalAccuracy``.
    """

    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=checks.integer(self, "k", k))


@_register
class SparseTopKCategoricalAccuracy(FunctionMean):
    """How often the labelled class is among the ``k`` best, for integer labels.

    Args:
        k: how many classes count, at least 1.
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Shapes:
        y_true, y_pred: ``(batch, ...)`` (or with an axis of size 1 behind), ``(batch, ..., classes)``.
        sample_weight: a scalar, or the first axes of what the function returns.
        result: a scalar.

    Masking: positions that a mask of ``y_pred`` hides do not count.

    Raises:
        ValueError: ``k`` is not a positive integer; shapes that do not fit each other.

    Example:
        >>> m = tfk_ext.metrics.SparseTopKCategoricalAccuracy(k=1)
        >>> m.update_state([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
        >>> float(m.result())
        0.5

    Source: the classic documents, ``keras.metrics.SparseTopKCategoricalAccuracy``.
    """

    _direction = "up"

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None):
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=checks.integer(self, "k", k))
