"""LSTM and its cell."""

from __future__ import annotations

from tfk_ext import activations, checks
from tfk_ext.layers.recurrent.gated import (
    CellLayer,
    UnitsCell,
    cell_options,
    of_cell,
    unit_forget_bias,
)
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register


@register
class LSTMCell(UnitsCell):
    """One time step of LSTM: ``c_t = f * c_(t-1) + i * g``, ``h_t = o * activation(c_t)``.

    The gates ``i``, ``f`` and ``o`` are ``recurrent_activation(x . W + h . U + b)``, each with its weights,
    the candidate ``g`` is ``activation(x . W + h . U + b)``. Kernels and bias hold their parts in the order
    i, f, g, o.

    Args:
        units: size of the output and of the states.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 4 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 4 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(4 * units,)``.
        unit_forget_bias: start the bias of the forget gate at 1.
        kernel_regularizer: regularizer of ``kernel``.
        recurrent_regularizer: regularizer of ``recurrent_kernel``.
        bias_regularizer: regularizer of ``bias``.
        kernel_constraint: constraint on ``kernel``.
        recurrent_constraint: constraint on ``recurrent_kernel``.
        bias_constraint: constraint on ``bias``.
        dropout: fraction of the inputs that is dropped in training, from 0 to 1. The factors are drawn once
            for a sequence (for each call, outside a layer): all its steps and gates share them.
        recurrent_dropout: fraction of the state that is dropped in training where it enters the recurrent
            product, from 0 to 1, drawn in the same way.
        implementation: 1 or 2, how Keras 2 arranged the products; accepted, and without effect.
        seed: seed of the dropout, an integer.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)`` and a list of the hidden and the carry state,
            ``(batch, units)`` each.
        output: ``(batch, units)`` and a list of the new states.

    Masking: refuses a mask; inside a layer a masked step leaves the states as they are.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> cells = [tfk_ext.LSTMCell(8), tfk_ext.LSTMCell(4)]
        >>> tfk_ext.RNN(cells)(np.ones((2, 5, 3))).shape
        TensorShape([2, 4])

    Source: Hochreiter, Schmidhuber (1997), "Long short-term memory".
    """

    _gates = 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            units,
            activation,
            use_bias,
            kernel=(kernel_initializer, kernel_regularizer, kernel_constraint),
            recurrent=(recurrent_initializer, recurrent_regularizer, recurrent_constraint),
            bias=(bias_initializer, bias_regularizer, bias_constraint),
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **kwargs,
        )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = checks.boolean(self, "unit_forget_bias", unit_forget_bias)
        self.state_size = [self.units, self.units]
        self.implementation = checks.one_of(self, "implementation", implementation, (0, 1, 2))

    def _add_bias(self):
        initializer = self.bias_initializer
        if self.unit_forget_bias:
            initializer = unit_forget_bias(initializer, self.units, before=1, after=2)
        return self._add("bias", (4 * self.units,), initializer=initializer)

    def _rule(self, keep):
        return ops.rules.LSTM(self.activation, self.recurrent_activation, keep=keep)

    def get_config(self):
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
            "implementation": self.implementation,
        }


@register
class LSTM(CellLayer):
    """Long short-term memory: ``c_t = f * c_(t-1) + i * g``, ``h_t = o * activation(c_t)``.

    The gates ``i``, ``f`` and ``o`` are ``recurrent_activation(x . W + h . U + b)``, each with its weights,
    the candidate ``g`` is ``activation(x . W + h . U + b)``. Kernels and bias hold their parts in the order
    i, f, g, o.

    Args:
        units: size of the output and of the states.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 4 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 4 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(4 * units,)``.
        unit_forget_bias: start the bias of the forget gate at 1.
        kernel_regularizer: regularizer of ``kernel``.
        recurrent_regularizer: regularizer of ``recurrent_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        recurrent_constraint: constraint on ``recurrent_kernel``.
        bias_constraint: constraint on ``bias``.
        dropout: fraction of the inputs that is dropped in training, from 0 to 1. The factors are drawn once
            for a sequence: all its steps and gates share them.
        recurrent_dropout: fraction of the state that is dropped in training where it enters the recurrent
            product, from 0 to 1, drawn in the same way.
        implementation: 1 or 2, how Keras 2 arranged the products; accepted, and without effect.
        return_sequences: whether the output holds every time step, or the last one only.
        return_state: whether the last states (hidden and carry) are returned after the output, in one list
            with it.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        unroll: one copy of the step for every time step instead of a loop; needs a known number of steps.
        seed: seed of the dropout, an integer.
        use_cudnn: ``"auto"``, True or False, as Keras 3 has it; accepted, and without effect.
        **kwargs: ``zero_output_for_mask``, ``time_major``, ``input_shape``, ``weights``, ``name``,
            ``dtype`` and the like; see :class:`RNN`.

    Call arguments: ``sequences``, ``initial_state``, ``mask``, ``training``; see :class:`RNN`.

    Shapes:
        input: ``(batch, time, features)``; ``features`` must be known.
        output: ``(batch, units)``; with ``return_sequences`` ``(batch, time, units)``; with
            ``return_state`` a list of the output and the hidden and the carry state, ``(batch, units)``
            each.

    Masking: a masked step leaves the states of its sample as they are, and repeats the output before it.
        The mask is passed on with ``return_sequences`` and ends here without.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> layer = tfk_ext.LSTM(4, return_sequences=True, return_state=True)
        >>> [tuple(y.shape) for y in layer(np.ones((2, 5, 3)))]
        [(2, 5, 4), (2, 4), (2, 4)]

    Source: Hochreiter, Schmidhuber (1997), "Long short-term memory".
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")
    implementation = of_cell("implementation")

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=2,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
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
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            implementation=implementation,
            seed=seed,
            name="lstm_cell",
            **cell_options(kwargs),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.use_cudnn = checks.one_of(self, "use_cudnn", use_cudnn, ("auto", True, False))

    def get_config(self):
        return {**super().get_config(), "use_cudnn": self.use_cudnn}
