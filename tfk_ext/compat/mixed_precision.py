"""``mixed_precision`` as TensorFlow 2.1 to 2.15 spelled it, over ``tf.keras.mixed_precision``."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

Policy = tf.keras.mixed_precision.DTypePolicy
LossScaleOptimizer = tf.keras.mixed_precision.LossScaleOptimizer


def set_global_policy(policy: Any) -> None:
    """Set the policy of the layers made from now on: ``"mixed_float16"``, ``"float32"``, a policy."""
    tf.keras.mixed_precision.set_dtype_policy(policy)


def global_policy() -> Any:
    """Return the policy of the layers made from now on."""
    return tf.keras.mixed_precision.dtype_policy()


set_policy = set_global_policy
