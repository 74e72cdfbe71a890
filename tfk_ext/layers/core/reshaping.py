"""Layers that only rearrange their input: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.ops import core as ops
from tfk_ext.registration import register


class Rearrangement(Layer):
    """Base of the layers whose output holds the input's values, integers too, in another shape."""

    def compute_output_spec(self, inputs):
        return tf.keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


@register
class Flatten(Rearrangement):
    """Flatten each sample to a vector, the batch axis stays.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; with the latter the channels are moved to
            the end first, so that a model switched from one format to the other keeps the order of its
            values.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, ...)``.
        output: ``(batch, product of the other axes)``.

    Masking: refuses a mask.

    Raises:
        ValueError: ``data_format`` is not known.

    Example:
        >>> tfk_ext.Flatten()(np.ones((2, 3, 4))).shape
        TensorShape([2, 12])

    Source: the classic documents, ``keras.layers.Flatten``.
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = checks.data_format(self, data_format)
        self.input_spec = tf.keras.layers.InputSpec(min_ndim=1)

    def call(self, inputs):
        return ops.flatten(inputs, self.data_format)

    def compute_output_shape(self, input_shape):
        sizes = input_shape[1:]
        return (input_shape[0], None if None in sizes else math.prod(sizes))

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


@register
class Reshape(Rearrangement):
    """Give each sample another shape; the order of its values stays.

    Args:
        target_shape: tuple of integers without the batch axis; one of them may be -1, it is computed from
            the others.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, ...)``; axes may be unknown.
        output: ``(batch, *target_shape)``.

    Masking: refuses a mask.

    Raises:
        ValueError: ``target_shape`` is no tuple of positive integers with at most one -1; the sizes of input
            and output differ.

    Example:
        >>> tfk_ext.Reshape((-1, 2, 2))(np.ones((5, 3, 4))).shape
        TensorShape([5, 3, 2, 2])

    Source: the classic documents, ``keras.layers.Reshape``.
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        good = isinstance(target_shape, Sequence) and not isinstance(target_shape, str)
        good = good and all(checks.is_integer(size) and (size > 0 or size == -1) for size in target_shape)
        if not good or list(target_shape).count(-1) > 1:
            checks.fail(
                self,
                "target_shape must be a tuple of positive integers, at most one of them -1, "
                f"got {target_shape!r}.",
            )
        self.target_shape = tuple(int(size) for size in target_shape)

    def _sizes(self, input_shape):
        """Return the output's shape without the batch axis, ``None`` where it can't be known."""
        sizes, target = tuple(input_shape)[1:], self.target_shape
        rest = math.prod(size for size in target if size != -1)
        if None in sizes:
            return tuple(None if size == -1 else size for size in target)
        total = math.prod(sizes)
        if total % rest or (-1 not in target and total != rest):
            checks.fail(
                self, f"can't give samples of shape {sizes} ({total} values each) the target_shape {target}."
            )
        return tuple(total // rest if size == -1 else size for size in target)

    def call(self, inputs):
        return ops.reshape(inputs, self._sizes(inputs.shape))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._sizes(input_shape))

    def get_config(self):
        return {**super().get_config(), "target_shape": self.target_shape}
