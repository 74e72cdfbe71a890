"""JSON and YAML of a model file: parsed into plain dictionaries, lists, texts and numbers."""

from __future__ import annotations

import json
from typing import Any

from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import DEFAULT, Limits

_PLAIN = (str, bool, float, type(None))
# A YAML text is parsed in Python at about a megabyte a second.
_YAML_BYTES = 16 << 20


def parse_json(
    text: str | bytes, where: str, path: str | None = None, limits: Limits = DEFAULT, twice: bool = False
) -> Any:
    """Parse a JSON text.

    Args:
        text: the text, UTF-8 if it is bytes.
        where: names it in messages.
        path: the file that it is from.
        limits: what it may hold.
        twice: whether the text may be a JSON string that holds the JSON text, as
            ``json.dump(model.to_json(), file)`` writes it.

    Raises:
        LoadError: it is no JSON, a key is there twice, or it is larger than allowed.
    """
    text = _decode(text, where, path, limits)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            keys = [key for key, _ in items]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise LoadError(
                f"the key {twice[:80]!r} is there twice.", rule="duplicate-name", where=where, path=path
            )
        return found

    try:
        value = json.loads(text, object_pairs_hook=pairs)
        if twice and isinstance(value, str):
            value = json.loads(value, object_pairs_hook=pairs)
    except LoadError:
        raise
    except RecursionError:
        raise LoadError("it is nested too deeply.", rule="nesting", where=where, path=path) from None
    except (ValueError, MemoryError) as error:
        raise LoadError(f"it is no JSON ({error}).", rule="json", where=where, path=path) from None
    return plain(value, where, path, limits)


def _decode(text: str | bytes, where: str, path: str | None, limits: Limits) -> str:
    if len(text) > limits.text_bytes:
        raise LoadError(
            f"a text of {len(text):,} bytes is longer than {limits.text_bytes:,}.",
            rule="text-size",
            where=where,
            path=path,
        )
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadError(
            f"it is no UTF-8 text ({error.reason}).", rule="text", where=where, path=path
        ) from None


def plain(value: Any, where: str, path: str | None = None, limits: Limits = DEFAULT) -> Any:
    """Return a copy of a configuration that shares nothing, with lists for tuples.

    Raises:
        LoadError: it holds anything but dictionaries with texts as keys, lists, texts and numbers, or too
            much of it.
    """
    return _Plain(where, path, limits).copy(value)


class _Plain:
    """Copies a configuration; it keeps the way to where it is, for messages."""

    def __init__(self, where: str, path: str | None, limits: Limits):
        self.where, self.path, self.limits = where, path, limits
        self.trail: list[Any] = []
        self.count = 0

    def fail(self, rule: str, message: str) -> LoadError:
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.trail[:60]]
        return LoadError(message, rule=rule, where=(self.where + "".join(steps))[:400], path=self.path)

    def copy(self, item: Any) -> Any:
        self.count += 1
        if self.count > self.limits.nodes:
            raise self.fail("nodes", f"it holds more than {self.limits.nodes:,} values.")
        if isinstance(item, _PLAIN):
            return item
        if isinstance(item, int):
            if not -(1 << 63) <= item < 1 << 64:
                raise self.fail("number", "an integer of more than 64 bits.")
            return item
        if len(self.trail) >= self.limits.nesting:
            raise self.fail("nesting", f"it is nested deeper than {self.limits.nesting}.")
        if isinstance(item, dict):
            return {self.key(key): self.inside(key, inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return [self.inside(place, inner) for place, inner in enumerate(item)]
        raise self.fail("type", f"a value of type {type(item).__name__}.")

    def inside(self, step: Any, item: Any) -> Any:
        self.trail.append(step)
        found = self.copy(item)
        self.trail.pop()
        return found

    def key(self, key: Any) -> str:
        if not isinstance(key, str):
            if not isinstance(key, (int, float)) or isinstance(key, bool):
                raise self.fail("type", f"a key is {type(key).__name__} and no text.")
            key = str(key)
        if len(key) > self.limits.name_bytes:
            raise self.fail("name", f"a key of {len(key)} characters ({key[:40]!r}...).")
        return key


def parse_yaml(text: str | bytes, where: str, path: str | None = None, limits: Limits = DEFAULT) -> Any:
    """Parse a YAML text as old Keras versions wrote it, with tuples and Python 2's texts but no other object.

    Raises:
        LoadError: it is no YAML, names a Python object, or is larger than allowed.
    """
    try:
        import yaml
    except ImportError:
        raise LoadError(
            "reading YAML needs PyYAML: pip install 'tfk_ext[yaml]'.",
            rule="missing-package",
            where=where,
            path=path,
        ) from None
    text = _decode(text, where, path, limits)
    if len(text) > _YAML_BYTES:
        raise LoadError(
            f"a YAML text of {len(text):,} characters is longer than {_YAML_BYTES:,}.",
            rule="text-size",
            where=where,
            path=path,
        )
    try:
        value = yaml.load(text, _loader(yaml, where, path))  # noqa: S506 (a subclass of SafeLoader)
    except LoadError:
        raise
    except RecursionError:
        raise LoadError("it is nested too deeply.", rule="nesting", where=where, path=path) from None
    except Exception as error:  # its constructors fail in many ways on hostile numbers and dates
        raise LoadError(
            f"it is no YAML ({type(error).__name__}: {str(error)[:300]}).",
            rule="yaml",
            where=where,
            path=path,
        ) from None
    return plain(value, where, path, limits)


def _loader(yaml: Any, where: str, path: str | None) -> Any:
    class Loader(yaml.SafeLoader):
        """Knows plain values, and the tags of Python's tuples and texts."""

        def construct_mapping(self, node, deep=False):
            found: dict = {}
            for key_node, value_node in node.value:
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, (str, int, float)) or key in found:
                    raise LoadError(
                        f"the key {str(key)[:80]!r} is there twice or is no text.",
                        rule="duplicate-name",
                        where=f"{where} line {key_node.start_mark.line + 1}",
                        path=path,
                    )
                found[key] = self.construct_object(value_node, deep=deep)
            return found

    def refuse(loader, node):
        raise LoadError(
            f"the tag {node.tag[:120]!r} names a Python object, which is not made from a file.",
            rule="yaml-tag",
            where=f"{where} line {node.start_mark.line + 1}",
            path=path,
        )

    def sequence(loader, node):
        return loader.construct_sequence(node, deep=True)

    prefix = "tag:yaml.org,2002:python/"
    for name in ("unicode", "str"):
        Loader.add_constructor(prefix + name, lambda loader, node: loader.construct_scalar(node))
    Loader.add_constructor(prefix + "tuple", sequence)
    Loader.add_constructor(None, refuse)
    return Loader
