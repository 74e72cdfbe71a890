"""Zero padding: ZeroPadding1D, ZeroPadding2D, ZeroPadding3D."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext.layers.convolutional.base import SpatialLayer, pairs, plain
from tfk_ext.registration import register


class _ZeroPadding(SpatialLayer):
    """Add zeros to both ends of ``rank`` spatial axes."""

    def __init__(self, rank, padding, data_format, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self._pairs = pairs(self, "padding", padding, rank)
        self.padding = plain(self._pairs)

    def call(self, inputs):
        return tf.pad(inputs, self._joined((0, 0), self._pairs, (0, 0)))

    def compute_output_shape(self, input_shape):
        batch, spatial, channels = self._split(input_shape)
        larger = (None if n is None else n + sum(pair) for n, pair in zip(spatial, self._pairs))
        return self._joined(batch, larger, channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}


@register
class ZeroPadding1D(_ZeroPadding):
    """Add steps of zeros to both ends of a sequence.

    Args:
        padding: number of steps to add in front and behind, a pair, or an integer for both.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, steps + sum(padding), channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described.

    Example:
        >>> tfk_ext.ZeroPadding1D((0, 2))(np.ones((1, 2, 1))).numpy().ravel()
        array([1., 1., 0., 0.], dtype=float32)

    Source: the classic documents, ``keras.layers.ZeroPadding1D``.
    """

    def __init__(self, padding=1, data_format="channels_last", **kwargs):
        super().__init__(1, padding, data_format, **kwargs)


@register
class ZeroPadding2D(_ZeroPadding):
    """Add rows and columns of zeros around an image.

    Args:
        padding: ``((top, bottom), (left, right))``; ``(rows, columns)`` adds the same at both ends, an
            integer the same everywhere.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, top + rows + bottom, left + columns + right, channels)``, or with the channels at
            axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described.

    Example:
        >>> tfk_ext.ZeroPadding2D(((1, 0), (0, 1)))(np.ones((1, 1, 1, 1))).numpy()[0, ..., 0]
        array([[0., 0.],
               [1., 0.]], dtype=float32)

    Source: the classic documents, ``keras.layers.ZeroPadding2D``.
    """

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(2, padding, data_format, **kwargs)


@register
class ZeroPadding3D(_ZeroPadding):
    """Add zeros to both ends of the depth, rows and columns of a volume.

    Args:
        padding: three pairs ``(front, back)``, for depth, rows and columns; three integers add the same at
            both ends, an integer the same everywhere.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: the same with larger spatial axes.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described.

    Example:
        >>> tfk_ext.ZeroPadding3D((1, 0, 2))(np.ones((1, 2, 3, 4, 1))).shape
        TensorShape([1, 4, 3, 8, 1])

    Source: the classic documents, ``keras.layers.ZeroPadding3D``.
    """

    def __init__(self, padding=(1, 1, 1), data_format=None, **kwargs):
        super().__init__(3, padding, data_format, **kwargs)
