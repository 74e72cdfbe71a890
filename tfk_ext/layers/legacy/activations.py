"""ParametricSoftplus and SReLU: activations with weights that only Keras 1 had."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import legacy
from tfk_ext.registration import register


class _SharedWeights(WeightedLayer):
    """Base of the activations whose weights have the shape of a sample, or 1 along the shared axes."""

    def __init__(self, shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        axes = [] if shared_axes is None else shared_axes
        axes = list(axes) if isinstance(axes, (list, tuple)) else [axes]
        if not all(checks.is_integer(axis) and axis > 0 for axis in axes):
            checks.fail(self, f"shared_axes must be a list of axes behind the batch, got {shared_axes!r}.")
        self.shared_axes = axes or None
        self.supports_masking = True

    def _weight_shape(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        hint = "give it in Input or input_shape, or share the weights along it."
        return tuple(checks.known(self, "every axis of the input", size, hint) for size in shape)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "shared_axes": self.shared_axes}


@register
class ParametricSoftplus(_SharedWeights):
    """Softplus with learned factors: ``f(x) = alpha * log(1 + exp(beta * x))``.

    Args:
        alpha_init: where ``alpha`` starts.
        beta_init: where ``beta`` starts.
        shared_axes: axes along which the weights are shared.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: an argument is no number; an axis that is not shared is not known.

    Example:
        >>> layer = tfk_ext.layers.legacy.ParametricSoftplus(alpha_init=1.0, beta_init=1.0)
        >>> layer(np.array([[0.0]])).numpy().round(4)
        array([[0.6931]], dtype=float32)

    Source: Keras 1.2, ``keras.layers.advanced_activations``.
    """

    def __init__(self, alpha_init=0.2, beta_init=5.0, shared_axes=None, **kwargs):
        super().__init__(shared_axes=shared_axes, **kwargs)
        self.alpha_init = checks.number(self, "alpha_init", alpha_init)
        self.beta_init = checks.number(self, "beta_init", beta_init)

    def build(self, input_shape):
        shape = self._weight_shape(input_shape)
        for name, start in (("alpha", self.alpha_init), ("beta", self.beta_init)):
            weight = self.add_weight(
                name=name, shape=shape, initializer=tf.keras.initializers.Constant(start)
            )
            setattr(self, name, weight)
        super().build(input_shape)

    def call(self, inputs):
        return self.alpha * tf.nn.softplus(self.beta * inputs)

    def get_config(self):
        return {**super().get_config(), "alpha_init": self.alpha_init, "beta_init": self.beta_init}


@register
class SReLU(_SharedWeights):
    """S-shaped rectifier: ``x`` between two thresholds, lines of learned slopes outside.

    ``t + a (x - t)`` below ``t``, and ``u + b (x - u)`` above ``u = t + |w|``, with the weights ``t``,
    ``a``, ``w``, ``b``.

    Args:
        t_left_init: initializer of ``t``, the lower threshold.
        a_left_init: initializer of ``a``, the slope below.
        t_right_init: initializer of ``w``, the distance of the upper threshold.
        a_right_init: initializer of ``b``, the slope above.
        shared_axes: axes along which the weights are shared.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: an axis that is not shared is not known.

    Example:
        >>> weights = [np.array([v]) for v in (0.0, 0.0, 1.0, 0.5)]
        >>> tfk_ext.layers.legacy.SReLU(weights=weights)(np.array([[-1.0], [0.5], [2.0]])).numpy()
        array([[0. ],
               [0.5],
               [1.5]], dtype=float32)

    Source: Jin et al. (2015), "Deep learning with S-shaped rectified linear activation units".
    """

    _names = ("t_left", "a_left", "t_right", "a_right")

    def __init__(
        self,
        t_left_init="zeros",
        a_left_init="glorot_uniform",
        t_right_init="glorot_uniform",
        a_right_init="ones",
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(shared_axes=shared_axes, **kwargs)
        given = (t_left_init, a_left_init, t_right_init, a_right_init)
        self._starts = dict(zip(self._names, map(tf.keras.initializers.get, given)))

    def build(self, input_shape):
        shape = self._weight_shape(input_shape)
        for name, start in self._starts.items():
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer=start))
        super().build(input_shape)

    def call(self, inputs):
        weights = (tf.convert_to_tensor(getattr(self, name)) for name in self._names)
        return legacy.s_shaped_relu(inputs, *weights)

    def get_config(self):
        starts = {f"{k}_init": tf.keras.initializers.serialize(v) for k, v in self._starts.items()}
        return {**super().get_config(), **starts}
