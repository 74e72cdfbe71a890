"""Locally connected layers: convolutions whose weights are not shared between positions."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import local as ops
from tfk_ext.registration import register


class _LocallyConnected(WeightedLayer):
    """The work of the locally connected layers, for any number of spatial axes.

    The kernel has one layout, ``(positions, features, filters)``: that of Keras 2's first implementation.
    """

    _rank: int

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = checks.integer(self, "filters", filters)
        self.kernel_size = checks.spatial(self, "kernel_size", kernel_size, self._rank)
        self.strides = checks.spatial(self, "strides", strides, self._rank)
        self.padding = checks.one_of(self, "padding", padding, ("valid", "same"))
        self.data_format = checks.data_format(self, data_format)
        self.activation = activations.get(activation)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self._options("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.supports_masking = True

    def _axes(self, input_shape):
        """Return the spatial sizes and the channels of an input's shape."""
        names = ("steps",) if self._rank == 1 else ("rows", "columns")
        if self.data_format == "channels_last":
            order = f"(batch, {', '.join(names)}, channels)"
        else:
            order = f"(batch, channels, {', '.join(names)})"
        shape = checks.rank(self, input_shape, self._rank + 2, order)
        return (shape[1:-1], shape[-1]) if self.data_format == "channels_last" else (shape[2:], shape[1])

    def _output_sizes(self, sizes):
        if None in sizes:
            return tuple(
                None if size is None else ops.output_size(size, kernel, stride, self.padding)
                for size, kernel, stride in zip(sizes, self.kernel_size, self.strides)
            )
        counts = tuple(
            ops.output_size(size, kernel, stride, self.padding)
            for size, kernel, stride in zip(sizes, self.kernel_size, self.strides)
        )
        if min(counts) < 1:
            axes = "steps" if self._rank == 1 else "rows, columns"
            checks.fail(
                self,
                f"kernel_size {self.kernel_size} is larger than the input's {tuple(sizes)} ({axes}); use "
                "padding='same' or a smaller kernel.",
            )
        return counts

    def build(self, input_shape):
        sizes, channels = self._axes(input_shape)
        hint = "each position has weights of its own, so give the size in Input or input_shape."
        sizes = tuple(checks.known(self, "every spatial axis of the input", size, hint) for size in sizes)
        channels = checks.known(self, "the input's channels", channels, "give them in Input or input_shape.")
        self._sizes = self._output_sizes(sizes)
        self._index = ops.patch_index(sizes, self.kernel_size, self.strides, self.padding)
        positions, taps = self._index.shape
        self.kernel = self._add("kernel", (positions, taps * channels, self.filters))
        self.bias = self._add("bias", (*self._sizes, self.filters)) if self.use_bias else None
        self.input_spec = tf.keras.layers.InputSpec(shape=(None, *input_shape[1:]))
        super().build(input_shape)

    def call(self, inputs, mask=None):
        if mask is not None:
            inputs *= tf.cast(self._mask_axes(mask)[..., None], inputs.dtype)
        y = ops.locally_connected(inputs, self.kernel, self._index, self._sizes, self.data_format)
        if self.use_bias:
            bias = tf.convert_to_tensor(self.bias)
            if self.data_format == "channels_first":
                # Keras 2 reshapes here where one expects a transposition; old weights mean just that.
                bias = tf.reshape(bias, (self.filters, *self._sizes))
            y += bias
        return self.activation(y)

    def _mask_axes(self, mask):
        """Return the mask as ``(batch, *spatial)``: one for each step, or for each row of an image."""
        if self.data_format == "channels_first":
            checks.fail(self, "a mask needs data_format='channels_last', got 'channels_first'.")
        while mask.shape.rank < self._rank + 1:
            mask = mask[..., None]
        return mask

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        if isinstance(mask, tf.keras.KerasTensor):
            # A symbolic call asks for the shape alone.
            return tf.keras.KerasTensor((inputs.shape[0], *self._sizes), dtype="bool")
        whole = tf.broadcast_to(self._mask_axes(mask), tf.shape(inputs)[:-1])
        whole = tf.ensure_shape(whole, inputs.shape[:-1])
        return ops.any_in_patch(whole, self._index, self._sizes)

    def compute_output_shape(self, input_shape):
        sizes, _ = self._axes(input_shape)
        sizes = self._output_sizes(sizes)
        if self.data_format == "channels_last":
            return (input_shape[0], *sizes, self.filters)
        return (input_shape[0], self.filters, *sizes)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "use_bias": self.use_bias,
        }


