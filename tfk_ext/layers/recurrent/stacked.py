"""StackedRNNCells: several cells one above the other as one cell."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.recurrent import cells as protocol
from tfk_ext.registration import register, restored


@register
class StackedRNNCells(protocol.Cell):
    """Several cells as one: the output of each is the input of the next.

    Args:
        cells: list or tuple of cells, the lowest first.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)`` and the states: a list with the states of each cell, a single tensor
            for a cell that has one state.
        output: what the last cell puts out, and the new states in the same structure.

    Masking: refuses a mask; inside an RNN layer masked steps leave all states as they are.

    Raises:
        ValueError: ``cells`` is empty, or one of them has no ``call`` or no ``state_size``.

    Example:
        >>> cells = tfk_ext.StackedRNNCells([tfk_ext.MinimalRNNCell(8), tfk_ext.MinimalRNNCell(4)])
        >>> tfk_ext.RNN(cells)(np.ones((2, 5, 3))).shape
        TensorShape([2, 4])

    Source: the classic documents, ``keras.layers.StackedRNNCells``.
    """

    def __init__(self, cells, **kwargs):
        if not isinstance(cells, (list, tuple)) or not cells:
            checks.fail(self, f"cells must be a list of at least one cell, got {cells!r}.")
        for cell in cells:
            protocol.check(self, cell)
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self):
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        last = self.cells[-1]
        size = getattr(last, "output_size", None)
        return protocol.output_shapes(last) if size is None else size

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """Return the initial states of every cell, a list with an item for each."""
        if inputs is not None:
            batch_size = protocol.first_axis(tf.nest.flatten(inputs)[0])
        states = []
        for cell in self.cells:
            state = protocol.initial_state(cell, batch_size, dtype, inputs)
            states.append(_outer(cell, state))
            # The output of the package's cells is their first state, and the input of the next cell.
            inputs = None if inputs is None else tf.nest.flatten(state)[0]
        return states

    def compute_output_shape(self, input_shape, *states_shape):
        states = []
        for cell in self.cells:
            input_shape, state = protocol.step_shapes(cell, input_shape)
            states.append(_outer(cell, state))
        return input_shape, states

    def build(self, input_shape):
        constants = []
        if isinstance(input_shape, list) and isinstance(input_shape[0], (list, tuple)):
            input_shape, *constants = input_shape
        for cell in self.cells:
            if isinstance(cell, tf.keras.layers.Layer) and not cell.built:
                takes = constants and protocol.takes(cell, "constants")
                cell.build([input_shape, *constants] if takes else input_shape)
                cell.built = True
            input_shape = protocol.step_shapes(cell, input_shape)[0]
        super().build(input_shape)

    def call(self, inputs, states, training=None, constants=None):
        if constants and not any(protocol.takes(cell, "constants") for cell in self.cells):
            checks.fail(self, "constants were given, but none of the cells takes an argument `constants`.")
        new = []
        for cell, state in zip(self.cells, states):
            given = constants if protocol.takes(cell, "constants") else None
            inputs, state = protocol.step(cell, training, given)(inputs, protocol.listed(state))
            new.append(_outer(cell, state))
        return inputs, new

    def _scan(self, xs, states, *, mask, reverse, zero_output_for_mask, all_outputs, **options):
        # Cell by cell over all steps gives what step by step through all cells gives: each cell can share
        # work between its steps. What a lower cell puts out at a masked step is never read.
        new, last = [], len(self.cells) - 1
        for index, (cell, state) in enumerate(zip(self.cells, states)):
            output, xs, state = protocol.scan(
                cell,
                xs,
                protocol.listed(state),
                constants=None,
                mask=mask,
                reverse=reverse,
                zero_output_for_mask=zero_output_for_mask and index == last,
                all_outputs=all_outputs or index < last,
                **options,
            )
            new.append(_outer(cell, state))
            if reverse:
                mask = None if mask is None else tf.reverse(mask, [0])
                reverse = False
        return output, xs, new

    def get_config(self):
        config = super().get_config()
        config["cells"] = [tf.keras.saving.serialize_keras_object(cell) for cell in self.cells]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        config["cells"] = [restored(cell, custom_objects) for cell in config["cells"]]
        return cls(**config)


def _outer(cell, state):
    """Return a cell's states as they stand in the stack's: bare where ``state_size`` is a single size."""
    if isinstance(state, list) and len(state) == 1 and not isinstance(cell.state_size, (list, tuple, dict)):
        return state[0]
    return state
