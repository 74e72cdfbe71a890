"""Back-propagation through time for a cell that is not known: any step that treats rows independently.

On the way forward only the states are kept. On the way back a step is differentiated by its states alone;
the gradients by its inputs and weights are those of one call on the rows of a whole turn, with a product for
each where TensorFlow's gradient of the loop has one for each step (``python -m benchmarks --only "rnn/own"``:
2 times as fast).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfk_ext.ops.recurrent.bptt import finished, kept_unless
from tfk_ext.ops.recurrent.scan import scan, where
from tfk_ext.ops.recurrent.turns import in_turns, joined

_ZERO = {"unconnected_gradients": tf.UnconnectedGradients.ZERO}


def foreign(
    step: Callable[[Any, Any], Any],
    xs: tf.Tensor,
    states: list[tf.Tensor],
    *,
    mask: tf.Tensor | None = None,
    zero_output_for_mask: bool = False,
    all_outputs: bool = True,
) -> tuple[tf.Tensor, tf.Tensor | None, list[tf.Tensor]]:
    """Run a step over time; see :func:`tfk_ext.ops.recurrent.rows.independent` for which steps may.

    Its gradient can be differentiated once more; that goes the plain way, through the gradient of the loop.

    Args:
        step: ``output, states = step(x, states)``; the output is the first state.
        xs: ``(time, batch, ...)``, the inputs.
        states: the states before the first step, ``(batch, ...)`` each.
        mask: booleans ``(time, batch)``, false where a step is masked.
        zero_output_for_mask: a masked step outputs zeros instead of repeating the output before it.
        all_outputs: return the output of every step; without it only the last one is kept.

    Returns:
        The last output, the outputs ``(time, batch, ...)`` or ``None``, and the last states.
    """
    length = xs.shape[0]
    count = tf.shape(xs)[0] if length is None else length
    xs, in_turn, turn, turns = in_turns(xs, mask, count)
    found = _differentiable(_Call(step, in_turn, turn, turns, len(states), all_outputs), xs, states)
    return finished(found, states, count if all_outputs else None, mask, zero_output_for_mask)


class _Call(NamedTuple):
    step: Callable[[Any, Any], Any]
    mask: tf.Tensor | None
    turn: int
    turns: Any
    states: int
    all_outputs: bool

    def unmasked(self, t):
        return [None] * self.turn if self.mask is None else tf.unstack(self.mask[t], self.turn)


def _differentiable(call, xs, states):
    """The outputs in turns (where all are wanted) and the last states, with the gradient above."""

    @tf.custom_gradient
    def run(xs, *states):
        results, history = _forward(call, xs, states)

        def gradient(*upstream, variables=None):
            variables, count = list(variables or ()), 1 + call.states

            # Whoever differentiates the gradient gets the plain loop's.
            @tf.custom_gradient
            def first_order(*everything):
                found = _backward(call, history, everything[0], everything[count:], variables)
                return found, _second_order(call, everything, variables)

            found = first_order(xs, *states, *upstream)
            return found[:count], found[count:]

        return results, gradient

    return run(xs, *states)


def _forward(call, xs, states):
    arrays = tuple(
        tf.TensorArray(s.dtype, call.turns, element_shape=(call.turn + 1, *s.shape), clear_after_read=False)
        for s in states
    )

    def body(t, states, arrays):
        passed = [states]
        for x, unmasked in zip(tf.unstack(tf.gather(xs, t), call.turn), call.unmasked(t)):
            _, new = call.step(x, list(states))
            states = tuple(kept_unless(unmasked, one, old) for one, old in zip(new, states))
            passed.append(states)
        return t + 1, states, tuple(a.write(t, tf.stack(some)) for a, some in zip(arrays, zip(*passed)))

    first = (0, tuple(states), arrays)
    _, last, arrays = tf.while_loop(lambda t, *_: t < call.turns, body, first, maximum_iterations=call.turns)
    return [*([arrays[0].stack()[:, 1:]] if call.all_outputs else []), *last], arrays


def _backward(call, history, xs, upstream, variables):
    """Return the gradients by the inputs, the first states and the variables."""

    def body(t, d, by_variables, by_xs):
        x, before = tf.gather(xs, t), [array.read(t)[:-1] for array in history]
        steps = [*zip(*[tf.unstack(states, call.turn) for states in before])]
        inputs, unmasked = tf.unstack(x, call.turn), call.unmasked(t)
        by_outputs = tf.unstack(tf.gather(upstream[0], t), call.turn) if call.all_outputs else None
        by_steps = []
        for s in reversed(range(call.turn)):
            if by_outputs:
                d = (d[0] + by_outputs[s], *d[1:])
            of_step, d = _step_back(call.step, inputs[s], steps[s], unmasked[s], d)
            by_steps.append(of_step)
        rows = [_rows(tf.stack(values[::-1])) for values in zip(*by_steps)]
        with tf.GradientTape() as tape:
            tape.watch(x)
            _, new = call.step(_rows(x), [_rows(states) for states in before])
        by_x, *more = tape.gradient(new, [x, *variables], rows, **_ZERO)
        by_variables = tuple(a + tf.convert_to_tensor(b) for a, b in zip(by_variables, more))
        return t - 1, d, by_variables, by_xs.write(t, by_x)

    zeros = tuple(map(tf.zeros_like, variables))
    by_xs = tf.TensorArray(xs.dtype, call.turns, element_shape=xs.shape[1:])
    first = (call.turns - 1, tuple(upstream[-call.states :]), zeros, by_xs)
    _, d, by_variables, by_xs = tf.while_loop(
        lambda t, *_: t >= 0, body, first, maximum_iterations=call.turns
    )
    return [by_xs.stack(), *d, *by_variables]


def _step_back(step, x, states, unmasked, d):
    """Return the gradients by what the step returned, and by the states before it."""
    of_step = d if unmasked is None else [where(unmasked, one, tf.zeros_like(one)) for one in d]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(states)
        _, new = step(x, list(states))
    before = tape.gradient(new, list(states), list(of_step), **_ZERO)
    return of_step, tuple(kept_unless(unmasked, one, old) for one, old in zip(before, d))


def _rows(x):
    """Merge steps and samples into one axis."""
    return tf.reshape(x, (-1, *x.shape[2:]))


def _second_order(call, everything, of_first):
    """Return the gradient function of the gradient: that of the plain loop, differentiated once more."""
    count = 1 + call.states

    def gradient(*upstream, variables=None):
        variables = list(variables or ())
        with tf.GradientTape() as outer:
            outer.watch(everything)
            with tf.GradientTape() as tape:
                tape.watch(everything[:count])
                outputs = _plain(call, *everything[:count])
            watched = [*everything[:count], *of_first]
            found = tape.gradient(outputs, watched, list(everything[count:]), **_ZERO)
        found = outer.gradient(found, [*everything, *variables], list(upstream), **_ZERO)
        return found[: len(everything)], found[len(everything) :]

    return gradient


def _plain(call, xs, *states):
    mask = None if call.mask is None else joined(call.mask)

    def step(now, states):
        _, new = call.step(now[0], states)
        if mask is not None:
            new = [where(now[1], one, old) for one, old in zip(new, states)]
        return new[0], new

    over = [joined(xs)] if mask is None else [joined(xs), mask]
    _, outputs, last = scan(step, over, list(states), all_outputs=call.all_outputs, like=states[0])
    if not call.all_outputs:
        return last
    shape = tf.concat([[-1, call.turn], tf.shape(outputs)[1:]], axis=0)
    return [tf.reshape(outputs, shape), *last]
