"""The graph of a model: which layers there are, in which order, and what flows between them.

Keras has no public way to ask where a symbolic tensor comes from. Its record of calls, ``_keras_history`` of
a tensor and ``_inbound_nodes`` of a layer, is read here (and, for a layer's own calls, in
``layers/nodes.py``) and nowhere else.
"""

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
        names: for each tensor that goes in, ``layer[call][number]`` as the classic tables print it.
    """

    layer: Any
    calls: list[tuple[list[Any], list[Any]]] = dataclasses.field(default_factory=list)
    sources: list[tuple[Place, int]] = dataclasses.field(default_factory=list)
    names: list[str] = dataclasses.field(default_factory=list)

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


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where a symbolic tensor comes from.

    Attributes:
        layer: the layer, or an operation.
        call: number of its call.
        number: number of the tensor among what the call gave.
        node: Keras's record of the call.
        inputs: the tensors that went in.
    """

    layer: Any
    call: int
    number: int
    node: Any
    inputs: list[Any]


def origin(tensor: Any) -> Origin:
    """Return where a symbolic tensor comes from."""
    layer, call, number = tensor._keras_history
    node = layer._inbound_nodes[call]
    return Origin(layer, call, number, node, list(node.input_tensors))


def graph_of(model: Any) -> Graph | None:
    """Return the graph of a functional or sequential model, ``None`` if it has none (a subclassed one)."""
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
        place = origin(tensor)
        if ready:
            _visit(places, place)
        elif id(place.node) not in seen:
            seen.add(id(place.node))
            walk.append((tensor, True))
            walk += [(source, False) for source in reversed(place.inputs)]
    return Graph(list(places.values()), _at(places, inputs), _at(places, outputs))


def _visit(places: dict[int, Place], call: Origin) -> None:
    place = places.setdefault(id(call.layer), Place(call.layer))
    outputs = list(call.node.outputs)
    place.calls.append((call.inputs or outputs, outputs))
    for tensor in call.inputs:
        source = origin(tensor)
        place.sources.append((places[id(source.layer)], source.number))
        place.names.append(f"{source.layer.name}[{source.call}][{source.number}]")


def _at(places: dict[int, Place], tensors: list[Any]) -> list[Place]:
    layers = [origin(tensor).layer for tensor in tensors]
    return [places[id(layer)] for layer in layers if id(layer) in places]


def _line(model: Any) -> Graph | None:
    """Return the graph of a stack of layers that has no shapes yet."""
    places = [Place(layer) for layer in model.layers]
    for before, after in zip(places, places[1:]):
        after.sources.append((before, 0))
    return Graph(places, places[:1], places[-1:]) if places else None
