"""Dropout and its spatial forms."""

from __future__ import annotations

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
