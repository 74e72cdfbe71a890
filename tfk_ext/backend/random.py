"""Random tensors and variables. Without a seed they differ from call to call, in a model too."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend.config import floatx
from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import variable


def draw(seed: int | None) -> int:
    """Return a seed for TensorFlow; without one it comes from NumPy's, which ``set_random_seed`` fixes."""
    return int(np.random.randint(10_000_000)) if seed is None else int(seed)


def _filled(shape: Any, make: Any) -> tf.Tensor:
    """Make a tensor; what is known of its shape is, where sizes among others are tensors."""
    result = make(shape)
    if isinstance(shape, (list, tuple)):
        result = tf.ensure_shape(result, [None if tf.is_tensor(size) else size for size in shape])
    return result


@operation
def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Draw from the normal distribution.

    Args:
        shape: a tuple whose sizes may be tensors, or a tensor.
        mean: its mean.
        stddev: its standard deviation.
        dtype: ``None`` for ``floatx()``.
        seed: a number that fixes what is drawn.

    Example:
        >>> K = tfk_ext.backend
        >>> z = tf.keras.Input((2,))
        >>> K.random_normal(shape=(K.shape(z)[0], 2)).shape
        (None, 2)
    """
    return _filled(shape, lambda s: tf.random.normal(s, mean, stddev, dtype or floatx(), draw(seed)))


@operation
def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Draw from the uniform distribution from ``minval`` to ``maxval``; see :func:`random_normal`."""
    return _filled(shape, lambda s: tf.random.uniform(s, minval, maxval, dtype or floatx(), draw(seed)))


@operation
def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Draw ones with probability ``p`` and zeros else; see :func:`random_normal`."""
    drawn = _filled(shape, lambda s: tf.random.uniform(s, dtype=tf.float32, seed=draw(seed)))
    return tf.cast(drawn < p, dtype or floatx())


@operation
def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Draw ones with probability ``p`` and zeros else: the older name of :func:`random_bernoulli`."""
    return random_bernoulli(shape, p, dtype, seed)


@operation
def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Draw from the normal distribution, but nothing beyond two standard deviations."""
    return _filled(
        shape, lambda s: tf.random.truncated_normal(s, mean, stddev, dtype or floatx(), draw(seed))
    )


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Any:
    """Make a variable whose values are drawn uniformly from ``low`` to ``high``."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Any:
    """Make a variable whose values are drawn from the normal distribution."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)
