"""The cases of the table as pytest parameters, each layer built once and shared by the suites."""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import Any

import pytest
import tensorflow as tf

from tests.conformance.descriptor import (
    Args,
    Case,
    Component,
    Inputs,
    arrays,
    call_options,
    flat,
    make,
    map_inputs,
)
from tests.conformance.tables import ROOMS, ROWS


@dataclasses.dataclass(frozen=True, repr=False, eq=False)
class Subject:
    """One case of one row."""

    row: Component
    case: Case
    index: int

    @property
    def id(self) -> str:
        return f"{self.row.name}-{self.index}"

    def __repr__(self):
        return self.id

    def __hash__(self):
        return hash(self.id)

    def __eq__(self, other):
        return self.id == other.id

    @functools.cached_property
    def layer(self) -> tf.keras.layers.Layer:
        """The built layer, its weights drawn from a fixed seed. Suites must not change it."""
        with tf.init_scope():  # it may be asked for first while a function is traced
            return make(self.row, self.case)

    @functools.cached_property
    def args(self) -> tuple[Any, ...]:
        with tf.init_scope():
            return tf.nest.map_structure(tf.constant, arrays(self.case.inputs))

    @functools.cached_property
    def options(self) -> dict[str, Any]:
        return call_options(self.layer, self.case)

    @functools.cached_property
    def outputs(self) -> Any:
        """What the layer computes eagerly, in float32."""
        return self.layer(*self.args, **self.options)

    def fresh(self, **overrides: Any) -> tf.keras.layers.Layer:
        """Another layer of the same configuration and weights; the shared one if no call can change it."""
        if not overrides and not self.layer.non_trainable_variables:
            return self.layer
        return make(self.row, self.case, **overrides)

    def symbolic(self, unknown: tuple[int, ...] = ()) -> tuple[Any, ...]:
        """KerasTensors for the call's arguments: batch unknown, and the axes named."""
        return symbolic(self.case.inputs, unknown)


def symbolic(inputs: Any, unknown: tuple[int, ...] = ()) -> tuple[Any, ...]:
    """Return KerasTensors with an unknown batch for the positional arguments of a call."""

    def tensor(item: Inputs) -> Any:
        shape = [None if axis in (0, *unknown) else size for axis, size in enumerate(item.shape)]
        return tf.keras.Input(batch_shape=shape, dtype=item.dtype)

    made = map_inputs(tensor, inputs)
    return made if isinstance(inputs, Args) else (made,)


SUBJECTS = [Subject(row, case, index) for row in ROWS for index, case in enumerate(row.cases())]


# Every case of every row in every suite takes an hour: `make exhaustive` sets this.
EXHAUSTIVE = bool(os.environ.get("TFK_EXT_EXHAUSTIVE"))


# Rooms whose layers take seconds to compile: a loop over time and its gradient in each.
LOOPS = {row.name for room in ("recurrent", "wrappers") for row in ROOMS[room]}


def subjects(suite: str, most: int | None = None, most_loops: int | None = None) -> pytest.MarkDecorator:
    """Parametrize a test over the cases for which ``suite`` applies.

    Args:
        suite: a suite's name.
        most: how many cases of a row are enough, spread from the first to the last; ``None`` for all.
        most_loops: how many of a row whose layer loops over time, if not as many.
    """

    def enough(row):
        return most if most_loops is None or row.name not in LOOPS else most_loops

    chosen = [
        s
        for s in SUBJECTS
        if suite not in s.row.off and (EXHAUSTIVE or s.index in _spread(s.row, enough(s.row)))
    ]
    return pytest.mark.parametrize("subject", chosen, ids=lambda s: s.id)


def _spread(row: Component, most: int | None) -> set[int]:
    """Return the indices of at most ``most`` cases of a row: the first, the last, and between."""
    count = len(row.configs)
    if most is None or count <= most:
        return set(range(count))
    return {round(step * (count - 1) / max(1, most - 1)) for step in range(most)}


def rows(suite: str) -> pytest.MarkDecorator:
    """Parametrize a test over the rows for which ``suite`` applies."""
    return pytest.mark.parametrize("row", [r for r in ROWS if suite not in r.off], ids=lambda r: r.name)


def rooms(suite: str) -> pytest.MarkDecorator:
    """Parametrize a test over the rooms: the first case of each row for which ``suite`` applies."""
    chosen = {
        room: [Subject(row, row.cases()[0], 0) for row in members if suite not in row.off]
        for room, members in ROOMS.items()
    }
    return pytest.mark.parametrize(
        "room", [r for r in chosen.values() if r], ids=[k for k, r in chosen.items() if r]
    )


@dataclasses.dataclass
class Joint:
    """One functional model of many layers side by side: what is slow is paid once for all of them."""

    model: tf.keras.Model
    layers: list[tf.keras.layers.Layer]
    arrays: list[tf.Tensor]


def joint(room: list[Subject], batch: int = 4) -> Joint:
    """Build the layers of a room into one model, with an input of ``batch`` samples for each."""
    inputs, outputs, layers, drawn = [], [], [], []
    for position, subject in enumerate(room):
        sized = resized(subject.case.inputs, batch)
        tensors = symbolic(sized)
        layer = subject.fresh(name=f"{subject.row.name.lower()}_{position}")
        inputs += flat(tensors)
        outputs += flat(layer(*tensors))
        layers.append(layer)
        drawn += [tf.constant(a) for a in flat(arrays(sized))]
    return Joint(tf.keras.Model(inputs, outputs), layers, drawn)


def resized(inputs: Any, batch: int) -> Any:
    """Return the inputs with another batch size."""
    if isinstance(inputs, Args):
        return Args(*(resized(item, batch) for item in inputs.items))
    return map_inputs(lambda item: dataclasses.replace(item, shape=(batch, *item.shape[1:])), inputs)
