"""Pooling: maximum and mean over windows and over whole spatial axes, in one, two and three dimensions."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import AXES, SpatialLayer, plain
from tfk_ext.ops import convolution
from tfk_ext.ops import pooling as ops
from tfk_ext.registration import register


class _Pooling(SpatialLayer):
    """Pooling over windows of ``rank`` spatial axes; a subclass names the function as ``_pool``."""

    def __init__(self, rank, pool_size, strides, padding, data_format, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self.pool_size = checks.spatial(self, "pool_size", pool_size, rank)
        self.strides = self.pool_size if strides is None else checks.spatial(self, "strides", strides, rank)
        self.padding = checks.one_of(self, "padding", padding, ("valid", "same"))

    def call(self, inputs):
        self.compute_output_shape(inputs.shape)
        return self._pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape):
        batch, spatial, channels = self._split(input_shape)
        found = tuple(
            convolution.output_length(n, k, s, self.padding)
            for n, k, s in zip(spatial, self.pool_size, self.strides)
        )
        if any(n is not None and n <= 0 for n in found):
            checks.fail(
                self,
                f"pool_size {plain(self.pool_size)} is larger than the input's {plain(spatial)} "
                f"({', '.join(AXES[self._rank])}); use padding='same' or a smaller pool_size.",
            )
        return self._joined(batch, found, channels)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


class _MaxPooling(_Pooling):
    _pool = staticmethod(ops.max_pool)


class _AveragePooling(_Pooling):
    _pool = staticmethod(ops.average_pool)


class _GlobalPooling(SpatialLayer):
    """Pooling over all of ``rank`` spatial axes; a subclass names the function as ``_pool``."""

    def __init__(self, rank, data_format, keepdims, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self.keepdims = checks.boolean(self, "keepdims", keepdims)

    def call(self, inputs):
        return self._pool(inputs, self.data_format, self.keepdims)

    def compute_output_shape(self, input_shape):
        batch, _, channels = self._split(input_shape)
        return self._joined(batch, (1,) * self._rank if self.keepdims else (), channels)

    def get_config(self):
        return {**super().get_config(), "keepdims": self.keepdims}


class _GlobalMaxPooling(_GlobalPooling):
    _pool = staticmethod(ops.global_max)


class _GlobalAveragePooling(_GlobalPooling):
    _pool = staticmethod(ops.global_average)


@register
class MaxPooling1D(_MaxPooling):
    """Maximum over a moving window of steps: ``y[p] = max_t x[p * stride + t]``, ``t < pool_size``.

    Args:
        pool_size: length of the window, an integer.
        strides: step of the window; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded at both ends; padding never is the maximum).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, new_steps, channels)``, or ``(batch, channels, new_steps)``; ``new_steps`` is
            ``ceil((steps - pool_size + 1) / strides)`` with ``"valid"``, else ``ceil(steps / strides)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is longer than the input.

    Example:
        >>> tfk_ext.MaxPooling1D(2, strides=1)(np.array([[[1.0], [3.0], [2.0]]])).numpy().ravel()
        array([3., 3.], dtype=float32)

    Source: the classic documents, ``keras.layers.MaxPooling1D``.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format="channels_last", **kwargs):
        super().__init__(1, pool_size, strides, padding, data_format, **kwargs)


@register
class MaxPooling2D(_MaxPooling):
    """Maximum over a moving window of rows and columns: ``y[p] = max_t x[p * strides + t]``.

    Args:
        pool_size: rows and columns of the window, an integer or two.
        strides: steps of the window, an integer or two; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded around; what is padded never is the maximum).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, new_rows, new_columns, channels)``, or with the channels at axis 1; a new size is
            ``ceil((size - pool_size + 1) / stride)`` with ``"valid"``, else ``ceil(size / stride)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is larger than the input.

    Example:
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> tfk_ext.MaxPooling2D()(x).numpy()[0, ..., 0]
        array([[ 5.,  7.],
               [13., 15.]], dtype=float32)

    Source: the classic documents, ``keras.layers.MaxPooling2D``.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


@register
class MaxPooling3D(_MaxPooling):
    """Maximum over a moving window of a volume: ``y[p] = max_t x[p * strides + t]``.

    Args:
        pool_size: depth, rows and columns of the window, an integer or three.
        strides: steps of the window, an integer or three; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded around; what is padded never is the maximum).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: ``(batch, new_depth, new_rows, new_columns, channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is larger than the input.

    Example:
        >>> tfk_ext.MaxPooling3D((1, 2, 3))(np.ones((1, 4, 4, 6, 2))).shape
        TensorShape([1, 4, 2, 2, 2])

    Source: the classic documents, ``keras.layers.MaxPooling3D``.
    """

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(3, pool_size, strides, padding, data_format, **kwargs)


@register
class AveragePooling1D(_AveragePooling):
    """Mean over a moving window of steps: ``y[p] = mean_t x[p * stride + t]``, ``t < pool_size``.

    Args:
        pool_size: length of the window, an integer.
        strides: step of the window; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded at both ends; what is padded does not count).
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, new_steps, channels)``, or ``(batch, channels, new_steps)``; ``new_steps`` is
            ``ceil((steps - pool_size + 1) / strides)`` with ``"valid"``, else ``ceil(steps / strides)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is longer than the input.

    Example:
        >>> tfk_ext.AveragePooling1D(2, strides=1)(np.array([[[1.0], [3.0], [2.0]]])).numpy().ravel()
        array([2. , 2.5], dtype=float32)

    Source: the classic documents, ``keras.layers.AveragePooling1D``.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format="channels_last", **kwargs):
        super().__init__(1, pool_size, strides, padding, data_format, **kwargs)


