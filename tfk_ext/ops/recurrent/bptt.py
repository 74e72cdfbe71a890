"""Back-propagation through time by hand: the loop back does only what one step needs from the next one.

TensorFlow's gradient of a loop does every product of every step inside the loop back. Here everything that
does not pass from step to step is done for all steps at once: the slopes of the activations, the gradients
by the inputs, and those by the weights, each of which is one product.
"""

from __future__ import annotations

import functools

import tensorflow as tf

from tfk_ext.ops.recurrent.rules import Rule
from tfk_ext.ops.recurrent.scan import scan, where


def recurrence(
    rule: Rule,
    xs: tf.Tensor,
    states: list[tf.Tensor],
    weights: list[tf.Tensor],
    *,
    mask: tf.Tensor | None = None,
    zero_output_for_mask: bool = False,
    all_outputs: bool = True,
) -> tuple[tf.Tensor, tf.Tensor | None, list[tf.Tensor]]:
    """Run a cell over all steps, with a gradient by hand. The output of a step is its first state.

    Its gradient can be differentiated once more; that goes the plain way, through the gradient of the loop.

    Args:
        rule: the cell.
        xs: ``(time, batch, ...)``, the projected inputs.
        states: the states before the first step, ``(batch, ...)`` each.
        weights: those of the recurrent part.
        mask: booleans ``(time, batch)``, false where a step is masked.
        zero_output_for_mask: a masked step outputs zeros instead of repeating the output before it.
        all_outputs: return the output of every step; without it only the last one is kept.

    Returns:
        The last output, the outputs ``(time, batch, ...)`` or ``None``, and the last states.
    """
    found = _differentiable(rule, mask, all_outputs, len(states), xs, *states, *weights)
    last, outputs = list(found[-len(states) :]), found[0] if all_outputs else None
    return *_masked(last[0], outputs, mask, zero_output_for_mask), last


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


def _differentiable(rule, mask, all_outputs, count, *arguments):
    """The states of every step (with ``all_outputs``) and the last states, with the gradient by hand."""

    @tf.custom_gradient
    def run(*arguments):
        xs, states, weights = _parted(arguments, count)
        trace = _forward(rule, xs, states, weights, mask)
        last = [after[-1] for after in trace[:count]]
        outputs = [trace[0], *last] if all_outputs else last

        def gradient(*upstream):
            # Whoever differentiates the gradient gets the plain loop's.
            @tf.custom_gradient
            def first_order(*everything):
                found = _backward(rule, trace, everything, mask, all_outputs, count)
                return found, functools.partial(_second_order, rule, mask, all_outputs, count, everything)

            return first_order(*arguments, *upstream)

        return outputs, gradient

    return run(*arguments)


def _parted(arguments, count):
    return arguments[0], list(arguments[1 : 1 + count]), list(arguments[1 + count :])


def _forward(rule, xs, states, weights, mask):
    """Return for all steps the states after it, then what the rule saves."""
    prepared = rule.prepare(weights)
    steps = tf.shape(xs)[0] if xs.shape[0] is None else xs.shape[0]
    shape = states[0].shape
    sizes = [1] * len(states) + list(rule.saves)
    arrays = tuple(
        tf.TensorArray(xs.dtype, size=steps, element_shape=(*shape[:-1], size * shape[-1])) for size in sizes
    )

    def body(t, states, arrays):
        new, saved = rule.forward(tf.gather(xs, t), list(states), prepared)
        if mask is not None:
            now = tf.gather(mask, t)
            new = [where(now, one, old) for one, old in zip(new, states)]
        for one, old in zip(new, states):
            one.set_shape(old.shape)
        arrays = tuple(array.write(t, value) for array, value in zip(arrays, [*new, *saved]))
        return t + 1, tuple(new), arrays

    _, _, arrays = tf.while_loop(
        lambda t, *_: t < steps,
        body,
        (0, tuple(states), arrays),
        parallel_iterations=1,
        maximum_iterations=steps,
    )
    return [_stacked(array, xs.shape[0]) for array in arrays]


def _stacked(array, length):
    stacked = array.stack()
    stacked.set_shape((length, *stacked.shape[1:]))
    return stacked


def _split(everything, count, all_outputs):
    """Part the arguments from the gradients by the outputs."""
    size = len(everything) - count - all_outputs
    return everything[:size], everything[size:]


def _backward(rule, trace, everything, mask, all_outputs, count):
    """Return the gradients by the arguments."""
    arguments, upstream = _split(everything, count, all_outputs)
    xs, states, weights = _parted(arguments, count)
    after, saved = trace[:count], trace[count:]
    before = [tf.concat([first[None], rest[:-1]], axis=0) for first, rest in zip(states, after)]
    factors = rule.factors(saved, before, after)
    turned = rule.turn(weights)
    by_output = upstream[0] if all_outputs else None
    last = list(upstream[1:] if all_outputs else upstream)
    steps = tf.shape(xs)[0] if xs.shape[0] is None else xs.shape[0]

    def at(t, d):
        if by_output is not None:
            d = [d[0] + tf.gather(by_output, t), *d[1:]]
        kept, new = rule.backward(d, [tf.gather(factor, t) for factor in factors], turned)
        if mask is not None:
            now = tf.gather(mask, t)
            new = [where(now, one, old) for one, old in zip(new, d)]
        for one, old in zip(new, states):
            one.set_shape(old.shape)
        return kept, tuple(new)

    shape = states[0].shape
    arrays = tuple(
        tf.TensorArray(xs.dtype, size=steps, element_shape=(*shape[:-1], size * shape[-1]))
        for size in rule.keeps
    )

    def body(t, d, arrays):
        kept, d = at(t, list(d))
        return t - 1, d, tuple(array.write(t, value) for array, value in zip(arrays, kept))

    _, d, arrays = tf.while_loop(
        lambda t, *_: t >= 0,
        body,
        (steps - 1, tuple(last), arrays),
        parallel_iterations=1,
        maximum_iterations=steps,
    )
    kept = [_stacked(array, xs.shape[0]) for array in arrays]
    if mask is not None:
        kept = [tf.where(_spread(mask, value), value, tf.zeros_like(value)) for value in kept]
    by_xs, by_weights = rule.gradients(kept, factors, saved, before, weights)
    return [by_xs, *d, *by_weights]


def _spread(mask: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Give a mask ``(time, batch)`` the rank of a tensor."""
    return tf.reshape(mask, tf.concat([tf.shape(mask), [1] * (like.shape.rank - 2)], axis=0))


def _plain(rule, mask, all_outputs, count, arguments):
    """The same numbers with TensorFlow's own gradient of the loop."""
    xs, states, weights = _parted(arguments, count)
    prepared = rule.prepare(weights)

    def step(inputs, states):
        new, _ = rule.forward(inputs[0], states, prepared)
        if mask is not None:
            new = [where(inputs[1], one, old) for one, old in zip(new, states)]
        return new[0], new

    inputs = [xs] if mask is None else [xs, mask]
    _, outputs, last = scan(step, inputs, states, all_outputs=all_outputs, like=states[0])
    return [outputs, *last] if all_outputs else last


def _second_order(rule, mask, all_outputs, count, everything, *upstream):
    with tf.GradientTape() as outer:
        outer.watch(everything)
        arguments, by_outputs = _split(everything, count, all_outputs)
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            outputs = _plain(rule, mask, all_outputs, count, arguments)
        found = tape.gradient(
            outputs, arguments, list(by_outputs), unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
    return outer.gradient(
        found, everything, list(upstream), unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