@register
class LocallyConnected1D(_LocallyConnected):
    """Convolution over time with weights of its own at each position.

    ``y[t] = activation(patch(x, t) . kernel[t] + bias[t])``, where ``patch(x, t)`` are the ``kernel_size``
    steps from ``strides * t`` on. It works like Conv1D, but the weights are not shared.

    Args:
        filters: size of the output's last axis, at least 1.
        kernel_size: length of a patch in steps, an integer or a tuple of one.
        strides: steps from one position to the next, an integer or a tuple of one.
        padding: ``"valid"``, or ``"same"``: ``ceil(steps / strides)`` positions, each with its patch centred
            on it (one more step before than behind if ``kernel_size`` is even), zeros around the input.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` for the configured one.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, ``(positions, kernel_size * channels, filters)``.
        bias_initializer: initializer of ``bias``, ``(positions, filters)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``; in channels_first ``(batch, channels, steps)``; all but the
            batch must be known.
        output: ``(batch, new_steps, filters)``; in channels_first ``(batch, filters, new_steps)``.

    Masking: masked steps count as zeros; a position stays unmasked if any of its steps is.

    Raises:
        ValueError: an argument is out of range, the kernel is larger than the input, or the number of steps
            is not known.

    Example:
        >>> model = tf.keras.Sequential()
        >>> model.add(tfk_ext.LocallyConnected1D(64, 3, input_shape=(10, 32)))
        >>> model.output_shape
        (None, 8, 64)
        >>> model.add(tfk_ext.LocallyConnected1D(32, 3))
        >>> model.output_shape
        (None, 6, 32)

    Source: the classic documents, ``keras.layers.LocallyConnected1D``.
    """

    _rank = 1


@register
class LocallyConnected2D(_LocallyConnected):
    """Convolution over an image with weights of its own at each position.

    ``y[r, c] = activation(patch(x, r, c) . kernel[r, c] + bias[r, c])``, where ``patch(x, r, c)`` is the
    window of ``kernel_size`` at row ``strides[0] * r`` and column ``strides[1] * c``. It works like Conv2D,
    but the weights are not shared.

    Args:
        filters: size of the output's channel axis, at least 1.
        kernel_size: height and width of the window, an integer or a tuple of two.
        strides: rows and columns from one position to the next, an integer or a tuple of two.
        padding: ``"valid"``, or ``"same"``: ``ceil(size / strides)`` positions, each with its window centred
            on it (one more row before than behind if ``kernel_size`` is even), zeros around the input.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` for the configured one.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, ``(positions, window * channels, filters)``.
        bias_initializer: initializer of ``bias``, ``(new_rows, new_cols, filters)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, cols, channels)``; in channels_first ``(batch, channels, rows, cols)``; all but
            the batch must be known.
        output: ``(batch, new_rows, new_cols, filters)``; in channels_first
            ``(batch, filters, new_rows, new_cols)``.

    Masking: masked pixels (or rows, for a mask of one value each) count as zeros; a position stays unmasked
    if any pixel it sees is.

    Raises:
        ValueError: an argument is out of range, the kernel is larger than the input, or the rows or columns
            are not known.

    Example:
        >>> model = tf.keras.Sequential()
        >>> model.add(tfk_ext.LocallyConnected2D(64, (3, 3), input_shape=(32, 32, 3)))
        >>> model.output_shape
        (None, 30, 30, 64)
        >>> model.add(tfk_ext.LocallyConnected2D(32, (3, 3)))
        >>> model.output_shape
        (None, 28, 28, 32)

    Source: the classic documents, ``keras.layers.LocallyConnected2D``.
    """

    _rank = 2
