"""The table of ``model.summary()``, as the classic documents print it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.utils import graph


def summarize(
    model: Any,
    line_length: int | None,
    positions: Sequence[float] | None,
    print_fn: Callable[[str], Any] | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Sequence[str] | None,
) -> None:
    """Print the table of a model's layers, line by line; see ``Model.summary`` for the arguments."""
    print_fn = print_fn or print
    if not model.built:
        checks.fail(
            model,
            "the model has no weights yet, so there is nothing to sum up: give its first layer an "
            "input_shape, call build(), or call the model on data.",
        )
    inputs = _inputs_of(model)
    connected_shown = inputs is not None
    heads = ["Layer (type)", "Output Shape", "Param #"]
    if connected_shown:
        line_length, positions = line_length or 98, positions or [0.33, 0.55, 0.67, 1.0]
        heads.append("Connected to")
    else:
        line_length, positions = line_length or 65, positions or [0.45, 0.85, 1.0]
    if show_trainable:
        line_length += 11
        positions = [*positions, line_length]
        heads.append("Trainable")
    ends = [int(end if end > 1 else line_length * end) for end in positions]
    if show_trainable and positions[-2] <= 1:
        ends[:-1] = [int((line_length - 11) * end) for end in positions[:-1]]
    table = _Table(print_fn, ends, line_length)
    print_fn(f'Model: "{model.name}"')
    print_fn("_" * line_length)
    table.row(heads)
    print_fn("=" * line_length)
    rows = list(_rows(_in_range(_layers(model), layer_range), inputs, expand_nested))
    for number, (depth, layer, connected) in enumerate(rows):
        fields = [
            f"{'>' * depth}{layer.name} ({type(layer).__name__})",
            _output_shape(layer),
            str(_count(layer)),
        ]
        if connected_shown:
            fields.append(connected)
        if show_trainable:
            fields.append("Y" if layer.trainable else "N")
        table.row(fields)
        print_fn(("=" if number == len(rows) - 1 else "_") * line_length)
    trainable = _size(model.trainable_weights)
    fixed = _size(model.non_trainable_weights)
    print_fn(f"Total params: {trainable + fixed:,}")
    print_fn(f"Trainable params: {trainable:,}")
    print_fn(f"Non-trainable params: {fixed:,}")
    print_fn("_" * line_length)


class _Table:
    """Prints rows whose fields end at given columns; what is longer goes on in the next line."""

    def __init__(self, print_fn, ends, width):
        self.print_fn = print_fn
        self.ends = ends
        self.width = width

    def row(self, fields):
        waiting = [str(field) for field in fields]
        while any(waiting):
            line, start = "", 0
            for column, end in enumerate(self.ends[: len(waiting)]):
                room = max(end - start - 1, 1)
                piece, waiting[column] = _cut(waiting[column], room)
                line = line + piece
                line += " " * (end - len(line))
                start = end
            self.print_fn(line)


def _cut(text, room):
    """Return what fits into a column, and the rest: cut behind a comma or bracket if there is one."""
    head, newline, tail = text.partition("\n")
    if len(head) <= room:
        return head, tail
    at = max(head.rfind(mark, 0, room) for mark in ", (") + 1
    if at < room // 2:
        at = room
    return head[:at], head[at:].lstrip() + newline + tail


def _layers(model):
    """Return the layers of a table: those of a graph with its inputs, those of a stack without."""
    return list(model.layers)


def _in_range(layers, layer_range):
    if layer_range is None:
        return layers
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise ValueError(f"layer_range must be the names of a first and a last layer, got {layer_range!r}.")
    names = [layer.name for layer in layers]
    first = [i for i, name in enumerate(names) if re.match(layer_range[0], name)]
    last = [i for i, name in enumerate(names) if re.match(layer_range[1], name)]
    if not first or not last:
        raise ValueError(f"layer_range {layer_range!r} names no layers of the model: {', '.join(names)}.")
    begin, end = min(first[0], last[-1]), max(first[0], last[-1])
    return layers[begin : end + 1]


def _rows(layers, inputs, expand_nested, depth=0) -> Iterator[tuple[int, Any, str]]:
    for layer in layers:
        yield depth, layer, "\n".join((inputs or {}).get(layer.name, ()))
        if expand_nested and isinstance(layer, tf.keras.Model):
            yield from _rows(_layers(layer), _inputs_of(layer), True, depth + 1)


def _inputs_of(model) -> dict[str, list[str]] | None:
    """Return what each layer of a graph is connected to, ``None`` if the layers stand in a line."""
    whole = None if isinstance(model, tf.keras.Sequential) else graph.graph_of(model)
    if whole is None:
        return None
    in_line = all(len(place.sources) <= 1 for place in whole.places)
    read = {id(source) for place in whole.places for source, _ in place.sources}
    ends = [place for place in whole.places if id(place) not in read]
    if in_line and len(ends) == 1 and len(whole.inputs) == 1:
        return None
    return {place.layer.name: place.names for place in whole.places}


def _output_shape(layer) -> str:
    try:
        shape = layer.output_shape
    except AttributeError:
        try:
            shape = tf.nest.map_structure(lambda tensor: tuple(tensor.shape), layer.output)
        except (AttributeError, ValueError, RuntimeError):
            return "multiple"
    return str(shape)


def _count(layer) -> int:
    return _size(layer.weights)


def _size(weights) -> int:
    total, seen = 0, set()
    for weight in weights:
        if id(weight) not in seen:
            seen.add(id(weight))
            size = 1
            for dimension in weight.shape:
                size *= dimension
            total += size
    return total
