"""Depthwise convolution: DepthwiseConv1D, DepthwiseConv2D."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import KernelLayer, given
from tfk_ext.ops import convolution as ops
from tfk_ext.registration import register


class _DepthwiseConv(KernelLayer):
    """Depthwise convolution over ``rank`` spatial axes."""

    def __init__(
        self,
        rank,
        depth_multiplier,
        depthwise_initializer,
        depthwise_regularizer,
        depthwise_constraint,
        **kwargs,
    ):
        super().__init__(rank, **kwargs)
        self.depth_multiplier = checks.integer(self, "depth_multiplier", depth_multiplier)
        self._options("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        self.compute_output_shape(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add("depthwise", shape, "depthwise_kernel")
        self.bias = self._add("bias", (channels * self.depth_multiplier,)) if self.use_bias else None
        super().build(input_shape)

    @property
    def kernel(self):
        """The depthwise kernel, under the name that today's Keras gives it."""
        return self.depthwise_kernel

    def call(self, inputs):
        return self.activation(
            ops.depthwise_conv(
                inputs,
                self.depthwise_kernel,
                self.bias,
                self.strides,
                self.padding,
                self.data_format,
                self.dilation_rate,
            )
        )

    def compute_output_shape(self, input_shape):
        batch, spatial, channels = self._split(input_shape)
        filters = None if channels is None else channels * self.depth_multiplier
        return self._joined(batch, self._output_sizes(spatial), filters)

    def get_config(self):
        return {**super().get_config(), "depth_multiplier": self.depth_multiplier}


@register
class DepthwiseConv1D(_DepthwiseConv):
    """Convolve each channel over time by itself: the first half of ``SeparableConv1D``.

    Args:
        kernel_size: length of the window, an integer.
        strides: step of the window; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding) or ``"same"`` (zeros on both sides).
        depth_multiplier: number of output channels for each input channel.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel; other than 1 only with ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        depthwise_initializer: initializer of ``depthwise_kernel``,
            ``(kernel_size, channels, depth_multiplier)``.
        bias_initializer: initializer of ``bias``, of shape ``(channels * depth_multiplier,)``.
        depthwise_regularizer: regularizer of ``depthwise_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        depthwise_constraint: constraint on ``depthwise_kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``input_dim``, ``input_length``, ``weights``, ``name``, ``dtype`` ...

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first; ``channels``
            must be known.
        output: ``(batch, new_steps, channels * depth_multiplier)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            the window is longer than the input.

    Example:
        >>> layer = tfk_ext.DepthwiseConv1D(2, depthwise_initializer="ones")
        >>> layer(np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]])).numpy()[0]
        array([[ 3., 30.],
               [ 5., 50.]], dtype=float32)

    Source: the meaning of ``keras.layers.DepthwiseConv2D`` in one dimension, as TensorFlow 2 has it.
    """

    _takes_sequences = True

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(1, **given(locals()))


@register
class DepthwiseConv2D(_DepthwiseConv):
    """Convolve each channel of an image by itself: the first half of ``SeparableConv2D``.

    Args:
        kernel_size: rows and columns of the window, an integer or two.
        strides: steps of the window, an integer or two; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (no padding) or ``"same"`` (zeros around).
        depth_multiplier: number of output channels for each input channel.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or two; other than 1 only with
            ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        depthwise_initializer: initializer of ``depthwise_kernel``,
            ``(*kernel_size, channels, depth_multiplier)``.
        bias_initializer: initializer of ``bias``, of shape ``(channels * depth_multiplier,)``.
        depthwise_regularizer: regularizer of ``depthwise_kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        depthwise_constraint: constraint on ``depthwise_kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first; ``channels`` must be known.
        output: ``(batch, new_rows, new_columns, channels * depth_multiplier)``, or with the channels
            at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            the window is larger than the input.

    Example:
        >>> tfk_ext.DepthwiseConv2D(3, depth_multiplier=2)(np.ones((1, 5, 6, 4))).shape
        TensorShape([1, 3, 4, 8])

    Source: the classic documents, ``keras.layers.DepthwiseConv2D``.
    """

    def __init__(
        self,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(2, **given(locals()))
