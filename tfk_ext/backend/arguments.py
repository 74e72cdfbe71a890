"""How the arguments of a backend function are kept in a layer and stored in its configuration."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks

# Keys of the one-entry dictionaries that stand for what JSON has not.
_TENSOR, _TUPLE, _MAP, _ARRAY, _DTYPE, _FUNCTION = "tensor", "tuple", "map", "array", "dtype", "function"


class Slot:
    """Stands for the layer's input of this index."""

    def __init__(self, index: int):
        self.index = index


def transform(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to every leaf of nested lists, tuples and dictionaries."""
    if isinstance(value, dict):
        return {key: transform(function, item) for key, item in value.items()}
    if isinstance(value, tf.TensorShape):
        return function(tuple(value) if value.rank is not None else None)
    if isinstance(value, tuple):
        return tuple(transform(function, item) for item in value)
    if isinstance(value, list):
        return [transform(function, item) for item in value]
    return function(value)


def dump(owner: object, value: dict[str, Any]) -> dict[str, Any]:
    """Return arguments as plain JSON values.

    Raises:
        ValueError: an argument can't be stored.
    """
    return {name: _dump(owner, name, item) for name, item in value.items()}


def _dump(owner: object, name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Slot):
        return {_TENSOR: value.index}
    if isinstance(value, list):
        return [_dump(owner, name, item) for item in value]
    if isinstance(value, tuple):
        return {_TUPLE: [_dump(owner, name, item) for item in value]}
    if isinstance(value, dict):
        return {_MAP: {key: _dump(owner, name, item) for key, item in value.items()}}
    if isinstance(value, tf.DType):
        return {_DTYPE: value.name}
    if isinstance(value, type) and issubclass(value, np.generic):
        return {_DTYPE: np.dtype(value).name}
    if isinstance(value, np.dtype):
        return {_DTYPE: value.name}
    if isinstance(value, (np.ndarray, tf.Tensor)):
        return _dump_array(owner, name, value)
    if callable(value):
        from tfk_ext.layers.core import functions

        return {_FUNCTION: functions.dump_value(owner, value)}
    return checks.fail(owner, f"{name}={value!r} can't be saved with the model.")


def _dump_array(owner: object, name: str, value: Any) -> Any:
    """Return an array as its dtype, its shape and its bytes."""
    dtype = tf.as_dtype(value.dtype)
    if isinstance(value, tf.Tensor) and not hasattr(value, "numpy"):
        checks.fail(owner, f"{name} is a tensor of another graph and can't be saved with the model.")
    array = np.asarray(value)
    if dtype == tf.string or array.dtype == object:
        return checks.fail(owner, f"{name} is an array of strings or objects and can't be saved.")
    data = base64.b64encode(array.tobytes()).decode("ascii")
    return {_ARRAY: [dtype.name, list(array.shape), data]}


def load(owner: str, value: dict[str, Any], custom_objects: Any = None, safe_mode: bool | None = None) -> Any:
    """Return the arguments that :func:`dump` wrote; live values are left as they are."""

    def read(item):
        if isinstance(item, list):
            return [read(part) for part in item]
        if not isinstance(item, dict) or len(item) != 1:
            return item
        ((kind, content),) = item.items()
        if kind == _TENSOR:
            return Slot(int(content))
        if kind == _TUPLE:
            return tuple(read(part) for part in content)
        if kind == _MAP:
            return {key: read(part) for key, part in content.items()}
        if kind == _DTYPE:
            return tf.as_dtype(content)
        if kind == _ARRAY:
            return _load_array(owner, content)
        if kind == _FUNCTION:
            from tfk_ext.layers.core import functions

            return functions.restore(owner, content, custom_objects, safe_mode)
        return item

    return {name: read(item) for name, item in value.items()}


def _load_array(owner: str, content: Any) -> np.ndarray:
    dtype, shape, data = content
    try:
        return np.frombuffer(base64.b64decode(data), tf.as_dtype(dtype).as_numpy_dtype).reshape(shape)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{owner}: a stored array of shape {shape} and dtype {dtype!r} is damaged."
        ) from error
