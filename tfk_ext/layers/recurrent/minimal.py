"""MinimalRNNCell: the cell of the documents' chapter on cells of one's own."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.recurrent.cells import Cell, floating
from tfk_ext.ops import core
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register


@register
class MinimalRNNCell(Cell):
    """The smallest recurrent cell: ``h_t = x_t . kernel + h_(t-1) . recurrent_kernel``.

    Args:
        units: size of the output and of the state.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)`` and a list with the state, ``(batch, units)``.
        output: ``(batch, units)`` and a list with the new state.

    Masking: refuses a mask; inside an RNN layer a masked step leaves the state as it is.

    Raises:
        ValueError: ``units`` is not a positive integer; the size of the input's last axis is not known.

    Example:
        >>> layer = tfk_ext.RNN(tfk_ext.MinimalRNNCell(32))
        >>> layer(np.ones((2, 7, 5))).shape
        TensorShape([2, 32])

    Source: the classic documents, ``keras.layers.RNN``, where it is the example of a cell.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = checks.integer(self, "units", units)
        self.state_size = self.units
        self.output_size = self.units

    def build(self, input_shape):
        size = checks.known(
            self, "the input's last axis", input_shape[-1], "give it in Input or input_shape."
        )
        self.kernel = self.add_weight(name="kernel", shape=(size, self.units), initializer="uniform")
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, self.units), initializer="uniform"
        )
        super().build(input_shape)

    def call(self, inputs, states):
        inputs = floating(inputs, self.compute_dtype)
        output = tf.matmul(inputs, self.kernel) + tf.matmul(states[0], self.recurrent_kernel)
        return output, [output]

    def _scan(self, xs, states, *, training, mask, reverse, unroll, **options):
        xs = floating(xs, self.compute_dtype)
        inputs, kernel = tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.recurrent_kernel)
        if not unroll:
            rule = ops.rules.Simple(activations.linear)
            if reverse:
                xs = tf.reverse(xs, [0])
                mask = None if mask is None else tf.reverse(mask, [0])
            options = {**options, "mask": mask, "gradient": bool(training)}
            return ops.recurrence(rule, xs, states, [kernel], project=core.dense, inputs=[inputs], **options)

        def step(x, states):
            output = x + tf.matmul(states[0], kernel)
            return output, [output]

        options = {**options, "mask": mask, "reverse": reverse, "unroll": unroll}
        return ops.scan(step, core.dense(xs, inputs), states, like=states[0], **options)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
