"""Configurations that Keras 3 wrote into ``.h5`` files: today's, but for the modules, which it left out
there."""

from __future__ import annotations

import inspect
from typing import Any

import tensorflow as tf

from tfk_ext.compat.eras import models

# Where Keras keeps the classes that a layer's configuration may hold.
_PLACES = ("layers", "initializers", "regularizers", "constraints", "dtype_policies")
_MODELS = {"Sequential": "Sequential", "Functional": "Functional", "Model": "Functional"}


def completed(value: Any) -> Any:
    """Return a configuration in which every object says where it is from.

    Models become those of the package; layers stay what they were, the package's or Keras's.
    """
    if isinstance(value, list):
        return [completed(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: completed(item) for key, item in value.items()}
    name = made.get("class_name")
    if not isinstance(name, str) or "config" not in made or "module" in made:
        return made
    if name.startswith("__") or name == "function":
        return made
    if name in _MODELS and isinstance(made["config"], dict):
        return {**made, **models.model(_MODELS[name], made["config"])}
    return {**made, **_place(name)}


def _place(name: str) -> dict[str, Any]:
    """Return module, class and registered name of a class."""
    found = tf.keras.saving.get_registered_object(name)
    if inspect.isclass(found):
        return {"module": found.__module__, "class_name": found.__name__, "registered_name": name}
    for place in _PLACES:
        if inspect.isclass(getattr(getattr(tf.keras, place), name, None)):
            return {"module": f"keras.{place}", "class_name": name, "registered_name": None}
    return {"module": None, "class_name": name, "registered_name": name}
