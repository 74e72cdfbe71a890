"""Choices, loops over a tensor's entries, and recurrences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.backend.operation import holds_keras_tensor, operation
from tfk_ext.backend.phase import learning_phase
from tfk_ext.backend.tensors import pair, tensor
from tfk_ext.ops.recurrent.scan import scan


def _value(expression: Any) -> Any:
    return expression() if callable(expression) else expression


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Choose between two tensors, entry by entry or as a whole.

    Args:
        condition: a scalar, or a tensor of booleans with the axes of the expressions, or the first of them.
        then_expression: a tensor, or a function without arguments that returns one, for true.
        else_expression: the same, for false. With a scalar condition only the function that is chosen is
            called; in a model's graph both are computed.

    Raises:
        ValueError: the condition has more axes than the expressions.

    Example:
        >>> tfk_ext.backend.switch([True, False], [[1.0], [2.0]], [[3.0], [4.0]]).numpy()
        array([[1.],
               [4.]], dtype=float32)
    """
    if holds_keras_tensor(condition):
        return choose(condition, _value(then_expression), _value(else_expression))
    condition = tf.cast(condition, tf.bool)
    if condition.shape.rank == 0:
        if not tf.is_tensor(condition) or hasattr(condition, "numpy"):
            return _value(then_expression if bool(condition) else else_expression)
        return tf.cond(condition, lambda: _value(then_expression), lambda: _value(else_expression))
    return choose(condition, _value(then_expression), _value(else_expression))


