"""The scan over time: a step function applied along the first axis, with states carried from step to step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

Step = Callable[[Any, Any], tuple[Any, Any]]


def scan(
    step: Step,
    xs: Any,
    states: Any,
    *,
    mask: tf.Tensor | None = None,
    reverse: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    all_outputs: bool = True,
    like: Any = None,
) -> tuple[Any, Any, Any]:
    """Apply ``output, states = step(x, states)`` to each step of ``xs``.

    A masked step leaves the states of its sample as they are. Its output repeats the output before it
    (zeros where there is none), or is zero.

    Args:
        step: function of the step's input and the states. It returns the output, which may be nested, and
            the new states, nested as the old ones.
        xs: tensor ``(time, batch, ...)``, or a nested structure of them.
        states: the states before the first step, nested tensors ``(batch, ...)``.
        mask: booleans ``(time, batch)``, false where a step is masked.
        reverse: go from the last step to the first. The outputs stand in the order in which they were made.
        unroll: one copy of the step in the graph for every time step; the number of steps must be known.
        zero_output_for_mask: a masked step outputs zeros instead of repeating the output before it.
        all_outputs: return the output of every step; without it only the last one is kept.
        like: tensors of the shapes and dtypes of the output. Without them the first step is done outside
            the loop to find out.

    Returns:
        The last output, the outputs ``(time, batch, ...)`` or ``None``, and the last states.

    Raises:
        ValueError: there are no time steps, or their number is not known and ``unroll`` is set.
    """
    length = tf.nest.flatten(xs)[0].shape[0]
    if length == 0:
        raise ValueError("a recurrent layer needs at least one time step, got an input with none.")
    options = {"mask": mask, "reverse": reverse, "all_outputs": all_outputs}
    advance = functools.partial(_advance, step, zero_output_for_mask)
    if unroll:
        if length is None:
            raise ValueError("unroll=True needs a known number of time steps, got None.")
        return _unrolled(advance, xs, states, length, **options)
    return _looped(advance, xs, states, like, **options)


def _advance(step: Step, zeros: bool, x: Any, mask: Any, states: Any, before: Any) -> tuple[Any, Any]:
    """Do one step and merge what a masked sample keeps; ``before`` is the output before, if there is one."""
    output, new = step(x, states)
    new = tf.nest.pack_sequence_as(states, tf.nest.flatten(new))
    new = tf.nest.map_structure(_like, new, states)
    if mask is None:
        return output, new
    new = tf.nest.map_structure(functools.partial(where, mask), new, states)
    if zeros or before is None:
        before = tf.nest.map_structure(tf.zeros_like, output)
    return tf.nest.map_structure(functools.partial(where, mask), output, before), new


def _like(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    """Give a new state the dtype of the old one, and what is known of its shape."""
    new = tf.cast(tf.convert_to_tensor(new), old.dtype)
    new.set_shape(old.shape)
    return new


def where(mask: tf.Tensor, new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    """Choose ``new`` for the samples whose ``mask``, ``(batch,)``, is true, ``old`` for the others."""
    # The first version of the operation takes whole rows; the second goes from value to value.
    return tf.raw_ops.Select(condition=mask, x=new, y=old)


def _unrolled(advance, xs, states, length, *, mask, reverse, all_outputs):
    inputs = [tf.unstack(x, length) for x in tf.nest.flatten(xs)]
    masks = [None] * length if mask is None else tf.unstack(mask, length)
    output, outputs = None, []
    for t in reversed(range(length)) if reverse else range(length):
        x = tf.nest.pack_sequence_as(xs, [steps[t] for steps in inputs])
        output, states = advance(x, masks[t], states, output)
        outputs.append(output)
    stacked = tf.nest.map_structure(lambda *steps: tf.stack(steps), *outputs) if all_outputs else None
    return output, stacked, states


def _looped(advance, xs, states, like, *, mask, reverse, all_outputs):
    flat = [tf.convert_to_tensor(x) for x in tf.nest.flatten(xs)]
    length = flat[0].shape[0]
    count = tf.shape(flat[0])[0] if length is None else tf.constant(length)
    inputs = [_unstacked(x, count) for x in flat]
    masks = None if mask is None else _unstacked(mask, count)

    def at(t, states, before):
        index = count - 1 - t if reverse else t
        x = tf.nest.pack_sequence_as(xs, [array.read(index) for array in inputs])
        return advance(x, None if masks is None else masks.read(index), states, before)

    def body(t, states, before, outputs):
        output, states = at(t, states, before)
        output = tf.nest.map_structure(_like, output, before)
        if all_outputs:
            outputs = tf.nest.map_structure(lambda array, y: array.write(t, y), outputs, output)
        return t + 1, states, output, outputs

    if like is None:
        # The first step stands before the loop: it tells the structure, the shapes and dtypes of the output.
        first, states = at(tf.constant(0), states, None)
        first = tf.nest.map_structure(tf.convert_to_tensor, first)
        outputs = tf.nest.map_structure(lambda y: _array(y, count).write(0, y), first) if all_outputs else ()
        start = 1
    else:
        first = tf.nest.map_structure(tf.zeros_like, like)
        outputs = tf.nest.map_structure(lambda y: _array(y, count), first) if all_outputs else ()
        start = 0
    _, states, last, outputs = tf.while_loop(
        lambda t, *_: t < count,
        body,
        (tf.constant(start), states, first, outputs),
        maximum_iterations=count - start,
    )
    if not all_outputs:
        return last, None, states
    return last, tf.nest.map_structure(functools.partial(_stacked, length), outputs), states


def _array(y: tf.Tensor, count: tf.Tensor) -> tf.TensorArray:
    return tf.TensorArray(y.dtype, size=count, element_shape=y.shape)


def _unstacked(x: tf.Tensor, count: tf.Tensor) -> tf.TensorArray:
    return tf.TensorArray(x.dtype, size=count, element_shape=x.shape[1:]).unstack(x)


def _stacked(length: int | None, outputs: tf.TensorArray) -> tf.Tensor:
    stacked = outputs.stack()
    stacked.set_shape((length, *stacked.shape[1:]))
    return stacked
