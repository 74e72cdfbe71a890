"""The documented optimizers and learning rate schedules."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.optimizers import schedules as schedules
from tfk_ext.optimizers.adaptive import Adadelta as Adadelta
from tfk_ext.optimizers.adaptive import Adagrad as Adagrad
from tfk_ext.optimizers.adaptive import RMSprop as RMSprop
from tfk_ext.optimizers.base import Optimizer as Optimizer
from tfk_ext.optimizers.descent import SGD as SGD
from tfk_ext.optimizers.ftrl import Ftrl as Ftrl
from tfk_ext.optimizers.moments import Adam as Adam
from tfk_ext.optimizers.moments import Adamax as Adamax
from tfk_ext.optimizers.moments import Nadam as Nadam
from tfk_ext.registration import checked

adadelta = Adadelta
adagrad = Adagrad
adam = Adam
adamax = Adamax
ftrl = Ftrl
nadam = Nadam
rmsprop = RMSprop
sgd = SGD

_BY_NAME = {cls.__name__.lower(): cls for cls in (Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, RMSprop, SGD)}


def get(identifier: Any) -> tf.keras.optimizers.Optimizer:
    """Return the optimizer that ``identifier`` names.

    Args:
        identifier: a documented name (``"adam"``, in any case), an optimizer, a class, or what
            :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> type(tfk_ext.optimizers.get("rmsprop")).__name__
        'RMSprop'
    """
    if isinstance(identifier, str) and identifier.lower() in _BY_NAME:
        return _BY_NAME[identifier.lower()]()
    if isinstance(identifier, type) and issubclass(identifier, tf.keras.optimizers.Optimizer):
        return identifier()
    checked(identifier)
    try:
        return tf.keras.optimizers.get(identifier)
    except ValueError as error:
        raise ValueError(
            f"unknown optimizer {identifier!r}; known are {', '.join(sorted(_BY_NAME))}."
        ) from error


def serialize(optimizer: tf.keras.optimizers.Optimizer) -> Any:
    """Return what a configuration stores for an optimizer.

    Example:
        >>> tfk_ext.optimizers.serialize(tfk_ext.optimizers.Adam())["registered_name"]
        'tfk_ext>Adam'
    """
    return tf.keras.saving.serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> tf.keras.optimizers.Optimizer:
    """Return the optimizer that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
