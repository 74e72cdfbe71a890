"""Back-propagation through time by hand: what steps need not wait for is done for many of them at once.

TensorFlow's gradient of a loop does every product of every step by itself. Here

- a turn of the loop does several steps, and what does not pass from step to step on the way back (the slopes
  of the activations) is done for the steps of a turn at once;
- the inputs' part and the gradients by weights and inputs are one product for a span of turns, as long as
  fits into the caches: an array over all steps would be new memory in each call, which costs more than the
  products do;
- what a step saves is held as it is, in arrays of tensors, and never copied together;
- each gate's product is by itself: they run side by side on the cores, and nothing is joined or parted in a
  step.

``python -m benchmarks --only rnn`` shows what each of them is worth.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import tensorflow as tf

from tfk_ext.ops.recurrent.rules import Rule
from tfk_ext.ops.recurrent.scan import scan, where
from tfk_ext.ops.recurrent.spans import Spans, turned

# Steps in a turn of the loop, the best first: any from 4 to 20 takes the same time within the spread.
TURNS = (5, 6, 4, 7, 8, 3, 2)
# Multiplications in the product of one gate from which on TensorFlow shares it among the cores.
SHARED = 2**20


def recurrence(
    rule: Rule,
    xs: tf.Tensor,
    states: list[tf.Tensor],
    weights: list[tf.Tensor],
    *,
    project: Callable[..., tf.Tensor],
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
    xs, padded_mask, turn = _in_turns(xs, mask, count)
    call = _Call(rule, project, padded_mask, turn, all_outputs, len(states), len(weights))
    arguments = (xs, *states, *weights, *inputs)
    found = list(_differentiable(call, *arguments)) if gradient else _infer(call, arguments)
    last, outputs = found[-len(states) :], None
    for new, old in zip(last, states):
        new.set_shape(old.shape)
    if all_outputs:
        outputs = found[0][:count]
        outputs.set_shape((length, *states[0].shape))
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

    The arrays are one for each state and, when ``saving``, one for each tensor that the rule saves. What
    belongs to a step stands one place further: in front of the states of all steps are the first ones.
    """
    xs, states, weights, inputs = call.parted(arguments)
    rule, turn = call.rule, call.turn
    prepared = rule.prepare(weights)
    spans = Spans.of(xs, states[0], turn, rule.gates)
    masks = None if call.mask is None else turned(call.mask, turn)
    held = len(states) + rule.saves if saving else int(call.all_outputs)
    empty = [_array(states[0], spans.turns * turn + 1) for _ in range(held)]
    arrays = tuple([a.write(0, state) for a, state in zip(empty, states)] + empty[len(states) :])

    def span(n, states, arrays):
        start = spans.start(n)
        projected = tf.split(call.project(spans.steps(xs, n), *inputs), rule.gates, axis=-1)
        projected = [turned(part, turn) for part in projected]

        def body(t, states, arrays):
            x = zip(*[tf.unstack(tf.gather(part, t - start), turn) for part in projected])
            now = [None] * turn if masks is None else tf.unstack(tf.gather(masks, t), turn)
            for s, (parts, unmasked) in enumerate(zip(x, now)):
                new, saved = rule.forward(parts, states, prepared)
                states = tuple(_kept(unmasked, one, old) for one, old in zip(new, states))
                arrays = tuple(a.write(t * turn + s + 1, v) for a, v in zip(arrays, [*states, *saved]))
            return t + 1, states, arrays

        end = spans.end(n)
        first = (spans.begin(n), states, arrays)
        return n + 1, *tf.while_loop(lambda t, *_: t < end, body, first, maximum_iterations=spans.size)[1:]

    _, last, arrays = spans.forward(span, (0, tuple(states), arrays))
    outputs = []
    if call.all_outputs:
        outputs = [arrays[0].gather(tf.range(1, spans.turns * turn + 1))]
    return [*outputs, *last], arrays


def _infer(call, arguments):
    """Return the outputs (where all are wanted) and the last states; halves of a large batch go side by side.

    Products that TensorFlow would share among the cores make it take 1.15 to 1.3 times as long. (In training
    the products over a span keep the cores busy; halves gain nothing there.)
    """
    xs, states, weights, inputs = call.parted(arguments)
    batch, products = states[0].shape[0], states[0].shape[-1] ** 2
    if weights[0].shape.rank != 2 or (products if batch is None else batch * products) <= SHARED:
        return _run(call, arguments)[0]
    half, found = tf.shape(xs)[1] // 2 if batch is None else batch // 2, []
    for part in (slice(None, half), slice(half, None)):
        of_part = call._replace(mask=None if call.mask is None else call.mask[:, part])
        found.append(_run(of_part, (xs[:, part], *[s[part] for s in states], *weights, *inputs))[0])
    first, second = found
    return [
        tf.concat(both, 1 if call.all_outputs and not i else 0) for i, both in enumerate(zip(first, second))
    ]


