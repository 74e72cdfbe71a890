"""The settings of Keras - shared with ``tf.keras.config`` - and its global state."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend import phase


def backend() -> str:
    """Return the name of the backend, which is ``"tensorflow"``."""
    return "tensorflow"


def floatx() -> str:
    """Return the default floating type, which ``tf.keras.config.floatx()`` tells too.

    Example:
        >>> tfk_ext.backend.floatx()
        'float32'
    """
    return tf.keras.config.floatx()


def set_floatx(value: str) -> None:
    """Set the default floating type: ``'float16'``, ``'bfloat16'``, ``'float32'`` or ``'float64'``.

    Raises:
        ValueError: any other.

    Example:
        >>> tfk_ext.backend.set_floatx("float64")
        >>> tf.keras.config.floatx()
        'float64'
        >>> tfk_ext.backend.set_floatx("float32")
    """
    tf.keras.config.set_floatx(value)
    # Layers follow the policy, which Keras makes from floatx only once.
    policy = tf.keras.config.dtype_policy().name
    if policy in ("float16", "bfloat16", "float32", "float64"):
        tf.keras.config.set_dtype_policy(value)


def cast_to_floatx(x: Any) -> Any:
    """Return ``x`` in the default floating type: a tensor as a tensor, anything else as a NumPy array.

    Example:
        >>> tfk_ext.backend.cast_to_floatx(np.array([1.0, 2.0])).dtype
        dtype('float32')
    """
    if isinstance(x, tf.keras.KerasTensor):
        from tfk_ext.backend.tensors import cast

        return cast(x, floatx())
    if isinstance(x, (tf.Tensor, tf.Variable, tf.keras.Variable, tf.SparseTensor)):
        return tf.cast(x, floatx())
    return np.asarray(x, dtype=tf.as_dtype(floatx()).as_numpy_dtype)


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Example:
        >>> print(tfk_ext.backend.epsilon())
        1e-07
    """
    return tf.keras.config.epsilon()


def set_epsilon(value: float) -> None:
    """Set the small number of :func:`epsilon`.

    Example:
        >>> tfk_ext.backend.set_epsilon(1e-5)
        >>> tfk_ext.backend.epsilon()
        1e-05
        >>> tfk_ext.backend.set_epsilon(1e-7)
    """
    tf.keras.config.set_epsilon(value)


def image_data_format() -> str:
    """Return where images have their channels: ``'channels_last'`` or ``'channels_first'``.

    Example:
        >>> tfk_ext.backend.image_data_format()
        'channels_last'
    """
    return tf.keras.config.image_data_format()


def set_image_data_format(data_format: str) -> None:
    """Say where images have their channels.

    Raises:
        ValueError: neither ``'channels_last'`` nor ``'channels_first'``.

    Example:
        >>> tfk_ext.backend.set_image_data_format("channels_first")
        >>> tfk_ext.backend.image_data_format()
        'channels_first'
        >>> tfk_ext.backend.set_image_data_format("channels_last")
    """
    tf.keras.config.set_image_data_format(data_format)


def image_dim_ordering() -> str:
    """Return the data format as Keras 1 named it: ``'tf'`` or ``'th'``."""
    return "tf" if image_data_format() == "channels_last" else "th"


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Set the data format as Keras 1 named it: ``'tf'`` (channels last) or ``'th'`` (channels first)."""
    formats = {"tf": "channels_last", "th": "channels_first"}
    if dim_ordering not in formats:
        raise ValueError(f"set_image_dim_ordering: dim_ordering must be 'tf' or 'th', got {dim_ordering!r}.")
    set_image_data_format(formats[dim_ordering])


def clear_session() -> None:
    """Reset the global state: names of layers begin anew, graphs are freed, the learning phase is free.

    Example:
        >>> tfk_ext.backend.clear_session()
        >>> tf.keras.layers.Dense(10).name
        'dense'
    """
    phase.reset()
    tf.keras.utils.clear_session()


def get_uid(prefix: str = "") -> int:
    """Count a prefix: 1 for its first use, 2 for its second, and so on.

    Example:
        >>> tfk_ext.backend.clear_session()
        >>> tfk_ext.backend.get_uid("dense")
        1
        >>> tfk_ext.backend.get_uid("dense")
        2
    """
    return tf.keras.backend.get_uid(prefix)


def reset_uids() -> None:
    """Begin the counting of :func:`get_uid`, and with it the names of layers, anew."""
    tf.keras.utils.clear_session()


def name_scope(name: str) -> contextlib.AbstractContextManager:
    """Return a context that puts ``name/`` before the names of what is made in it."""
    return tf.keras.name_scope(name)


def manual_variable_initialization(value: bool) -> None:
    """Accept what Keras 2 took: variables have their value as soon as they exist, there is nothing to do."""
