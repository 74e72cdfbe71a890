"""The formulas of the losses: labels and predictions in, one value for each sample (and inner position) out.

Every function takes two floating tensors of one dtype and of shapes that fit, and reduces the last axis (or
``axis``). ``epsilon`` is ``tf.keras.backend.epsilon()`` unless given. Conversions and ranks are the business
of :mod:`tfk_ext.losses`.
"""

from __future__ import annotations

import tensorflow as tf


def epsilon_for(dtype: tf.DType) -> tf.Tensor:
    """Return the fuzz factor of the Keras configuration in a dtype that can hold it."""
    return tf.constant(tf.keras.backend.epsilon(), dtype)


def mean_squared_error(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean((y_true - y_pred) ** 2)``."""
    return tf.reduce_mean(tf.math.squared_difference(y_pred, y_true), axis=-1)


def mean_absolute_error(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean(|y_true - y_pred|)``."""
    return tf.reduce_mean(tf.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``100 * mean(|y_true - y_pred| / max(|y_true|, epsilon))``."""
    size = tf.maximum(tf.abs(y_true), epsilon_for(y_true.dtype))
    return 100.0 * tf.reduce_mean(tf.abs((y_true - y_pred) / size), axis=-1)


def mean_squared_logarithmic_error(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean((log(y_true + 1) - log(y_pred + 1)) ** 2)``, both at least ``epsilon``."""
    least = epsilon_for(y_true.dtype)
    difference = tf.math.log1p(tf.maximum(y_pred, least)) - tf.math.log1p(tf.maximum(y_true, least))
    return tf.reduce_mean(tf.square(difference), axis=-1)


def cosine_similarity(y_true: tf.Tensor, y_pred: tf.Tensor, axis: int = -1) -> tf.Tensor:
    """``sum(l2_norm(y_true) * l2_norm(y_pred))``: 1 for the same direction, 0 if either is a zero vector."""
    return tf.reduce_sum(
        tf.math.l2_normalize(y_true, axis=axis) * tf.math.l2_normalize(y_pred, axis=axis), axis=axis
    )


def huber(y_true: tf.Tensor, y_pred: tf.Tensor, delta: float = 1.0) -> tf.Tensor:
    """Mean of ``x ** 2 / 2`` where ``|x| <= delta``, else ``delta (|x| - delta / 2)``; ``x`` the error."""
    size = tf.abs(y_pred - y_true)
    inner = tf.minimum(size, tf.constant(delta, size.dtype))
    # inner ** 2 / 2 + delta * (size - inner) is both branches at once and never squares a large error.
    return tf.reduce_mean(inner * (size - 0.5 * inner), axis=-1)


def log_cosh(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean(log(cosh(y_pred - y_true)))``, without overflow."""
    error = y_pred - y_true
    log_2 = tf.math.log(tf.constant(2.0, error.dtype))
    return tf.reduce_mean(error + tf.math.softplus(-2.0 * error) - log_2, axis=-1)


def poisson(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean(y_pred - y_true * log(y_pred + epsilon))``."""
    return tf.reduce_mean(y_pred - y_true * tf.math.log(y_pred + epsilon_for(y_pred.dtype)), axis=-1)


def kl_divergence(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``sum(y_true * log(y_true / y_pred))``, both clipped to ``[epsilon, 1]``."""
    least, one = epsilon_for(y_true.dtype), tf.constant(1.0, y_true.dtype)
    y_true = tf.clip_by_value(y_true, least, one)
    y_pred = tf.clip_by_value(y_pred, least, one)
    return tf.reduce_sum(y_true * tf.math.log(y_true / y_pred), axis=-1)


def hinge(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean(max(1 - y_true * y_pred, 0))`` for labels of -1 and 1; labels of 0 and 1 are converted."""
    return tf.reduce_mean(tf.nn.relu(1.0 - signed_labels(y_true) * y_pred), axis=-1)


def squared_hinge(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``mean(max(1 - y_true * y_pred, 0) ** 2)`` for labels of -1 and 1; labels of 0 and 1 are converted."""
    return tf.reduce_mean(tf.square(tf.nn.relu(1.0 - signed_labels(y_true) * y_pred)), axis=-1)


def categorical_hinge(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``max(neg - pos + 1, 0)``: ``pos = sum(y_true * y_pred)``, ``neg = max((1 - y_true) * y_pred)``."""
    positive = tf.reduce_sum(y_true * y_pred, axis=-1)
    negative = tf.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return tf.nn.relu(negative - positive + 1.0)


def signed_labels(y_true: tf.Tensor) -> tf.Tensor:
    """Return labels of -1 and 1; labels that are all 0 or 1 become ``2 * y - 1``."""
    binary = tf.reduce_all((y_true == 0) | (y_true == 1))
    return tf.where(binary, 2.0 * y_true - 1.0, y_true)


def smooth(y_true: tf.Tensor, amount: float, classes: tf.Tensor) -> tf.Tensor:
    """Move labels towards an even distribution: ``y * (1 - amount) + amount / classes``."""
    return y_true * (1.0 - amount) + tf.constant(amount, y_true.dtype) / tf.cast(classes, y_true.dtype)


def binary_crossentropy(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``-(y log(p + epsilon) + (1 - y) log(1 - p + epsilon))``, p in ``[epsilon, 1 - epsilon]``, elementwise.

    The formula of Keras 2. Keras 3 leaves out the two ``+ epsilon``: with a wrong prediction of exactly 0 or
    1 it gives 16.1 where this gives 15.4. Elsewhere they agree to rounding.
    """
    fuzz = epsilon_for(y_pred.dtype)
    p = tf.clip_by_value(y_pred, fuzz, 1.0 - fuzz)
    return -(y_true * tf.math.log(p + fuzz) + (1.0 - y_true) * tf.math.log(1.0 - p + fuzz))


def binary_crossentropy_from_logits(y_true: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """``max(x, 0) - x y + log(1 + exp(-|x|))`` for each element, exact for logits of any size."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=y_true, logits=logits)


def categorical_crossentropy(y_true: tf.Tensor, y_pred: tf.Tensor, axis: int = -1) -> tf.Tensor:
    """``-sum(y_true * log(p))``, ``p = y_pred / sum(y_pred)`` clipped to ``[epsilon, 1 - epsilon]``."""
    fuzz = epsilon_for(y_pred.dtype)
    p = tf.math.divide_no_nan(y_pred, tf.reduce_sum(y_pred, axis=axis, keepdims=True))
    return -tf.reduce_sum(y_true * tf.math.log(tf.clip_by_value(p, fuzz, 1.0 - fuzz)), axis=axis)


def categorical_crossentropy_from_logits(y_true: tf.Tensor, logits: tf.Tensor, axis: int = -1) -> tf.Tensor:
    """``-sum(y_true * log_softmax(logits))``, with the right gradient for labels of any sum.

    TensorFlow's fused cross-entropy takes it for granted that the labels add up to 1: for a row of zeros (a
    sample left out) its loss is 0 but its gradient is not. A class whose logit is minus infinity and whose
    label is 0 adds nothing here, and NaN there.
    """
    return -tf.reduce_sum(tf.math.multiply_no_nan(tf.nn.log_softmax(logits, axis=axis), y_true), axis=axis)


def sparse_categorical_crossentropy(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """``-log(p[y_true])`` over the last axis, ``p = clip(y_pred) / sum(clip(y_pred))``.

    Args:
        y_true: integer labels of shape ``(...)``.
        y_pred: probabilities of shape ``(..., classes)``, clipped to ``[epsilon, 1 - epsilon]``.
    """
    fuzz = epsilon_for(y_pred.dtype)
    logits = tf.math.log(tf.clip_by_value(y_pred, fuzz, 1.0 - fuzz))
    return sparse_categorical_crossentropy_from_logits(y_true, logits)


def sparse_categorical_crossentropy_from_logits(y_true: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """``-log_softmax(logits)[y_true]`` over the last axis."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y_true, logits=logits)


def recover_logits(y_pred: tf.Tensor, activation: str) -> tf.Tensor | None:
    """Return the logits that a sigmoid or softmax in the same graph turned into ``y_pred``.

    A saturated sigmoid rounds to 0 or 1 and takes the gradient with it; its logits know better. As in Keras
    2 and 3 a loss on probabilities therefore looks behind the activation when it is traced (as ``fit``
    does). An eager tensor has no history: it is taken as it is.

    Args:
        y_pred: predictions.
        activation: ``"Sigmoid"`` or ``"Softmax"``, the operation to look behind.

    Returns:
        The logits in the dtype of ``y_pred``, or ``None`` if ``y_pred`` comes from elsewhere.
    """
    tensor = y_pred
    while not tf.executing_eagerly() and tf.is_symbolic_tensor(tensor):
        operation = tensor.op
        if operation.type == activation:
            return tf.cast(operation.inputs[0], y_pred.dtype)
        if operation.type not in ("Cast", "Identity"):
            return None
        tensor = operation.inputs[0]
    return None
