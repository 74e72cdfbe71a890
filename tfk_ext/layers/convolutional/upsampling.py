"""Upsampling: UpSampling1D, UpSampling2D, UpSampling3D."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import SpatialLayer, plain
from tfk_ext.ops import resize as ops
from tfk_ext.registration import register


class _UpSampling(SpatialLayer):
    """Enlarging ``rank`` spatial axes by whole factors."""

    def __init__(self, rank, size, data_format, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self._factors = checks.spatial(self, "size", size, rank)
        self.size = plain(self._factors)

    def call(self, inputs):
        return ops.repeat(inputs, self._factors, self.data_format)

    def compute_output_shape(self, input_shape):
        batch, spatial, channels = self._split(input_shape)
        larger = (None if n is None else n * factor for n, factor in zip(spatial, self._factors))
        return self._joined(batch, larger, channels)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@register
class UpSampling1D(_UpSampling):
    """Repeat each step of a sequence ``size`` times.

    Args:
        size: how often, an integer.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, steps * size, channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not three axes.

    Example:
        >>> tfk_ext.UpSampling1D(2)(np.array([[[1.0], [2.0]]])).numpy().ravel()
        array([1., 1., 2., 2.], dtype=float32)

    Source: the classic documents, ``keras.layers.UpSampling1D``.
    """

    def __init__(self, size=2, data_format="channels_last", **kwargs):
        super().__init__(1, size, data_format, **kwargs)


@register
class UpSampling2D(_UpSampling):
    """Enlarge images: repeat rows and columns ``size[0]`` and ``size[1]`` times, or interpolate between them.

    Args:
        size: factors for rows and columns, an integer or two.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        interpolation: ``"nearest"`` (repeat), ``"bilinear"``, ``"bicubic"``, ``"lanczos3"`` or
            ``"lanczos5"``; also ``"area"``, ``"gaussian"`` and ``"mitchellcubic"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, rows * size[0], columns * size[1], channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not four axes.

    Example:
        >>> tfk_ext.UpSampling2D(size=(1, 2))(np.array([[[[1.0], [2.0]]]])).numpy().ravel()
        array([1., 1., 2., 2.], dtype=float32)
        >>> x = np.array([[[[1.0], [2.0]]]])
        >>> tfk_ext.UpSampling2D(size=(1, 2), interpolation="bilinear")(x).numpy().ravel()
        array([1.  , 1.25, 1.75, 2.  ], dtype=float32)

    Source: the classic documents, ``keras.layers.UpSampling2D``.
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(2, size, data_format, **kwargs)
        self.interpolation = checks.one_of(self, "interpolation", interpolation, ops.METHODS)

    def call(self, inputs):
        return ops.upsample(inputs, self.size, self.data_format, self.interpolation)

    def get_config(self):
        return {**super().get_config(), "interpolation": self.interpolation}


@register
class UpSampling3D(_UpSampling):
    """Repeat the depth, rows and columns of a volume ``size[0]``, ``size[1]`` and ``size[2]`` times.

    Args:
        size: factors for depth, rows and columns, an integer or three.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: the same with larger spatial axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; the input has not five axes.

    Example:
        >>> tfk_ext.UpSampling3D((1, 2, 3))(np.ones((1, 2, 2, 2, 4))).shape
        TensorShape([1, 2, 4, 6, 4])

    Source: the classic documents, ``keras.layers.UpSampling3D``.
    """

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(3, size, data_format, **kwargs)
