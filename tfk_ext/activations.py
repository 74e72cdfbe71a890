"""The documented activations by name, with the documented meaning.

A name such as ``"hard_sigmoid"`` stands here for what the classic documents say: 0.2 x + 0.5, clipped, and
not for the function of that name in today's Keras. A function of Keras's own that is passed as an object
keeps its meaning, also when it is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.ops.activations import elu as elu
from tfk_ext.ops.activations import exponential as exponential
from tfk_ext.ops.activations import gelu as gelu
from tfk_ext.ops.activations import hard_sigmoid as hard_sigmoid
from tfk_ext.ops.activations import linear as linear
from tfk_ext.ops.activations import relu as relu
from tfk_ext.ops.activations import selu as selu
from tfk_ext.ops.activations import sigmoid as sigmoid
from tfk_ext.ops.activations import softmax as softmax
from tfk_ext.ops.activations import softplus as softplus
from tfk_ext.ops.activations import softsign as softsign
from tfk_ext.ops.activations import swish as swish
from tfk_ext.ops.activations import tanh as tanh
from tfk_ext.registration import checked

_BY_NAME: dict[str, Callable] = {
    function.__name__: function
    for function in (
        elu,
        exponential,
        gelu,
        hard_sigmoid,
        linear,
        relu,
        selu,
        sigmoid,
        softmax,
        softplus,
        softsign,
        swish,
        tanh,
    )
}
_BY_NAME["silu"] = swish
_OWN = {id(function): name for name, function in reversed(_BY_NAME.items())}


def get(identifier: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the activation that ``identifier`` names.

    Args:
        identifier: ``None`` (linear), a documented name, a callable (a layer too), or the dictionary that
            :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> float(tfk_ext.activations.get("hard_sigmoid")(tf.constant(1.0)))
        0.699999988079071
    """
    if identifier is None:
        return linear
    checked(identifier)
    if isinstance(identifier, str) and identifier in _BY_NAME:
        return _BY_NAME[identifier]
    try:
        return tf.keras.activations.get(identifier)
    except ValueError as error:
        raise ValueError(
            f"unknown activation {identifier!r}; known are {', '.join(sorted(_BY_NAME))}, the other names of "
            "tf.keras.activations, registered functions, and callables."
        ) from error


def serialize(activation: Callable) -> Any:
    """Return what a configuration stores for an activation: a name, or a dictionary for a foreign callable.

    Example:
        >>> tfk_ext.activations.serialize(tfk_ext.activations.relu)
        'relu'
    """
    if id(activation) in _OWN:
        return _OWN[id(activation)]
    name = getattr(activation, "__name__", None)
    if name in _BY_NAME or isinstance(activation, tf.keras.layers.Layer):
        # A name of ours for another function, or a layer: the long form says whose it is.
        return tf.keras.saving.serialize_keras_object(activation)
    return tf.keras.activations.serialize(activation)


def deserialize(config: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the activation that :func:`serialize` wrote."""
    return get(config)
