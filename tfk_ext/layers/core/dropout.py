"""Dropout and its spatial forms."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.noise import RandomLayer, check_noise_fits, check_noise_shape
from tfk_ext.ops import noise as ops
from tfk_ext.registration import register


@register
class Dropout(RandomLayer):
    """Set a fraction of the input to 0 in training: ``f(x) = x * keep / (1 - rate)``.

    ``keep`` is drawn anew for every call, 1 with probability ``1 - rate`` and 0 otherwise; the division keeps
    the expected sum. In inference the layer is the identity.

    Args:
        rate: fraction of the values to drop, from 0 to 1; with 1 everything is dropped.
        noise_shape: shape of ``keep``, which is broadcast to that of the input: ``(None, 1, None)`` drops
            the same features at all time steps. ``None`` stands for the size of the input.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``rate`` is not a number from 0 to 1; ``noise_shape`` is no tuple of positive integers
            and ``None``, or does not fit the input.

    Example:
        >>> tfk_ext.Dropout(0.5)(np.ones((1, 3))).numpy()
        array([[1., 1., 1.]], dtype=float32)
        >>> sorted(set(tfk_ext.Dropout(0.75)(np.ones((1, 1000)), training=True).numpy()[0].tolist()))
        [0.0, 4.0]

    Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting".
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.rate = checks.number(self, "rate", rate, 0.0, 1.0)
        self.noise_shape = check_noise_shape(self, noise_shape)
        self._draws(self.rate > 0)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        check_noise_fits(self, self.noise_shape, inputs.shape)
        return ops.dropout(inputs, self.rate, self._next_seed(), self.noise_shape)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


class _SpatialDropout(RandomLayer):
    """Dropout of whole feature maps: ``keep`` is the same at all positions of a sample's channel."""

    _rank: int

    def __init__(self, rate, data_format="channels_last", seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.rate = checks.number(self, "rate", rate, 0.0, 1.0)
        self.data_format = checks.data_format(self, data_format)
        self.input_spec = tf.keras.layers.InputSpec(ndim=self._rank + 2)
        self._draws(self.rate > 0)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        ones = (1,) * self._rank
        first = self.data_format == "channels_first"
        noise_shape = (None, None, *ones) if first else (None, *ones, None)
        return ops.dropout(inputs, self.rate, self._next_seed(), noise_shape)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@register
class SpatialDropout1D(_SpatialDropout):
    """Drop whole channels of a sequence in training, a fraction of each sample's.

    Like :class:`Dropout`, but one draw decides for all time steps of a channel: neighbours in a feature map
    are alike, so that single values would not be missed. In inference the layer is the identity.

    Args:
        rate: fraction of the channels to drop, from 0 to 1.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, steps, channels)``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``rate`` is not a number from 0 to 1; the input has not three axes.

    Example:
        >>> y = tfk_ext.SpatialDropout1D(0.5, seed=1)(np.ones((2, 5, 100)), training=True)
        >>> [value for value in np.unique(tf.reduce_mean(y, 1)) if value not in (0, 2)]
        []

    Source: Tompson et al. (2015), "Efficient object localization using convolutional networks".
    """

    _rank = 1

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(rate, seed=seed, **kwargs)


@register
class SpatialDropout2D(_SpatialDropout):
    """Drop whole feature maps in training, a fraction of each sample's.

    Like :class:`Dropout`, but one draw decides for all positions of a channel: neighbours in a feature map
    are alike, so that single values would not be missed. In inference the layer is the identity.

    Args:
        rate: fraction of the channels to drop, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``, ``None`` for the configured one.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, rows, columns, channels)``, in channels_first ``(batch, channels, rows, columns)``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``rate`` is not a number from 0 to 1; ``data_format`` is not known; the
            input has not four axes.

    Example:
        >>> y = tfk_ext.SpatialDropout2D(0.5, seed=1)(np.ones((2, 5, 5, 100)), training=True)
        >>> [value for value in np.unique(tf.reduce_mean(y, (1, 2))) if value not in (0, 2)]
        []

    Source: Tompson et al. (2015), "Efficient object localization using convolutional networks".
    """

    _rank = 2

    def __init__(self, rate, data_format=None, seed=None, **kwargs):
        super().__init__(rate, data_format=data_format, seed=seed, **kwargs)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


@register
class SpatialDropout3D(_SpatialDropout):
    """Drop whole feature volumes in training, a fraction of each sample's.

    Like :class:`Dropout`, but one draw decides for all positions of a channel: neighbours in a feature map
    are alike, so that single values would not be missed. In inference the layer is the identity.

    Args:
        rate: fraction of the channels to drop, from 0 to 1.
        data_format: ``"channels_last"`` or ``"channels_first"``, ``None`` for the configured one.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, planes, rows, columns, channels)``, in channels_first ``(batch, channels, planes,
            rows, columns)``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``rate`` is not a number from 0 to 1; ``data_format`` is not known; the
            input has not five axes.

    Example:
        >>> y = tfk_ext.SpatialDropout3D(0.5, seed=1)(np.ones((2, 3, 3, 3, 100)), training=True)
        >>> [value for value in np.unique(tf.reduce_mean(y, (1, 2, 3))) if value not in (0, 2)]
        []

    Source: Tompson et al. (2015), "Efficient object localization using convolutional networks".
    """

    _rank = 3

    def __init__(self, rate, data_format=None, seed=None, **kwargs):
        super().__init__(rate, data_format=data_format, seed=seed, **kwargs)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}
