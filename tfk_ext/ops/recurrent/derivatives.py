"""Derivatives of activations, told from what the activation returned."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tfk_ext.ops import activations

Derivative = Callable[[tf.Tensor], tf.Tensor]


def _tanh(y: tf.Tensor) -> tf.Tensor:
    return 1 - y * y


def _sigmoid(y: tf.Tensor) -> tf.Tensor:
    return y - y * y


def _relu(y: tf.Tensor) -> tf.Tensor:
    return tf.cast(y > 0, y.dtype)


def _hard_sigmoid(y: tf.Tensor) -> tf.Tensor:
    return tf.where((y > 0) & (y < 1), tf.constant(0.2, y.dtype), tf.constant(0.0, y.dtype))


def _linear(y: tf.Tensor) -> tf.Tensor:
    return tf.ones_like(y)


_KNOWN: dict[Callable, Derivative] = {
    activations.tanh: _tanh,
    activations.sigmoid: _sigmoid,
    activations.relu: _relu,
    activations.hard_sigmoid: _hard_sigmoid,
    activations.linear: _linear,
    tf.keras.activations.tanh: _tanh,
    tf.keras.activations.sigmoid: _sigmoid,
    tf.keras.activations.linear: _linear,
    tf.tanh: _tanh,
    tf.sigmoid: _sigmoid,
    tf.nn.relu: _relu,
}


def of(activation: Callable) -> Derivative | None:
    """Return the derivative of an activation as a function of its value, ``None`` where it is not known.

    Args:
        activation: an elementwise function.
    """
    try:
        return _KNOWN.get(activation)
    except TypeError:
        return None  # a callable without a hash
