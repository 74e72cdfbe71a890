"""Initializers: today's classes under their classic names, and plain functions that round-trip.

What is not here by itself is that of ``tf.keras.initializers``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.registration import checked, register, restored

Initializer: Any = tf.keras.initializers.Initializer
Constant = constant = tf.keras.initializers.Constant
GlorotNormal = glorot_normal = tf.keras.initializers.GlorotNormal
GlorotUniform = glorot_uniform = tf.keras.initializers.GlorotUniform
HeNormal = he_normal = tf.keras.initializers.HeNormal
HeUniform = he_uniform = tf.keras.initializers.HeUniform
Identity = identity = tf.keras.initializers.Identity
LecunNormal = lecun_normal = tf.keras.initializers.LecunNormal
LecunUniform = lecun_uniform = tf.keras.initializers.LecunUniform
Ones = one = ones = tf.keras.initializers.Ones
Orthogonal = orthogonal = tf.keras.initializers.Orthogonal
RandomNormal = normal = random_normal = tf.keras.initializers.RandomNormal
RandomUniform = uniform = random_uniform = tf.keras.initializers.RandomUniform
TruncatedNormal = truncated_normal = tf.keras.initializers.TruncatedNormal
VarianceScaling = variance_scaling = tf.keras.initializers.VarianceScaling
Zeros = zero = zeros = tf.keras.initializers.Zeros


@register
class FunctionInitializer(Initializer):
    """A plain function as an initializer: ``f(shape)``, ``f(shape, dtype)`` or Keras 1's ``f(shape, name)``.

    What the function returns is cast to the dtype of the weight.

    Args:
        function: the function, or what ``tf.keras.saving.serialize_keras_object`` wrote of it.

    Example:
        >>> make = tfk_ext.initializers.get(lambda shape: np.full(shape, 2.0))
        >>> make((2,), dtype="float32").numpy()
        array([2., 2.], dtype=float32)
    """

    def __init__(self, function):
        if isinstance(function, dict):
            function = restored(function)
        if not callable(function):
            checks.fail(self, f"function must be a function of a shape, got {function!r}.", TypeError)
        self.function = function

    def __call__(self, shape, dtype=None, **kwargs):
        value = self.function(tuple(shape))
        return tf.cast(tf.convert_to_tensor(value), dtype or tf.keras.backend.floatx())

    def get_config(self):
        return {"function": tf.keras.saving.serialize_keras_object(self.function)}


def _takes_dtype(function: Callable) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.name == "dtype" or p.kind is p.VAR_KEYWORD for p in parameters)


def get(identifier: Any) -> Any:
    """Return the initializer that ``identifier`` names.

    Args:
        identifier: ``None``, a name of any era (``"normal"``, ``"he_uniform"``, ``"Zeros"``), a class, an
            initializer, an array of the values, a function of a shape, or what :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> tfk_ext.initializers.get("uniform").get_config()["maxval"]
        0.05
    """
    if not isinstance(identifier, (str, dict, type, Initializer)) and callable(identifier):
        return identifier if _takes_dtype(identifier) else FunctionInitializer(identifier)
    return tf.keras.initializers.get(checked(identifier))


def serialize(initializer: Any) -> Any:
    """Return what a configuration stores for an initializer.

    Example:
        >>> tfk_ext.initializers.serialize(tfk_ext.initializers.Zeros())["class_name"]
        'Zeros'
    """
    return tf.keras.initializers.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the initializer that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
