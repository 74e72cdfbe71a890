"""Convolution: Conv1D, Conv2D, Conv3D."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import KernelLayer, given
from tfk_ext.ops import convolution as ops
from tfk_ext.registration import register


class _Conv(KernelLayer):
    """Convolution over ``rank`` spatial axes."""

    _extra_batch_axes = True

    def __init__(
        self,
        rank,
        filters,
        kernel_initializer,
        kernel_regularizer,
        kernel_constraint,
        groups,
        **kwargs,
    ):
        super().__init__(rank, **kwargs)
        self.filters = checks.integer(self, "filters", filters)
        self.groups = checks.integer(self, "groups", groups)
        if self.filters % self.groups:
            checks.fail(
                self,
                f"filters must be a multiple of groups, got filters={self.filters} and groups={self.groups}.",
            )
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        if channels % self.groups:
            checks.fail(
                self,
                f"the input's channels must be a multiple of groups, got {channels} channels "
                f"(shape {tuple(input_shape)}) and groups={self.groups}.",
            )
        self.compute_output_shape(input_shape)
        self.kernel = self._add("kernel", (*self.kernel_size, channels // self.groups, self.filters))
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None
        super().build(input_shape)

    def call(self, inputs):
        return self.activation(
            ops.conv(
                inputs,
                self.kernel,
                self.bias,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
                self.groups,
            )
        )

    def compute_output_shape(self, input_shape):
        batch, spatial, _ = self._split(input_shape)
        return self._joined(batch, self._output_sizes(spatial), self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}


@register
class Conv1D(_Conv):
    """Convolution over time: ``y[p] = activation(sum_t x[p * stride + t * dilation] . kernel[t] + bias)``.

    Args:
        filters: number of output channels.
        kernel_size: length of the window, an integer.
        strides: step of the window; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding), ``"same"`` (zeros on both sides: with a stride of 1 the output is
            as long as the input) or ``"causal"`` (zeros in front alone: no output depends on later steps).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        dilation_rate: distance between two taps of the kernel; other than 1 only with ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(kernel_size, channels / groups, filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        groups: number of groups of channels, each convolved with ``filters / groups`` filters of its own.
        **kwargs: ``input_shape``, ``input_dim``, ``input_length``, ``weights``, ``name``, ``dtype`` ...

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first; ``channels``
            must be known.
        output: ``(batch, new_steps, filters)``, or ``(batch, filters, new_steps)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``filters`` or the channels are no multiple of ``groups``; the window is longer than the input.

    Example:
        >>> layer = tfk_ext.Conv1D(1, 2, kernel_initializer="ones", padding="causal")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy().ravel()
        array([1., 3., 5.], dtype=float32)

    Source: the classic documents, ``keras.layers.Conv1D``; causal: van den Oord et al. (2016), "WaveNet".
    """

    _paddings = ("valid", "same", "causal")
    _takes_sequences = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        groups=1,
        **kwargs,
    ):
        super().__init__(1, **given(locals()))


@register
class Conv2D(_Conv):
    """Convolution over images: ``y[p] = activation(sum_t x[p * stride + t * dilation] . kernel[t] + bias)``.

    Args:
        filters: number of output channels.
        kernel_size: rows and columns of the window, an integer or two.
        strides: steps of the window, an integer or two; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding) or ``"same"`` (zeros around: with strides of 1 the output is as
            large as the input).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or two; other than 1 only with
            ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, ``(*kernel_size, channels / groups, filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        groups: number of groups of channels, each convolved with ``filters / groups`` filters of its own.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first; ``channels`` must be known.
        output: ``(batch, new_rows, new_columns, filters)``, or ``(batch, filters, new_rows, new_columns)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``filters`` or the channels are no multiple of ``groups``; the window is larger than the input.

    Example:
        >>> layer = tfk_ext.Conv2D(4, 3, strides=2, padding="same", activation="relu")
        >>> layer(np.ones((1, 9, 8, 3))).shape
        TensorShape([1, 5, 4, 4])

    Source: the classic documents, ``keras.layers.Conv2D``.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        groups=1,
        **kwargs,
    ):
        super().__init__(2, **given(locals()))


@register
class Conv3D(_Conv):
    """Convolution over volumes: ``y[p] = activation(sum_t x[p * stride + t * dilation] . kernel[t] + bias)``.

    Args:
        filters: number of output channels.
        kernel_size: depth, rows and columns of the window, an integer or three.
        strides: steps of the window, an integer or three; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding) or ``"same"`` (zeros around: with strides of 1 the output is as
            large as the input).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or three; other than 1 only with
            ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, ``(*kernel_size, channels / groups, filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        groups: number of groups of channels, each convolved with ``filters / groups`` filters of its own.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``; ``channels`` must be known.
        output: ``(batch, new_depth, new_rows, new_columns, filters)``, or with the filters at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``filters`` or the channels are no multiple of ``groups``; the window is larger than the input.

    Example:
        >>> tfk_ext.Conv3D(2, (1, 3, 3))(np.ones((1, 4, 5, 6, 1))).shape
        TensorShape([1, 4, 3, 4, 2])

    Source: the classic documents, ``keras.layers.Conv3D``.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        groups=1,
        **kwargs,
    ):
        super().__init__(3, **given(locals()))
