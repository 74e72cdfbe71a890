"""Back-propagation through time by hand: what steps need not wait for is done for many of them at once.

TensorFlow's gradient of a loop does every product of every step by itself. Here a turn of the loop does
several steps, and does at once for all of them

- the inputs' part of the gates, each gate's product by itself: they run side by side on the cores, and
  nothing has to be parted;
- what does not pass from step to step on the way back (the slopes of the activations);
- the gradients by weights and inputs, a product each (where they are small, each gate again by itself).

A turn's tensors fit into the caches and take the memory of the turn before. Arrays over all steps would be
new memory in each call, which costs more than the products do; all that is kept is what a step saves.

``python -m benchmarks --only rnn`` shows what each of them is worth.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfk_ext.ops.recurrent.rules import Rule, merged
from tfk_ext.ops.recurrent.scan import scan, where
from tfk_ext.ops.recurrent.turns import in_turns, joined, turned

# Multiplications in the product of one gate from which on TensorFlow shares it among the cores.
SHARED = 2**20


def recurrence(
    rule: Rule,
    xs: tf.Tensor,
    states: list[tf.Tensor],
    weights: list[tf.Tensor],
    *,
    project: Callable[..., tf.Tensor],
    inputs: Sequence[tf.Tensor],
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
        project: ``project(x, *inputs)`` is the inputs' part of the gates, for any number of steps and samples
            at once, and linear in each argument.
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
    xs, turned_mask, turn, turns = in_turns(xs, mask, count)
    call = _Call(rule, project, turned_mask, turn, turns, all_outputs, len(states), len(weights))
    arguments = (xs, *states, *weights, *inputs)
    found = _differentiable(call, *arguments) if gradient else _infer(call, arguments)
    return finished(found, states, count if all_outputs else None, mask, zero_output_for_mask)


def finished(
    found: Sequence[tf.Tensor],
    states: list[tf.Tensor],
    count: Any,
    mask: tf.Tensor | None,
    zero_output_for_mask: bool,
) -> tuple[tf.Tensor, tf.Tensor | None, list[tf.Tensor]]:
    """Return last output, outputs and last states, made of the outputs in turns and the last states.

    Args:
        found: the outputs in turns, where they are wanted, and the last states.
        states: the states before the first step.
        count: the number of steps, where all outputs are wanted, else ``None``.
        mask: booleans ``(time, batch)``, false where a step is masked.
        zero_output_for_mask: a masked step outputs zeros instead of repeating the output before it.
    """
    last, outputs = list(found[-len(states) :]), None
    for new, old in zip(last, states):
        new.set_shape(old.shape)
    if count is not None:
        outputs = joined(found[0])[:count]
        outputs.set_shape((count if isinstance(count, int) else None, *states[0].shape))
    return *_masked(last[0], outputs, mask, zero_output_for_mask), last


class _Call(NamedTuple):
    """What a call of :func:`recurrence` is made of but the tensors that it is differentiated by."""

    rule: Rule
    project: Callable[..., tf.Tensor]
    mask: tf.Tensor | None
    turn: int
    turns: Any
    all_outputs: bool
    states: int
    weights: int

    def parted(self, arguments):
        """Return inputs, states, recurrent weights, the inputs' weights."""
        xs, *rest = arguments
        first, second = self.states, self.states + self.weights
        return xs, rest[:first], rest[first:second], rest[second:]

    def unmasked(self, t):
        """Return for each step of a turn which samples aren't masked, ``None`` where there is no mask."""
        return [None] * self.turn if self.mask is None else tf.unstack(self.mask[t], self.turn)

    def array(self, like, steps):
        """Return an array over the turns for tensors of a state's shape, so many in each turn."""
        return tf.TensorArray(
            like.dtype, self.turns, element_shape=(steps, *like.shape), clear_after_read=False
        )


def _differentiable(call, *arguments):
    """The outputs (where all are wanted) and the last states, with the gradient by hand."""

    @tf.custom_gradient
    def run(*arguments):
        results, trace = _run(call, arguments, saving=True)

        def gradient(*upstream):
            # Whoever differentiates the gradient gets the plain loop's.
            @tf.custom_gradient
            def first_order(*everything):
                return _backward(call, trace, everything), functools.partial(_second_order, call, everything)

            return first_order(*arguments, *upstream)

        return results, gradient

    return run(*arguments)


