"""Custom objects, configurations of objects, and small helpers (``keras.utils.generic_utils``)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

from tfk_ext.registration import checked, restored
from tfk_ext.registration import custom_objects as own_objects

Progbar = tf.keras.utils.Progbar
get_custom_objects = tf.keras.utils.get_custom_objects
get_registered_name = tf.keras.utils.get_registered_name
get_registered_object = tf.keras.utils.get_registered_object
register_keras_serializable = tf.keras.utils.register_keras_serializable


class CustomObjectScope:
    """Make classes and functions known by name to what is loaded within a ``with`` block.

    Args:
        *args: dictionaries from name to class or function.

    Raises:
        ValueError: an argument is no dictionary.

    Example:
        >>> def my_regularizer(w):
        ...     return 0.1 * tf.reduce_sum(tf.square(w))
        >>> config = tfk_ext.Dense(3, kernel_regularizer=my_regularizer).get_config()
        >>> with tfk_ext.utils.CustomObjectScope({"my_regularizer": my_regularizer}):
        ...     layer = tfk_ext.Dense.from_config(config)
        >>> layer.kernel_regularizer is my_regularizer
        True
    """

    def __init__(self, *args: dict[str, Any]):
        objects: dict[str, Any] = {}
        for given in args:
            if not isinstance(given, dict):
                raise ValueError(
                    "CustomObjectScope: arguments are dictionaries from name to class or function, "
                    f"got {given!r}."
                )
            objects.update(given)
        self._scope = tf.keras.utils.CustomObjectScope(objects)

    def __enter__(self) -> CustomObjectScope:
        self._scope.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._scope.__exit__(*error)


def custom_object_scope(*args: dict[str, Any]) -> CustomObjectScope:
    """Make classes and functions known by name to what is loaded within a ``with`` block.

    Args:
        *args: dictionaries from name to class or function.
    """
    return CustomObjectScope(*args)


def serialize_keras_object(instance: Any) -> Any:
    """Return a Keras object as JSON values.

    Args:
        instance: an object with ``get_config``, a function, or a plain value.

    Returns:
        A dictionary with ``class_name`` and ``config`` (and with what today's Keras adds); of a function its
        name; ``None`` for ``None``.

    Raises:
        ValueError: the object has no configuration.

    Example:
        >>> config = tfk_ext.utils.serialize_keras_object(tfk_ext.Dense(3))
        >>> config["class_name"], config["config"]["units"]
        ('Dense', 3)
    """
    if inspect.isroutine(instance):
        return get_registered_name(instance)
    if instance is not None and not hasattr(instance, "get_config") and not _is_plain(instance):
        raise ValueError(
            f"serialize_keras_object: {instance!r} has no get_config(), so that there is nothing to write."
        )
    return tf.keras.saving.serialize_keras_object(instance)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str, bytes, list, tuple, dict)) or hasattr(value, "dtype")


def deserialize_keras_object(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """Turn what :func:`serialize_keras_object` wrote back into the object.

    Args:
        identifier: a dictionary with ``class_name`` and ``config``, or a name. A function is returned as it
            is.
        module_objects: classes and functions by name, such as ``globals()`` of a module.
        custom_objects: further ones, which come first.
        printable_module_name: what is looked for, for the message.

    Raises:
        ValueError: the name is not known, or the identifier is none.

    Example:
        >>> config = tfk_ext.utils.serialize_keras_object(tfk_ext.Dense(3))
        >>> tfk_ext.utils.deserialize_keras_object(config).units
        3
    """
    if identifier is None:
        return None
    checked(identifier, {**(module_objects or {}), **(custom_objects or {})})
    if isinstance(identifier, dict) and "class_name" in identifier and "config" in identifier:
        return _from_dictionary(identifier, module_objects, custom_objects, printable_module_name)
    if isinstance(identifier, str):
        found = _find(identifier, module_objects, custom_objects)
        if found is None:
            raise ValueError(_unknown(identifier, printable_module_name, "function"))
        return found() if inspect.isclass(found) else found
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Could not interpret serialized {printable_module_name}: {identifier!r}; it must be a name or a "
        "dictionary with class_name and config."
    )


def _from_dictionary(identifier, module_objects, custom_objects, what):
    name = identifier["class_name"]
    found = (custom_objects or {}).get(name) or (module_objects or {}).get(name)
    if "module" in identifier and found is None:
        return restored(identifier, custom_objects)
    found = found or _find(name, module_objects, custom_objects)
    if found is None:
        raise ValueError(_unknown(name, what, "class"))
    config = identifier["config"]
    with CustomObjectScope(custom_objects or {}):
        if not hasattr(found, "from_config"):
            return found(**config)
        if "custom_objects" in inspect.signature(found.from_config).parameters:
            return found.from_config(config, custom_objects=custom_objects)
        return found.from_config(config)


def _find(name, module_objects, custom_objects):
    for objects in (custom_objects, get_custom_objects(), module_objects, own_objects()):
        if objects and name in objects:
            return objects[name]
    return get_registered_object(name, custom_objects=custom_objects, module_objects=module_objects)


def _unknown(name, what, kind):
    return (
        f"Unknown {what}: {name!r}. Register it (@register_keras_serializable), or give the {kind} in "
        f"custom_objects={{{name!r}: ...}} or within custom_object_scope({{{name!r}: ...}})."
    )


# --- small helpers ------------------------------------------------------------------------------------------


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """Return a list as it is, anything else in a list; a tuple as a list where ``allow_tuple`` is set."""
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x: Any) -> Any:
    """Return the only element of a list or tuple of one, anything else as it is."""
    return x[0] if isinstance(x, (list, tuple)) and len(x) == 1 else x


def is_all_none(iterable_or_element: Any) -> bool:
    """Tell whether every element is ``None``."""
    items = iterable_or_element if isinstance(iterable_or_element, (list, tuple)) else [iterable_or_element]
    return all(item is None for item in items)


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """Return a part of an array, or of each of a list: from ``start`` to ``stop``, or the rows ``start``."""

    def part(array):
        if array is None:
            return None
        return array[start] if hasattr(start, "__len__") else array[start:stop]

    return [part(array) for array in arrays] if isinstance(arrays, list) else part(arrays)


def has_arg(fn: Callable, name: str, accept_all: bool = False) -> bool:
    """Tell whether a function takes an argument of this name; ``accept_all``: ``**kwargs`` takes any."""
    parameters = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return True
    found = parameters.get(name)
    return found is not None and found.kind in (found.POSITIONAL_OR_KEYWORD, found.KEYWORD_ONLY)


def object_list_uid(object_list: Iterable[Any]) -> str:
    """Return a text that is the same for the same objects."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))
