"""Merges place by place: Add, Subtract, Multiply, Average, Maximum, Minimum."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext.layers.merge.base import Elementwise
from tfk_ext.ops import merge as ops
from tfk_ext.registration import register


@register
class Add(Elementwise):
    """Add inputs: ``f(x_1, ..., x_n) = x_1 + ... + x_n``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, or its shapes do not fit.

    Example:
        >>> tfk_ext.Add()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[4., 3.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Add``.
    """

    def _merge(self, inputs):
        return ops.add(inputs)


@register
class Subtract(Elementwise):
    """Subtract the second input from the first: ``f(x_1, x_2) = x_1 - x_2``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of two tensors, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list of two, or its shapes do not fit.

    Example:
        >>> tfk_ext.Subtract()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[-2.,  1.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Subtract``.
    """

    _inputs = "two inputs"
    _count = 2

    def _merge(self, inputs):
        return ops.subtract(inputs)


@register
class Multiply(Elementwise):
    """Multiply inputs value by value: ``f(x_1, ..., x_n) = x_1 * ... * x_n``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, or its shapes do not fit.

    Example:
        >>> tfk_ext.Multiply()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[3., 2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Multiply``.
    """

    def _merge(self, inputs):
        return ops.multiply(inputs)


@register
class Average(Elementwise):
    """Average inputs: ``f(x_1, ..., x_n) = (x_1 + ... + x_n) / n``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, or its shapes do not fit.

    Example:
        >>> tfk_ext.Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[2. , 1.5]], dtype=float32)

    Source: the classic documents, ``keras.layers.Average``.
    """

    def _merge(self, inputs):
        return ops.average(inputs)

    def _output_dtype(self, dtypes):
        dtype = super()._output_dtype(dtypes)
        return dtype if tf.as_dtype(dtype).is_floating else tf.keras.config.floatx()


@register
class Maximum(Elementwise):
    """Largest of the inputs' values at each place: ``f(x_1, ..., x_n) = max(x_1, ..., x_n)``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, or its shapes do not fit.

    Example:
        >>> tfk_ext.Maximum()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[3., 2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Maximum``.
    """

    def _merge(self, inputs):
        return ops.maximum(inputs)


@register
class Minimum(Elementwise):
    """Smallest of the inputs' values at each place: ``f(x_1, ..., x_n) = min(x_1, ..., x_n)``.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of the same shape or of shapes that broadcast behind the batch.
        output: the shape they broadcast to.

    Masking: a position counts in the output if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, or its shapes do not fit.

    Example:
        >>> tfk_ext.Minimum()([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[1., 1.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Minimum``.
    """

    def _merge(self, inputs):
        return ops.minimum(inputs)


def add(inputs, **kwargs):
    """Call a new :class:`Add` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The sum.

    Example:
        >>> tfk_ext.layers.add([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[4., 3.]], dtype=float32)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """Call a new :class:`Subtract` layer on ``inputs``.

    Args:
        inputs: a list of two tensors.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The difference of the first and the second.

    Example:
        >>> tfk_ext.layers.subtract([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[-2.,  1.]], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """Call a new :class:`Multiply` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The product, value by value.

    Example:
        >>> tfk_ext.layers.multiply([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[3., 2.]], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """Call a new :class:`Average` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The mean.

    Example:
        >>> tfk_ext.layers.average([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[2. , 1.5]], dtype=float32)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """Call a new :class:`Maximum` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The largest values.

    Example:
        >>> tfk_ext.layers.maximum([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[3., 2.]], dtype=float32)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """Call a new :class:`Minimum` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        **kwargs: arguments of the layer, such as ``name``.

    Returns:
        The smallest values.

    Example:
        >>> tfk_ext.layers.minimum([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[1., 1.]], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)
