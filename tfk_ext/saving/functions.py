"""Functions that a file holds as code, and the caller's functions that stand in for them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tfk_ext.saving import code

# What an old Lambda's configuration says of the kind of its function.
_CODE_TYPES = ("lambda",)


def supply(config: Any, custom_objects: dict[str, Any], safe_mode: bool = True) -> Any:
    """Return a configuration in which each function that the caller gave is named instead of held.

    A ``Lambda`` takes the function that ``custom_objects`` has under its layer's name or the function's.
    Its stored form, of whichever Keras, becomes today's: a name, or code that is restored only where the
    caller allows it.

    Args:
        config: the configuration; it is not changed.
        custom_objects: the caller's functions by name.
        safe_mode: whether code is refused; where it is allowed it is kept.
    """
    if isinstance(config, list):
        return [supply(item, custom_objects, safe_mode) for item in config]
    if not isinstance(config, dict):
        return config
    found = {key: supply(item, custom_objects, safe_mode) for key, item in config.items()}
    if _is_lambda(found):
        found["config"] = _lambda(found["config"], custom_objects)
    return found


def _is_lambda(node: dict[str, Any]) -> bool:
    return node.get("class_name") == "Lambda" and isinstance(node.get("config"), dict)


def lambdas(config: Any) -> Iterator[dict[str, Any]]:
    """Yield the ``Lambda`` layers of a configuration."""
    if isinstance(config, list):
        for item in config:
            yield from lambdas(item)
    elif isinstance(config, dict):
        if _is_lambda(config):
            yield config
        for item in config.values():
            yield from lambdas(item)


def code_in(config: Any, layer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield name of the layer and what is stored, for everything in a configuration that holds code."""
    if isinstance(config, list):
        for item in config:
            yield from code_in(item, layer)
    elif isinstance(config, dict):
        inner = config.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        name = name if isinstance(name, str) else config.get("name")
        if config.get("class_name") == "__lambda__":
            yield layer, inner
            return
        if "class_name" in config and isinstance(name, str):
            layer = name
        for item in config.values():
            yield from code_in(item, layer)


def _lambda(config: dict[str, Any], custom_objects: dict[str, Any]) -> dict[str, Any]:
    config = dict(config)
    kind, shape_kind = config.pop("function_type", None), config.pop("output_shape_type", None)
    config.pop("module", None)
    config.pop("output_shape_module", None)
    config.pop("mask_module", None)
    config.pop("mask_type", None)
    name = config.get("name")
    config["function"] = _function(config.get("function"), kind, name, custom_objects)
    own = config["function"].get("config") if isinstance(config["function"], dict) else None
    if isinstance(own, str) and own in custom_objects and _is_code(config.get("output_shape")):
        config["output_shape"] = None
    if shape_kind in ("lambda", "function"):
        config["output_shape"] = _shape(config.get("output_shape"), shape_kind, custom_objects)
    if isinstance(config.get("mask"), list) and config["mask"] and isinstance(config["mask"][0], str):
        config["mask"] = None
    return config


def _is_code(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") == "__lambda__"


def _function(value: Any, kind: Any, layer: Any, custom_objects: dict[str, Any]) -> Any:
    """Return today's form of a stored function: a name, or code under ``__lambda__``."""
    inner = value.get("config") if isinstance(value, dict) else None
    own = inner.get("name") if isinstance(inner, dict) else inner
    own = value if isinstance(value, str) else own
    for name in (layer, own, _name_in_code(value) if custom_objects else None):
        if isinstance(name, str) and callable(custom_objects.get(name)):
            return named(name)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return _code(value)
    if isinstance(value, dict) and value.get("class_name") == "__lambda__" and isinstance(inner, dict):
        held = inner.get("value")
        return _code(held) if isinstance(held, list) and held else value
    if isinstance(value, str):
        return _code([value]) if kind in _CODE_TYPES else named(value)
    return value


def _name_in_code(value: Any) -> str | None:
    """Return the name that a function had: TensorFlow's Keras stored every function as code."""
    held = value
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        held = value["config"].get("value", value["config"].get("code"))
    text = held[0] if isinstance(held, list) and held else held
    data = code.decode(text) if isinstance(text, str) else None
    found = None if data is None else code.read_code(data)
    return found.name if found is not None and found.name.isidentifier() else None


def named(name: str) -> dict[str, Any]:
    """Return the configuration of a function that is known by its name."""
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": name}


def _code(parts: list[Any]) -> dict[str, Any]:
    text, defaults, closure = [*parts, None, None][:3]
    data = code.decode(text)
    if data is not None:
        text = base64.b64encode(data).decode("ascii")
    return {"class_name": "__lambda__", "config": {"code": text, "defaults": defaults, "closure": closure}}


def _shape(value: Any, kind: str, custom_objects: dict[str, Any]) -> Any:
    if kind == "function" and isinstance(value, str) and callable(custom_objects.get(value)):
        return named(value)
    # The function says it, and its output's shape can be computed.
    return None
