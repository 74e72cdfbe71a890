"""CuDNNGRU and CuDNNLSTM: the layers of old GPU models, with the weights as those models stored them.

CuDNN kept the matrix of every gate as ``(units, inputs)`` in one flat buffer, and Keras filled that buffer
without transposing. A stored kernel therefore means, gate by gate, its values read as ``(units, inputs)``
and transposed. It also kept two biases, one for the input and one for the recurrent product.
"""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.recurrent.gated import (
    CellLayer,
    UnitsCell,
    Weights,
    cell_options,
    of_cell,
    unit_forget_bias,
)
from tfk_ext.layers.recurrent.gru import GRUCell
from tfk_ext.layers.recurrent.lstm import LSTMCell
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register

# What the CuDNN layers have fixed: it is no part of their configuration.
_FIXED = ("activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout", "implementation")


class CuDNNCell(UnitsCell):
    """Base of the two cells: the weights as CuDNN stored them, and what they mean."""

    def _add_bias(self):
        return self._add("bias", (2 * self._gates * self.units,))

    def _weights(self):
        bias = tf.reshape(tf.convert_to_tensor(self.bias), (2, -1))
        return Weights(
            ops.from_cudnn(tf.convert_to_tensor(self.kernel), self._gates),
            ops.from_cudnn(tf.convert_to_tensor(self.recurrent_kernel), self._gates),
            bias[0],
            bias[1],
        )


class CuDNNLSTMCell(CuDNNCell, LSTMCell):
    """The cell of CuDNNLSTM; both biases go to the same sums."""

    def _add_bias(self):
        initializer = self.bias_initializer
        if self.unit_forget_bias:
            initializer = unit_forget_bias(initializer, self.units, before=5, after=2)
        return self._add("bias", (8 * self.units,), initializer=initializer)

    def _weights(self):
        weights = super()._weights()
        return weights._replace(bias=weights.bias + weights.recurrent_bias, recurrent_bias=None)


class CuDNNGRUCell(CuDNNCell, GRUCell):
    """The cell of CuDNNGRU: the reset gate stands behind the recurrent product."""


class CuDNNLayer(CellLayer):
    """Base of CuDNNGRU and CuDNNLSTM."""

    units = of_cell("units")

    def get_config(self):
        config = super().get_config()
        for name in (*_FIXED, "reset_after", "seed"):
            config.pop(name, None)
        return config


@register
class CuDNNGRU(CuDNNLayer):
    """GRU of the old CuDNN kernels: ``h_t = z * h_(t-1) + (1 - z) * g``.

    It computes what ``GRU(reset_after=True)`` computes, on any device: ``z`` and ``r`` are
    ``sigmoid(x . W + b + h . U + d)``, and ``g = tanh(x . W_g + b_g + r * (h . U_g + d_g))``. Its weights
    are stored as CuDNN stored them, so that the weights of an old model fit.

    Args:
        units: size of the output and of the state.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 3 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 3 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(6 * units,)``: b, then d, each z, r, g.
        kernel_regularizer: regularizer of ``kernel``.
        recurrent_regularizer: regularizer of ``recurrent_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        recurrent_constraint: constraint on ``recurrent_kernel``.
        bias_constraint: constraint on ``bias``.
        return_sequences: whether the output holds every time step, or the last one only.
        return_state: whether the last state is returned after the output, in one list with it.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like; see :class:`RNN`.

    Call arguments: ``sequences``, ``initial_state``, ``mask``, ``training``; see :class:`RNN`.

    Shapes:
        input: ``(batch, time, features)``; ``features`` must be known.
        output: ``(batch, units)``; with ``return_sequences`` ``(batch, time, units)``; with
            ``return_state`` a list of the output and the state, ``(batch, units)``.

    Masking: as GRU. The old layer took no mask.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> tfk_ext.CuDNNGRU(4, return_sequences=True)(np.ones((2, 5, 3))).shape
        TensorShape([2, 5, 4])

    Source: the classic documents, ``keras.layers.CuDNNGRU``.
    """

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        cell = CuDNNGRUCell(
            checks.integer(self, "units", units),
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            reset_after=True,
            name="gru_cell",
            **cell_options(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )


@register
class CuDNNLSTM(CuDNNLayer):
    """LSTM of the old CuDNN kernels: ``c_t = f * c_(t-1) + i * g``, ``h_t = o * tanh(c_t)``.

    It computes what ``LSTM`` computes with the sum of its two biases, on any device: the gates are
    ``sigmoid(x . W + b + h . U + d)``, the candidate is ``tanh`` of its sum. Its weights are stored as
    CuDNN stored them, so that the weights of an old model fit.

    Args:
        units: size of the output and of the states.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 4 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 4 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(8 * units,)``: b, then d, each i, f, g, o.
        unit_forget_bias: start the recurrent bias of the forget gate at 1.
        kernel_regularizer: regularizer of ``kernel``.
        recurrent_regularizer: regularizer of ``recurrent_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        recurrent_constraint: constraint on ``recurrent_kernel``.
        bias_constraint: constraint on ``bias``.
        return_sequences: whether the output holds every time step, or the last one only.
        return_state: whether the last states (hidden, carry) are returned after the output, in one list.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like; see :class:`RNN`.

    Call arguments: ``sequences``, ``initial_state``, ``mask``, ``training``; see :class:`RNN`.

    Shapes:
        input: ``(batch, time, features)``; ``features`` must be known.
        output: ``(batch, units)``; with ``return_sequences`` ``(batch, time, units)``; with
            ``return_state`` a list of the output, the hidden and the carry state, ``(batch, units)`` each.

    Masking: as LSTM. The old layer took no mask.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> tfk_ext.CuDNNLSTM(4, return_sequences=True)(np.ones((2, 5, 3))).shape
        TensorShape([2, 5, 4])

    Source: the classic documents, ``keras.layers.CuDNNLSTM``.
    """

    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        cell = CuDNNLSTMCell(
            checks.integer(self, "units", units),
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            name="lstm_cell",
            **cell_options(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
