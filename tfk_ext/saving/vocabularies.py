"""Vocabularies of `.keras` archives of Keras 2, which hold them as texts beside the weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tfk_ext.saving.archived import snake
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.hdf5 import Array, Group
from tfk_ext.saving.modelfile import ModelFile

_LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")


def filled(file: ModelFile) -> Any:
    """Return the configuration of an archive with the vocabularies that its layers learned.

    Args:
        file: an archive of Keras 2.

    Raises:
        LoadError: a vocabulary of numbers holds something else.
    """
    if not any(member.endswith("vocabulary.txt") for member in file.assets):
        return file.config
    config = copy.deepcopy(file.config)
    for entry, place in _placed(config, ""):
        inner = entry.get("config")
        member = f"assets{place}/vocabulary.txt"
        if (
            entry.get("class_name") not in _LOOKUPS
            or not isinstance(inner, dict)
            or member not in file.assets
        ):
            continue
        if inner.get("vocabulary") is None:
            text = file.assets[member].read(member).decode("utf-8", "replace")
            is_number = entry["class_name"] == "IntegerLookup" and inner.get("vocabulary_dtype") != "string"
            inner["vocabulary"] = [_number(line, member) if is_number else line for line in text.split("\n")]
            weights = _array(file.tree, f"{place.lstrip('/')}/vars/idf_weights")
            if inner.get("output_mode") in ("tf_idf", "tf-idf") and weights is not None:
                inner["idf_weights"] = weights[: len(inner["vocabulary"])]
    return config


def _placed(entry: Any, place: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the layers of a model with their places in the archive."""
    inner = entry.get("config") if isinstance(entry, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else None
    counts: dict[str, int] = {}
    for layer in layers if isinstance(layers, list) else ():
        if not isinstance(layer, dict):
            continue
        name = snake(str(layer.get("class_name")))
        number = counts[name] = counts.get(name, -1) + 1
        inside = f"{place}/layers/{name}_{number}" if number else f"{place}/layers/{name}"
        yield layer, inside
        yield from _placed(layer, inside)


def _array(tree: Any, path: str) -> list[float] | None:
    for name in path.split("/"):
        tree = tree.children.get(name) if isinstance(tree, Group) else None
    return [float(value) for value in tree.read().ravel()] if isinstance(tree, Array) else None


def _number(line: str, member: str) -> int:
    try:
        return int(line)
    except ValueError:
        raise LoadError(f"{line[:80]!r} is no number.", rule="text", where=f"member {member!r}") from None
