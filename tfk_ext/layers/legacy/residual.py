"""Layers of the models in ``keras.applications`` that have no place of their own in Keras."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer, WeightedLayer
from tfk_ext.registration import register


@register
class CustomScaleLayer(Layer):
    """Residual sum of InceptionResNetV2: ``f(x, y) = x + scale * y``.

    Args:
        scale: factor of the second input.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of two tensors of one shape.
        output: that shape.

    Masking: refuses a mask.

    Raises:
        ValueError: ``scale`` is no number.

    Example:
        >>> layer = tfk_ext.layers.legacy.CustomScaleLayer(scale=0.5)
        >>> layer([np.array([[1.0]]), np.array([[4.0]])]).numpy()
        array([[3.]], dtype=float32)

    Source: Keras 2.15, ``keras.applications.inception_resnet_v2``.
    """

    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = checks.number(self, "scale", scale)

    def call(self, inputs):
        return inputs[0] + inputs[1] * self.scale

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@register
class LayerScale(WeightedLayer):
    """Factors of the channels, of ConvNeXt: ``f(x) = gamma * x``.

    Args:
        init_values: where ``gamma`` starts.
        projection_dim: number of channels.
        **kwargs: ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, ..., projection_dim)``.
        output: the same.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> tfk_ext.layers.legacy.LayerScale(0.5, 2)(np.array([[2.0, 4.0]])).numpy()
        array([[1., 2.]], dtype=float32)

    Source: Keras 2.15, ``keras.applications.convnext``.
    """

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = checks.number(self, "init_values", init_values)
        self.projection_dim = checks.integer(self, "projection_dim", projection_dim)

    def build(self, input_shape):
        start = tf.keras.initializers.Constant(self.init_values)
        self.gamma = self.add_weight(name="gamma", shape=(self.projection_dim,), initializer=start)
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.gamma

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        config = {"init_values": self.init_values, "projection_dim": self.projection_dim}
        return {**super().get_config(), **config}


@register
class StochasticDepth(Layer):
    """Dropping whole samples, of ConvNeXt: ``f(x) = x * b / (1 - rate)`` in training, each ``b`` 0 or 1.

    Args:
        drop_path_rate: fraction of the samples that is dropped, from 0 to 1.
        seed: seed, an integer.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: any.
        output: the same.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> tfk_ext.layers.legacy.StochasticDepth(0.5)(np.array([[2.0]])).numpy()
        array([[2.]], dtype=float32)

    Source: Huang et al. (2016), "Deep networks with stochastic depth".
    """

    def __init__(self, drop_path_rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.drop_path_rate = checks.number(self, "drop_path_rate", drop_path_rate, 0.0, 1.0)
        self.seed = seed
        self._generator = tf.keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training or self.drop_path_rate == 0.0:
            return inputs
        keep = 1.0 - self.drop_path_rate
        shape = (tf.shape(inputs)[0], *[1] * (inputs.shape.rank - 1))
        drawn = tf.keras.random.uniform(shape, seed=self._generator, dtype=inputs.dtype)
        return tf.math.divide_no_nan(inputs, tf.cast(keep, inputs.dtype)) * tf.floor(keep + drawn)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "drop_path_rate": self.drop_path_rate, "seed": self.seed}
