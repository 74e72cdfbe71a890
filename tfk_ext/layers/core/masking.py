"""Masking and ActivityRegularization: layers that leave their input's shape alone."""

from __future__ import annotations

import numbers

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.layers.core.reshaping import Rearrangement
from tfk_ext.ops import core as ops
from tfk_ext.registration import register, restored


@register
class Masking(Rearrangement):
    """Mark the time steps to skip: those whose features all equal ``mask_value``.

    The layers behind it skip these steps if they can; a layer that can't handle masks refuses. The steps are
    set to 0 as well.

    Args:
        mask_value: the value of padding; a list gives each feature a value of its own.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, ..., features)``.
        output: the same.

    Masking: makes a mask of shape ``(batch, steps, ...)``, false where a step is to be skipped.

    Raises:
        ValueError: ``mask_value`` is no number and no list of numbers.

    Example:
        >>> x = np.array([[[1.0, 2.0], [9.0, 9.0], [3.0, 9.0]]])
        >>> tfk_ext.Masking(mask_value=9.0).compute_mask(x).numpy()
        array([[ True, False,  True]])

    Source: the classic documents, ``keras.layers.Masking``.
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(mask_value, dict):  # an array, as Keras writes one
            mask_value = restored(mask_value)
        value = np.asarray(mask_value)
        if isinstance(mask_value, bool) or value.dtype.kind not in "iuf":
            checks.fail(self, f"mask_value must be a number or a list of numbers, got {mask_value!r}.")
        self.mask_value = mask_value if isinstance(mask_value, numbers.Real) else value.tolist()
        self.supports_masking = True

    def call(self, inputs):
        return ops.zero_steps(inputs, ops.steps_to_keep(inputs, self.mask_value))

    def compute_mask(self, inputs, mask=None):
        # Keras's operations, since a mask is computed on its symbolic tensors too.
        value = np.asarray(self.mask_value, tf.as_dtype(inputs.dtype).as_numpy_dtype)
        return tf.keras.ops.any(tf.keras.ops.not_equal(inputs, value), axis=-1)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "mask_value": self.mask_value}


@register
class ActivityRegularization(Layer):
    """Pass the input on and add ``(l1 * sum(|x|) + l2 * sum(x ** 2)) / batch size`` to the loss.

    Args:
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``l1`` or ``l2`` is negative or not a number.

    Example:
        >>> layer = tfk_ext.ActivityRegularization(l1=0.5, l2=1.0)
        >>> layer(np.array([[-2.0, 1.0], [0.0, 1.0]])).numpy()
        array([[-2.,  1.],
               [ 0.,  1.]], dtype=float32)
        >>> [float(loss) for loss in layer.losses]
        [4.0]

    Source: the classic documents, ``keras.layers.ActivityRegularization``.
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.l1 = checks.number(self, "l1", l1, 0.0)
        self.l2 = checks.number(self, "l2", l2, 0.0)
        self.supports_masking = True

    def call(self, inputs):
        # Not Keras's `activity_regularizer`, which divides by the batch size in some versions only.
        self.add_loss(ops.activity_loss(inputs, self.l1, self.l2))
        return inputs

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}
