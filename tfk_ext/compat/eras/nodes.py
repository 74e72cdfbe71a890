"""The calls of a functional model's layers: read from every era, written as today's Keras has them.

A stored call is a list of ``[layer, node, tensor]`` (Keras 1), with the keyword arguments as a fourth item
(Keras 2), or one
such item alone or any nesting of them (TensorFlow's Keras from 2.3 on, which also stores constants as
``["_CONSTANT_VALUE", -1, value]`` and tensors among the keyword arguments).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from tfk_ext.compat.eras.notes import LayerPlan
from tfk_ext.saving.errors import LoadError

_CONSTANT = "_CONSTANT_VALUE"


@dataclasses.dataclass(frozen=True)
class Ref:
    """Output ``tensor`` of call ``node`` of a layer, as the file counts them."""

    layer: str
    node: int
    tensor: int


@dataclasses.dataclass(frozen=True)
class Address:
    """Output ``tensor`` of call ``node`` of a layer, as today's Keras counts them."""

    layer: str
    node: int
    tensor: int


@dataclasses.dataclass
class Call:
    """One call of a layer: its first argument (any nesting of references and constants) and the others by
    name."""

    inputs: Any
    kwargs: dict[str, Any]

    def refs(self) -> list[Ref]:
        """Return all the tensors that go in, in order."""
        return list(_refs([self.inputs, self.kwargs]))


def read(stored: Any, known: set[str]) -> Call:
    """Return a stored call.

    Args:
        stored: one item of ``inbound_nodes``.
        known: names of the model's layers, to tell a tensor among keyword arguments from any other list.

    Raises:
        LoadError: it is not a call.
    """
    if isinstance(stored, dict) and set(stored) >= {"args", "kwargs"}:
        raise LoadError(
            "a call in the form of Keras 3 in the configuration of an older version.", rule="config"
        )
    kwargs: dict[str, Any] = {}

    def item(data: list[Any]) -> Any:
        if len(data) == 4 and isinstance(data[3], dict) and not kwargs:
            kwargs.update(data[3])
        return _item(data)

    inputs = _walk(stored, _is_item, item)
    if (
        isinstance(inputs, list)
        and not _is_item(stored)
        and len(inputs) == 1
        and not isinstance(inputs[0], list)
    ):
        inputs = _Single(inputs)
    return Call(inputs, {k: _walk(v, lambda x: _is_tensor(x, known), _item) for k, v in kwargs.items()})


class _Single(list):
    """A list of one: most layers are called on its item, operations on the list."""


def unwrapped(inputs: Any) -> Any:
    """Return the item of a list of one."""
    return inputs[0] if isinstance(inputs, _Single) else inputs


def _is_item(data: Any) -> bool:
    return isinstance(data, list) and len(data) in (3, 4) and isinstance(data[0], str) and _is_index(data[1])


def _is_tensor(data: Any, known: set[str]) -> bool:
    return _is_item(data) and (data[0] in known or data[0] == _CONSTANT)


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _item(data: list[Any]) -> Any:
    if data[0] == _CONSTANT:
        return data[2]
    if not _is_index(data[2]) or data[1] < 0 or data[2] < 0:
        raise LoadError(f"{data[:3]} names no tensor.", rule="config")
    return Ref(data[0], data[1], data[2])


def _walk(value: Any, is_leaf: Callable[[Any], bool], leaf: Callable[[Any], Any]) -> Any:
    if is_leaf(value):
        return leaf(value)
    if isinstance(value, list):
        return [_walk(item, is_leaf, leaf) for item in value]
    if isinstance(value, dict):
        return {key: _walk(item, is_leaf, leaf) for key, item in value.items()}
    return value


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, (Ref, Address)):
        yield value  # type: ignore[misc]
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _refs(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _refs(item)


def mapped(value: Any, function: Callable[[Ref], Any]) -> Any:
    """Apply a function to every tensor of a nested structure."""
    return _walk(value, lambda x: isinstance(x, (Ref, Address)), function)


def written(call: Call, address: Callable[[Ref], Address]) -> dict[str, Any]:
    """Return a call as today's Keras stores it."""

    def tensor(ref: Any) -> dict[str, Any]:
        found = address(ref)
        # Keras takes the history only; the shape is that of the layer found there.
        config = {
            "shape": [None],
            "dtype": "float32",
            "keras_history": [found.layer, found.node, found.tensor],
        }
        return {"class_name": "__keras_tensor__", "config": config}

    return {"args": [mapped(unwrapped(call.inputs), tensor)], "kwargs": mapped(call.kwargs, tensor)}


@dataclasses.dataclass
class Placed:
    """A layer with its calls.

    Attributes:
        entry: its configuration in today's form.
        plan: of its weights.
        calls: in order.
    """

    entry: dict[str, Any]
    plan: LayerPlan
    calls: list[Call]
