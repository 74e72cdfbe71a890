"""The one place where components are registered for serialization.

A class decorated with :func:`register` is found by ``tf.keras.models.load_model`` as soon as ``tfk_ext`` has
been imported. Files and programs that know only bare class names (``.h5`` files, ``custom_objects=``) get
them from :func:`custom_objects`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

import tensorflow as tf

# Keras 3.15 leaves `saving` out of what `tf.keras` imports by itself: this makes `tf.keras.saving` exist.
import tensorflow.keras.saving  # noqa: F401

from tfk_ext.compat.spellings.calls import accept_old_spellings

PACKAGE = "tfk_ext"

T = TypeVar("T")

_custom_objects: dict[str, Any] = {}


@overload
def register(thing: T) -> T: ...
@overload
def register(*, package: str) -> Callable[[T], T]: ...
def register(thing=None, *, package=PACKAGE):
    """Register a class or function for serialization as ``<package>>Name``.

    A class also takes the spellings that the table of ``tfk_ext.compat.spellings`` has for it.

    Args:
        thing: the class or function; leave it out to use the decorator with arguments.
        package: the name before the ``>``. Losses and metrics share class names, so each kind has a package
            of its own (``tfk_ext.losses``, ``tfk_ext.metrics``); everything else is under ``tfk_ext``.

    Example:
        >>> tf.keras.saving.get_registered_name(tfk_ext.LocallyConnected1D)
        'tfk_ext>LocallyConnected1D'
    """
    if thing is None:
        return functools.partial(_register, package=package)
    return _register(thing, package)


def _register(thing: Any, package: str) -> Any:
    if package == PACKAGE:
        _custom_objects[thing.__name__] = thing
    if inspect.isclass(thing):
        area = package.removeprefix(PACKAGE).lstrip(".")
        thing = accept_old_spellings(thing, owner=f"{area}.{thing.__name__}" if area else thing.__name__)
    return tf.keras.saving.register_keras_serializable(package=package)(thing)


def custom_objects() -> dict[str, Any]:
    """Return the package's components by their bare names.

    It is what ``.h5`` files and foreign code need, since they store ``LocallyConnected2D`` and not
    ``tfk_ext>LocallyConnected2D``.

    Returns:
        A new dictionary from class name to class. Losses and metrics are left out: they share names.

    Example:
        >>> tfk_ext.custom_objects()["LocallyConnected2D"] is tfk_ext.LocallyConnected2D
        True
    """
    return dict(_custom_objects)


def checked(identifier: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return what names a part of a model; refuse a configuration with code, or of what is no such part.

    Args:
        identifier: a configuration, or anything else, which is returned as it is.
        custom_objects: classes and functions by name.

    Raises:
        LoadError: it is refused (a ``ValueError``).
    """
    if isinstance(identifier, dict):
        from tfk_ext.saving import guard

        guard.check(identifier, custom_objects)
    return identifier


def restored(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the object of a configuration, which is :func:`checked` before Keras builds it."""
    checked(config, custom_objects)
    return tf.keras.saving.deserialize_keras_object(config, custom_objects=custom_objects)
