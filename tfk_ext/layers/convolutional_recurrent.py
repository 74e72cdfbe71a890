"""ConvLSTM2D and its cell: an LSTM whose products are convolutions."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.recurrent.gated import (
    CellLayer,
    GatedCell,
    cell_options,
    of_cell,
    unit_forget_bias,
)
from tfk_ext.ops import convolution
from tfk_ext.ops import recurrent as ops
from tfk_ext.registration import register

_AXES = {
    "channels_last": "(batch, rows, columns, channels)",
    "channels_first": "(batch, channels, rows, columns)",
}


@register
class ConvLSTM2DCell(GatedCell):
    """One time step of ConvLSTM2D: ``c_t = f * c_(t-1) + i * g``, ``h_t = o * activation(c_t)``.

    The gates ``i``, ``f`` and ``o`` are ``recurrent_activation(conv(x, W) + conv(h, U) + b)``, the
    candidate ``g`` is ``activation`` of such a sum. The recurrent convolution keeps the size (stride 1,
    zeros around).

    Args:
        filters: number of channels of the output and of the states.
        kernel_size: integer or pair, the size of both kernels.
        strides: integer or pair, the step of the input convolution.
        padding: ``"valid"`` or ``"same"``, of the input convolution.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` for that of the configuration.
        dilation_rate: integer or pair, distance between two taps of the input convolution; excludes
            strides.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(*kernel_size, channels, 4 * filters)``.
        recurrent_initializer: initializer of ``recurrent_kernel``,
            of shape ``(*kernel_size, filters, 4 * filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(4 * filters,)``.
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
            convolution, from 0 to 1, drawn in the same way.
        seed: seed of the dropout, an integer.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or with the channels first, and a list of the hidden
            and the carry state, ``(batch, new rows, new columns, filters)`` each.
        output: ``(batch, new rows, new columns, filters)`` and a list of the new states.

    Masking: refuses a mask; inside a layer a masked step leaves the states as they are.

    Raises:
        ValueError: an argument is out of its range; the number of channels is not known; the kernel is
            larger than the input.

    Example:
        >>> cell = tfk_ext.ConvLSTM2DCell(4, 3, padding="same")
        >>> tfk_ext.RNN(cell)(np.ones((2, 5, 6, 6, 1))).shape
        TensorShape([2, 6, 6, 4])

    Source: Shi et al. (2015), "Convolutional LSTM network: a machine learning approach for precipitation
    nowcasting".
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
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
        seed=None,
        **kwargs,
    ):
        super().__init__(
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
        self.filters = checks.integer(self, "filters", filters)
        self.kernel_size = checks.spatial(self, "kernel_size", kernel_size, 2)
        self.strides = checks.spatial(self, "strides", strides, 2)
        self.padding = checks.one_of(self, "padding", padding, ("valid", "same"))
        self.data_format = checks.data_format(self, data_format)
        self.dilation_rate = checks.spatial(self, "dilation_rate", dilation_rate, 2)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            checks.fail(
                self,
                "strides other than 1 and a dilation_rate other than 1 exclude each other, "
                f"got strides={self.strides} and dilation_rate={self.dilation_rate}.",
            )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = checks.boolean(self, "unit_forget_bias", unit_forget_bias)
        self._sizes = (None, None)

    # --- shapes ---------------------------------------------------------------------------------------------

    @property
    def state_size(self):
        shape = self._joined((), self._sizes)
        return [tf.TensorShape(shape), tf.TensorShape(shape)]

    @property
    def output_size(self):
        return self.state_size[0]

    def _joined(self, batch, spatial):
        if self.data_format == "channels_first":
            return (*batch, self.filters, *spatial)
        return (*batch, *spatial, self.filters)

    def _split(self, shape):
        """Return the spatial sizes and the channels of one step's input."""
        shape = checks.rank(self, shape, 4, _AXES[self.data_format])
        return (shape[2:], shape[1]) if self.data_format == "channels_first" else (shape[1:3], shape[3])

    def _new_sizes(self, spatial):
        """Return the spatial sizes behind the input convolution."""
        return tuple(
            convolution.output_length(size, kernel, stride, self.padding, dilation)
            for size, kernel, stride, dilation in zip(
                spatial, self.kernel_size, self.strides, self.dilation_rate
            )
        )

    def compute_output_shape(self, input_shape, *states_shape):
        shape = self._joined(input_shape[:1], self._new_sizes(self._split(input_shape)[0]))
        return shape, [shape, shape]

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """Return the states of zeros that a sequence begins with.

        Args:
            batch_size: number of samples, an integer or a scalar tensor.
            inputs: the input of one step, where the layer was not built for one size.
            dtype: dtype of the states, by default what the cell computes with.
        """
        spatial = self._sizes
        if inputs is not None:
            sizes = convolution.sizes(inputs)
            batch_size = sizes[0] if batch_size is None else batch_size
            spatial = self._new_sizes(self._split(sizes)[0])
        if None in spatial:
            checks.fail(self, "the size of the states is not known: give rows and columns in Input.")
        shape = self._joined((batch_size,), spatial)
        return [tf.zeros(shape, dtype or self.compute_dtype) for _ in range(2)]

    # --- weights and calling --------------------------------------------------------------------------------

    def build(self, input_shape):
        spatial, channels = self._split(input_shape)
        channels = checks.known(self, "the number of channels", channels, "give it in Input or input_shape.")
        self._sizes = self._new_sizes(spatial)
        if any(size is not None and size < 1 for size in self._sizes):
            checks.fail(
                self,
                f"kernel_size {self.kernel_size} is larger than the input's {tuple(spatial)} "
                "(rows, columns); use padding='same' or a smaller kernel.",
            )
        self.kernel = self._add("kernel", (*self.kernel_size, channels, 4 * self.filters))
        self.recurrent_kernel = self._add(
            "recurrent", (*self.kernel_size, self.filters, 4 * self.filters), name="recurrent_kernel"
        )
        self.bias = None
        if self.use_bias:
            initializer = self.bias_initializer
            if self.unit_forget_bias:
                initializer = unit_forget_bias(initializer, self.filters, before=1, after=2)
            self.bias = self._add("bias", (4 * self.filters,), initializer=initializer)
        super().build(input_shape)

    def _project(self, x, weights, keep):
        # A time axis in front of the batch is one more batch axis to the convolution.
        return convolution.conv(
            x if keep is None else x * keep,
            weights.kernel,
            weights.bias,
            self.strides,
            self.padding,
            "channels_last",
            self.dilation_rate,
        )

    def _rule(self, keep):
        product = ops.rules.Convolution()
        return ops.rules.LSTM(self.activation, self.recurrent_activation, keep=keep, product=product)

    def call(self, inputs, states, training=None):
        if self.data_format == "channels_last":
            return super().call(inputs, states, training)
        states = [convolution.channels_last(state) for state in states]
        h, states = super().call(convolution.channels_last(inputs), states, training)
        return convolution.channels_first(h), [convolution.channels_first(state) for state in states]

    def _scan(self, xs, states, **options):
        if self.data_format == "channels_last":
            return super()._scan(xs, states, **options)
        # One exchange of axes before the loop and one behind it, none inside.
        xs = tf.transpose(xs, (0, 1, 3, 4, 2))
        states = [convolution.channels_last(state) for state in states]
        last, outputs, states = super()._scan(xs, states, **options)
        if outputs is not None:
            outputs = tf.transpose(outputs, (0, 1, 4, 2, 3))
        return convolution.channels_first(last), outputs, [convolution.channels_first(s) for s in states]

    def get_config(self):
        config = super().get_config()
        for name in ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"):
            config[name] = getattr(self, name)
        config["recurrent_activation"] = activations.serialize(self.recurrent_activation)
        config["unit_forget_bias"] = self.unit_forget_bias
        return config


@register
class ConvLSTM2D(CellLayer):
    """Convolutional LSTM: ``c_t = f * c_(t-1) + i * g``, ``h_t = o * activation(c_t)``.

    The gates ``i``, ``f`` and ``o`` are ``recurrent_activation(conv(x, W) + conv(h, U) + b)``, the
    candidate ``g`` is ``activation`` of such a sum. The recurrent convolution keeps the size (stride 1,
    zeros around). The input convolution is done for all time steps at once.

    Args:
        filters: number of channels of the output and of the states.
        kernel_size: integer or pair, the size of both kernels.
        strides: integer or pair, the step of the input convolution.
        padding: ``"valid"`` or ``"same"``, of the input convolution.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` for that of the configuration.
        dilation_rate: integer or pair, distance between two taps of the input convolution; excludes
            strides.
        activation: name or callable, ``None`` for the identity.
        recurrent_activation: activation of the gates.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(*kernel_size, channels, 4 * filters)``.
        recurrent_initializer: initializer of ``recurrent_kernel``,
            of shape ``(*kernel_size, filters, 4 * filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(4 * filters,)``.
        unit_forget_bias: start the bias of the forget gate at 1.
        kernel_regularizer: regularizer of ``kernel``.
        recurrent_regularizer: regularizer of ``recurrent_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        recurrent_constraint: constraint on ``recurrent_kernel``.
        bias_constraint: constraint on ``bias``.
        return_sequences: whether the output holds every time step, or the last one only.
        go_backwards: go over the sequence from its end; the output is in that reversed order.
        stateful: whether each sample starts where the sample at the same place of the batch before ended.
        dropout: fraction of the inputs that is dropped in training, from 0 to 1. The factors are drawn once
            for a sequence: all its steps and gates share them.
        recurrent_dropout: fraction of the state that is dropped in training where it enters the recurrent
            convolution, from 0 to 1, drawn in the same way.
        return_state: whether the last states (hidden, carry) are returned after the output, in one list.
        unroll: one copy of the step for every time step instead of a loop; needs a known number of steps.
        seed: seed of the dropout, an integer.
        **kwargs: ``input_shape``, ``batch_input_shape``, ``weights``, ``name``, ``dtype`` and the like; see
            :class:`RNN`.

    Call arguments: ``sequences``, ``initial_state``, ``mask``, ``training``; see :class:`RNN`.

    Shapes:
        input: ``(batch, time, rows, columns, channels)``, or ``(batch, time, channels, rows, columns)``;
            the channels must be known.
        output: ``(batch, new rows, new columns, filters)``; with ``return_sequences`` a time axis behind
            the batch; with ``return_state`` a list of the output, the hidden and the carry state.

    Masking: a mask ``(batch, time)``: a masked step leaves the states of its sample as they are, and
        repeats the output before it. The mask is passed on with ``return_sequences`` and ends here without.

    Raises:
        ValueError: an argument is out of its range; the input has not five axes; the number of channels is
            not known; the kernel is larger than the input.

    Example:
        >>> layer = tfk_ext.ConvLSTM2D(4, 3, padding="same", return_sequences=True)
        >>> layer(np.ones((2, 5, 6, 6, 1))).shape
        TensorShape([2, 5, 6, 6, 4])

    Source: Shi et al. (2015), "Convolutional LSTM network: a machine learning approach for precipitation
    nowcasting".
    """

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
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
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_state=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = ConvLSTM2DCell(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
            seed=seed,
            name="conv_lstm2d_cell",
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
        self.input_spec = tf.keras.layers.InputSpec(ndim=5)
