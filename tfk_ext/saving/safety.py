"""The check of a configuration before anything is built from it."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfk_ext.saving import code, sources
from tfk_ext.saving.allowed import FORBIDDEN, Allowed
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import DEFAULT, Limits

# Values that Keras's serialization writes with a class name of its own.
_VALUES = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"}
)
# Arguments of preprocessing layers that may name a file to read.
_FILE_ARGUMENTS = ("vocabulary", "idf_weights")
_VOCABULARY = frozenset({"StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup"})


# Packages whose parts are looked up in tables, and not imported.
_TOPS = frozenset({"keras", "tf_keras", "tensorflow", "tfk_ext", "builtins"})


def _foreign(name: str, module: str) -> str:
    return (
        f"it names {name!r} of the module {module!r}; no module is imported because a file says so; pass "
        f"it in "
        f"custom_objects={{{name!r}: ...}} if you have it."
    )


class Checker:
    """Walks a configuration, and refuses what may not be built.

    Args:
        allowed: what may.
        path: the file, for messages.
        limits: what it may hold.
    """

    def __init__(self, allowed: Allowed, path: str | None = None, limits: Limits = DEFAULT):
        self.allowed = allowed
        self.path = path
        self.limits = limits
        self.layers = 0
        self.found: list[LoadError] = []
        self.collect = False

    def check(self, config: Any, where: str = "config") -> None:
        """Raise a ``LoadError`` for the first thing that may not be built."""
        self._value(config, where, 0)

    def problems(self, config: Any, where: str = "config") -> list[LoadError]:
        """Return the errors of all things that may not be built."""
        self.collect, self.found = True, []
        try:
            self._value(config, where, 0)
        except LoadError as error:
            self.found.append(error)
        return self.found

    def check_modules(self, config: Any, where: str = "config") -> None:
        """Raise a ``LoadError`` where a part is said to be of a module that is neither Keras's nor the "
        "caller's."""
        for error in self.foreign_modules(config, where):
            raise error

    def foreign_modules(self, config: Any, where: str = "config") -> Iterator[LoadError]:
        """Yield an error for each such part."""
        items = (
            config.items()
            if isinstance(config, dict)
            else enumerate(config)
            if isinstance(config, list)
            else ()
        )
        module = config.get("module") if isinstance(config, dict) and "class_name" in config else None
        if isinstance(module, str) and module.split(".")[0] not in _TOPS:
            names = (config.get("registered_name"), config.get("class_name"), config.get("config"))
            if self.allowed.registered(*names) is None:
                name = config.get("config") if config["class_name"] == "function" else config["class_name"]
                yield LoadError(
                    _foreign(str(name)[:80], module[:80]), rule="module", where=where[:300], path=self.path
                )
        for key, item in items:
            if isinstance(item, (dict, list)):
                yield from self.foreign_modules(
                    item, f"{where}.{key}" if isinstance(key, str) else f"{where}[{key}]"
                )

    def _fail(self, rule: str, message: str, where: str) -> None:
        error = LoadError(message, rule=rule, where=where, path=self.path)
        if not self.collect:
            raise error
        self.found.append(error)

    def _value(self, value: Any, where: str, depth: int) -> None:
        if depth > self.limits.nesting:
            raise LoadError("it is nested too deeply.", rule="nesting", where=where[:200], path=self.path)
        if isinstance(value, dict):
            if "class_name" in value:
                self._node(value, where, depth)
            else:
                self._items(value, where, depth)
        elif isinstance(value, (list, tuple)):
            for place, item in enumerate(value):
                self._value(item, f"{where}[{place}]", depth + 1)

    def _items(self, value: Mapping[str, Any], where: str, depth: int) -> None:
        for key, item in value.items():
            self._value(item, f"{where}.{key}", depth + 1)

    def _node(self, node: dict[str, Any], where: str, depth: int) -> None:
        name = node["class_name"]
        if not isinstance(name, str):
            self._fail("class-name", f"a class is named by {type(name).__name__} and not by a text.", where)
            return
        inner = node.get("config")
        label = inner.get("name") if isinstance(inner, dict) and isinstance(inner.get("name"), str) else ""
        place = f"{where} ({name}{f' {label!r}' if label else ''})"[:300]
        if name in ("__lambda__", "function") and name not in self.allowed.custom_objects:
            (self._code if name == "__lambda__" else self._function)(node, place)
        elif name == "__typespec__":
            self._typespec(node, place)
        elif name not in _VALUES:
            self._class(node, name, place)
        rest = {k: v for k, v in node.items() if k not in ("class_name", "module", "registered_name")}
        self._items(rest, f"{where}", depth + 1)

    def _class(self, node: dict[str, Any], name: str, place: str) -> None:
        if name in FORBIDDEN and self.allowed.safe_mode and not self.allowed.registered(name):
            self._fail(
                "pickle" if "pickle" in FORBIDDEN[name] else "forbidden-class",
                f"{FORBIDDEN[name]}; if you trust the file, load it with safe_mode=False.",
                place,
            )
            return
        found = self.allowed.find_class(node)
        if found is None:
            self._unknown(node, name, place)
            return
        if not inspect.isclass(found) and not callable(found):
            self._fail("unknown-class", f"what is registered as {name!r} is no class.", place)
            return
        if inspect.isclass(found) and issubclass(found, tf.keras.layers.Layer):
            self.layers += 1
            if self.layers > self.limits.layers:
                raise LoadError(
                    f"it has more than {self.limits.layers:,} layers.",
                    rule="layers",
                    where=place,
                    path=self.path,
                )
            self._layer(node, found, place)

    def _unknown(self, node: dict[str, Any], name: str, place: str) -> None:
        module = node.get("module")
        inside = f" of the module {module!r}" if isinstance(module, str) else ""
        hint = f"pass it in custom_objects={{{name!r}: ...}} if you have it"
        if isinstance(module, str) and module.split(".")[0] not in _TOPS:
            self._fail("module", _foreign(name, module), place)
        elif isinstance(module, str):
            self._fail(
                "gadget", f"{name!r}{inside} is no layer, loss or other part of a model; {hint}.", place
            )
        else:
            self._fail("unknown-class", f"the class {name!r} is not known; {hint}.", place)

    def _layer(self, node: dict[str, Any], found: type, place: str) -> None:
        config = node.get("config")
        if not isinstance(config, dict):
            return
        if any(cls.__name__ in _VOCABULARY for cls in found.__mro__):
            for argument in _FILE_ARGUMENTS:
                if isinstance(config.get(argument), str) and self.allowed.safe_mode:
                    self._fail(
                        "file-read",
                        f"{argument}={config[argument][:120]!r} names a file of this machine, which a "
                        f"model file "
                        "has no business to read; if you trust it, load it with safe_mode=False.",
                        place,
                    )
        for argument in ("activation", "recurrent_activation"):
            name = config.get(argument)
            if isinstance(name, str) and self.allowed.registered(name) is None and not _is_activation(name):
                self._fail("gadget", f"{argument}={name[:80]!r} is no activation that is known.", place)
        if found is tf.keras.layers.Lambda:
            function = config.get("function")
            if isinstance(function, str) and not self.allowed.registered(function):
                self._fail("gadget", f"the function {function[:80]!r} is not known.", place)

    def _function(self, node: dict[str, Any], place: str) -> None:
        name, module = node.get("config"), node.get("module")
        if isinstance(name, types.FunctionType) or self.allowed.find_function(node) is not None:
            return
        inside = f"{module}." if isinstance(module, str) and module != "builtins" else ""
        self._fail(
            "gadget",
            f"the function {inside}{name!s:.80} is none that computes a part of a model; pass it in "
            f"custom_objects={{{str(name)[:80]!r}: ...}} if it has to be.",
            place,
        )

    def _code(self, node: dict[str, Any], place: str) -> None:
        inner = node.get("config")
        known = self.allowed.registered(inner.get("name")) if isinstance(inner, dict) else None
        if self.allowed.safe_mode and known is None:
            self._fail("lambda", lambda_message(inner), place)

    def _typespec(self, node: dict[str, Any], place: str) -> None:
        spec = node.get("spec_name")
        good = spec in ("TensorSpec", "RaggedTensorSpec", "SparseTensorSpec") and str(
            node.get("module")
        ).startswith("tensorflow")
        if not good or self.allowed.safe_mode:
            self._fail("gadget", "a type specification has no place in a model's configuration.", place)


