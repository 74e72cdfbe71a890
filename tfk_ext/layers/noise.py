"""Noise layers: GaussianNoise, GaussianDropout, AlphaDropout. They change the input in training only."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.ops import noise as ops
from tfk_ext.registration import register


class RandomLayer(Layer):
    """Base of the layers that draw random numbers in training.

    The state of the draws is a ``tf.keras.random.SeedGenerator``: it moves on with every call in training and
    starts at ``seed``, so that the same seed repeats the same run. As in Keras a file does not hold it.

    Args:
        seed: an integer, ``None`` for one drawn by chance.
        **kwargs: see :class:`tfk_ext.layers.base.Layer`.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = None if seed is None else checks.integer(self, "seed", seed, minimum=None)
        self.supports_masking = True

    def _draws(self, active):
        # A layer that never draws has no state, as in Keras.
        if active:
            self.seed_generator = tf.keras.random.SeedGenerator(self.seed)

    def _next_seed(self):
        """Return two integers for the next draw, of its own on each replica of a strategy."""
        # The stateless functions want int32 to run under XLA.
        seed = tf.cast(tf.math.floormod(self.seed_generator.next(), tf.int32.max), tf.int32)
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            seed = tf.random.experimental.stateless_fold_in(seed, context.replica_id_in_sync_group)
        return seed

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def check_noise_shape(layer, noise_shape):
    """Return ``noise_shape`` as a tuple of positive integers and ``None``."""
    if noise_shape is None:
        return None
    items = noise_shape
    if hasattr(items, "numpy") or hasattr(items, "tolist"):
        items = (items.numpy() if hasattr(items, "numpy") else items).tolist()
    good = isinstance(items, Sequence) and not isinstance(items, str)
    if not good or not all(i is None or (checks.is_integer(i) and i > 0) for i in items):
        checks.fail(layer, f"noise_shape must be a tuple of positive integers and None, got {noise_shape!r}.")
    return tuple(None if i is None else int(i) for i in items)


def check_noise_fits(layer, noise_shape, shape):
    """Raise if the noise can't be broadcast to an input of ``shape``."""
    if noise_shape is None or shape.rank is None:
        return
    sizes = tuple(shape)
    rest = sizes[len(sizes) - len(noise_shape) :]
    fits = len(noise_shape) == len(sizes) or (len(noise_shape) < len(sizes) and None not in noise_shape)
    if not fits or any(n not in (None, 1) and s not in (None, n) for n, s in zip(noise_shape, rest)):
        checks.fail(layer, f"noise_shape {noise_shape} can't be broadcast to the input's shape {sizes}.")


@register
class GaussianNoise(RandomLayer):
    """Add normal noise in training: ``f(x) = x + stddev * n`` with ``n`` standard normal.

    In inference the layer is the identity.

    Args:
        stddev: standard deviation of the noise, at least 0.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``stddev`` is negative or not a number.

    Example:
        >>> layer = tfk_ext.GaussianNoise(2.0, seed=1)
        >>> layer(np.zeros((1, 2))).numpy()
        array([[0., 0.]], dtype=float32)
        >>> round(float(tf.math.reduce_std(layer(np.zeros((1, 10000)), training=True))), 1)
        2.0

    Source: the classic documents, ``keras.layers.GaussianNoise``.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.stddev = checks.number(self, "stddev", stddev, 0.0)
        self._draws(self.stddev > 0)

    def call(self, inputs, training=False):
        if not training or self.stddev == 0:
            return inputs
        return ops.gaussian_noise(inputs, self.stddev, self._next_seed())

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev}


@register
class GaussianDropout(RandomLayer):
    """Multiply by normal noise in training: ``f(x) = x * (1 + sqrt(rate / (1 - rate)) * n)``, ``n`` normal.

    The factors have the mean, 1, and the variance of those that dropout multiplies by. In inference the
    layer is the identity.

    Args:
        rate: the rate of the dropout it stands for, from 0 to below 1; the standard deviation of the noise
            is ``sqrt(rate / (1 - rate))``.
        seed: an integer that makes the draws repeatable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``rate`` is not a number from 0 to below 1, where the deviation becomes infinite.

    Example:
        >>> layer = tfk_ext.GaussianDropout(0.5, seed=1)
        >>> layer(np.ones((1, 2))).numpy()
        array([[1., 1.]], dtype=float32)
        >>> round(float(tf.math.reduce_std(layer(np.ones((1, 10000)), training=True))), 1)
        1.0

    Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting".
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.rate = checks.number(self, "rate", rate, 0.0, 1.0)
        if self.rate == 1:
            checks.fail(self, "rate must be below 1, got 1: the noise's deviation would be infinite.")
        self._draws(self.rate > 0)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        return ops.gaussian_dropout(inputs, self.rate, self._next_seed())

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@register
class AlphaDropout(RandomLayer):
    """Dropout that keeps mean 0 and variance 1: ``f(x) = a * (x if keep else low) + b``.

    What is dropped becomes the lower bound of selu, ``low = -1.758``; ``a`` and ``b`` restore mean and
    variance of an input that has mean 0 and variance 1. In inference the layer is the identity.

    Args:
        rate: fraction of the values to drop, from 0 to 1; with 1 everything is 0, the formula's limit.
        noise_shape: shape of ``keep``, which is broadcast to that of the input; ``None`` in it stands for
            the size of the input.
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
        >>> y = tfk_ext.AlphaDropout(0.5, seed=1)(np.zeros((1, 1000)), training=True).numpy()
        >>> np.unique(y.round(2))
        array([-0.78,  0.78], dtype=float32)

    Source: Klambauer et al. (2017), "Self-normalizing neural networks".
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
        return ops.alpha_dropout(inputs, self.rate, self._next_seed(), self.noise_shape)

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}