def _array(like, size):
    """Return an array for tensors like a state; they are read more than once."""
    return tf.TensorArray(like.dtype, size, element_shape=like.shape, clear_after_read=False)


def _kept(unmasked, new, old):
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
    rule, turn = call.rule, call.turn
    spans = Spans.of(xs, states[0], turn, rule.gates)
    history, saved = trace[: call.states], trace[call.states :]
    loop = _TurnsBack(call, spans, history, saved, rule.turn(weights), upstream)

    def span(n, d, by_weights, by_inputs, by_xs):
        d, kept = loop(n, d)
        places = spans.places(n)
        before = [array.gather(places) for array in history]
        projected, more = rule.gradients(kept, lambda i: saved[i].gather(places + 1), before, weights)
        # Linear as it is, the projection itself is not computed again: no gradient needs its value.
        now = spans.steps(xs, n)
        with tf.GradientTape() as tape:
            tape.watch((now, inputs))
            again = call.project(now, *inputs)
        by_now, also = tape.gradient(again, (now, inputs), projected)
        by_weights = tuple(a + b for a, b in zip(by_weights, more))
        by_inputs = tuple(a + b for a, b in zip(by_inputs, also))
        return n - 1, d, by_weights, by_inputs, by_xs.write(n, by_now)

    zeros = [tuple(map(tf.zeros_like, some)) for some in (weights, inputs)]
    by_xs = tf.TensorArray(xs.dtype, spans.count, element_shape=(spans.length, *xs.shape[1:]))
    _, d, by_weights, by_inputs, by_xs = spans.back(span, (tuple(upstream[-call.states :]), *zeros, by_xs))
    return [spans.whole(by_xs), *d, *by_weights, *by_inputs]


class _TurnsBack(NamedTuple):
    """The steps back of a span: from the gradients by its last states to what the rule keeps of each step."""

    call: _Call
    spans: Spans
    history: Sequence[tf.TensorArray]
    saved: Sequence[tf.TensorArray]
    turned: Sequence[tf.Tensor]
    upstream: Sequence[tf.Tensor]

    def __call__(self, n, d):
        """Return the gradients by the states before the span, and what is kept of all its steps."""
        spans, turn, begin = self.spans, self.call.turn, self.spans.begin(n)
        masks = None if self.call.mask is None else turned(self.call.mask, turn)
        arrays = tuple(_array(d[0], spans.size * turn) for _ in range(self.call.rule.keeps))

        def body(t, d, arrays):
            now = [None] * turn if masks is None else tf.unstack(tf.gather(masks, t), turn)
            steps = [*zip(*[tf.unstack(factor, turn) for factor in self._factors(t)])]
            by_output = self._by_output(t)
            for s in reversed(range(turn)):
                if by_output:
                    d = (d[0] + by_output[s], *d[1:])
                kept, new = self.call.rule.backward(d, steps[s], self.turned)
                d = tuple(_kept(now[s], one, old) for one, old in zip(new, d))
                arrays = tuple(a.write((t - spans.start(n)) * turn + s, v) for a, v in zip(arrays, kept))
            return t - 1, d, arrays

        first = (spans.end(n) - 1, d, arrays)
        _, d, arrays = tf.while_loop(lambda t, *_: t >= begin, body, first, maximum_iterations=spans.size)
        kept = [array.stack() for array in arrays]
        if self.call.mask is not None:
            unmasked = _spread(spans.steps(self.call.mask, n), kept[0])
            kept = [tf.where(unmasked, value, tf.zeros_like(value)) for value in kept]
        return d, kept

    def _factors(self, t):
        turn = self.call.turn
        places = t * turn + tf.range(turn + 1)
        states = [array.gather(places) for array in self.history]
        saved = [array.gather(places[1:]) for array in self.saved]
        return self.call.rule.factors(saved, [x[:-1] for x in states], [x[1:] for x in states])

    def _by_output(self, t):
        if not self.call.all_outputs:
            return []
        outputs, turn = self.upstream[0], self.call.turn
        return tf.unstack(tf.gather(turned(outputs, turn), t), turn)


def _plain(call, arguments):
    """The same numbers with TensorFlow's own gradient of the loop."""
    xs, states, weights, inputs = call.parted(arguments)
    prepared = call.rule.prepare(weights)

    def step(now, states):
        new, _ = call.rule.forward(tf.split(now[0], call.rule.gates, axis=-1), states, prepared)
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
