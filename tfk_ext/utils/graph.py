"""The graph of a model: which layers there are, in which order, and what flows between them."""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf


@dataclasses.dataclass
class Place:
    """A layer in a model's graph.

    Attributes:
        layer: the layer, or an operation.
        calls: for each call in this model, the tensors that go in and those that come out.
        sources: for each tensor that goes in, the place it comes from and its number among the outputs there.
    """

    layer: Any
    calls: list[tuple[list[Any], list[Any]]] = dataclasses.field(default_factory=list)
    sources: list[tuple[Place, int]] = dataclasses.field(default_factory=list)

    def shapes(self, side: int) -> str:
        """Return the shapes of what goes in (0) or comes out (1), as text."""
        found = {_described(call[side]) for call in self.calls}
        return found.pop() if len(found) == 1 else "multiple" if found else "?"


def _described(tensors: list[Any]) -> str:
    shapes = [str(tuple(tensor.shape)) for tensor in tensors]
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"


@dataclasses.dataclass
class Graph:
    """A model's layers in the order of their computation, and where it begins and ends."""

    places: list[Place]
    inputs: list[Place]
    outputs: list[Place]


def graph_of(model: Any) -> Graph | None:
    """Return the graph of a functional or sequential model, ``None`` if it has none (a subclassed one).

    Keras has no public way to ask where a tensor comes from: its record of calls, ``_keras_history`` and
    ``_inbound_nodes``, is read here and nowhere else in this folder.
    """
    try:
        outputs = tf.nest.flatten(model.outputs)
        inputs = tf.nest.flatten(model.inputs)
    except (AttributeError, ValueError):
        outputs = inputs = []
    if not outputs:
        return _line(model) if isinstance(model, tf.keras.Sequential) else None
    places: dict[int, Place] = {}
    seen: set[int] = set()
    walk = [(tensor, False) for tensor in reversed(outputs)]
    while walk:
        tensor, ready = walk.pop()
        layer, index, _ = tensor._keras_history
        node = layer._inbound_nodes[index]
        if ready:
            _visit(places, layer, node)
        elif id(node) not in seen:
            seen.add(id(node))
            walk.append((tensor, True))
            walk += [(source, False) for source in reversed(node.input_tensors)]
    return Graph(list(places.values()), _at(places, inputs), _at(places, outputs))


def _visit(places: dict[int, Place], layer: Any, node: Any) -> None:
    place = places.setdefault(id(layer), Place(layer))
    outputs = list(node.outputs)
    place.calls.append((list(node.input_tensors) or outputs, outputs))
    for tensor in node.input_tensors:
        source, _, number = tensor._keras_history
        place.sources.append((places[id(source)], number))


def _at(places: dict[int, Place], tensors: list[Any]) -> list[Place]:
    return [
        places[id(tensor._keras_history[0])] for tensor in tensors if id(tensor._keras_history[0]) in places
    ]


def _line(model: Any) -> Graph | None:
    """Return the graph of a stack of layers that has no shapes yet."""
    places = [Place(layer) for layer in model.layers]
    for before, after in zip(places, places[1:]):
        after.sources.append((before, 0))
    return Graph(places, places[:1], places[-1:]) if places else None
