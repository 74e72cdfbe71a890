"""Back-propagation through time by hand, some steps at a time.

TensorFlow's gradient of a loop does every product of every step by itself. Here a turn of the loop does
several steps. What does not pass from step to step (the slopes of the activations, the gradients by the
inputs and by the weights) is done for the steps of a turn at once, while they are in the cache: one product
over all time steps had to write and read arrays of four times the size of the states again and again, which
made a large LSTM (batch 128, 400 steps, 128 units) slower than Keras's instead of faster
(``python -m benchmarks --only rnn``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from tfk_ext.ops.recurrent.rules import Rule
from tfk_ext.ops.recurrent.scan import scan, where

# Steps in a turn of the loop, the best first: any from 4 to 20 takes the same time within the spread.
TURNS = (5, 6, 4, 7, 8, 3, 2)


def recurrence(
    rule: Rule,
    xs: tf.Tensor,
    states: list[tf.Tensor],
    weights: list[tf.Tensor],
    *,
    project: Callable[..., tf.Tensor] | None = None,
    inputs: Sequence[tf.Tensor] = (),
    mask: tf.Tensor | None = None,
    zero_output_for_mask: bool = False,
    all_outputs: bool = True,
    gradient: bool = True,
) -> tuple[tf.Tensor, tf.Tensor | None, list[tf.Tensor]]:
    """Run a cell over all steps, with a gradient by hand. The output of a step is its first state.

    Its gradient can be differentiated once more; that goes the plain way, through the gradient of the loop.

    Args:
        rule: the cell.
        xs: ``(time, batch, ...)``, the inputs.
        states: the states before the first step, ``(batch, ...)`` each.
        weights: those of the recurrent part.
        project: ``project(x, *inputs)`` is the inputs' part of the gates, for any number of steps at once,
            and linear in each argument. ``None`` where ``xs`` are projected already.
        inputs: the weights of the inputs' part.
        mask: booleans ``(time, batch)``, false where a step is masked.
        zero_output_for_mask: a masked step outputs zeros instead of repeating the output before it.
        all_outputs: return the output of every step; without it only the last one is kept.
        gradient: keep what the gradient by hand needs. Without it the gradient is TensorFlow's own.

    Returns:
        The last output, the outputs ``(time, batch, ...)`` or ``None``, and the last states.
    """
    length = xs.shape[0]
    count = tf.shape(xs)[0] if length is None else length
    xs, inner, turn = _in_turns(xs, mask, count)
    call = _Call(rule, project or _given, inner, turn, all_outputs, len(states), len(weights))
    arguments = (xs, *states, *weights, *inputs)
    if gradient:
        found = _differentiable(call, *arguments)
    else:
        last, trace = _forward(call, arguments, int(all_outputs))
        found = [*trace, *last]
    last, outputs = list(found[-len(states) :]), None
    if all_outputs:
        outputs = found[0][:count]
        outputs.set_shape((length, *outputs.shape[1:]))
    return *_masked(last[0], outputs, mask, zero_output_for_mask), last


class _Call(NamedTuple):
    """What a call of :func:`recurrence` is made of but the tensors that it is differentiated by."""

    rule: Rule
    project: Callable[..., tf.Tensor]
    mask: tf.Tensor | None
    turn: int
    all_outputs: bool
    states: int
    weights: int

    def parted(self, arguments):
        """Return inputs, states, recurrent weights, the inputs' weights."""
        xs, *rest = arguments
        first, second = self.states, self.states + self.weights
        return xs, rest[:first], rest[first:second], rest[second:]


def _given(projected):
    return projected


def _in_turns(xs, mask, count):
    """Fill up the time to a multiple of the steps in a turn; the steps that are added are masked ones."""
    if isinstance(count, int):
        if count <= TURNS[0]:
            return xs, mask, count
        turn = next((turn for turn in TURNS if count % turn == 0), None)
        if turn is not None:
            return xs, mask, turn
    missing = -count % TURNS[0]
    if mask is None:
        mask = tf.ones(tf.shape(xs)[:2], tf.bool)
    mask = tf.pad(mask, [[0, missing], [0, 0]])
    padded = tf.pad(xs, [[0, missing]] + [[0, 0]] * (xs.shape.rank - 1))
    length = count + missing if isinstance(count, int) else None
    padded.set_shape((length, *xs.shape[1:]))
    mask.set_shape((length, xs.shape[1]))
    return padded, mask, TURNS[0]