@register
class AveragePooling2D(_AveragePooling):
    """Mean over a moving window of rows and columns: ``y[p] = mean_t x[p * strides + t]``.

    Args:
        pool_size: rows and columns of the window, an integer or two.
        strides: steps of the window, an integer or two; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded around; what is padded does not count).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, new_rows, new_columns, channels)``, or with the channels at axis 1; a new size is
            ``ceil((size - pool_size + 1) / stride)`` with ``"valid"``, else ``ceil(size / stride)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is larger than the input.

    Example:
        >>> x = np.arange(16.0).reshape(1, 4, 4, 1)
        >>> tfk_ext.AveragePooling2D()(x).numpy()[0, ..., 0]
        array([[ 2.5,  4.5],
               [10.5, 12.5]], dtype=float32)

    Source: the classic documents, ``keras.layers.AveragePooling2D``.
    """

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(2, pool_size, strides, padding, data_format, **kwargs)


@register
class AveragePooling3D(_AveragePooling):
    """Mean over a moving window of a volume: ``y[p] = mean_t x[p * strides + t]``.

    Args:
        pool_size: depth, rows and columns of the window, an integer or three.
        strides: steps of the window, an integer or three; ``None`` takes ``pool_size``.
        padding: ``"valid"`` (no padding) or ``"same"`` (padded around; what is padded does not count).
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: ``(batch, new_depth, new_rows, new_columns, channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the window is larger than the input.

    Example:
        >>> tfk_ext.AveragePooling3D(2, strides=1, padding="same")(np.ones((1, 4, 4, 6, 2))).shape
        TensorShape([1, 4, 4, 6, 2])

    Source: the classic documents, ``keras.layers.AveragePooling3D``.
    """

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(3, pool_size, strides, padding, data_format, **kwargs)


@register
class GlobalMaxPooling1D(_GlobalMaxPooling):
    """Maximum over all steps.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``.
        keepdims: whether the step axis stays, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, channels)``; with ``keepdims`` ``(batch, 1, channels)`` or ``(batch, channels, 1)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not three axes.

    Example:
        >>> tfk_ext.GlobalMaxPooling1D()(np.array([[[1.0, 5.0], [3.0, 4.0]]])).numpy()
        array([[3., 5.]], dtype=float32)

    Source: the classic documents, ``keras.layers.GlobalMaxPooling1D``.
    """

    def __init__(self, data_format="channels_last", keepdims=False, **kwargs):
        super().__init__(1, data_format, keepdims, **kwargs)


@register
class GlobalMaxPooling2D(_GlobalMaxPooling):
    """Maximum over all rows and columns.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        keepdims: whether the spatial axes stay, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, channels)``; with ``keepdims`` of four axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not four axes.

    Example:
        >>> tfk_ext.GlobalMaxPooling2D()(np.arange(8.0).reshape(1, 2, 2, 2)).numpy()
        array([[6., 7.]], dtype=float32)

    Source: the classic documents, ``keras.layers.GlobalMaxPooling2D``.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(2, data_format, keepdims, **kwargs)


@register
class GlobalMaxPooling3D(_GlobalMaxPooling):
    """Maximum over the depth, rows and columns.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        keepdims: whether the spatial axes stay, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: ``(batch, channels)``; with ``keepdims`` of five axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not five axes.

    Example:
        >>> tfk_ext.GlobalMaxPooling3D(keepdims=True)(np.ones((2, 3, 4, 5, 6))).shape
        TensorShape([2, 1, 1, 1, 6])

    Source: the classic documents, ``keras.layers.GlobalMaxPooling3D``.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(3, data_format, keepdims, **kwargs)


@register
class GlobalAveragePooling1D(_GlobalAveragePooling):
    """Mean over all steps, or over those that a mask lets pass.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``.
        keepdims: whether the step axis stays, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first; the mask is
            ``(batch, steps)``.
        output: ``(batch, channels)``; with ``keepdims`` ``(batch, 1, channels)`` or ``(batch, channels, 1)``.

    Masking: consumes a mask: masked steps do not count. A sample without any step left gets zeros.

    Raises:
        ValueError: an argument is not as described; the input has not three axes.

    Example:
        >>> x = np.array([[[1.0], [3.0], [8.0]]])
        >>> tfk_ext.GlobalAveragePooling1D()(x, mask=np.array([[True, True, False]])).numpy()
        array([[2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.GlobalAveragePooling1D``.
    """

    def __init__(self, data_format="channels_last", keepdims=False, **kwargs):
        super().__init__(1, data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        return self._pool(inputs, self.data_format, self.keepdims, mask)

    def compute_mask(self, inputs, previous_mask=None):
        return None


@register
class GlobalAveragePooling2D(_GlobalAveragePooling):
    """Mean over all rows and columns.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        keepdims: whether the spatial axes stay, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, channels)``; with ``keepdims`` of four axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not four axes.

    Example:
        >>> tfk_ext.GlobalAveragePooling2D()(np.arange(8.0).reshape(1, 2, 2, 2)).numpy()
        array([[3., 4.]], dtype=float32)

    Source: the classic documents, ``keras.layers.GlobalAveragePooling2D``.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(2, data_format, keepdims, **kwargs)


@register
class GlobalAveragePooling3D(_GlobalAveragePooling):
    """Mean over the depth, rows and columns.

    Args:
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        keepdims: whether the spatial axes stay, with length 1.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: ``(batch, channels)``; with ``keepdims`` of five axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not five axes.

    Example:
        >>> tfk_ext.GlobalAveragePooling3D()(np.ones((2, 3, 4, 5, 6))).shape
        TensorShape([2, 6])

    Source: the classic documents, ``keras.layers.GlobalAveragePooling3D``.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(3, data_format, keepdims, **kwargs)


# The classic second names.
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
