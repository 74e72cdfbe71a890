"""GRU and its cell."""

from __future__ import annotations

from tfk_ext import activations, checks
from tfk_ext.layers.recurrent.gated import CellLayer, UnitsCell, cell_options, of_cell
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register


@register
class GRUCell(UnitsCell):
    """One time step of GRU: ``h_t = z * h_(t-1) + (1 - z) * g``.

    With the input ``x`` and the state ``h`` of the step before, the update gate is
    ``z = recurrent_activation(x . W_z + h . U_z + b_z)``, the reset gate ``r`` likewise, and the candidate
    ``g = activation(x . W_g + (r * h) . U_g + b_g)``; with ``reset_after`` it is
    ``activation(x . W_g + b_g + r * (h . U_g + d_g))``. Kernels and bias hold their parts in the order
    z, r, g.

    Args:
        units: size of the output and of the state.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 3 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 3 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(3 * units,)``, or
            ``(2, 3 * units)`` with ``reset_after``.
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
        reset_after: whether the reset gate multiplies the recurrent product (as CuDNN does it) instead of
            the state.
        seed: seed of the dropout, an integer.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, features)`` and a list with the state, ``(batch, units)``.
        output: ``(batch, units)`` and a list of the new state.

    Masking: refuses a mask; inside a layer a masked step leaves the states as they are.

    Raises:
        ValueError: an argument is out of its range; the size of the input's last axis is not known.

    Example:
        >>> cells = [tfk_ext.GRUCell(8), tfk_ext.GRUCell(4)]
        >>> tfk_ext.RNN(cells)(np.ones((2, 5, 3))).shape
        TensorShape([2, 4])

    Source: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for statistical
        machine
    translation".
    """

    _gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        implementation=2,
        reset_after=False,
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
        self.implementation = checks.one_of(self, "implementation", implementation, (0, 1, 2))
        self.reset_after = checks.boolean(self, "reset_after", reset_after)

    def _add_bias(self):
        shape = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
        return self._add("bias", shape)

    def _weights(self):
        weights = super()._weights()
        if not (self.use_bias and self.reset_after):
            return weights
        return weights._replace(bias=weights.bias[0], recurrent_bias=weights.bias[1])

    def _rule(self, keep):
        kind = ops.rules.GRUResetAfter if self.reset_after else ops.rules.GRU
        return kind(self.activation, self.recurrent_activation, keep=keep)

    def get_config(self):
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "implementation": self.implementation,
            "reset_after": self.reset_after,
        }


@register
class GRU(CellLayer):
    """Gated recurrent unit: ``h_t = z * h_(t-1) + (1 - z) * g``.

    With the input ``x`` and the state ``h`` of the step before, the update gate is
    ``z = recurrent_activation(x . W_z + h . U_z + b_z)``, the reset gate ``r`` likewise, and the candidate
    ``g = activation(x . W_g + (r * h) . U_g + b_g)``; with ``reset_after`` it is
    ``activation(x . W_g + b_g + r * (h . U_g + d_g))``. Kernels and bias hold their parts in the order
    z, r, g.

    Args:
        units: size of the output and of the state.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(features, 3 * units)``.
        recurrent_initializer: initializer of ``recurrent_kernel``, of shape ``(units, 3 * units)``.
        bias_initializer: initializer of ``bias``, of shape ``(3 * units,)``, or
            ``(2, 3 * units)`` with ``reset_after``.
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
        return_state: whether the last state is returned after the output, in one list with it.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        unroll: one copy of the step for every time step instead of a loop; needs a known number of steps.
        reset_after: whether the reset gate multiplies the recurrent product (as CuDNN does it) instead of
            the state.
        seed: seed of the dropout, an integer.
        use_cudnn: ``"auto"``, True or False, as Keras 3 has it; accepted, and without effect.
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
        >>> layer = tfk_ext.GRU(4, return_sequences=True, return_state=True)
        >>> [tuple(y.shape) for y in layer(np.ones((2, 5, 3)))]
        [(2, 5, 4), (2, 4)]

    Source: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for statistical
        machine
    translation".
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    implementation = of_cell("implementation")
    reset_after = of_cell("reset_after")

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
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
        implementation=2,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=False,
        seed=None,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
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
            implementation=implementation,
            reset_after=reset_after,
            seed=seed,
            name="gru_cell",
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