def _turned(x, turn):
    """Part the time axis into turns: ``(turns, steps, ...)``."""
    length, shape = x.shape[0], tf.shape(x)
    turns = shape[0] // turn if length is None else length // turn
    parted = tf.reshape(x, tf.concat([[turns, turn], shape[1:]], axis=0))
    parted.set_shape((None if length is None else turns, turn, *x.shape[1:]))
    return parted


def _steps(array, turns, turn):
    """Return what an array holds for each step, ``(time, ...)``."""
    stacked = array.stack()
    shape = tf.shape(stacked)
    count = shape[0] * turn if turns is None else turns * turn
    merged = tf.reshape(stacked, tf.concat([[count], shape[2:]], axis=0))
    merged.set_shape((None if turns is None else count, *stacked.shape[2:]))
    return merged


def _masked(last, outputs, mask, zero_output_for_mask):
    """Turn the first states into outputs: what stands before the first unmasked step is no output yet."""
    if mask is None:
        return last, outputs
    if zero_output_for_mask:
        counts = mask
    else:
        counts = tf.cumsum(tf.cast(mask, tf.int32), axis=0) > 0
    last = where(counts[-1], last, tf.zeros_like(last))
    if outputs is not None:
        outputs = tf.where(_spread(counts, outputs), outputs, tf.zeros_like(outputs))
    return last, outputs


def _differentiable(call, *arguments):
    """The states of every step (with ``all_outputs``) and the last states, with the gradient by hand."""

    @tf.custom_gradient
    def run(*arguments):
        last, trace = _forward(call, arguments, None)
        outputs = [trace[0], *last] if call.all_outputs else last

        def gradient(*upstream):
            # Whoever differentiates the gradient gets the plain loop's.
            @tf.custom_gradient
            def first_order(*everything):
                return _backward(call, trace, everything), functools.partial(_second_order, call, everything)

            return first_order(*arguments, *upstream)

        return outputs, gradient

    return run(*arguments)


def _forward(call, arguments, count):
    """Return the last states, and for all steps the first ``count`` of their states and of what is saved."""
    xs, states, weights, inputs = call.parted(arguments)
    rule, mask, turn = call.rule, call.mask, call.turn
    prepared = rule.prepare(weights)
    xs = _turned(xs, turn)
    masks = None if mask is None else _turned(mask, turn)
    length = xs.shape[0]
    turns = tf.shape(xs)[0] if length is None else length
    arrays = tuple(_array(turns, turn, states[0], w) for w in [*[1] * len(states), *rule.saves][:count])

    def body(t, states, arrays):
        now = [None] * turn if masks is None else tf.unstack(tf.gather(masks, t), turn)
        made = []
        for x, unmasked in zip(tf.unstack(call.project(tf.gather(xs, t), *inputs), turn), now):
            new, saved = rule.forward(x, list(states), prepared)
            states = tuple(_kept(unmasked, one, old) for one, old in zip(new, states))
            made.append([*states, *saved])
        return t + 1, states, tuple(a.write(t, tf.stack(v)) for a, v in zip(arrays, zip(*made)))

    _, last, arrays = tf.while_loop(
        lambda t, *_: t < turns, body, (0, tuple(states), arrays), maximum_iterations=turns
    )
    return list(last), [_steps(array, length, turn) for array in arrays]


def _array(turns, turn, state, width):
    """Return an array whose elements are a turn's values, each ``width`` times as wide as a state."""
    *shape, units = state.shape
    return tf.TensorArray(state.dtype, size=turns, element_shape=(turn, *shape, width * units))


def _kept(unmasked, new, old):
    """Return the new value where a sample isn't masked, in the shape of the old one."""
    if unmasked is not None:
        new = where(unmasked, new, old)
    new.set_shape(old.shape)
    return new


