"""Cropping: Cropping1D, Cropping2D, Cropping3D."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.convolutional.base import AXES, SpatialLayer, pairs, plain
from tfk_ext.registration import register


class _Cropping(SpatialLayer):
    """Cut both ends of ``rank`` spatial axes."""

    def __init__(self, rank, cropping, data_format, **kwargs):
        super().__init__(rank, data_format, **kwargs)
        self._pairs = pairs(self, "cropping", cropping, rank)
        self.cropping = plain(self._pairs)

    def call(self, inputs):
        self.compute_output_shape(inputs.shape)
        cut = [slice(front, -back if back else None) for front, back in self._pairs]
        lead = [slice(None)] * (2 if self.data_format == "channels_first" else 1)
        return inputs[tuple(lead + cut)]

    def compute_output_shape(self, input_shape):
        batch, spatial, channels = self._split(input_shape)
        left = tuple(None if n is None else n - sum(pair) for n, pair in zip(spatial, self._pairs))
        if any(n is not None and n <= 0 for n in left):
            checks.fail(
                self,
                f"cropping {self.cropping} leaves nothing of the input's {plain(spatial)} "
                f"({', '.join(AXES[self._rank])}).",
            )
        return self._joined(batch, left, channels)

    def get_config(self):
        return {**super().get_config(), "cropping": self.cropping}


@register
class Cropping1D(_Cropping):
    """Cut steps off both ends of a sequence: ``y = x[:, cropping[0]:-cropping[1]]``.

    Args:
        cropping: number of steps to cut in front and behind, a pair, or an integer for both.
        data_format: ``"channels_last"`` or ``"channels_first"``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``, or ``(batch, channels, steps)`` with channels first.
        output: ``(batch, steps - sum(cropping), channels)``, or with the channels at axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; nothing would be left of the input.

    Example:
        >>> tfk_ext.Cropping1D((1, 2))(np.arange(5.0).reshape(1, 5, 1)).numpy().ravel()
        array([1., 2.], dtype=float32)

    Source: the classic documents, ``keras.layers.Cropping1D``.
    """

    def __init__(self, cropping=(1, 1), data_format="channels_last", **kwargs):
        super().__init__(1, cropping, data_format, **kwargs)


@register
class Cropping2D(_Cropping):
    """Cut rows and columns off an image: ``y = x[:, top:-bottom, left:-right]``.

    Args:
        cropping: ``((top, bottom), (left, right))``; ``(rows, columns)`` cuts the same at both ends, an
            integer the same everywhere.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or ``(batch, channels, rows, columns)`` with channels
            first.
        output: ``(batch, rows - top - bottom, columns - left - right, channels)``, or with the channels at
            axis 1.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; nothing would be left of the input.

    Example:
        >>> tfk_ext.Cropping2D(((1, 0), (2, 1)))(np.ones((1, 4, 5, 3))).shape
        TensorShape([1, 3, 2, 3])

    Source: the classic documents, ``keras.layers.Cropping2D``.
    """

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(2, cropping, data_format, **kwargs)


@register
class Cropping3D(_Cropping):
    """Cut both ends of the depth, rows and columns of a volume.

    Args:
        cropping: three pairs ``(front, back)``, for depth, rows and columns; three integers cut the same at
            both ends, an integer the same everywhere.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes the Keras configuration's.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, depth, rows, columns, channels)``, or with channels first
            ``(batch, channels, depth, rows, columns)``.
        output: the same with what is left of each axis.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not as described; nothing would be left of the input.

    Example:
        >>> tfk_ext.Cropping3D()(np.ones((1, 4, 5, 6, 2))).shape
        TensorShape([1, 2, 3, 4, 2])

    Source: the classic documents, ``keras.layers.Cropping3D``.
    """

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(3, cropping, data_format, **kwargs)
