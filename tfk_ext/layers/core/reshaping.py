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
    """Base of the layers that rearrange: the output has the input's dtype, integers too."""

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        return tf.keras.KerasTensor(shape, dtype=inputs.dtype, sparse=inputs.sparse)


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


@register
class Permute(Rearrangement):
    """Permute the axes of each sample.

    Args:
        dims: tuple of the numbers 1 to n, the sample's axes in their new order: ``(2, 1)`` swaps the first
            and the second. The batch is not among them.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, ...)`` with n axes behind the batch.
        output: ``(batch, ...)``, the axes in their new order.

    Masking: refuses a mask.

    Raises:
        ValueError: ``dims`` is no permutation of 1 to n; the input has another number of axes.

    Example:
        >>> tfk_ext.Permute((2, 1))(np.ones((5, 10, 64))).shape
        TensorShape([5, 64, 10])

    Source: the classic documents, ``keras.layers.Permute``.
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        good = isinstance(dims, Sequence) and not isinstance(dims, str) and all(map(checks.is_integer, dims))
        if not good or sorted(dims) != list(range(1, len(dims) + 1)) or not dims:
            checks.fail(
                self,
                "dims must hold each of the numbers 1 to n once (the batch axis is not among them), "
                f"got {dims!r}.",
            )
        self.dims = tuple(int(dim) for dim in dims)
        self.input_spec = tf.keras.layers.InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs):
        return ops.permute(inputs, self.dims)

    def compute_output_shape(self, input_shape):
        shape = checks.rank(self, input_shape, len(self.dims) + 1, f"(the batch and dims {self.dims})")
        return (shape[0], *(shape[dim] for dim in self.dims))

    def get_config(self):
        return {**super().get_config(), "dims": self.dims}


@register
class RepeatVector(Rearrangement):
    """Repeat each sample's vector: ``f(x)[b, i] = x[b]`` for ``i`` below ``n``.

    Args:
        n: how many times, at least 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)``.
        output: ``(batch, n, features)``.

    Masking: refuses a mask.

    Raises:
        ValueError: ``n`` is not an integer of at least 1; the input has not two axes.

    Example:
        >>> tfk_ext.RepeatVector(3)(np.array([[1.0, 2.0]])).numpy()
        array([[[1., 2.],
                [1., 2.],
                [1., 2.]]], dtype=float32)

    Source: the classic documents, ``keras.layers.RepeatVector``.
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = checks.integer(self, "n", n)
        self.input_spec = tf.keras.layers.InputSpec(ndim=2)

    def call(self, inputs):
        return ops.repeat_vector(inputs, self.n)

    def compute_output_shape(self, input_shape):
        shape = checks.rank(self, input_shape, 2, "(batch, features)")
        return (shape[0], self.n, shape[1])

    def get_config(self):
        return {**super().get_config(), "n": self.n}
