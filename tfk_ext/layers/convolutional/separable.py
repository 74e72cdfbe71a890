"""Depthwise separable convolution: SeparableConv1D, SeparableConv2D."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import KernelLayer, given
from tfk_ext.ops import convolution as ops
from tfk_ext.registration import register


class _SeparableConv(KernelLayer):
    """Depthwise separable convolution over ``rank`` spatial axes."""

    def __init__(
        self,
        rank,
        filters,
        depth_multiplier,
        depthwise_initializer,
        pointwise_initializer,
        depthwise_regularizer,
        pointwise_regularizer,
        depthwise_constraint,
        pointwise_constraint,
        **kwargs,
    ):
        super().__init__(rank, **kwargs)
        self.filters = checks.integer(self, "filters", filters)
        self.depth_multiplier = checks.integer(self, "depth_multiplier", depth_multiplier)
        self._options("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self._options("pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        self.compute_output_shape(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add("depthwise", shape, "depthwise_kernel")
        shape = (*(1,) * self._rank, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self._add("pointwise", shape, "pointwise_kernel")
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None
        super().build(input_shape)

    def call(self, inputs):
        return self.activation(
            ops.separable_conv(
                inputs,
                self.depthwise_kernel,
                self.pointwise_kernel,
                self.bias,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
            )
        )

    def compute_output_shape(self, input_shape):
        batch, spatial, _ = self._split(input_shape)
        return self._joined(batch, self._output_sizes(spatial), self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "depth_multiplier": self.depth_multiplier,
        }


@register
class SeparableConv1D(_SeparableConv):
    """Convolve each channel over time by itself, then mix the channels at each step.

    ``y[p] = activation(sum_t x[p * stride + t * dilation] * depthwise_kernel[t] . pointwise_kernel + bias)``

    Args:
        filters: number of output channels.
        kernel_size: length of the window, an integer.
        strides: step of the window; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding), ``"same"`` (zeros on both sides) or ``"causal"`` (zeros in front
            alone: no output depends on later steps).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        dilation_rate: distance between two taps of the kernel; other than 1 only with ``strides=1``.
        depth_multiplier: number of channels that the first step makes of each input channel.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        depthwise_initializer: initializer of ``depthwise_kernel``,
            ``(kernel_size, channels, depth_multiplier)``.
        pointwise_initializer: initializer of ``pointwise_kernel``,
            ``(1, channels * depth_multiplier, filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        depthwise_regularizer: regularizer of ``depthwise_kernel``.
        pointwise_regularizer: regularizer of ``pointwise_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        depthwise_constraint: constraint on ``depthwise_kernel``.
        pointwise_constraint: constraint on ``pointwise_kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``input_dim``, ``input_length``, ``weights``, ``name``, ``dtype`` ...

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first; ``channels``
            must be known.
        output: ``(batch, new_steps, filters)``, or ``(batch, filters, new_steps)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            the window is longer than the input.

    Example:
        >>> layer = tfk_ext.SeparableConv1D(1, 2, depthwise_initializer="ones", pointwise_initializer="ones")
        >>> layer(np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])).numpy().ravel()
        array([33., 55.], dtype=float32)

    Source: the classic documents, ``keras.layers.SeparableConv1D``; Chollet (2017), "Xception".
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
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(1, **given(locals()))


@register
class SeparableConv2D(_SeparableConv):
    """Convolve each channel of an image by itself, then mix the channels at each position.

    ``y[p] = activation(sum_t x[p * stride + t * dilation] * depthwise_kernel[t] . pointwise_kernel + bias)``

    Args:
        filters: number of output channels.
        kernel_size: rows and columns of the window, an integer or two.
        strides: steps of the window, an integer or two; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding) or ``"same"`` (zeros around).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or two; other than 1 only with
            ``strides=1``.
        depth_multiplier: number of channels that the first step makes of each input channel.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        depthwise_initializer: initializer of ``depthwise_kernel``,
            ``(*kernel_size, channels, depth_multiplier)``.
        pointwise_initializer: initializer of ``pointwise_kernel``,
            ``(1, 1, channels * depth_multiplier, filters)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        depthwise_regularizer: regularizer of ``depthwise_kernel``.
        pointwise_regularizer: regularizer of ``pointwise_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        depthwise_constraint: constraint on ``depthwise_kernel``.
        pointwise_constraint: constraint on ``pointwise_kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first; ``channels`` must be known.
        output: ``(batch, new_rows, new_columns, filters)``, or ``(batch, filters, new_rows, new_columns)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            the window is larger than the input.

    Example:
        >>> tfk_ext.SeparableConv2D(7, 3, padding="same")(np.ones((1, 5, 6, 4))).shape
        TensorShape([1, 5, 6, 7])

    Source: the classic documents, ``keras.layers.SeparableConv2D``; Chollet (2017), "Xception".
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(2, **given(locals()))
