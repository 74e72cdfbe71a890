"""SimpleRNN and its cell."""

from __future__ import annotations

from tfk_ext.layers.recurrent.gated import CellLayer, UnitsCell, cell_options, of_cell
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register


@register
class SimpleRNNCell(UnitsCell):
    """One time step of SimpleRNN: ``h_t = activation(x_t . kernel + h_(t-1) . recurrent_kernel + bias)``.

    Args:
        units: size of the output and of the state.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, units)``.
        bias_initializer: initializer of ``bias``, of shape ``(units,)``.
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
        seed: seed of the dropout, an integer.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)`` and a list with the state, ``(batch, units)``.
        output: ``(batch, units)`` and a list of the new state.

    Masking: refuses a mask; inside a layer a masked step leaves the states as they are.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> cells = [tfk_ext.SimpleRNNCell(8), tfk_ext.SimpleRNNCell(4)]
        >>> tfk_ext.RNN(cells)(np.ones((2, 5, 3))).shape
        TensorShape([2, 4])

    Source: the classic documents, ``keras.layers.SimpleRNN``.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
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

    def _rule(self, keep):
        return ops.rules.Simple(self.activation, keep=keep)


@register
class SimpleRNN(CellLayer):
    """Fully connected recurrence: ``h_t = activation(x_t . kernel + h_(t-1) . recurrent_kernel + bias)``.

    Args:
        units: size of the output and of the state.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, units)``.
        bias_initializer: initializer of ``bias``, of shape ``(units,)``.
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
        return_sequences: whether the output holds every time step, or the last one only.
        return_state: whether the last state is returned after the output, in one list with it.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        unroll: one copy of the step for every time step instead of a loop; needs a known number of steps.
        seed: seed of the dropout, an integer.
        **kwargs: ``zero_output_for_mask``, ``time_major``, ``input_shape``, ``weights``, ``name``,
            ``dtype`` and the like; see :class:`RNN`.

    Call arguments: ``sequences``, ``initial_state``, ``mask``, ``training``; see :class:`RNN`.

    Shapes:
        input: ``(batch, time, features)``; ``features`` must be known.
        output: ``(batch, units)``; with ``return_sequences`` ``(batch, time, units)``; with
            ``return_state`` a list of the output and the state, ``(batch, units)``.

    Masking: a masked step leaves the state of its sample as it is, and repeats the output before it.
        The mask is passed on with ``return_sequences`` and ends here without.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> layer = tfk_ext.SimpleRNN(4, return_sequences=True, return_state=True)
        >>> [tuple(y.shape) for y in layer(np.ones((2, 5, 3)))]
        [(2, 5, 4), (2, 4)]

    Source: the classic documents, ``keras.layers.SimpleRNN``.
    """

    units = of_cell("units")

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
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
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = SimpleRNNCell(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="simple_rnn_cell",
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