def _split(call, everything):
    """Part the arguments from the gradients by the outputs."""
    size = len(everything) - call.states - call.all_outputs
    return everything[:size], everything[size:]


def _backward(call, trace, everything):
    """Return the gradients by the arguments."""
    arguments, upstream = _split(call, everything)
    xs, states, weights, inputs = call.parted(arguments)
    projected, d, by_weights = _loop_back(call, trace, states, weights, upstream)
    # Linear as it is, the projection itself is not computed again: no gradient needs its value.
    with tf.GradientTape() as tape:
        tape.watch((xs, inputs))
        again = call.project(xs, *inputs)
    by_xs, by_inputs = tape.gradient(again, (xs, inputs), projected)
    return [by_xs, *d, *by_weights, *by_inputs]


def _loop_back(call, trace, states, weights, upstream):
    """Return the gradients by the projected inputs, the first states and the recurrent weights."""
    rule, turn, count = call.rule, call.turn, call.states
    after, saved = trace[:count], trace[count:]
    before = [tf.concat([first[None], rest[:-1]], axis=0) for first, rest in zip(states, after)]
    turned = rule.turn(weights)
    by_output = [upstream[0]] if call.all_outputs else []
    parted = tf.nest.map_structure(
        lambda x: _turned(x, turn),
        [saved, before, after, by_output, [] if call.mask is None else [call.mask]],
    )
    length = parted[1][0].shape[0]
    turns = tf.shape(parted[1][0])[0] if length is None else length

    def body(t, d, by_weights, array):
        saved, before, after, by_output, now = tf.nest.map_structure(lambda x: tf.gather(x, t), parted)
        factors = rule.factors(saved, before, after)
        at = [tf.unstack(factor, turn) for factor in factors]
        steps = [tf.unstack(x, turn) for x in (*by_output, *now)]
        kept = []
        for s in reversed(range(turn)):
            if by_output:
                d = (d[0] + steps[0][s], *d[1:])
            one, new = rule.backward(list(d), [factor[s] for factor in at], turned)
            d = tuple(_kept(steps[-1][s] if now else None, a, b) for a, b in zip(new, d))
            kept.append(one)
        kept = [tf.stack(values[::-1]) for values in zip(*kept)]
        if now:
            kept = [tf.where(_spread(now[0], value), value, tf.zeros_like(value)) for value in kept]
        projected, more = rule.gradients(kept, factors, saved, before, weights)
        by_weights = tuple(a + b for a, b in zip(by_weights, more))
        return t - 1, d, by_weights, array.write(t, projected)

    array = _array(turns, turn, states[0], rule.gates)
    start = (turns - 1, tuple(upstream[call.all_outputs :]), tuple(map(tf.zeros_like, weights)), array)
    _, d, by_weights, array = tf.while_loop(lambda t, *_: t >= 0, body, start, maximum_iterations=turns)
    return _steps(array, length, turn), d, by_weights


def _spread(mask: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Give a mask ``(time, batch)`` the rank of a tensor."""
    return tf.reshape(mask, tf.concat([tf.shape(mask), [1] * (like.shape.rank - 2)], axis=0))


def _plain(call, arguments):
    """The same numbers with TensorFlow's own gradient of the loop."""
    xs, states, weights, inputs = call.parted(arguments)
    prepared = call.rule.prepare(weights)

    def step(now, states):
        new, _ = call.rule.forward(now[0], states, prepared)
        if call.mask is not None:
            new = [where(now[1], one, old) for one, old in zip(new, states)]
        return new[0], new

    projected = call.project(xs, *inputs)
    over = [projected] if call.mask is None else [projected, call.mask]
    _, outputs, last = scan(step, over, states, all_outputs=call.all_outputs, like=states[0])
    return [outputs, *last] if call.all_outputs else last


def _second_order(call, everything, *upstream):
    options = {"unconnected_gradients": tf.UnconnectedGradients.ZERO}
    with tf.GradientTape() as outer:
        outer.watch(everything)
        arguments, by_outputs = _split(call, everything)
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            outputs = _plain(call, arguments)
        found = tape.gradient(outputs, arguments, list(by_outputs), **options)
    return outer.gradient(found, everything, list(upstream), **options)
