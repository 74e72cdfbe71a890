"""What a recurrent layer asks of a cell, whoever wrote it.

A cell has a ``state_size`` and computes ``output, new_states = cell(inputs, states)`` for one time step. It
may have an ``output_size``, a ``get_initial_state`` (with the arguments of Keras 2 or 3), and its call may
take ``training`` and ``constants``. The cells of this package also know how to go over all time steps at
once (``_scan``), which lets them share work between the steps.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import recurrent as ops


class Cell(WeightedLayer):
    """Base of the package's cells: shapes from ``state_size`` and ``output_size``, states of zeros."""

    state_size: Any
    output_size: Any

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """Return the states of zeros that a sequence begins with.

        Args:
            batch_size: number of samples, an integer or a scalar tensor.
            inputs: a batch to take the number of samples from.
            dtype: dtype of the states, by default what the cell computes with.
        """
        if inputs is not None:
            batch_size = first_axis(tf.nest.flatten(inputs)[0])
        return zeros(state_shapes(self), batch_size, dtype or self.compute_dtype)

    def compute_output_shape(self, input_shape, *states_shape):
        batch = _first_shape(input_shape)[0]
        return with_batch(output_shapes(self), batch), with_batch(state_shapes(self), batch)


# --- shapes and states ---------------------------------------------------------------------------------


def check(owner: object, cell: Any) -> None:
    """Refuse an object that is no cell."""
    if not callable(getattr(cell, "call", None)):
        checks.fail(owner, f"cell must have a method call(inputs, states), got {cell!r}.")
    if "state_size" not in dir(cell):
        checks.fail(
            owner,
            "cell must have an attribute state_size: an integer, or a list of them with one for each state; "
            f"got {cell!r}.",
        )


def _shape(size: Any) -> Any:
    """Turn a size into the shape of one sample; nested sizes stay nested."""
    if isinstance(size, tf.TensorShape):
        return size
    if checks.is_integer(size):
        return tf.TensorShape([int(size)])
    if isinstance(size, Mapping):
        return {key: _shape(size[key]) for key in size}
    if isinstance(size, (list, tuple)):
        return [_shape(item) for item in size]
    raise ValueError(
        "the state_size and output_size of a cell are integers, tf.TensorShapes, or lists, tuples or "
        f"dictionaries of them; got {size!r}."
    )


def state_shapes(cell: Any) -> Any:
    """Return the shapes of a cell's states without the batch axis: a list, or a dictionary.

    Inside a list a tuple of integers may be meant as several states or as the shape of one: the cell's
    own ``get_initial_state`` decides it.
    """
    size = cell.state_size
    shapes = _shape(size)
    if isinstance(shapes, tf.TensorShape):
        return [shapes]
    nested = isinstance(shapes, list) and any(isinstance(item, list) for item in shapes)
    if nested and not hasattr(cell, "cells") and hasattr(cell, "get_initial_state"):
        with tf.init_scope():
            example = initial_state(cell, 1)
        return tf.nest.map_structure(lambda state: state.shape[1:], example)
    return shapes


def output_shapes(cell: Any) -> Any:
    """Return the shape of a cell's output without the batch axis; by default that of the first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return _shape(size)
    return tf.nest.flatten(state_shapes(cell))[0]


def step_shapes(cell: Any, input_shape: Any) -> tuple[Any, Any]:
    """Return the shapes of a cell's output and states for an input, all with the batch axis."""
    if isinstance(cell, Cell):
        output, states = cell.compute_output_shape(input_shape)
        return output, states
    batch = _first_shape(input_shape)[0]
    return with_batch(output_shapes(cell), batch), with_batch(state_shapes(cell), batch)


def _first_shape(shape: Any) -> Any:
    """Return the first shape of a nested structure of shapes."""
    while isinstance(shape, Mapping) or (shape and isinstance(shape[0], (list, tuple, Mapping))):
        shape = next(iter(shape.values())) if isinstance(shape, Mapping) else shape[0]
    return shape


def with_batch(shapes: Any, *front: int | None) -> Any:
    """Put axes in front of the shapes of a nested structure and return them as tuples."""
    return tf.nest.map_structure(lambda shape: (*front, *shape), shapes)


def zeros(shapes: Any, batch: Any, dtype: Any) -> Any:
    """Return zeros for each shape of a nested structure."""

    def make(shape):
        if not shape.is_fully_defined():
            raise ValueError(
                f"a state of shape {shape} has no default: give initial_state, or a get_initial_state to the "
                "cell."
            )
        return tf.zeros([batch, *shape], dtype)

    return tf.nest.map_structure(make, shapes)


def first_axis(x: Any, axis: int = 0) -> Any:
    """Return the size of a tensor's axis, by default the first, as an integer where it is known."""
    return tf.shape(x)[axis] if x.shape[axis] is None else x.shape[axis]


