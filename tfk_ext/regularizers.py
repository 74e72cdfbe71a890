"""Regularizers: today's classes under their classic names, with the classic defaults.

What is not here by itself is that of ``tf.keras.regularizers``.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.registration import checked

Regularizer = tf.keras.regularizers.Regularizer
L1 = tf.keras.regularizers.L1
L2 = tf.keras.regularizers.L2
L1L2 = tf.keras.regularizers.L1L2
OrthogonalRegularizer = orthogonal_regularizer = tf.keras.regularizers.OrthogonalRegularizer


@accept_old_spellings(owner="regularizers.l1")
def l1(l1=0.01):
    """Return the penalty ``l1 * sum(|w|)``.

    Example:
        >>> float(tfk_ext.regularizers.l1(0.5)(tf.constant([1.0, -3.0])))
        2.0
    """
    return L1(l1=l1)


@accept_old_spellings(owner="regularizers.l2")
def l2(l2=0.01):
    """Return the penalty ``l2 * sum(w ** 2)``.

    Example:
        >>> float(tfk_ext.regularizers.l2(0.5)(tf.constant([1.0, -3.0])))
        5.0
    """
    return L2(l2=l2)


def l1_l2(l1=0.01, l2=0.01):
    """Return the penalty ``l1 * sum(|w|) + l2 * sum(w ** 2)``.

    Example:
        >>> tfk_ext.regularizers.l1_l2(l1=0.5).get_config()
        {'l1': 0.5, 'l2': 0.01}
    """
    return L1L2(l1=l1, l2=l2)


l1l2 = l1_l2
# Keras 1 had the same by other names for the outputs of a layer.
activity_l1, activity_l2, activity_l1l2 = l1, l2, l1_l2
WeightRegularizer = ActivityRegularizer = L1L2Regularizer = L1L2

_BY_NAME = {"l1": l1, "l2": l2, "l1_l2": l1_l2, "l1l2": l1_l2}


def get(identifier: Any) -> Any:
    """Return the regularizer that ``identifier`` names.

    Args:
        identifier: ``None``, a name (``"l1"``, ``"l2"``, ``"l1_l2"``, with factors of 0.01), a class, a
            regularizer, a function of a tensor, or what :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> tfk_ext.regularizers.get("l1_l2").get_config()
        {'l1': 0.01, 'l2': 0.01}
    """
    if isinstance(identifier, str) and identifier in _BY_NAME:
        return _BY_NAME[identifier]()
    return tf.keras.regularizers.get(checked(identifier))


def serialize(regularizer: Any) -> Any:
    """Return what a configuration stores for a regularizer.

    Example:
        >>> tfk_ext.regularizers.serialize(tfk_ext.regularizers.l2(0.5))["class_name"]
        'L2'
    """
    return tf.keras.regularizers.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the regularizer that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
