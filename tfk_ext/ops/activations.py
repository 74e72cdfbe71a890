"""Activation functions with their documented formulas: tensors in, tensors of that shape and dtype out."""

from __future__ import annotations

import tensorflow as tf

# Klambauer et al. (2017), "Self-normalizing neural networks".
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def linear(x: tf.Tensor) -> tf.Tensor:
    """Return the input: ``f(x) = x``."""
    return x


def relu(
    x: tf.Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> tf.Tensor:
    """Rectified linear unit.

    ``f(x) = max_value`` for ``x >= max_value``, ``x`` for ``threshold <= x < max_value`` and
    ``negative_slope * (x - threshold)`` below.

    Args:
        x: floating tensor of any shape.
        negative_slope: slope below the threshold, at least 0.
        max_value: upper bound, ``None`` for none.
        threshold: where the linear part begins.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if negative_slope == 0.0 and threshold == 0.0:
        if max_value is None:
            return tf.nn.relu(x)
        if max_value == 6:
            return tf.nn.relu6(x)
    if threshold == 0.0 and max_value is None:
        return leaky_relu(x, negative_slope)
    slope, bound = tf.cast(negative_slope, x.dtype), tf.cast(threshold, x.dtype)
    result = tf.where(x >= bound, x, slope * (x - bound))
    if max_value is not None:
        top = tf.cast(max_value, x.dtype)
        result = tf.where(x >= top, top, result)
    return result


def leaky_relu(x: tf.Tensor, negative_slope: float) -> tf.Tensor:
    """Leaky rectified linear unit: ``f(x) = x if x >= 0 else negative_slope * x``; any shape, same dtype."""
    if negative_slope == 0.0:
        return tf.nn.relu(x)
    return tf.nn.leaky_relu(x, negative_slope)


def elu(x: tf.Tensor, alpha: float = 1.0) -> tf.Tensor:
    """Exponential linear unit: ``f(x) = x if x > 0 else alpha * (exp(x) - 1)``; any shape, same dtype."""
    result = tf.nn.elu(x)
    return result if alpha == 1.0 else tf.where(x > 0, result, tf.cast(alpha, x.dtype) * result)


def selu(x: tf.Tensor) -> tf.Tensor:
    """Scaled exponential linear unit: ``scale * elu(x, alpha)`` with the constants of the paper."""
    return tf.nn.selu(x)


def softmax(x: tf.Tensor, axis: int | tuple[int, ...] = -1) -> tf.Tensor:
    """Normalised exponential: ``f(x)_i = exp(x_i) / sum_j exp(x_j)`` along ``axis``.

    Args:
        x: floating tensor with at least two axes.
        axis: the axis, or several axes that are normalised together.

    Returns:
        Tensor of the shape and dtype of ``x``.
    """
    if x.shape.rank is not None and x.shape.rank < 2:
        raise ValueError(f"softmax needs an input with at least 2 axes, got shape {tuple(x.shape)}.")
    if isinstance(axis, (tuple, list)):
        return tf.exp(x - tf.reduce_logsumexp(x, axis=axis, keepdims=True))
    return tf.nn.softmax(x, axis=axis)


def softplus(x: tf.Tensor) -> tf.Tensor:
    """``f(x) = log(exp(x) + 1)``."""
    return tf.nn.softplus(x)


def softsign(x: tf.Tensor) -> tf.Tensor:
    """``f(x) = x / (|x| + 1)``."""
    return tf.nn.softsign(x)


def tanh(x: tf.Tensor) -> tf.Tensor:
    """Hyperbolic tangent."""
    return tf.tanh(x)


def sigmoid(x: tf.Tensor) -> tf.Tensor:
    """``f(x) = 1 / (1 + exp(-x))``."""
    return tf.sigmoid(x)


def hard_sigmoid(x: tf.Tensor) -> tf.Tensor:
    """Piecewise linear sigmoid of Keras 1 and 2: ``f(x) = min(max(0.2 x + 0.5, 0), 1)``.

    Keras 3 gives the name to another function, ``relu6(x + 3) / 6``.
    """
    fifth, half = tf.constant(0.2, x.dtype), tf.constant(0.5, x.dtype)
    zero, one = tf.constant(0.0, x.dtype), tf.constant(1.0, x.dtype)
    return tf.clip_by_value(fifth * x + half, zero, one)


def exponential(x: tf.Tensor) -> tf.Tensor:
    """``f(x) = exp(x)``."""
    return tf.exp(x)


def swish(x: tf.Tensor) -> tf.Tensor:
    """``f(x) = x * sigmoid(x)``."""
    return tf.nn.silu(x)


def gelu(x: tf.Tensor, approximate: bool = False) -> tf.Tensor:
    """Gaussian error linear unit: ``f(x) = x * P(X <= x)`` for a standard normal ``X``."""
    return tf.nn.gelu(x, approximate=approximate)
