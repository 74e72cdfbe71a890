"""How Keras lays out models and weights in an HDF5 file, in every version."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfk_ext.saving.hdf5 import Array, Group
from tfk_ext.saving.limits import Limits
from tfk_ext.saving.modelfile import ModelFile, Origin, StoredLayer, StoredWeight
from tfk_ext.saving.text import parse_json

_OWN = "top_level_model_weights"


def read_model(root: Group, path: str, limits: Limits) -> ModelFile:
    """Return the model file that an HDF5 file's root group holds.

    Raises:
        LoadError: it holds neither a model nor weights, or not what its own lists say.
    """
    weights = root.children.get("model_weights")
    weights = weights if isinstance(weights, Group) else root
    listed = _has(weights, "layer_names") or "nb_layers" in weights.attributes
    modern = not listed and _is_modern(root)
    config = _json(root, "model_config", path, limits)
    origin = Origin(
        "weights.h5" if modern else "h5",
        _text(root, "keras_version") or _text(weights, "keras_version"),
        _text(root, "backend") or _text(weights, "backend"),
    )
    file = ModelFile(path, origin, config, _json(root, "training_config", path, limits))
    if modern:
        file.tree = root
        add_modern(file, root)
    elif "nb_layers" in weights.attributes and not _has(weights, "layer_names"):
        file.layers = _numbered(weights)
    elif listed:
        file.layers = _named(weights, file)
    elif config is None:
        raise root.source.fail(
            "format", "it is an HDF5 file, but holds neither a model nor weights of Keras."
        )
    optimizer = root.children.get("optimizer_weights")
    if isinstance(optimizer, Group):
        file.optimizer_weights = _weights(optimizer, root)
    return file


def _is_modern(root: Group) -> bool:
    names = {"layers", "_layer_checkpoint_dependencies", "vars", "optimizer"}
    return bool(names & set(root.children))


def add_modern(file: ModelFile, root: Group) -> None:
    """Give a file the layers and the optimizer's arrays of a Keras 3 weights file."""
    layers = modern_layers(root)
    file.layers = [layer for layer in layers if layer.name.split("/")[0] != "optimizer"]
    file.optimizer_weights = [w for layer in layers if layer.name == "optimizer" for w in layer.weights]


def modern_layers(root: Group) -> list[StoredLayer]:
    """Return the arrays of a Keras 3 file, a layer for each object that has some: ``layers/dense_1``."""
    found = []
    stack: list[tuple[str, Group]] = [("", root)]
    while stack:
        where, group = stack.pop()
        inner = []
        for name, child in group.groups():
            if name == "vars":
                arrays = [(n, a) for n, a in child.children.items() if isinstance(a, Array)]
                arrays.sort(
                    key=lambda item: (len(item[0]), item[0]) if item[0].isdecimal() else (99, item[0])
                )
                if arrays:
                    found.append(StoredLayer(where, [_weight(name, array) for name, array in arrays]))
            else:
                inner.append((f"{where}/{name}".lstrip("/"), child))
        stack.extend(reversed(inner))
    return found


def _text(group: Group, name: str) -> str | None:
    value = group.attribute(name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, bytes):
        return None
    text = value.rstrip(b"\0").decode("utf-8", "replace")
    return text if len(text) <= 100 and text.isprintable() else None


def _json(root: Group, name: str, path: str, limits: Limits) -> dict[str, Any] | None:
    value = root.attribute(name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return None
    where = f"/ attribute {name!r}"
    if not isinstance(value, bytes):
        raise root.source.fail("type", f"{name} is no text.")
    found = parse_json(value.rstrip(b"\0"), where, path, limits)
    if found is None or isinstance(found, dict):
        return found
    if name == "model_config" and isinstance(found, list):
        return {"class_name": "Sequential", "config": found}
    raise root.source.fail("type", f"{name} is no dictionary.")


def _has(group: Group, name: str) -> bool:
    return name in group.attributes or f"{name}0" in group.attributes


def _names(group: Group, name: str) -> list[str]:
    """Return a list of names; long ones are spread over ``name0``, ``name1`` and so on."""
    if name in group.attributes:
        values = [group.attribute(name)]
    else:
        values, number = [], 0
        while f"{name}{number}" in group.attributes:
            values.append(group.attribute(f"{name}{number}"))
            number += 1
    found = []
    for value in values:
        if isinstance(value, np.ndarray) and value.size == 0:
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            if not isinstance(item, bytes):
                raise group.source.fail("type", f"{name} is no list of names.")
            raw = item.rstrip(b"\0")
            if len(raw) > group.source.limits.name_bytes:
                raise group.source.fail("name", f"{name} holds a name of {len(raw)} bytes.")
            try:
                found.append(raw.decode("utf-8"))
            except UnicodeDecodeError:
                raise group.source.fail("name", f"{name} holds {raw[:40]!r}, which is no text.") from None
    return found


def _named(weights: Group, file: ModelFile) -> list[StoredLayer]:
    layers, seen = [], set()
    for name in _names(weights, "layer_names"):
        if name in seen:
            weights.source.where = weights.where
            raise weights.source.fail("duplicate-name", f"the layer {name!r} is there twice.")
        seen.add(name)
        group = weights.find(name)
        if not isinstance(group, Group):
            weights.source.where = weights.where
            raise weights.source.fail("missing-array", f"the weights of layer {name!r} are not in the file.")
        layers.append(StoredLayer(name, _weights(group, weights)))
    own = weights.children.get(_OWN)
    if isinstance(own, Group) and _OWN not in seen:
        held = _weights(own, weights)
        if held:
            layers.append(StoredLayer(_OWN, held))
            seen.add(_OWN)
    tops = {name.split("/")[0] for name in seen} | {_OWN, "optimizer_weights"}
    others = [name for name in weights.children if name not in tops]
    if others:
        file.notes.append(
            f"parts that its list of layers does not name are left out: {', '.join(others[:20])}"
        )
    return layers


def _weights(group: Group, root: Group) -> list[StoredWeight]:
    found, seen = [], set()
    for name in _names(group, "weight_names"):
        if name in seen:
            group.source.where = group.where
            raise group.source.fail("duplicate-name", f"the weight {name!r} is there twice.")
        seen.add(name)
        array = group.find(name)
        if array is None and name.startswith("/"):
            array = root.find(name)
        if not isinstance(array, Array):
            group.source.where = group.where
            raise group.source.fail("missing-array", f"the weight {name!r} is not in the file.")
        found.append(_weight(name, array))
    return found


def _numbered(weights: Group) -> list[StoredLayer]:
    """Return the layers of a file from before Keras 1.0: ``layer_0/param_0``."""
    layers = []
    for number in range(_count(weights, "nb_layers")):
        group = weights.children.get(f"layer_{number}")
        weights.source.where = weights.where
        if not isinstance(group, Group):
            raise weights.source.fail("missing-array", f"layer_{number} is not in the file.")
        held = []
        for place in range(_count(group, "nb_params")):
            array = group.children.get(f"param_{place}")
            if not isinstance(array, Array):
                raise group.source.fail("missing-array", f"param_{place} is not in the file.")
            held.append(_weight(f"param_{place}", array))
        layers.append(StoredLayer(f"layer_{number}", held))
    return layers


def _count(group: Group, name: str) -> int:
    value = group.attribute(name, 0)
    good = isinstance(value, (int, np.integer)) and 0 <= int(value) <= group.source.limits.layers
    if not good:
        raise group.source.fail("damaged", f"{name} makes no sense.")
    return int(value)


def _weight(name: str, array: Array) -> StoredWeight:
    return StoredWeight(name, array.shape, array.dtype, array.where, array.read)
