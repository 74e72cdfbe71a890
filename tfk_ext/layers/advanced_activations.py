"""Activations that are layers: LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax, ReLU."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.ops import activations as ops
from tfk_ext.registration import register


class _Elementwise(Layer):
    """Base of the activations: they keep the input's shape and pass a mask on."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


@register
class LeakyReLU(_Elementwise):
    """Leaky rectified linear unit: ``f(x) = x if x >= 0 else alpha * x``.

    Args:
        alpha: slope on the negative side, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``alpha`` is negative or not a number.

    Example:
        >>> tfk_ext.LeakyReLU()(np.array([[-2.0, 0.0, 1.0]])).numpy()
        array([[-0.6,  0. ,  1. ]], dtype=float32)

    Source: Maas, Hannun, Ng (2013), "Rectifier nonlinearities improve neural network acoustic models".
    """

    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.alpha = checks.number(self, "alpha", alpha, 0.0)

    def call(self, inputs):
        return ops.leaky_relu(inputs, self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@register
class ReLU(_Elementwise):
    """Rectified linear unit with an upper bound, a slope below and a threshold.

    ``f(x) = max_value`` for ``x >= max_value``, ``x`` for ``threshold <= x < max_value``, and
    ``negative_slope * (x - threshold)`` below.

    Args:
        max_value: upper bound, at least 0, ``None`` for none.
        negative_slope: slope below the threshold, at least 0.
        threshold: where the linear part begins, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: an argument is negative or not a number.

    Example:
        >>> tfk_ext.ReLU(max_value=2.0, negative_slope=0.5)(np.array([[-2.0, 1.0, 3.0]])).numpy()
        array([[-1.,  1.,  2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.ReLU``.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else checks.number(self, "max_value", max_value, 0.0)
        self.negative_slope = checks.number(self, "negative_slope", negative_slope, 0.0)
        self.threshold = checks.number(self, "threshold", threshold, 0.0)

    def call(self, inputs):
        return ops.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self):
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
