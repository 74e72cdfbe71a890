"""Weights of `.keras` archives of Keras 2 (2.12 to 2.15), put into the order of its `.h5` files."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from tfk_ext.saving.hdf5 import Array, Group
from tfk_ext.saving.modelfile import ModelFile, StoredLayer, StoredWeight

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
# Parts of a layer whose weights do not stand in the order of their names.
_FIRST = ("forward_layer", "query_dense", "key_dense", "value_dense")
# Weights at the end of a class's that are not trained.
_NOT_TRAINED = {"BatchNormalization": 2, "SyncBatchNormalization": 2, "Normalization": 3}


def stored_layers(file: ModelFile) -> list[StoredLayer]:
    """Return the layers of an archive by their names in the configuration, in its order."""
    if not isinstance(file.tree, Group) or not isinstance(file.config, dict):
        return file.layers
    return _layers(file.config, file.tree)


def _layers(config: dict[str, Any], group: Group) -> list[StoredLayer]:
    inner = config.get("config")
    entries = inner.get("layers") if isinstance(inner, dict) else None
    entries = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    container = next((c for n, c in group.groups() if n in _CONTAINERS), None)
    if container is None:
        return []
    groups = _by_class(container)
    wanted: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        wanted[snake(str(entry.get("class_name", "")))].append(place)
    found: dict[int, Group] = {}
    for base, places in wanted.items():
        held = groups.get(base, [])
        if len(held) != len(places):
            held = [g for g in held if next(g.walk(), None) is not None]
        found.update(zip(places, held))
    layers = []
    for place, entry in enumerate(entries):
        layer_config = entry.get("config")
        name = layer_config.get("name") if isinstance(layer_config, dict) else None
        trained, fixed = _weights(entry, found[place]) if place in found else ([], [])
        layers.append(StoredLayer(str(name or entry.get("name") or place), trained + fixed))
    return layers


def _by_class(container: Group) -> dict[str, list[Group]]:
    groups: dict[str, list[tuple[int, Group]]] = defaultdict(list)
    for name, child in container.groups():
        base, number = name, 0
        match = re.fullmatch(r"(.*)_(\d{1,9})", name)
        if match:
            base, number = match[1], int(match[2])
        groups[base].append((number, child))
        if match:  # a class may have a number at its end itself
            groups[name].append((0, child))
    return {base: [g for _, g in sorted(held, key=lambda h: h[0])] for base, held in groups.items()}


def _weights(entry: dict[str, Any], group: Group) -> tuple[list[StoredWeight], list[StoredWeight]]:
    """Return the trained weights of a layer and the others."""
    config = entry.get("config") if isinstance(entry.get("config"), dict) else {}
    if isinstance(config, dict) and isinstance(config.get("layers"), list):
        trained, fixed = [], []
        for inner, name in zip(_layers(entry, group), config["layers"]):
            split = len(inner.weights) - _untrained(name, len(inner.weights))
            trained += inner.weights[:split]
            fixed += inner.weights[split:]
        return trained, fixed
    held = _held(group, _cells(config))
    split = len(held) - _untrained(entry, len(held))
    return held[:split], held[split:]


def _untrained(entry: Any, count: int) -> int:
    config = entry.get("config") if isinstance(entry, dict) else None
    if isinstance(config, dict) and config.get("trainable") is False:
        return count
    return min(_NOT_TRAINED.get(str(entry.get("class_name")), 0), count)


def _cells(config: Any) -> list[str]:
    """Return the groups of stacked cells in the order of the cells."""
    cell = config.get("cell") if isinstance(config, dict) else None
    inner = cell.get("config") if isinstance(cell, dict) else None
    cells = inner.get("cells") if isinstance(inner, dict) else None
    names: list[str] = []
    for entry in cells if isinstance(cells, list) else ():
        name = snake(str(entry.get("class_name"))) if isinstance(entry, dict) else ""
        number = sum(re.fullmatch(rf"{name}(_\d+)?", other) is not None for other in names)
        names.append(f"{name}_{number}" if number else name)
    return names


def _held(group: Group, cells: list[str]) -> list[StoredWeight]:
    found: list[StoredWeight] = []
    own = group.children.get("vars")
    if isinstance(own, Group):
        arrays = [(n, a) for n, a in own.children.items() if isinstance(a, Array) and n.isdecimal()]
        found += [
            StoredWeight(n, a.shape, a.dtype, a.where, a.read)
            for n, a in sorted(arrays, key=lambda i: int(i[0]))
        ]
    inner = [(name, child) for name, child in group.groups() if name != "vars"]
    inner.sort(key=lambda item: cells.index(item[0]) if item[0] in cells else _rank(item[0]))
    for _, child in inner:
        found += _held(child, cells)
    return found


def _rank(name: str) -> int:
    """Return the place of a part among the first ones; Keras 2 has ``_query_dense`` for ``query_dense``."""
    name = name.lstrip("_")
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def snake(name: str) -> str:
    """Return a class's name as the archive writes it: ``Conv2DTranspose`` is ``conv2d_transpose``."""
    name = re.sub(r"\W+", "", name.split(">")[-1])
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