def _run(call, arguments, saving=False):
    """Return the outputs (where all are wanted) with the last states, and the arrays of what was saved.

    The outputs are in turns. When ``saving``, there is an array for each state, of the turns' states with the
    one before the turn in front, and one for each tensor that the rule saves.
    """
    xs, states, weights, inputs = call.parted(arguments)
    rule, turn = call.rule, call.turn
    prepared, project = rule.prepare(weights), _projection(call, weights, inputs)
    # Each an array of its own: where nothing is compiled, they are changed in place.
    arrays = [call.array(states[0], turn) for _ in range(rule.saves if saving else call.all_outputs)]
    if saving:
        arrays = [*(call.array(state, turn + 1) for state in states), *arrays]

    def body(t, states, arrays):
        before, passed, saved = states, [], []
        for x, unmasked in zip(zip(*project(tf.gather(xs, t))), call.unmasked(t)):
            new, more = rule.forward(x, states, prepared)
            states = tuple(kept_unless(unmasked, one, old) for one, old in zip(new, states))
            passed.append(states)
            saved.append(more)
        held = [*zip(before, *passed), *zip(*saved)] if saving else zip(*passed)
        return t + 1, states, tuple(a.write(t, tf.stack(some)) for a, some in zip(arrays, held))

    first = (0, tuple(states), tuple(arrays))
    _, last, arrays = tf.while_loop(lambda t, *_: t < call.turns, body, first, maximum_iterations=call.turns)
    outputs = [arrays[0].stack()[:, -turn:]] if call.all_outputs else []
    return [*outputs, *last], arrays


def _projection(call, weights, inputs):
    """Return a function from the inputs of a turn to the gates' projected inputs, a list of steps each."""
    gates, turn = call.rule.gates, call.turn
    if weights[0].shape.rank > 2:  # a convolution for each gate would gather the same patches again
        return lambda x: [tf.unstack(p, turn) for p in tf.split(call.project(x, *inputs), gates, axis=-1)]
    parts = [*zip(*[tf.split(weight, gates, axis=-1) for weight in inputs])]
    return lambda x: [tf.unstack(call.project(x, *part), turn) for part in parts]


def _shared(states):
    """Tell whether the product of one gate is shared among the cores."""
    batch, units = states[0].shape[0], states[0].shape[-1]
    return (batch or 1) * units**2 > SHARED


def _infer(call, arguments):
    """Return the outputs (where all are wanted) and the last states; halves of a large batch go side by side.

    Products that TensorFlow would share among the cores make it take 1.15 to 1.3 times as long. (In training
    halves gain nothing.)
    """
    xs, states, weights, inputs = call.parted(arguments)
    if weights[0].shape.rank != 2 or not _shared(states):
        return _run(call, arguments)[0]
    batch = states[0].shape[0]
    half, found = tf.shape(states[0])[0] // 2 if batch is None else batch // 2, []
    for part in (slice(None, half), slice(half, None)):
        of_part = call._replace(mask=None if call.mask is None else call.mask[:, :, part])
        found.append(_run(of_part, (xs[:, :, part], *[s[part] for s in states], *weights, *inputs))[0])
    first, second = found
    return [
        tf.concat(both, 2 if call.all_outputs and not i else 0) for i, both in enumerate(zip(first, second))
    ]


