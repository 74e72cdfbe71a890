"""Metrics that Keras 1 had and Keras 2 took out: of a batch alone, and averaged over the batches.

Files of Keras 1 name them; ``compile`` takes the functions.
"""

from __future__ import annotations

import tensorflow as tf

_PACKAGE = "tfk_ext.metrics.of_keras_1"
_EPSILON = 1e-7

register = tf.keras.saving.register_keras_serializable


def _counts(y_true, y_pred):
    """Return how many are right and told, are told, and are right."""
    y_pred = tf.convert_to_tensor(y_pred)
    y_true = tf.cast(y_true, y_pred.dtype)
    sums = (tf.reduce_sum(tf.round(tf.clip_by_value(x, 0.0, 1.0))) for x in (y_true * y_pred, y_pred, y_true))
    return tuple(sums)


@register(package=_PACKAGE, name="precision")
def precision(y_true, y_pred):
    """Share of the told ones that are right.

    Example:
        >>> round(float(tfk_ext.metrics.of_keras_1.precision([1.0, 0.0, 1.0], [0.9, 0.8, 0.2])), 3)
        0.5
    """
    both, told, _ = _counts(y_true, y_pred)
    return both / (told + _EPSILON)


@register(package=_PACKAGE, name="recall")
def recall(y_true, y_pred):
    """Share of the right ones that are told.

    Example:
        >>> round(float(tfk_ext.metrics.of_keras_1.recall([1.0, 0.0, 1.0], [0.9, 0.8, 0.2])), 3)
        0.5
    """
    both, _, right = _counts(y_true, y_pred)
    return both / (right + _EPSILON)


@register(package=_PACKAGE, name="fbeta_score")
def fbeta_score(y_true, y_pred, beta=1):
    """Weighted harmonic mean of precision and recall: ``(1 + b ** 2) p r / (b ** 2 p + r)``, 0 if nothing is
    right.

    Args:
        y_true: 0 and 1.
        y_pred: predictions, rounded.
        beta: weight of the recall, at least 0.

    Raises:
        ValueError: ``beta`` is negative.

    Example:
        >>> round(float(tfk_ext.metrics.of_keras_1.fbeta_score([1.0, 0.0, 1.0], [0.9, 0.8, 0.2])), 3)
        0.5
    """
    if beta < 0:
        raise ValueError(f"fbeta_score: beta must be at least 0, got {beta!r}.")
    _, _, right = _counts(y_true, y_pred)
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    score = (1 + beta**2) * (p * r) / (beta**2 * p + r + _EPSILON)
    return tf.where(right > 0, score, tf.zeros_like(score))


@register(package=_PACKAGE, name="fmeasure")
def fmeasure(y_true, y_pred):
    """Harmonic mean of precision and recall.

    Example:
        >>> round(float(tfk_ext.metrics.of_keras_1.fmeasure([1.0, 0.0, 1.0], [0.9, 0.8, 0.2])), 3)
        0.5
    """
    return fbeta_score(y_true, y_pred, beta=1)


@register(package=_PACKAGE, name="matthews_correlation")
def matthews_correlation(y_true, y_pred):
    """Correlation of what is told and what is right, from -1 to 1.

    Example:
        >>> right, told = [1.0, 0.0, 1.0, 0.0], [0.9, 0.2, 0.8, 0.1]
        >>> round(float(tfk_ext.metrics.of_keras_1.matthews_correlation(right, told)), 4)
        1.0
    """
    told = tf.round(tf.clip_by_value(tf.convert_to_tensor(y_pred), 0.0, 1.0))
    right = tf.round(tf.clip_by_value(tf.cast(y_true, told.dtype), 0.0, 1.0))
    tp, tn, fp, fn = (
        tf.reduce_sum(a * b)
        for a, b in ((right, told), (1 - right, 1 - told), (1 - right, told), (right, 1 - told))
    )
    bottom = tf.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (bottom + _EPSILON)
