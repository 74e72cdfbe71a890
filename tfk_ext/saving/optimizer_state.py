"""The state of an optimizer: its steps and its slots, as the optimizers of each Keras kept them."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import tensorflow as tf

from tfk_ext.optimizers import Optimizer
from tfk_ext.saving import weights as weights_of
from tfk_ext.saving.assign import layers_of
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.modelfile import ModelFile, StoredLayer, StoredWeight

# Versions before kept the slots in the order of the weights' names.
_IN_ORDER = (2, 1)
# Keras 2.11 and later keep the slots of a variable side by side, the versions before one slot of all
# variables.
_SIDE_BY_SIDE = (2, 11)


@dataclasses.dataclass
class State:
    """What a file's arrays of an optimizer mean.

    Attributes:
        steps: number of steps, ``None`` where it is not stored.
        slots: for each slot, an array for each trainable weight in the order of the file.
    """

    steps: int | None
    slots: list[list[StoredWeight]]


def read_state(
    arrays: list[StoredWeight], shapes: list[tuple[int, ...]], version: tuple[int, ...] | None
) -> State:
    """Sort the stored arrays into slots.

    Args:
        arrays: as stored.
        shapes: of the trainable weights as stored.
        version: of Keras, as numbers.

    Raises:
        ValueError: they don't fit the weights.
    """
    steps, rest = _without_steps(arrays)
    if () not in shapes:  # learning rates, products of momenta
        rest = [array for array in rest if array.shape != ()]
    count = len(shapes)
    if not count or len(rest) % count:
        raise ValueError(f"{len(rest)} arrays for {count} weights")
    slots = len(rest) // count
    grouped = [rest[i * count : (i + 1) * count] for i in range(slots)]
    paired = [rest[i::slots] for i in range(slots)] if slots else []
    if slots == 3 and all("hat/" in array.name for array in rest[2 * count :]):
        # The largest squares of Adam(amsgrad=True) stand behind the pairs of all weights.
        paired = [rest[0 : 2 * count : 2], rest[1 : 2 * count : 2], rest[2 * count :]]

    def fitting(groups: list[list[StoredWeight]]) -> int:
        return sum([w.shape for w in group] == shapes for group in groups)

    side = version is not None and version >= _SIDE_BY_SIDE
    candidates = [paired, grouped] if side else [grouped, paired]
    best = max(candidates, key=fitting)
    if slots and not fitting(best):
        raise ValueError("shapes differ from those of the weights")
    return State(steps, [group for group in best if [w.shape for w in group] == shapes])


def _without_steps(arrays: list[StoredWeight]) -> tuple[int | None, list[StoredWeight]]:
    """Return the number of steps, ``None`` where it is not stored, and the other arrays."""
    for place, array in enumerate(arrays):
        name = array.name.split("/")[-1].lower()
        if array.shape == () and ("iter" in name or array.dtype.kind in "iu" or not place):
            return int(array.read()), arrays[:place] + arrays[place + 1 :]
    return None, arrays


def restore(file: ModelFile, model: tf.keras.Model, plan: Any) -> list[str]:
    """Give a compiled model's optimizer the state that a file holds; warn where it can't be mapped.

    Returns:
        What was left out, for the report.
    """
    if not file.optimizer_weights:
        return []
    try:
        _restore(file, model, plan)
    except (ValueError, LoadError) as error:
        message = f"the optimizer's state is left out: {str(error)[:200]}"
        warnings.warn(f"{file.path}: {message}", stacklevel=5)
        return [message]
    return []


def _restore(file: ModelFile, model: tf.keras.Model, plan: Any) -> None:
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    layers = layers_of(file)
    steps, _ = _without_steps(file.optimizer_weights)
    if steps is not None:
        optimizer.iterations.assign(steps)
    trained, state = _read(file, weights_of.trained(plan, model, layers), plan)
    groups = _slots_of(optimizer, len(model.trainable_variables))
    for arrays, group in zip(state.slots, groups):
        values = _translated(layers, dict(zip(map(id, trained), arrays)), model, plan)
        for variable, slot in zip(model.trainable_variables, group):
            if id(variable) not in values or values[id(variable)].shape != tuple(slot.shape):
                raise ValueError(f"the slot of {variable.path} does not fit")
            slot.assign(values[id(variable)])


def _read(file: ModelFile, trained: list[StoredWeight], plan: Any) -> tuple[list[StoredWeight], State]:
    """Return the trained weights in the order of the file's slots, and the slots."""
    version = file.origin.version
    orders = [trained, sorted(trained, key=lambda weight: weight.name)]
    if plan.keras1 or (version is not None and version < _IN_ORDER):
        orders.reverse()
    problems = []
    for order in orders:
        try:
            return order, read_state(file.optimizer_weights, [w.shape for w in order], version)
        except ValueError as error:
            problems.append(error)
    raise problems[0]


def _slots_of(optimizer: Any, count: int) -> list[list[Any]]:
    """Return an optimizer's slots, a list for each kind, in the order in which Keras 2 kept them."""
    slots = optimizer.variables[2:]
    if isinstance(optimizer, Optimizer):
        return list(optimizer.slots().values())
    kinds = len(slots) // count if count else 0
    return [slots[kind::kinds] for kind in range(kinds)]


def _translated(
    layers: list[StoredLayer], replaced: dict[int, StoredWeight], model: tf.keras.Model, plan: Any
) -> dict[int, Any]:
    """Return the values of each variable, with a slot's arrays in the place of the weights."""
    stood_in = []
    for layer in layers:
        weights = []
        for weight in layer.weights:
            other = replaced.get(id(weight))
            weights.append(weight if other is None else dataclasses.replace(weight, fetch=other.fetch))
        stood_in.append(StoredLayer(layer.name, weights))
    return {id(item.variable): item.value for item in weights_of.translate(plan, model, stood_in)}
