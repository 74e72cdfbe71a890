"""PaddedPooling2D: pooling with ``same`` padding as Theano had it."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.ops import legacy
from tfk_ext.registration import register


@register
class PaddedPooling2D(Layer):
    """Pooling over windows that may reach out of the image: ``y = max`` or mean of what lies inside of each
    window.

    TensorFlow's ``padding="same"`` decides itself where the first window begins; here it is said. Models of
    Keras 1
    and 2 that ran on Theano need it.

    Args:
        pool_size: rows and columns of the window.
        strides: rows and columns from window to window, ``None`` for ``pool_size``.
        padding: pair of pairs: rows above and below, columns left and right of the image that windows may
            cover.
        mode: ``"max"`` or ``"average"``.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` for the configured one.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, or with the channels first.
        output: the same with new rows and columns.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> layer = tfk_ext.layers.legacy.PaddedPooling2D(2, padding=((1, 0), (1, 0)))
        >>> layer(np.arange(4.0).reshape(1, 2, 2, 1)).numpy()[0, :, :, 0]
        array([[0.]], dtype=float32)

    Source: Keras 2.3, ``pool2d`` of the Theano backend.
    """

    def __init__(
        self, pool_size, strides=None, padding=((0, 0), (0, 0)), mode="max", data_format=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.pool_size = checks.spatial(self, "pool_size", pool_size, 2)
        self.strides = self.pool_size if strides is None else checks.spatial(self, "strides", strides, 2)
        pairs = padding if isinstance(padding, (list, tuple)) and len(padding) == 2 else [None, None]
        self.padding = tuple(checks.spatial(self, "padding", pair, 2, 0) for pair in pairs)
        if any(p >= size for pair, size in zip(self.padding, self.pool_size) for p in pair):
            checks.fail(self, f"padding must be smaller than pool_size {self.pool_size}, got {padding!r}.")
        self.mode = checks.one_of(self, "mode", mode, ("max", "average"))
        self.data_format = checks.data_format(self, data_format)

    def call(self, inputs):
        first = self.data_format == "channels_first"
        x = tf.transpose(inputs, (0, 2, 3, 1)) if first else inputs
        y = legacy.pool_padded(x, self.pool_size, self.strides, self.padding, self.mode)
        return tf.transpose(y, (0, 3, 1, 2)) if first else y

    def compute_output_shape(self, input_shape):
        shape = checks.rank(self, input_shape, 4, "(batch, rows, columns, channels)")
        first = self.data_format == "channels_first"
        sizes = shape[2:] if first else shape[1:3]
        new = tuple(
            None if n is None else (n + sum(pad) - size) // stride + 1
            for n, pad, size, stride in zip(sizes, self.padding, self.pool_size, self.strides)
        )
        return (shape[0], shape[1], *new) if first else (shape[0], *new, shape[3])

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "mode": self.mode,
            "data_format": self.data_format,
        }
