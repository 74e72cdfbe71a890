"""The stored arrays become the weights of a built model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.compat.eras.notes import LayerPlan, Plan
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.modelfile import StoredLayer, StoredWeight
from tfk_ext.saving.weights import slots
from tfk_ext.saving.weights.layouts import LAYOUTS
from tfk_ext.saving.weights.slots import Leaf


@dataclasses.dataclass
class Assign:
    """One weight of the model and the values that it gets.

    Attributes:
        variable: the weight.
        value: an array of its shape.
        where: layer and name, for messages.
        layer: the layer of the weight.
    """

    variable: Any
    value: np.ndarray
    where: str
    layer: Any = None


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """What does not fit.

    Attributes:
        layer: name of the layer in the model.
        weight: name of the weight, or of the stored array.
        expected: what the model has, a shape or a number of arrays.
        stored: what the file has.
    """

    layer: str
    weight: str
    expected: Any
    stored: Any

    def __str__(self) -> str:
        what = f"layer {self.layer!r}, {self.weight}"
        return f"{what}: the model has {self.expected}, the file has {self.stored}"


def translate(
    plan: Plan,
    model: tf.keras.Model,
    stored: Sequence[StoredLayer],
    by_name: bool | None = None,
    skip_mismatch: bool = False,
    mismatches: list[Mismatch] | None = None,
) -> list[Assign]:
    """Return what each weight of a built model gets from a file.

    Args:
        plan: of the file; with no layers it is taken from the model.
        model: the built model.
        stored: the file's layers.
        by_name: match layers by their names, leaving out those that the model or the file does not have
            (``True``), one
            after the other (``False``); ``None`` by name where all names fit, else one after the other.
        skip_mismatch: leave out what does not fit instead of raising.
        mismatches: a list that gets what was left out.

    Raises:
        LoadError: arrays are missing, too many, or of another shape; the message lists each with layer,
            weight and both
            shapes.
    """
    found: list[Mismatch] = []
    assigns: list[Assign] = []
    for layer, layer_plan, source in _pairs(plan, model, stored, by_name, found):
        assigns += _of_layer(layer, layer_plan, plan, source, found)
    if found and not skip_mismatch:
        listed = "; ".join(str(m) for m in found[:20]) + (
            f"; and {len(found) - 20} more" if len(found) > 20 else ""
        )
        raise LoadError(f"the weights do not fit the model: {listed}.", rule="weights")
    if mismatches is not None:
        mismatches += found
    return assigns


def assign(assigns: Iterable[Assign]) -> None:
    """Put the values into the model."""
    computing = {}
    for item in assigns:
        item.variable.assign(item.value)
        if hasattr(item.layer, "finalize_state"):
            computing[id(item.layer)] = item.layer
    for layer in computing.values():
        # Normalization computes what it uses from what it stores.
        layer.finalize_state()


def trained(plan: Plan, model: tf.keras.Model, stored: Sequence[StoredLayer]) -> list[StoredWeight]:
    """Return the stored arrays of the weights that were trained, in the order of the file.

    Args:
        plan: of the file.
        model: the built model.
        stored: the file's layers.
    """
    ids: set[int] = set()
    for layer, layer_plan, source in _pairs(plan, model, stored, None, []):
        leaves = slots.leaves(layer, layer_plan, plan)
        split = _split(layer, layer_plan, plan, leaves, source.weights) or []
        frozen = _frozen(layer, layer_plan)
        for leaf, arrays in zip(leaves, split):
            if id(leaf.layer) not in frozen:
                ids |= {id(array) for array in arrays[: len(arrays) - leaf.others]}
    return [weight for layer in stored for weight in layer.weights if id(weight) in ids]


def _frozen(layer: Any, plan: LayerPlan, above: bool = False) -> set[int]:
    """Return the ids of the frozen layers inside a layer, itself among them."""
    above = above or not plan.trainable
    found = {id(layer)} if above else set()
    for child, child_plan in slots.children(layer, plan):
        found |= _frozen(child, child_plan or slots.derived(child), above)
    return found


# --- which stored layer is which ---------------------------------------------------------------------------


def _pairs(
    plan: Plan,
    model: tf.keras.Model,
    stored: Sequence[StoredLayer],
    by_name: bool | None,
    found: list[Mismatch],
) -> Iterator[tuple[Any, LayerPlan, StoredLayer]]:
    """Yield each layer of the model with its plan and the stored layer that it gets its weights from."""
    top = _top(plan, model)
    with_weights = [(layer, p) for layer, p in top if slots.leaves(layer, p, plan)]
    sources = [layer for layer in stored if layer.weights]
    by_stored = {layer.name: layer for layer in sources}
    if by_name is None:
        names = [p.stored for _, p in with_weights]
        by_name = bool(sources) and sorted(names) == sorted(by_stored) and len(sources) == len(by_stored)
        if by_name:
            yield from ((layer, p, by_stored[p.stored]) for layer, p in with_weights)
            return
    if by_name:
        yield from ((layer, p, by_stored[p.stored]) for layer, p in with_weights if p.stored in by_stored)
        return
    if len(sources) != len(with_weights):
        ours = [f"{layer.name} ({type(layer).__name__})" for layer, _ in with_weights]
        found.append(
            Mismatch(
                model.name, "layers with weights", f"{len(ours)}: {', '.join(ours[:30])}", _listing(sources)
            )
        )
        return
    yield from ((layer, p, source) for (layer, p), source in zip(with_weights, sources))


def _listing(sources: Sequence[StoredLayer]) -> str:
    return f"{len(sources)}: {', '.join(layer.name for layer in sources[:30])}"


def _top(plan: Plan, model: tf.keras.Model) -> list[tuple[Any, LayerPlan]]:
    by_name = {layer.name: layer for layer in model.layers}
    if plan.layers and all(p.name in by_name for p in plan.layers if p.class_name != "InputLayer"):
        return [(by_name[p.name], p) for p in plan.layers if p.name in by_name]
    # Another model than the file's: its own layers say what they take.
    return [(layer, slots.derived(layer)) for layer in model.layers]


# --- which array of a layer is which -----------------------------------------------------------------------


def _of_layer(
    layer: Any, layer_plan: LayerPlan, plan: Plan, source: StoredLayer, found: list[Mismatch]
) -> list[Assign]:
    leaves = slots.leaves(layer, layer_plan, plan)
    split = _split(layer, layer_plan, plan, leaves, source.weights)
    if split is None:
        expected = f"{sum(leaf.count for leaf in leaves)} arrays {_shapes_of(leaves)}"
        given = ", ".join(f"{w.name} {tuple(w.shape)}" for w in source.weights)
        found.append(Mismatch(layer.name, "weights", expected, f"{len(source.weights)}: {given}"))
        return []
    assigns: list[Assign] = []
    for leaf, arrays in zip(leaves, split):
        assigns += _of_leaf(leaf, plan, arrays, found)
    return assigns


def _shapes_of(leaves: Sequence[Leaf]) -> str:
    return ", ".join(
        f"{leaf.path}/{w.name} {tuple(w.shape)}" for leaf in leaves for w, _ in slots.weights(leaf.layer)
    )


def _split(
    layer: Any, layer_plan: LayerPlan, plan: Plan, leaves: list[Leaf], arrays: list[StoredWeight]
) -> list[list[StoredWeight]] | None:
    """Return the arrays of each leaf."""
    if len(leaves) == 1:
        return [arrays]
    if hasattr(layer, "forward_layer") and len(leaves) == 2 and len(arrays) % 2 == 0:
        half = len(arrays) // 2
        return [arrays[:half], arrays[half:]]
    by_name = _split_by_name(leaves, arrays)
    if by_name is not None:
        return by_name
    if sum(leaf.count for leaf in leaves) != len(arrays):
        return None
    return _split_by_order(layer, layer_plan, plan, leaves, arrays)


def _split_by_name(leaves: list[Leaf], arrays: list[StoredWeight]) -> list[list[StoredWeight]] | None:
    """Take the layers' names in ``block/conv_1/kernel:0`` for whose the arrays are, if every one fits."""
    names = [leaf.plan.stored for leaf in leaves]
    if len(set(names)) != len(names) or not all(names):
        return None
    groups: dict[str, list[StoredWeight]] = {name: [] for name in names}
    for array in arrays:
        path = array.name.rpartition("/")[0]
        # Layers' names may hold slashes themselves.
        owners = [
            name for name in names if path == name or path.endswith(f"/{name}") or path.startswith(f"{name}/")
        ]
        if len(owners) > 1:
            owners = [max(owners, key=len)]
        if not owners:
            return None
        groups[owners[0]].append(array)
    if any(len(groups[leaf.plan.stored]) != leaf.count for leaf in leaves):
        return None
    return [groups[name] for name in names]


