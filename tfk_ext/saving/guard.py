"""The check of what a program builds without a file: ``from_config``, ``deserialize``, ``get``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfk_ext.saving import functions
from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.modelfile import Origin
from tfk_ext.saving.safety import Checker, lambda_message

# What Keras says better itself, in the place where it is missing.
_LEFT_TO_KERAS = frozenset({"unknown-class", "class-name"})


def check(config: Any, custom_objects: Mapping[str, Any] | None = None) -> None:
    """Refuse a configuration that holds code, or names what is no part of a model.

    Code, and layers that read files, are allowed where the loading function that is running, or
    ``tf.keras.config.enable_unsafe_deserialization()``, allows them.

    Args:
        config: of a layer, model, loss or another part, or of several.
        custom_objects: classes and functions by name.

    Raises:
        LoadError: it is refused; it says which rule and where.

    Example:
        >>> data = {"module": "keras.datasets.mnist", "class_name": "function", "config": "load_data"}
        >>> try:
        ...     tfk_ext.saving.guard.check({"units": 1, "activation": data})
        ... except tfk_ext.saving.LoadError as error:
        ...     print(error.rule)
        gadget
    """
    if not isinstance(config, (dict, list)):
        return
    from tfk_ext.layers.core.functions import may_run_code

    allowed = Allowed(custom_objects, not may_run_code())
    supplied = functions.supply(config, allowed.custom_objects, allowed.safe_mode)
    if allowed.safe_mode:
        _refuse_code(supplied, allowed)
    for error in Checker(allowed).problems(supplied):
        if error.rule not in _LEFT_TO_KERAS and (error.rule != "lambda" or allowed.safe_mode):
            raise error


def _refuse_code(config: Any, allowed: Allowed) -> None:
    for name, held in functions.code_in(config):
        own = held.get("name") if isinstance(held, dict) else None
        if allowed.registered(own) is None:
            where = f"layer {name!r}" if name else "config"
            raise LoadError(lambda_message(held, name), rule="lambda", where=where)


def layer(config: Any, custom_objects: Mapping[str, Any] | None = None) -> tf.keras.layers.Layer:
    """Return the layer of a configuration of any Keras; see ``tfk_ext.layers.deserialize``."""
    from tfk_ext.registration import restored

    custom = dict(custom_objects or {})
    if isinstance(config, dict) and "class_name" in config and "module" not in config:
        from tfk_ext.compat import eras

        check(config, custom)
        rewritten = eras.rewrite_layer(functions.supply(config, custom), Origin("config"), custom)
        if rewritten.blocked:
            reasons = "; ".join(note.what for note in rewritten.blocked)
            raise LoadError(f"it can't be made like this: {reasons}", rule="blocked", where="config")
        config = rewritten.config
    found = restored(config, custom)
    if not isinstance(found, tf.keras.layers.Layer):
        raise LoadError(f"it is no layer's configuration: {config!s:.200}", rule="format", where="config")
    return found


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
    """Return the object of a configuration, as ``keras.saving.deserialize_keras_object``, after a check.

    Args:
        config: what ``serialize_keras_object`` wrote.
        custom_objects: classes and functions by name.
        safe_mode: ``False`` leaves out the check, and lets code in the configuration run.
        **kwargs: as Keras's function has them.

    Raises:
        LoadError: it is refused.

    Example:
        >>> config = tfk_ext.saving.serialize_keras_object(tfk_ext.Dense(3))
        >>> tfk_ext.saving.deserialize_keras_object(config).units
        3
    """
    if safe_mode:
        check(config, custom_objects)
    return tf.keras.saving.deserialize_keras_object(
        config, custom_objects=dict(custom_objects or {}), safe_mode=safe_mode, **kwargs
    )
