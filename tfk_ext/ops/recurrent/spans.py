"""Time in turns, and turns in spans: what is done at once on the way over a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

# Values of the projected inputs of a span: 4 MB of float32.
VALUES = 2**20

Size = Any  # an integer, or a scalar tensor where it is not known before


def turned(x: tf.Tensor, turn: int) -> tf.Tensor:
    """Part the time axis into turns: ``(turns, steps, ...)``.

    Args:
        x: ``(time, ...)``, a whole number of turns.
        turn: steps in a turn.
    """
    length, shape = x.shape[0], tf.shape(x)
    turns = shape[0] // turn if length is None else length // turn
    parted = tf.reshape(x, tf.concat([[turns, turn], shape[1:]], axis=0))
    parted.set_shape((None if length is None else turns, turn, *x.shape[1:]))
    return parted


class Spans(NamedTuple):
    """The turns of a sequence, and the spans of ``size`` turns that they are gone over in.

    All spans are of one size, which XLA wants. Where that does not come out even, the last span starts in the
    one before it, and its own turns begin later: from ``begin(n)`` to ``end(n)``.
    """

    turn: int
    turns: Size
    size: Size
    count: Size

    @classmethod
    def of(cls, xs: tf.Tensor, state: tf.Tensor, turn: int, gates: int) -> Spans:
        """Return the spans for inputs ``(time, batch, ...)`` and states ``(batch, ...)``."""
        length, shape = xs.shape[0], state.shape
        turns = tf.shape(xs)[0] // turn if length is None else length // turn
        values = turn * gates * (shape.num_elements() if shape.is_fully_defined() else tf.size(state))
        wanted = -(-turns * values // VALUES)
        if isinstance(wanted, int):
            wanted = min(max(wanted, 1), turns)
        else:
            wanted = tf.clip_by_value(wanted, 1, turns)
        size = -(-turns // wanted)
        return cls(turn, turns, size, -(-turns // size))

    @property
    def length(self) -> int | None:
        """Steps in a span, where they are known."""
        return self.size * self.turn if isinstance(self.size, int) else None

    @property
    def single(self) -> bool:
        return isinstance(self.count, int) and self.count == 1

    def begin(self, n: Size) -> Size:
        return 0 if self.single else n * self.size

    def end(self, n: Size) -> Size:
        return self.turns if self.single else tf.minimum((n + 1) * self.size, self.turns)

    def start(self, n: Size) -> Size:
        """Return the turn in which the arrays of a span start."""
        return 0 if self.single else tf.minimum(n * self.size, self.turns - self.size)

    def places(self, n: Size) -> tf.Tensor:
        """Return the numbers of the steps of a span."""
        return self.start(n) * self.turn + tf.range(self.size * self.turn)

    def steps(self, x: tf.Tensor, n: Size) -> tf.Tensor:
        """Return what ``x``, ``(time, ...)``, holds for the steps of a span."""
        if self.single:
            return x
        sizes = tf.concat([[self.size * self.turn], tf.shape(x)[1:]], axis=0)
        part = tf.slice(x, tf.concat([[self.start(n) * self.turn], [0] * (x.shape.rank - 1)], axis=0), sizes)
        part.set_shape((self.length, *x.shape[1:]))
        return part

    def whole(self, array: tf.TensorArray) -> tf.Tensor:
        """Put together what an array holds for each span, ``(time, ...)``: a step's own span counts."""
        if self.single:
            return array.read(0)
        stacked = array.stack()
        last = (self.count - 1) * self.size
        before = tf.reshape(stacked[:-1], tf.concat([[last * self.turn], tf.shape(stacked)[2:]], axis=0))
        own = stacked[-1, (last - self.start(self.count - 1)) * self.turn :]
        return tf.concat([before, own], axis=0)

    def forward(self, body: Callable, values: Any) -> Any:
        """Apply ``n + 1, *values = body(n, *values)`` to the spans, the first one first."""
        if self.single:
            return body(*values)
        return tf.while_loop(lambda n, *_: n < self.count, body, values, maximum_iterations=self.count)

    def back(self, body: Callable, values: Any) -> Any:
        """Apply ``n - 1, *values = body(n, *values)`` to the spans, the last one first."""
        values = (self.count - 1, *values)
        if self.single:
            return body(*values)
        return tf.while_loop(lambda n, *_: n >= 0, body, values, maximum_iterations=self.count)
