"""Transposed convolution: Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import AXES, KernelLayer, given, plain
from tfk_ext.ops import convolution as ops
from tfk_ext.registration import register


class _ConvTranspose(KernelLayer):
    """Transposed convolution over ``rank`` spatial axes."""

    def __init__(
        self,
        rank,
        filters,
        output_padding,
        kernel_initializer,
        kernel_regularizer,
        kernel_constraint,
        **kwargs,
    ):
        super().__init__(rank, **kwargs)
        self.filters = checks.integer(self, "filters", filters)
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = checks.spatial(self, "output_padding", output_padding, rank, minimum=0)
            if any(o >= s for o, s in zip(self.output_padding, self.strides)):
                checks.fail(
                    self,
                    f"output_padding must be smaller than strides, got output_padding="
                    f"{plain(self.output_padding)} and strides={plain(self.strides)}.",
                )
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        self.compute_output_shape(input_shape)
        self.kernel = self._add("kernel", (*self.kernel_size, self.filters, channels))
        self.bias = self._add("bias", (self.filters,)) if self.use_bias else None
        super().build(input_shape)

    def call(self, inputs):
        return self.activation(
            ops.conv_transpose(
                inputs,
                self.kernel,
                self.bias,
                self.strides,
                self.padding,
                self.output_padding,
                self.data_format,
                self.dilation_rate,
            )
        )

    def _output_sizes(self, spatial):
        added = self.output_padding or (None,) * self._rank
        found = tuple(
            ops.transposed_output_length(n, k, s, self.padding, d, o)
            for n, k, s, d, o in zip(spatial, self.kernel_size, self.strides, self.dilation_rate, added)
        )
        if any(n is not None and n <= 0 for n in found):
            checks.fail(
                self,
                f"the output of the input's {plain(spatial)} ({', '.join(AXES[self._rank])}) would be "
                f"{plain(found)} large; use a larger output_padding, or padding='valid'.",
            )
        return found

    def compute_output_shape(self, input_shape):
        batch, spatial, _ = self._split(input_shape)
        return self._joined(batch, self._output_sizes(spatial), self.filters)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "output_padding": self.output_padding}


@register
class Conv1DTranspose(_ConvTranspose):
    """Transposed convolution over time: each step adds ``step . kernel`` to a window of the output.

    It maps the shape of a convolution's output back to that of its input: the gradient of ``Conv1D`` as a
    layer of its own, with a bias and an activation.

    Args:
        filters: number of output channels.
        kernel_size: length of the window, an integer.
        strides: step of the window over the output; other than 1 only with ``dilation_rate=1``.
        padding: ``"valid"`` (the output holds all windows) or ``"same"`` (``strides`` times the input).
        output_padding: steps added at the end of the output, fewer than ``strides``: the output's size
            is ``(size - 1) * stride + kernel_size - 2 * p + output_padding``, where ``p`` is
            ``kernel_size // 2`` for ``"same"`` and 0 for ``"valid"``. With ``None`` it is ``size * stride``
            for ``"same"`` and ``size * stride + max(kernel_size - stride, 0)`` for ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel; other than 1 only with ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(kernel_size, filters, channels)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``input_dim``, ``input_length``, ``weights``, ``name``, ``dtype`` ...

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first; ``channels``
            must be known.
        output: ``(batch, new_steps, filters)``, or ``(batch, filters, new_steps)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``output_padding`` is not smaller than ``strides``.

    Example:
        >>> layer = tfk_ext.Conv1DTranspose(1, 3, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0]]])).numpy().ravel()
        array([1., 1., 3., 2., 2.], dtype=float32)

    Source: the meaning of ``keras.layers.Conv2DTranspose`` in one dimension, as TensorFlow 2 has it.
    """

    _takes_sequences = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
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
        **kwargs,
    ):
        super().__init__(1, **given(locals()))


@register
class Conv2DTranspose(_ConvTranspose):
    """Transposed convolution over images: each pixel adds ``pixel . kernel`` to a window of the output.

    It maps the shape of a convolution's output back to that of its input: the gradient of ``Conv2D`` as a
    layer of its own, with a bias and an activation.

    Args:
        filters: number of output channels.
        kernel_size: rows and columns of the window, an integer or two.
        strides: steps of the window over the output, an integer or two; other than 1 only with
            ``dilation_rate=1``.
        padding: ``"valid"`` (the output holds all windows) or ``"same"`` (``strides`` times the input).
        output_padding: rows and columns added at the end of the output, each smaller than its stride: the
            output's size is ``(size - 1) * stride + kernel_size - 2 * p + output_padding``, where ``p`` is
            ``kernel_size // 2`` for ``"same"`` and 0 for ``"valid"``. With ``None`` it is ``size * stride``
            for ``"same"`` and ``size * stride + max(kernel_size - stride, 0)`` for ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or two; other than 1 only with
            ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(*kernel_size, filters, channels)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first; ``channels`` must be known.
        output: ``(batch, new_rows, new_columns, filters)``, or ``(batch, filters, new_rows, new_columns)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``output_padding`` is not smaller than ``strides``.

    Example:
        >>> layer = tfk_ext.Conv2DTranspose(1, 2, strides=2, kernel_initializer="ones")
        >>> layer(np.array([[[[1.0], [2.0]]]])).numpy()[0, ..., 0]
        array([[1., 1., 2., 2.],
               [1., 1., 2., 2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Conv2DTranspose``; Zeiler et al. (2010), "Deconvolutional
    networks".
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
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
        **kwargs,
    ):
        super().__init__(2, **given(locals()))


@register
class Conv3DTranspose(_ConvTranspose):
    """Transposed convolution over volumes: each voxel adds ``voxel . kernel`` to a window of the output.

    It maps the shape of a convolution's output back to that of its input: the gradient of ``Conv3D`` as a
    layer of its own, with a bias and an activation.

    Args:
        filters: number of output channels.
        kernel_size: depth, rows and columns of the window, an integer or three.
        strides: steps of the window over the output, an integer or three; other than 1 only with
            ``dilation_rate=1``.
        padding: ``"valid"`` (the output holds all windows) or ``"same"`` (``strides`` times the input).
        output_padding: depth, rows and columns added at the end of the output, each smaller than its stride:
            the output's size is ``(size - 1) * stride + kernel_size - 2 * p + output_padding``, where ``p``
            is ``kernel_size // 2`` for ``"same"`` and 0 for ``"valid"``. With ``None`` it is
            ``size * stride`` for ``"same"`` and ``size * stride + max(kernel_size - stride, 0)`` for
            ``"valid"``.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        dilation_rate: distance between two taps of the kernel, an integer or three; other than 1 only with
            ``strides=1``.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(*kernel_size, filters, channels)``.
        bias_initializer: initializer of ``bias``, of shape ``(filters,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``; ``channels`` must be known.
        output: ``(batch, new_depth, new_rows, new_columns, filters)``, or with the filters at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; ``strides`` and ``dilation_rate`` are both other than 1;
            ``output_padding`` is not smaller than ``strides``.

    Example:
        >>> tfk_ext.Conv3DTranspose(2, 3, strides=(1, 2, 2), padding="same")(np.ones((1, 4, 5, 6, 1))).shape
        TensorShape([1, 4, 10, 12, 2])

    Source: the classic documents, ``keras.layers.Conv3DTranspose``.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        output_padding=None,
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
        **kwargs,
    ):
        super().__init__(3, **given(locals()))
