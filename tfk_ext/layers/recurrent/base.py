"""RNN: runs a cell over the time steps of a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.layers.recurrent import cells
from tfk_ext.layers.recurrent.stacked import StackedRNNCells
from tfk_ext.registration import register, restored


@register
class RNN(WeightedLayer):
    """Recurrent layer: ``output_t, states_t = cell(x_t, states_(t-1))`` for every time step.

    Args:
        cell: a cell, or a list of cells that are stacked. A cell is a layer (or any object) with
            ``call(inputs, states) -> (output, new_states)`` and a ``state_size``: an integer, a
            ``tf.TensorShape``, or a list, tuple or dictionary of them, one for each state. It may have an
            ``output_size`` (by default that of the first state) and a ``get_initial_state(batch_size)``;
            its ``call`` may take ``training`` and ``constants``.
        return_sequences: whether the output holds every time step, or the last one only.
        return_state: whether the last states are returned after the output, in one list with it.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts from the states in which the sample at the same place of the
            batch before ended. It needs a known batch size.
        unroll: one copy of the cell for every time step instead of a loop: quicker for short sequences, at
            the price of memory. It needs a known number of steps.
        zero_output_for_mask: whether a masked step outputs zeros instead of repeating the output before it.
        time_major: whether the first axis of input and output is time, the second the batch.
        **kwargs: ``input_shape``, ``input_dim`` and ``input_length``, ``weights``, ``name``, ``dtype``,
            ``activity_regularizer`` and the like.

    Call arguments:
        sequences: the input. A list is the input followed by the initial states.
        initial_state: tensors to start from, by default zeros (``stateful``: the states kept).
        mask: booleans ``(batch, time)``, false where a step is to be skipped.
        training: passed to a cell that takes it.
        constants: tensors passed to the cell at every step, as its ``constants``.

    Shapes:
        input: ``(batch, time, ...)``, or nested in a tuple or dictionary, which the cell then gets each
            step.
        output: ``(batch, output_size)``; with ``return_sequences`` ``(batch, time, output_size)``; with
            ``return_state`` a list of the output and each state, ``(batch, state_size)``.

    Masking: a masked step leaves the states of its sample as they are, and repeats the output before it.
        The mask is passed on with ``return_sequences`` and ends here without.

    Raises:
        ValueError: ``cell`` is no cell; ``stateful`` without a known batch size; ``unroll`` without a known
            number of steps; the wrong number of initial states.

    Example:
        >>> cells = [tfk_ext.MinimalRNNCell(32), tfk_ext.MinimalRNNCell(64)]
        >>> layer = tfk_ext.RNN(cells, return_sequences=True)
        >>> layer(tf.keras.Input((None, 5))).shape
        (None, None, 64)

    Source: the classic documents, ``keras.layers.RNN``.
    """

    _takes_sequences = True

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        time_major=False,
        **kwargs,
    ):
        if not isinstance(cell, (list, tuple)):
            cells.check(self, cell)
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell, dtype=self.dtype_policy)
        self.cell = cell
        self.return_sequences = checks.boolean(self, "return_sequences", return_sequences)
        self.return_state = checks.boolean(self, "return_state", return_state)
        self.go_backwards = checks.boolean(self, "go_backwards", go_backwards)
        self.stateful = checks.boolean(self, "stateful", stateful)
        self.unroll = checks.boolean(self, "unroll", unroll)
        self.zero_output_for_mask = checks.boolean(self, "zero_output_for_mask", zero_output_for_mask)
        self.time_major = checks.boolean(self, "time_major", time_major)
        self.supports_masking = True
        self.states = None

    @property
    def state_size(self):
        return self.cell.state_size

    # --- calling --------------------------------------------------------------------------------------------

    # As in Layer: not for AutoGraph, which takes 0.5 s.
    @tf.autograph.experimental.do_not_convert
    def __call__(self, sequences, initial_state=None, constants=None, **kwargs):
        if isinstance(sequences, list):
            sequences, *rest = sequences
            if rest and initial_state is not None:
                checks.fail(self, "the initial states were given twice: in the list of inputs and by name.")
            initial_state = rest or initial_state
        if initial_state is not None:
            kwargs["initial_state"] = self._packed(initial_state)
        if constants is not None:
            cells.check_constants(self.cell)
            kwargs["constants"] = list(constants) if isinstance(constants, (list, tuple)) else [constants]
        self._check_sizes(sequences)
        return super().__call__(sequences, **kwargs)

    def build(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        batch = self._sizes(sequences_shape)[0] or self._batch_size
        if self.stateful and batch is None:
            checks.fail(
                self,
                "stateful=True needs a known batch size: give it in batch_input_shape=(batch, time, ...) or "
                "in Input(batch_shape=(batch, time, ...)).",
            )
        step_shape = _map_shapes(lambda shape: (batch, *shape[2:]), sequences_shape)
        if isinstance(self.cell, tf.keras.layers.Layer) and not self.cell.built:
            self.cell.build([step_shape, *constants_shape] if constants_shape else step_shape)
            self.cell.built = True
        if self.stateful and self.states is None:
            self._create_states(batch)
        super().build(sequences_shape)

    def call(self, sequences, initial_state=None, mask=None, training=None, constants=None):
        mask = self._time_major_mask(sequences, mask)
        xs = tf.nest.map_structure(tf.convert_to_tensor, sequences)
        if self.stateful:
            xs = tf.nest.map_structure(self._with_known_batch, xs)
        states = self._first_states(initial_state, xs)
        if not self.time_major:
            xs = tf.nest.map_structure(_swapped, xs)
        last, outputs, states = cells.scan(
            self.cell,
            xs,
            states,
            training=training,
            constants=constants,
            mask=mask,
            reverse=self.go_backwards,
            unroll=self.unroll,
            zero_output_for_mask=self.zero_output_for_mask,
            all_outputs=self.return_sequences,
        )
        if self.stateful:
            for variable, state in zip(tf.nest.flatten(self.states), tf.nest.flatten(states)):
                variable.assign(tf.cast(state, variable.dtype))
        return self._returned(last, outputs, states)

    def _first_states(self, given, sequences):
        """Return the states to start from, cast to what the cell computes with."""
        if given is None:
            if self.stateful:
                given = tf.nest.map_structure(tf.convert_to_tensor, self.states)
            else:
                x = tf.nest.flatten(sequences)[0]
                batch = cells.first_axis(x, 1 if self.time_major else 0)
                given = cells.called(self.get_initial_state, batch_size=batch, inputs=sequences)
        dtype = getattr(self.cell, "compute_dtype", self.compute_dtype)

        def converted(state):
            state = tf.convert_to_tensor(state)
            return tf.cast(state, dtype) if state.dtype.is_floating else state

        return tf.nest.map_structure(converted, given)

    def _returned(self, last, outputs, states):
        """Return the output and the states in the layer's dtype, as its arguments say."""
        if self.return_sequences and not self.time_major:
            outputs = tf.nest.map_structure(_swapped, outputs)
        output = outputs if self.return_sequences else last

        def cast(x):
            return tf.cast(x, self.compute_dtype) if x.dtype.is_floating else x

        output = tf.nest.map_structure(cast, output)
        if not self.return_state:
            return output
        states = tf.nest.map_structure(cast, states)
        return [output, *states] if isinstance(states, list) else [output, states]

    def _time_major_mask(self, sequences, mask):
        """Return the mask as ``(time, batch)``: the one given, else the one that the input carries."""
        if mask is None:
            found = [getattr(x, "_keras_mask", None) for x in tf.nest.flatten(sequences)]
        else:
            found = tf.nest.flatten(mask)
        found = [m for m in found if m is not None]
        if not found:
            return None
        mask = tf.cast(found[0], tf.bool)
        if mask.shape.rank == 3 and mask.shape[-1] == 1:
            mask = tf.squeeze(mask, -1)
        if mask.shape.rank != 2:
            checks.fail(self, f"mask must have 2 axes (batch, time), got shape {tuple(mask.shape)}.")
        return mask if self.time_major else tf.transpose(mask)

    # --- shapes ---------------------------------------------------------------------------------------------

    def compute_output_shape(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        if isinstance(sequences_shape, list) and isinstance(sequences_shape[0], (list, tuple)):
            sequences_shape = sequences_shape[0]
        batch, time = self._sizes(sequences_shape)
        step_shape = _map_shapes(lambda shape: (batch, *shape[2:]), sequences_shape)
        output, states = cells.step_shapes(self.cell, step_shape)
        if self.return_sequences:
            front = (time, batch) if self.time_major else (batch, time)
            output = _map_shapes(lambda shape: (*front, *shape[1:]), output)
        if not self.return_state:
            return output
        return [output, *states] if isinstance(states, list) else [output, states]

    def compute_mask(self, inputs, mask=None):
        masks = [m for m in tf.nest.flatten(mask) if m is not None]
        output = masks[0] if masks and self.return_sequences else None
        if not self.return_state:
            return output
        states = cells.state_shapes(self.cell)
        return [output] + [None] * (len(states) if isinstance(states, list) else 1)

    def _sizes(self, shape):
        """Return the batch size and the number of steps of an input's shape, which may be nested."""
        first, second = _first_shape(shape)[:2]
        return (second, first) if self.time_major else (first, second)

    def _check_sizes(self, sequences):
        """Refuse what the layer's options do not allow, before anything is built."""
        for x in tf.nest.flatten(sequences):
            shape = getattr(x, "shape", None)
            shape = np.shape(x) if shape is None else tuple(shape)
            if len(shape) < 3:
                checks.fail(
                    self, f"the input must have at least 3 axes (batch, time, features), got shape {shape}."
                )
            batch, time = self._sizes(shape)
            if time == 0:
                checks.fail(self, f"the input must have at least one time step, got shape {shape}.")
            if self.unroll and time is None:
                checks.fail(
                    self,
                    "unroll=True needs a known number of time steps: give it in Input(shape=(time, ...)) or "
                    "input_shape=(time, ...).",
                )
            if self.states is not None and batch is not None:
                expected = tf.nest.flatten(self.states)[0].shape[0]
                if batch != expected:
                    checks.fail(
                        self,
                        f"stateful=True keeps states for a batch size of {expected}, "
                        f"got an input with a batch size of {batch}.",
                    )

    def _with_known_batch(self, x):
        batch = tf.nest.flatten(self.states)[0].shape[0]
        front = (None, batch) if self.time_major else (batch, None)
        return tf.ensure_shape(x, (*front, *[None] * (x.shape.rank - 2)))

    # --- states ---------------------------------------------------------------------------------------------

    def _packed(self, states):
        """Return initial states in the structure of the cell's; a flat list will do for nested ones."""
        template = cells.state_shapes(self.cell)
        states = cells.listed(states)
        given, expected = tf.nest.flatten(states), tf.nest.flatten(template)
        if len(given) != len(expected):
            checks.fail(self, f"initial_state must hold {len(expected)} tensors, got {len(given)}.")
        return tf.nest.pack_sequence_as(template, given)

    def get_initial_state(self, batch_size=None, inputs=None):
        """Return the states that a sequence begins with where none are given.

        Args:
            batch_size: number of samples.
            inputs: sequences to take it from.
        """
        if inputs is None and getattr(batch_size, "shape", ()) != ():
            batch_size, inputs = None, batch_size
        if inputs is not None:
            inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
            if batch_size is None:
                batch_size = cells.first_axis(tf.nest.flatten(inputs)[0], 1 if self.time_major else 0)
            inputs = tf.nest.map_structure(lambda x: x[0] if self.time_major else x[:, 0], inputs)
        return cells.initial_state(self.cell, batch_size, self.compute_dtype, inputs)

    def _create_states(self, batch):
        with tf.init_scope():
            states = tf.nest.map_structure(
                lambda state: tf.Variable(
                    state,
                    trainable=False,
                    dtype=tf.as_dtype(self.variable_dtype) if state.dtype.is_floating else state.dtype,
                    name="rnn_state",
                    synchronization=tf.VariableSynchronization.ON_READ,
                    aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
                ),
                self.get_initial_state(batch),
            )
        self.states = states

    def reset_states(self, states=None):
        """Set the kept states of a stateful layer.

        Args:
            states: arrays with the new values, by default zeros.

        Raises:
            AttributeError: the layer is not stateful.
            ValueError: the wrong number of arrays, or their shapes do not fit.
        """
        if not self.stateful:
            checks.fail(self, "only a layer with stateful=True keeps states to reset.", AttributeError)
        if self.states is None:
            if states is None:
                return
            checks.fail(self, "the layer has no states yet: build it or call it first.")
        variables = tf.nest.flatten(self.states)
        values = [np.zeros(v.shape) for v in variables] if states is None else tf.nest.flatten(states)
        if states is not None and not isinstance(states, (list, tuple, Mapping)):
            values = [states]
        if len(values) != len(variables):
            checks.fail(self, f"reset_states takes {len(variables)} arrays, got {len(values)}.")
        for index, (variable, value) in enumerate(zip(variables, values)):
            if tuple(np.shape(value)) != tuple(variable.shape):
                checks.fail(
                    self,
                    f"state {index} has the shape {tuple(variable.shape)}, got an array of shape "
                    f"{np.shape(value)}.",
                )
            variable.assign(tf.cast(value, variable.dtype))

    def reset_state(self):
        """Set the kept states to zeros: today's Keras's name, which does nothing where none are kept."""
        if self.stateful:
            self.reset_states()

    # --- configuration --------------------------------------------------------------------------------------

    def get_config(self):
        config = {**super().get_config(), **self._sequence_config()}
        config["cell"] = tf.keras.saving.serialize_keras_object(self.cell)
        return config

    def _sequence_config(self) -> dict[str, Any]:
        # A batch size given with the layer has to come back with it: the states are made from it.
        return {
            **({"batch_size": self._batch_size} if self._batch_size is not None else {}),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "time_major": self.time_major,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        cell = config.get("cell")
        if isinstance(cell, Mapping):
            config["cell"] = restored(cell, custom_objects)
        return cls(**config)


def _swapped(x: tf.Tensor) -> tf.Tensor:
    """Exchange the first two axes."""
    return tf.transpose(x, (1, 0, *range(2, x.shape.rank)))


def _first_shape(shape: Any) -> Any:
    """Return the first shape of a nested structure of shapes."""
    while isinstance(shape, Mapping) or isinstance(shape[0], (list, tuple, Mapping)):
        shape = next(iter(shape.values())) if isinstance(shape, Mapping) else shape[0]
    return shape


def _map_shapes(function: Any, shapes: Any) -> Any:
    """Apply a function to every shape of a nested structure of shapes."""
    if isinstance(shapes, Mapping):
        return {key: _map_shapes(function, value) for key, value in shapes.items()}
    if isinstance(shapes[0], (list, tuple, Mapping)):
        return type(shapes)(_map_shapes(function, shape) for shape in shapes)
    return function(tuple(shapes))