def kept_unless(unmasked: tf.Tensor | None, new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    """Return the new value where a sample isn't masked, in the shape of the old one."""
    if unmasked is not None:
        new = where(unmasked, new, old)
    new.set_shape(old.shape)
    return new


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


def _zeroed(mask, value):
    """Return ``value``, ``(steps, batch, ...)``, with zeros where ``(steps, batch)`` is masked."""
    rows = merged(value, value.shape.rank - 1)
    zeroed = tf.reshape(where(tf.reshape(mask, [-1]), rows, tf.zeros_like(rows)), tf.shape(value))
    zeroed.set_shape(value.shape)
    return zeroed


def _spread(mask: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Give a mask ``(time, batch)`` the rank of a tensor."""
    return tf.reshape(mask, tf.concat([tf.shape(mask), [1] * (like.shape.rank - 2)], axis=0))


def _split(call, everything):
    """Part the arguments from the gradients by the outputs."""
    size = len(everything) - call.states - call.all_outputs
    return everything[:size], everything[size:]


def _backward(call, trace, everything):
    """Return the gradients by the arguments."""
    arguments, upstream = _split(call, everything)
    xs, states, weights, inputs = call.parted(arguments)
    back = _back(call, trace, upstream, call.rule.turn(weights))
    apart = weights[0].shape.rank == 2 and not _shared(states)
    groups = (1,) * call.rule.gates if apart else call.rule.groups
    parts = [_split_by(weight, groups if apart else (1,)) for weight in inputs]

    def body(t, d, by_weights, by_inputs, by_xs):
        d, kept, before, saved = back(t, d)
        kept, more = call.rule.gradients(kept, lambda i: saved[i], before, weights, apart)
        kept = kept if apart else [tf.concat(kept, axis=-1)]
        # Linear as it is, the projection itself is not computed again: no gradient needs its value.
        x = tf.gather(xs, t)
        with tf.GradientTape() as tape:
            tape.watch((x, parts))
            again = [call.project(x, *part) for part in zip(*parts)]
        by_x, also = tape.gradient(again, (x, parts), kept)
        by_weights = tf.nest.map_structure(tf.add, by_weights, more)
        by_inputs = tf.nest.map_structure(tf.add, by_inputs, also)
        return t - 1, d, by_weights, by_inputs, by_xs.write(t, by_x)

    zeros = [
        [[*map(tf.zeros_like, _split_by(weight, groups))] for weight in weights],
        [[*map(tf.zeros_like, part)] for part in parts],
    ]
    by_xs = tf.TensorArray(xs.dtype, call.turns, element_shape=xs.shape[1:])
    first = (call.turns - 1, tuple(upstream[-call.states :]), *zeros, by_xs)
    _, d, by_weights, by_inputs, by_xs = tf.while_loop(
        lambda t, *_: t >= 0, body, first, maximum_iterations=call.turns
    )
    return [by_xs.stack(), *d, *(tf.concat(some, axis=-1) for some in (*by_weights, *by_inputs))]


def _split_by(weight, groups):
    """Part the gates of a weight into groups."""
    size = weight.shape[-1] // sum(groups)
    return tf.split(weight, [count * size for count in groups], axis=-1)


def _back(call, trace, upstream, weights):
    """Return a function that goes back through the steps of a turn.

    It takes the gradients by the states after the turn. It returns those by the states before it, what the
    rule keeps of the steps, the states before each step and what was saved of it.
    """
    rule, turn = call.rule, call.turn

    def back(t, d):
        passed, saved = ([a.read(t) for a in some] for some in (trace[: call.states], trace[call.states :]))
        before = [states[:-1] for states in passed]
        factors = rule.factors(saved, before, [states[1:] for states in passed])
        steps = [*zip(*[tf.unstack(factor, turn) for factor in factors])]
        by_outputs = tf.unstack(tf.gather(upstream[0], t), turn) if call.all_outputs else None
        unmasked, kept = call.unmasked(t), []
        for s in reversed(range(turn)):
            if by_outputs:
                d = (d[0] + by_outputs[s], *d[1:])
            of_step, new = rule.backward(d, steps[s], weights)
            d = tuple(kept_unless(unmasked[s], one, old) for one, old in zip(new, d))
            kept.append(of_step)
        kept = [tf.stack(values[::-1]) for values in zip(*kept)]
        if call.mask is not None:
            kept = [_zeroed(call.mask[t], value) for value in kept]
        return d, kept, before, saved

    return back


def _plain(call, arguments):
    """The same numbers with TensorFlow's own gradient of the loop."""
    xs, states, weights, inputs = call.parted(arguments)
    advance = call.rule.step(weights)
    xs, mask = joined(xs), None if call.mask is None else joined(call.mask)

    def step(now, states):
        _, new = advance(now[0], states)
        if mask is not None:
            new = [where(now[1], one, old) for one, old in zip(new, states)]
        return new[0], new

    projected = call.project(xs, *inputs)
    over = [projected] if mask is None else [projected, mask]
    _, outputs, last = scan(step, over, states, all_outputs=call.all_outputs, like=states[0])
    return [turned(outputs, call.turn), *last] if call.all_outputs else last


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