@functools.lru_cache(maxsize=1000)
def _is_activation(name: str) -> bool:
    from tfk_ext import activations

    try:
        return callable(activations.get(name))
    except (ValueError, TypeError):
        return False


def _supply(key: str, plain: str) -> str:
    """Return the program text that supplies a simple function."""
    uses = ["K = tfk_ext.backend"] if "K." in plain else []
    if plain.startswith("lambda"):
        body = [f"custom_objects={{{key!r}: {plain}}}"]
    else:
        called = plain.removeprefix("def ").partition("(")[0]
        body = [*plain.splitlines(), f"custom_objects={{{key!r}: {called}}}"]
    return "\n    ".join(["It is simple arithmetic, and reads:", *(f"    {line}" for line in uses + body)])


def lambda_message(config: Any, name: str | None = None) -> str:
    """Return what to tell about code in a file.

    Args:
        config: of the function: ``{"code": ..., "name": ...}``, or ``{"value": [code, ...]}``.
        name: of the layer.
    """
    text, own = None, None
    if isinstance(config, dict):
        value = config.get("value")
        text = config.get("code", value[0] if isinstance(value, list) and value else None)
        own = config.get("name") if isinstance(config.get("name"), str) else None
    elif isinstance(config, list) and config:
        text = config[0]
    key = name or own or "the layer's name"
    shown = "\n    ".join(code.describe(text).splitlines())
    plain = sources.source(text)
    if plain is not None:
        shown = f"{_supply(key, plain)}\n    {shown}"
    return (
        "it holds compiled Python code, which is not run. Write the function anew and pass it in "
        f"custom_objects={{{key!r}: function}} (by the layer's or the function's name); if you trust the "
        f"file, load "
        f"it with safe_mode=False. The code, read and not run:\n    {shown}\n"
    )