@operation
def choose(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Choose between two tensors: :func:`switch` after its functions have been called."""
    condition = tf.cast(condition, tf.bool)
    then, other = pair(then_expression, else_expression)
    rank, most = condition.shape.rank, max(then.shape.rank, other.shape.rank)
    if rank > most:
        raise ValueError(f"switch: the condition has {rank} axes, more than {then.shape} and {other.shape}.")
    if 0 < rank < most:
        condition = tf.reshape(condition, tf.concat([tf.shape(condition), [1] * (most - rank)], 0))
    return tf.where(condition, then, other)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return ``x`` in training and ``alt`` else; each may be a function without arguments.

    Args:
        x: for training.
        alt: for inference.
        training: true or false (a tensor too); ``None`` takes what the layer around was called with, or the
            learning phase.

    Example:
        >>> tfk_ext.backend.in_train_phase("drop", "keep"), tfk_ext.backend.in_train_phase("drop", "keep", 1)
        ('keep', 'drop')
    """
    if holds_keras_tensor(training):
        return switch(training, x, alt)
    if training is None:
        x, alt = _symbolic_values(x, alt)
        if holds_keras_tensor([x, alt]):
            return of_phase(x, alt)
        training = learning_phase()
    if tf.is_tensor(training) and not hasattr(training, "numpy"):
        return switch(training, x, alt)
    return _value(x if bool(training) else alt)


def _symbolic_values(x: Any, alt: Any) -> tuple[Any, Any]:
    """Call two functions if they compute with KerasTensors: a model's graph needs both values."""
    given = [cell.cell_contents for f in (x, alt) for cell in getattr(f, "__closure__", None) or ()]
    if not callable(x) and not callable(alt):
        return x, alt
    if holds_keras_tensor([x, alt]) or holds_keras_tensor(given):
        return _value(x), _value(alt)
    return x, alt


@operation
def of_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return ``x`` in training and ``alt`` else: :func:`in_train_phase` in a model's graph."""
    x, alt = pair(x, alt)
    if tf.is_tensor(training) and not hasattr(training, "numpy"):
        return tf.cond(tf.cast(training, tf.bool), lambda: x, lambda: alt)
    return x if bool(training) else alt


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return ``x`` in inference and ``alt`` in training, see :func:`in_train_phase`."""
    return in_train_phase(alt, x, training)


@operation
def stop_gradient(variables: Any) -> Any:
    """Return a tensor, or a list of them, through which no gradient flows."""
    if isinstance(variables, (list, tuple)):
        return [tf.stop_gradient(tensor(x)) for x in variables]
    return tf.stop_gradient(tensor(variables))


@operation(jit=False)
def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Any:
    """Print a message and the tensor each time it is computed, and return it.

    Example:
        >>> x = tfk_ext.backend.print_tensor(tf.constant([1, 2]), "x is")  # prints: x is [1 2]
    """
    x = tensor(x)
    tf.print(message, x, output_stream=sys.stdout, summarize=summarize)
    return tf.identity(x)


@operation
def map_fn(fn: Callable, elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """Apply a function to each entry along the first axis, and stack what it returns.

    Args:
        fn: a function of one entry (of a tuple of entries, where ``elems`` is one).
        elems: a tensor or a nested structure of them.
        name: a name.
        dtype: dtype of what ``fn`` returns, if it is not that of ``elems``.

    Example:
        >>> tfk_ext.backend.map_fn(lambda row: row * 2, np.array([[1.0], [2.0]])).numpy()
        array([[2.],
               [4.]])
    """
    elems = tf.nest.map_structure(tensor, elems)
    return tf.map_fn(fn, elems, fn_output_signature=dtype, name=name)


@operation
def foldl(fn: Callable, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Combine the entries along the first axis from the first to the last: ``fn(so far, entry)``.

    Args:
        fn: a function of what was combined so far and the next entry.
        elems: a tensor.
        initializer: where to begin; ``None`` for the first entry.
        name: a name.

    Example:
        >>> int(tfk_ext.backend.foldl(lambda total, x: total * 2 + x, np.array([1, 0, 1])))
        5
    """
    return tf.foldl(fn, tf.nest.map_structure(tensor, elems), initializer, name=name)


@operation
def foldr(fn: Callable, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Combine the entries along the first axis from the last to the first, see :func:`foldl`."""
    return tf.foldr(fn, tf.nest.map_structure(tensor, elems), initializer, name=name)


@operation
def rnn(
    step_function: Callable,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> Any:
    """Apply ``output, states = step_function(input, states)`` to each time step.

    Args:
        step_function: of an input ``(batch, ...)`` and a list of states, with the constants after them. It
            returns the step's output and the list of new states.
        inputs: ``(batch, time, ...)``, nested if need be.
        initial_states: list of the states before the first step.
        go_backwards: from the last step to the first; the outputs stand in the order in which they are made.
        mask: booleans ``(batch, time)`` (a last axis of length 1 may follow); a step that is false leaves
            states and output as they were.
        constants: list of tensors that every step gets.
        unroll: a copy of the step for every time step, instead of a loop; their number must be known.
        input_length: number of steps, which is also read from ``inputs``.
        time_major: the time axis is first, in the outputs and the mask too.
        zero_output_for_mask: the output of a masked step is zero.
        return_all_outputs: whether ``outputs`` holds every step, or the last one only.

    Returns:
        The last output, the outputs ``(batch, time, ...)``, and the list of the last states.

    Example:
        >>> def step(x, states):
        ...     return states[0] + x, [states[0] + x]
        >>> x, state = np.ones((1, 3, 1), "float32"), np.zeros((1, 1), "float32")
        >>> last, outputs, states = tfk_ext.backend.rnn(step, x, [state])
        >>> outputs.numpy().ravel()
        array([1., 2., 3.], dtype=float32)
    """

    def swap(x):
        return tf.transpose(x, [1, 0, *range(2, x.shape.rank)])

    inputs = tf.nest.map_structure(tensor, inputs)
    states = tuple(tensor(state) for state in tf.nest.flatten(initial_states))
    extra = list(constants or [])
    if mask is not None:
        mask = tf.cast(mask, tf.bool)
        mask = tf.squeeze(mask, -1) if mask.shape.rank == 3 else mask
    if not time_major:
        inputs = tf.nest.map_structure(swap, inputs)
        mask = None if mask is None else swap(mask)

    def step(x, before):
        output, after = step_function(x, [*before, *extra])
        return output, tuple(tf.nest.flatten(after))

    last, outputs, states = scan(
        step,
        inputs,
        states,
        mask=mask,
        reverse=go_backwards,
        unroll=unroll,
        zero_output_for_mask=zero_output_for_mask,
        all_outputs=return_all_outputs,
    )
    if outputs is None:
        outputs = tf.nest.map_structure(lambda x: tf.expand_dims(x, 0), last)
    if not time_major:
        outputs = tf.nest.map_structure(swap, outputs)
    return last, outputs, list(states)
