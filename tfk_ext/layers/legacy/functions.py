"""Functions that layers of Keras's own take when an old file gave them an activation whose meaning has
changed."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext.ops.activations import hard_sigmoid


@tf.keras.saving.register_keras_serializable(package="tfk_ext", name="classic_hard_sigmoid")
def classic_hard_sigmoid(x):
    """Return ``0.2 x + 0.5``, clipped to 0 and 1: what ``"hard_sigmoid"`` was in Keras 1 and 2.

    Example:
        >>> float(tfk_ext.layers.legacy.functions.classic_hard_sigmoid(tf.constant(1.0)))
        0.699999988079071
    """
    return hard_sigmoid(x)
