"""Reading and changing variables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend.tensors import to_dense


def get_value(x: Any) -> Any:
    """Return the value of a variable or tensor as NumPy array; anything else as it is.

    Raises:
        ValueError: ``x`` is a KerasTensor, which has no value.
        RuntimeError: ``x`` is a tensor of a graph, which has none yet.

    Example:
        >>> tfk_ext.backend.get_value(tfk_ext.backend.variable([1.0, 2.0]))
        array([1., 2.], dtype=float32)
    """
    if isinstance(x, tf.keras.KerasTensor):
        raise ValueError(
            f"get_value: {x} is a tensor of a model's graph and has no value; make a function of it, "
            "K.function([inputs], [outputs]), and call that with arrays."
        )
    if isinstance(x, (tf.Variable, tf.keras.Variable)):
        with tf.init_scope():
            return x.numpy()
    if not tf.is_tensor(x):
        return x
    if not hasattr(x, "numpy"):
        raise RuntimeError(
            f"get_value: {x} is a tensor of a graph; its value can't be had inside a tf.function."
        )
    return x.numpy()


def eval(x: Any) -> Any:
    """Return the value of a variable or tensor, as :func:`get_value`; of a sparse one as a dense array."""
    return get_value(to_dense(x))


def batch_get_value(tensors: Iterable[Any]) -> list[Any]:
    """Return the values of variables."""
    return [get_value(x) for x in tensors]


def set_value(x: Any, value: Any) -> None:
    """Give a variable a value.

    Example:
        >>> x = tfk_ext.backend.variable([1.0, 2.0])
        >>> tfk_ext.backend.set_value(x, [3.0, 4.0])
        >>> tfk_ext.backend.get_value(x)
        array([3., 4.], dtype=float32)
    """
    if not isinstance(x, (tf.Variable, tf.keras.Variable)):
        raise ValueError(f"set_value: x must be a variable, got {x!r}.")
    value = np.asarray(value, dtype=tf.as_dtype(x.dtype).as_numpy_dtype)
    with tf.init_scope():
        x.assign(value)


def batch_set_value(tuples: Iterable[tuple[Any, Any]]) -> None:
    """Give variables values: pairs of a variable and its value."""
    for x, value in tuples:
        set_value(x, value)


def _read(x: Any) -> Any:
    return tf.convert_to_tensor(x)


def update(x: Any, new_x: Any) -> Any:
    """Give a variable a value, in a graph when the graph runs; returns it."""
    x.assign(tf.cast(new_x, _read(x).dtype))
    return x


def update_add(x: Any, increment: Any) -> Any:
    """Add to a variable; returns it.

    Example:
        >>> x = tfk_ext.backend.variable(1.0)
        >>> float(tfk_ext.backend.update_add(x, 2.0))
        3.0
    """
    x.assign_add(tf.cast(increment, _read(x).dtype))
    return x


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtract from a variable; returns it."""
    x.assign_sub(tf.cast(decrement, _read(x).dtype))
    return x


def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """``x = momentum * x + (1 - momentum) * value``; returns the variable."""
    now = _read(x)
    momentum = tf.cast(momentum, now.dtype)
    x.assign(now * momentum + tf.cast(value, now.dtype) * (1 - momentum))
    return x