def floating(x: Any, dtype: Any) -> Any:
    """Return integers as floating numbers; floating numbers stay as they are."""
    return x if x.dtype.is_floating else tf.cast(x, dtype)


def called(function: Callable, **arguments: Any) -> Any:
    """Call a function with those of the arguments that it takes."""
    takes = inspect.signature(function).parameters
    everything = any(p.kind is p.VAR_KEYWORD for p in takes.values())
    return function(**{name: value for name, value in arguments.items() if everything or name in takes})


def initial_state(cell: Any, batch: Any, dtype: Any = None, inputs: Any = None) -> Any:
    """Return the states that a cell begins with: its own, else zeros.

    ``inputs`` is the input of a step; only the package's cells get it, where the states' size depends on
    it.
    """
    dtype = getattr(cell, "compute_dtype", dtype) or tf.keras.config.floatx()
    own = getattr(cell, "get_initial_state", None)
    if own is None:
        return zeros(state_shapes(cell), batch, dtype)
    inputs = inputs if isinstance(cell, Cell) else None
    return listed(called(own, inputs=inputs, batch_size=batch, dtype=dtype))


def listed(states: Any) -> Any:
    """Return states as a list, a single one too; a dictionary stays one."""
    if isinstance(states, Mapping):
        return dict(states)
    return list(states) if isinstance(states, (list, tuple)) else [states]


# --- calling -------------------------------------------------------------------------------------------


def takes(cell: Any, name: str) -> bool:
    """Tell whether a cell's ``call`` takes an argument of this name."""
    return name in inspect.signature(cell.call).parameters


def check_constants(cell: Any) -> None:
    """Refuse constants for a cell that does not take them."""
    if not takes(cell, "constants"):
        raise ValueError(
            f"constants were given, but {type(cell).__name__}.call takes no argument `constants`."
        )


def step(cell: Any, training: bool | None, constants: list[Any] | None) -> Callable[[Any, Any], Any]:
    """Return one step of a cell as a function of its input and states."""
    options: dict[str, Any] = {}
    if takes(cell, "training"):
        options["training"] = training
    if constants:
        check_constants(cell)
        options["constants"] = constants
    function = cell if callable(cell) else cell.call

    def advance(x: Any, states: Any) -> Any:
        output, new = function(x, states, **options)
        new = listed(new)
        if len(tf.nest.flatten(new)) != len(tf.nest.flatten(states)):
            raise ValueError(
                f"{type(cell).__name__} was called with {len(tf.nest.flatten(states))} states and returned "
                f"{len(tf.nest.flatten(new))}."
            )
        return output, new

    return advance


def scan(
    cell: Any, xs: Any, states: Any, *, training: bool | None, constants: list[Any] | None, **options: Any
) -> tuple[Any, Any, Any]:
    """Run a cell over time-major inputs: by its own ``_scan`` where it has one, else step by step."""
    if constants is None and _scans_itself(type(cell)):
        return cell._scan(xs, states, training=training, **options)
    advance = step(cell, training, constants)
    if training and not constants and not options["unroll"] and _by_rows(advance, xs, states):
        del options["unroll"]
        if options.pop("reverse"):
            xs, mask = tf.reverse(xs, [0]), options["mask"]
            options["mask"] = None if mask is None else tf.reverse(mask, [0])
        return ops.foreign(advance, xs, states, **options)
    with one_mask_for_all_steps():
        return ops.scan(advance, xs, states, **options)


def _by_rows(advance: Callable[[Any, Any], Any], xs: Any, states: Any) -> bool:
    """Tell whether the gradient may go through a step for many rows at once.

    The step is traced to find out, which would cost too much each time where nothing is compiled.
    """
    if tf.executing_eagerly() or tf.distribute.has_strategy():
        return False
    if not isinstance(xs, tf.Tensor) or not isinstance(states, list):
        return False
    with one_mask_for_all_steps():
        return all(isinstance(state, tf.Tensor) for state in states) and ops.independent(
            advance, xs[0], states
        )


# What the cells drew for the scan under way, by cell: a scan that goes step by step through `call` has to
# find the same dropout mask at every step.
drawn: contextvars.ContextVar[dict[int, Any] | None] = contextvars.ContextVar("drawn", default=None)


@contextlib.contextmanager
def one_mask_for_all_steps():
    """Within this context every cell draws its dropout masks once."""
    token = drawn.set({})
    try:
        yield
    finally:
        drawn.reset(token)


def _scans_itself(cls: type) -> bool:
    """Tell whether a class has a ``_scan`` that stands for its ``call``: a subclass may have another."""
    scans, calls = (next((c for c in cls.__mro__ if name in vars(c)), None) for name in ("_scan", "call"))
    return scans is not None and calls is not None and issubclass(scans, calls)
