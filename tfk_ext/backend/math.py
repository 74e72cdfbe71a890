"""Arithmetic on single elements, comparisons, and reductions along axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend.config import floatx
from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import pair, tensor

Axis = Any

# --- elements -----------------------------------------------------------------------------------------------


@operation
def square(x: Any) -> Any:
    """``x * x``."""
    return tf.square(tensor(x))


@operation
def abs(x: Any) -> Any:
    """The absolute value."""
    return tf.abs(tensor(x))


@operation
def sqrt(x: Any) -> Any:
    """The square root; of a negative number that of 0.

    Example:
        >>> tfk_ext.backend.sqrt([4.0, -1.0]).numpy()
        array([2., 0.], dtype=float32)
    """
    x = tensor(x)
    return tf.sqrt(tf.maximum(x, tf.zeros((), x.dtype)))


@operation
def exp(x: Any) -> Any:
    """``e ** x``."""
    return tf.exp(tensor(x))


@operation
def log(x: Any) -> Any:
    """The natural logarithm."""
    return tf.math.log(tensor(x))


@operation
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` along axes, without overflow."""
    return tf.reduce_logsumexp(tensor(x), axis, keepdims)


@operation
def round(x: Any) -> Any:
    """The nearest whole number; halves go to the even one.

    Example:
        >>> tfk_ext.backend.round([0.5, 1.5, 2.4]).numpy()
        array([0., 2., 2.], dtype=float32)
    """
    return tf.round(tensor(x))


@operation
def sign(x: Any) -> Any:
    """-1, 0 or 1."""
    return tf.sign(tensor(x))


@operation
def pow(x: Any, a: Any) -> Any:
    """``x ** a``."""
    return tf.pow(*pair(x, a))


@operation
def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """Bring values into ``min_value`` to ``max_value``; ``None`` leaves that side open.

    As in Keras 2, a maximum below the minimum counts as the minimum.

    Example:
        >>> tfk_ext.backend.clip([-2.0, 0.5, 2.0], 0, 1).numpy()
        array([0. , 0.5, 1. ], dtype=float32)
    """
    x = tensor(x)
    numbers = [v for v in (min_value, max_value) if isinstance(v, (int, float, np.number))]
    if len(numbers) == 2 and max_value < min_value:
        max_value = min_value
    if min_value is not None:
        x = tf.maximum(x, _limit(min_value, x.dtype))
    if max_value is not None:
        x = tf.minimum(x, _limit(max_value, x.dtype))
    return x


def _limit(value: Any, dtype: tf.DType) -> tf.Tensor:
    # A number becomes float32 on its way to `tf.cast`: 1e-7 would be another number in float64.
    exact = np.asarray(value, "float64") if isinstance(value, float) else value
    return tf.cast(exact, dtype)


@operation
def sin(x: Any) -> Any:
    """The sine."""
    return tf.sin(tensor(x))


@operation
def cos(x: Any) -> Any:
    """The cosine."""
    return tf.cos(tensor(x))


# --- two operands -------------------------------------------------------------------------------------------


@operation
def equal(x: Any, y: Any) -> Any:
    """Where ``x == y``: booleans."""
    return tf.equal(*pair(x, y))


@operation
def not_equal(x: Any, y: Any) -> Any:
    """Where ``x != y``: booleans."""
    return tf.not_equal(*pair(x, y))


@operation
def greater(x: Any, y: Any) -> Any:
    """Where ``x > y``: booleans."""
    return tf.greater(*pair(x, y))


@operation
def greater_equal(x: Any, y: Any) -> Any:
    """Where ``x >= y``: booleans."""
    return tf.greater_equal(*pair(x, y))


@operation
def less(x: Any, y: Any) -> Any:
    """Where ``x < y``: booleans."""
    return tf.less(*pair(x, y))


@operation
def less_equal(x: Any, y: Any) -> Any:
    """Where ``x <= y``: booleans."""
    return tf.less_equal(*pair(x, y))


@operation
def maximum(x: Any, y: Any) -> Any:
    """The larger of two, element by element."""
    return tf.maximum(*pair(x, y))


@operation
def minimum(x: Any, y: Any) -> Any:
    """The smaller of two, element by element."""
    return tf.minimum(*pair(x, y))


# --- reductions ---------------------------------------------------------------------------------------------


def _number(x: Any) -> Any:
    """Return ``x`` as a tensor, booleans as ones and zeros of ``floatx()``."""
    x = tensor(x)
    return tf.cast(x, floatx()) if x.dtype == tf.bool else x


@operation
def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest along axes (all of them, if ``axis`` is ``None``)."""
    return tf.reduce_max(tensor(x), axis, keepdims)


@operation
def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest along axes."""
    return tf.reduce_min(tensor(x), axis, keepdims)


@operation
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum along axes.

    Example:
        >>> x = tf.keras.Input((4,))
        >>> tfk_ext.backend.sum(x, axis=1, keepdims=True).shape
        (None, 1)
    """
    return tf.reduce_sum(tensor(x), axis, keepdims)


@operation
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product along axes."""
    return tf.reduce_prod(tensor(x), axis, keepdims)


@operation
def cumsum(x: Any, axis: int = 0) -> Any:
    """The sums up to each place along an axis."""
    return tf.cumsum(tensor(x), axis)


@operation
def cumprod(x: Any, axis: int = 0) -> Any:
    """The products up to each place along an axis."""
    return tf.math.cumprod(tensor(x), axis)


@operation
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The variance along axes, of the population: ``mean((x - mean(x)) ** 2)``."""
    return tf.math.reduce_variance(_number(x), axis, keepdims)


@operation
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes, ``sqrt(var(x))``."""
    return tf.math.reduce_std(_number(x), axis, keepdims)


@operation
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean along axes; of booleans the share that is true, of integers a whole number, rounded down.

    Args:
        x: a tensor.
        axis: a number or a list of them, ``None`` for all axes.
        keepdims: keep the axes with length 1.

    Example:
        >>> tfk_ext.backend.mean([[1.0, 2.0], [3.0, 6.0]], axis=0).numpy()
        array([2., 4.], dtype=float32)
        >>> float(tfk_ext.backend.mean([True, False]))
        0.5
    """
    return tf.reduce_mean(_number(x), axis, keepdims)


@operation
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether any is true (not 0) along axes."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


@operation
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether all are true (not 0) along axes."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


@operation
def argmax(x: Any, axis: int = -1) -> Any:
    """The index of the largest along an axis, the first if there are several."""
    return tf.argmax(tensor(x), axis)


@operation
def argmin(x: Any, axis: int = -1) -> Any:
    """The index of the smallest along an axis, the first if there are several."""
    return tf.argmin(tensor(x), axis)
