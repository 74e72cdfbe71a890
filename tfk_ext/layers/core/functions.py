"""How a layer's configuration stores a Python function, and when it is restored.

A function is stored by name if the name says whose it is: a registered one, or one of the mathematical
functions of TensorFlow, Keras and this package. Any other is stored as compiled code. Code from a file can do
anything, so it is restored only if the caller allows it; a function of the same name that the caller
registers, or passes in ``custom_objects``, is taken instead.
"""

from __future__ import annotations

import base64
import inspect
import marshal
import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

import tfk_ext
from tfk_ext.backend.operation import OPERATIONS
from tfk_ext.registration import restored

# Namespaces whose functions compute and do nothing else: a file may name any of them.
_PURE = (
    "tf.math",
    "tf.nn",
    "tf.linalg",
    "tf.signal",
    "tf.keras.ops",
    "tf.keras.activations",
    "tfk_ext.activations",
    "tfk_ext.backend",
)
# Of those directly under `tf`, where there are others (files, Python callbacks), these.
_ROOT_NAMES = (
    "abs add argmax argmin argsort boolean_mask broadcast_to cast clip_by_norm "
    "clip_by_value concat cos cumsum divide einsum equal exp expand_dims "
    "eye fill floor gather gather_nd greater identity less matmul "
    "maximum minimum multiply negative norm not_equal one_hot ones_like pad "
    "pow range rank realdiv reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean "
    "reduce_min reduce_prod reduce_sum repeat reshape reverse roll round shape "
    "sigmoid sign sin size slice sort split sqrt square "
    "squeeze stack stop_gradient strided_slice subtract tanh tensordot tile transpose "
    "truediv unstack where zeros_like "
)
_ROOT = frozenset(_ROOT_NAMES.split())


def dump(owner: object, function: Callable) -> dict[str, Any]:
    """Return the configuration of a function.

    Args:
        owner: the layer it belongs to, for the message.
        function: a function, or a callable with a ``get_config``.

    Raises:
        ValueError: the function can be stored neither by name nor as code.
    """
    if hasattr(function, "get_config"):
        return tf.keras.saving.serialize_keras_object(function)
    name = _name(function)
    if name is not None:
        return {"class_name": "function", "config": name}
    if not isinstance(function, types.FunctionType):
        raise ValueError(
            f"{type(owner).__name__}: {function!r} can't be saved, it is neither registered nor a plain "
            "function; wrap it in a function and decorate that with tfk_ext.registration.register."
        )
    config: dict[str, Any] = {
        "code": base64.b64encode(marshal.dumps(function.__code__)).decode("ascii"),
        "defaults": [dump_value(owner, v) for v in function.__defaults__ or ()] or None,
        "closure": [dump_value(owner, c.cell_contents) for c in function.__closure__ or ()] or None,
    }
    if function.__kwdefaults__:
        config["kwdefaults"] = {k: dump_value(owner, v) for k, v in function.__kwdefaults__.items()}
    if function.__name__ != "<lambda>":
        config["name"] = function.__name__
    return {"class_name": "__lambda__", "config": config}


def load(owner: str, config: Any, custom_objects: dict | None = None, safe_mode: bool | None = None) -> Any:
    """Return the function of a configuration that :func:`dump` wrote.

    Args:
        owner: name of the layer, for the message.
        config: the configuration.
        custom_objects: functions by name.
        safe_mode: whether code is refused; ``None`` asks what the loading function or
            ``tf.keras.config.enable_unsafe_deserialization()`` said, and refuses if they said nothing.

    Raises:
        ValueError: the function is not known by its name, or is code and ``safe_mode`` forbids it.
    """
    if callable(config):
        return config
    kind = config.get("class_name") if isinstance(config, dict) else None
    if kind == "function":
        return _by_name(owner, config["config"], custom_objects)
    if kind != "__lambda__":
        return restored(config, custom_objects)
    inner = config["config"]
    name = inner.get("name")
    found = _registered(name, custom_objects) if name else None
    if found is not None:
        return found
    if not may_run_code(safe_mode):
        what = f"the function {name!r}, which is not registered" if name else "a lambda"
        hint = f", or pass custom_objects={{{name!r}: ...}}" if name else ""
        raise ValueError(
            f"{owner}: the configuration holds {what}, as compiled code; running code from a file is not "
            f"safe. Replace it by a registered function (tfk_ext.registration.register){hint}. If you "
            "trust the file, load it with safe_mode=False, or call "
            "tf.keras.config.enable_unsafe_deserialization() before."
        )
    return _from_code(owner, inner, custom_objects)