def _split_by_order(
    layer: Any, layer_plan: LayerPlan, plan: Plan, leaves: list[Leaf], arrays: list[StoredWeight]
) -> list[list[StoredWeight]]:
    """Take the arrays in the order of old files: all trainable ones, then the others, as things were frozen
    then."""
    numbers = {id(leaf.layer): number for number, leaf in enumerate(leaves)}
    trainable, others = _order(layer, layer_plan, plan, numbers)
    split: list[list[StoredWeight]] = [[] for _ in leaves]
    for number, array in zip([*trainable, *others], arrays):
        split[number].append(array)
    return split


def _order(layer: Any, plan: LayerPlan, era: Plan, numbers: dict[int, int]) -> tuple[list[int], list[int]]:
    """Return the leaves' numbers, once for each array: of trainable arrays, and of the others."""
    trainable: list[int] = []
    others: list[int] = []
    if id(layer) in numbers:
        own, rest = slots.counts(layer, plan, era)
        trainable, others = [numbers[id(layer)]] * own, [numbers[id(layer)]] * rest
    for child, child_plan in slots.children(layer, plan):
        one, two = _order(child, child_plan or slots.derived(child), era, numbers)
        trainable += one
        others += two
    if not plan.trainable:
        return [], trainable + others
    return trainable, others


def _of_leaf(leaf: Leaf, plan: Plan, stored: list[StoredWeight], found: list[Mismatch]) -> list[Assign]:
    layer, targets = leaf.layer, slots.weights(leaf.layer)
    arrays = [weight.read() for weight in stored]
    layout = LAYOUTS.get(type(layer).__name__)
    if layout is not None and arrays and not plan.today:
        try:
            arrays = layout(arrays, layer, plan, leaf.plan)
        except (ValueError, IndexError) as error:
            given = ", ".join(f"{w.name} {tuple(w.shape)}" for w in stored)
            found.append(Mismatch(leaf.path, "weights", _shapes_of([leaf]), f"{given} ({error})"))
            return []
    if len(arrays) != len(targets):
        given = ", ".join(f"{w.name} {tuple(w.shape)}" for w in stored)
        found.append(
            Mismatch(leaf.path, "weights", f"{len(targets)}: {_shapes_of([leaf])}", f"{len(stored)}: {given}")
        )
        return []
    assigns = []
    for (variable, _), value in zip(targets, arrays):
        if tuple(variable.shape) != value.shape:
            found.append(Mismatch(leaf.path, variable.name, tuple(variable.shape), value.shape))
        else:
            assigns.append(Assign(variable, value, f"{leaf.path}/{variable.name}", layer))
    return assigns
