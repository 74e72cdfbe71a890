"""Constraints: today's classes under their classic names.

What is not here by itself is that of ``tf.keras.constraints``.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.registration import checked

Constraint = tf.keras.constraints.Constraint
MaxNorm = tf.keras.constraints.MaxNorm
MinMaxNorm = min_max_norm = tf.keras.constraints.MinMaxNorm
NonNeg = non_neg = nonneg = tf.keras.constraints.NonNeg
UnitNorm = unit_norm = unitnorm = tf.keras.constraints.UnitNorm


@accept_old_spellings(owner="constraints.max_norm")
def max_norm(max_value=2, axis=0):
    """Return the constraint that the norm of the weights into each unit is at most ``max_value``.

    Example:
        >>> tfk_ext.constraints.max_norm(1.0)(tf.constant([[3.0], [4.0]])).numpy().round(2)
        array([[0.6],
               [0.8]], dtype=float32)
    """
    return MaxNorm(max_value=max_value, axis=axis)


maxnorm = max_norm

_BY_NAME = {"max_norm": max_norm, "maxnorm": max_norm, "nonneg": NonNeg, "unitnorm": UnitNorm}


def get(identifier: Any) -> Any:
    """Return the constraint that ``identifier`` names.

    Args:
        identifier: ``None``, a name of any era (``"non_neg"``, ``"maxnorm"``), a class, a constraint, a
            function of the weights, or what :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> type(tfk_ext.constraints.get("nonneg")).__name__
        'NonNeg'
    """
    if isinstance(identifier, str) and identifier in _BY_NAME:
        return _BY_NAME[identifier]()
    return tf.keras.constraints.get(checked(identifier))


def serialize(constraint: Any) -> Any:
    """Return what a configuration stores for a constraint.

    Example:
        >>> tfk_ext.constraints.serialize(tfk_ext.constraints.UnitNorm())["class_name"]
        'UnitNorm'
    """
    return tf.keras.constraints.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the constraint that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