def _from_code(owner, config, custom_objects):
    try:
        code = marshal.loads(base64.b64decode("".join(config["code"].split())))
    except (ValueError, EOFError, TypeError) as error:
        raise ValueError(
            f"{owner}: the stored code can't be read; it was written by another version of Python."
        ) from error
    scope = {
        "__builtins__": __builtins__,
        "tf": tf,
        "np": np,
        "math": math,
        "keras": tf.keras,
        "K": getattr(tfk_ext, "backend", tf.keras.backend),
        "tfk_ext": tfk_ext,
    }
    # Whoever came here was allowed to run the code around these.
    closure = [restore(owner, v, custom_objects, False) for v in config.get("closure") or ()]
    defaults = tuple(restore(owner, v, custom_objects, False) for v in config.get("defaults") or ())
    function = types.FunctionType(
        code, scope, config.get("name", "<lambda>"), defaults or None, tuple(map(types.CellType, closure))
    )
    named = config.get("kwdefaults")
    if named:
        function.__kwdefaults__ = {k: restore(owner, v, custom_objects, False) for k, v in named.items()}
    return function


def dump_value(owner: object, value: Any) -> Any:
    """Return the configuration of any value: a function as :func:`dump` has it, the rest as Keras has it."""
    if inspect.isroutine(value):
        return dump(owner, value)
    return tf.keras.saving.serialize_keras_object(value)


def restore(owner: str, value: Any, custom_objects: dict | None = None, safe_mode: bool | None = None) -> Any:
    """Return the value that :func:`dump_value` wrote."""
    if isinstance(value, dict) and value.get("class_name") in ("function", "__lambda__"):
        return load(owner, value, custom_objects, safe_mode)
    return restored(value, custom_objects)


def _registered(name, custom_objects):
    found = tf.keras.saving.get_registered_object(name, custom_objects=custom_objects)
    return found if callable(found) else None


def _name(function):
    """Return the name under which :func:`_by_name` finds a function, ``None`` if there is none."""
    registered = tf.keras.saving.get_registered_name(function)
    if registered and _registered(registered, None) is function:
        return registered
    if not (getattr(function, "__module__", None) or "").startswith(("tensorflow", "keras", "tfk_ext")):
        return None
    for space in _PURE:
        for name, thing in _functions(space).items():
            if thing is function and not name.startswith("_"):
                return f"{space}.{name}"
    return next((f"tf.{name}" for name in sorted(_ROOT) if getattr(tf, name) is function), None)


def _space(name):
    root, *parts = name.split(".")
    found = {"tf": tf, "tfk_ext": tfk_ext}[root]
    for part in parts:
        found = getattr(found, part, types.SimpleNamespace())
    return found


def _functions(space):
    """Return the functions of a namespace by name; of the backend's those that only compute."""
    return OPERATIONS if space == "tfk_ext.backend" else vars(_space(space))


def known(name: Any) -> Callable | None:
    """Return the mathematical function of a name such as ``"tf.math.exp"``, ``None`` if it is none."""
    if not isinstance(name, str):
        return None
    space, _, last = name.rpartition(".")
    if last.startswith("_") or not (space in _PURE or (space == "tf" and last in _ROOT)):
        return None
    found = _functions(space).get(last)
    return found if inspect.isroutine(found) or hasattr(found, "__wrapped__") else None


def _by_name(owner, name, custom_objects):
    found = _registered(name, custom_objects) or known(name)
    if not callable(found):
        raise ValueError(
            f"{owner}: the function {name!r} is not known; register it (tfk_ext.registration.register) or "
            f"pass custom_objects={{{name!r}: ...}}."
        )
    return found


def may_run_code(safe_mode: bool | None = None) -> bool:
    """Tell whether code from a file may run. Keras knows, and says so only when asked to restore some."""
    harmless = base64.b64encode(marshal.dumps((lambda: None).__code__)).decode("ascii")
    try:
        tf.keras.saving.deserialize_keras_object(
            {"class_name": "__lambda__", "config": {"value": [harmless, None, None]}},
            safe_mode=safe_mode is not False,
        )
    except ValueError:
        return False
    return True
