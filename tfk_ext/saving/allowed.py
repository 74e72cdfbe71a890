"""Which classes and functions a configuration may name. All else is refused before anything is built."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

# Keras's own classes that run code from a file, or read other files.
FORBIDDEN = {
    "TorchModuleWrapper": "it unpickles what the file holds",
    "JaxLayer": "it holds a function",
    "FlaxLayer": "it holds a function",
    "TFSMLayer": "it loads another file, with the TensorFlow operations in it",
}
# Where Keras keeps classes: module of its interface -> base class (by its own name there).
_PLACES = (
    ("keras.layers", "Layer"),
    ("keras.models", "Model"),
    ("keras.initializers", "Initializer"),
    ("keras.regularizers", "Regularizer"),
    ("keras.constraints", "Constraint"),
    ("keras.optimizers", "Optimizer"),
    ("keras.optimizers.schedules", "LearningRateSchedule"),
    ("keras.losses", "Loss"),
    ("keras.metrics", "Metric"),
    ("keras.dtype_policies", "DTypePolicy"),
)
# Modules all of whose public functions compute and do nothing else.
_FUNCTIONS = (
    "keras.activations",
    "keras.losses",
    "keras.metrics",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.ops",
    "keras.ops.nn",
    "keras.ops.numpy",
    "keras.ops.linalg",
    "keras.ops.image",
)
_NOT_FUNCTIONS = frozenset({"get", "serialize", "deserialize"})


def _module(name: str) -> Any:
    found: Any = tf.keras
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found


@functools.lru_cache(maxsize=1)
def _classes() -> tuple[dict[tuple[str, str], type], dict[str, type]]:
    """Return Keras's classes by module and name, and by name alone."""
    placed: dict[tuple[str, str], type] = {}
    named: dict[str, type] = {}
    for place, base_name in _PLACES:
        module = _module(place)
        base: Any = getattr(module, base_name, None)
        for name, thing in vars(module).items() if base else ():
            if inspect.isclass(thing) and issubclass(thing, base) and not name.startswith("_"):
                if name in FORBIDDEN:
                    continue
                placed[place, name] = placed[thing.__module__, name] = thing
                named.setdefault(name, thing)
    known = set(placed.values())
    for name, thing in vars(tf.keras).items():
        if inspect.isclass(thing) and thing in known:
            placed["keras", name] = thing
    functional = _functional()
    for module_name in ("keras.models", "keras", functional.__module__):
        placed[module_name, "Functional"] = functional
    named["Functional"] = functional
    return placed, named


def _functional() -> type:
    inputs = tf.keras.Input((1,))
    return type(tf.keras.Model(inputs, inputs))


class Allowed:
    """What one call of a loading function may build.

    Args:
        custom_objects: the caller's classes and functions by name.
        safe_mode: ``False`` lets code in the file run, and Keras's own classes that do.
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True):
        self.custom_objects = dict(custom_objects or {})
        self.safe_mode = safe_mode

    def registered(self, *names: Any) -> Any:
        """Return what the caller passed or the running program registered under one of these names."""
        for name in names:
            if isinstance(name, str) and name:
                found = self.custom_objects.get(name)
                if found is None:
                    found = tf.keras.saving.get_registered_object(name)
                if found is not None:
                    return found
        return None

    def find_class(self, node: Mapping[str, Any]) -> Any:
        """Return the class that a node names, ``None`` if it may not be built.

        Args:
            node: a dictionary with ``class_name`` and perhaps ``module`` and ``registered_name``.
        """
        name, module = node.get("class_name"), node.get("module")
        registered = node.get("registered_name")
        found = self.registered(registered if registered is not None else name)
        if found is not None:
            return found
        placed, named = _classes()
        if not isinstance(name, str):
            return None
        if module is None or module == "builtins":
            return named.get(name)
        if not isinstance(module, str):
            return None
        found = placed.get((module, name))
        if found is None and module.startswith(_operations()):
            found = _operation(module, name)
        if found is None and not self.safe_mode and module.startswith("keras."):
            found = getattr(_module(module), name, None) if name in FORBIDDEN else None
        return found

    def find_function(self, node: Mapping[str, Any]) -> Any:
        """Return the function that a node names, ``None`` if it may not be used."""
        name, module = node.get("config"), node.get("module")
        if not isinstance(name, str):
            return None
        found = self.registered(name, node.get("registered_name"))
        if found is not None:
            return found
        places = _FUNCTIONS if module in (None, "builtins") else tuple(p for p in _FUNCTIONS if p == module)
        if not name.startswith("_") and name not in _NOT_FUNCTIONS:
            for place in places:
                found = getattr(_module(place), name, None)
                if inspect.isfunction(found):
                    return found
        # The names under which the package's own layers store functions, such as "tf.math.exp".
        from tfk_ext.layers.core import functions

        return functions.known(name) if module in (None, "builtins") else None


def _operations() -> str:
    """Return the package of Keras's operations: a file names their classes by the module they are in."""
    return tf.keras.Operation.__module__.rpartition(".")[0] + "."


def _operation(module: str, name: str) -> Any:
    """Return a class of Keras's operations, as functional models with ``x + 1`` hold them."""
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    base = tf.keras.Operation
    good = inspect.isclass(found) and issubclass(found, base) and not issubclass(found, tf.keras.layers.Layer)
    return found if good else None
