"""Dense and Activation."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.base import Layer, WeightedLayer
from tfk_ext.ops import core as ops
from tfk_ext.registration import register


@register
class Dense(WeightedLayer):
    """Fully connected layer: ``f(x) = activation(x . kernel + bias)``.

    The product runs over the last axis; an input with more than two axes keeps the others.

    Args:
        units: size of the output's last axis, at least 1.
        activation: name or callable, ``None`` for the identity.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, of shape ``(input_dim, units)``.
        bias_initializer: initializer of ``bias``, of shape ``(units,)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``input_dim``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, ..., input_dim)``; ``input_dim`` must be known.
        output: ``(batch, ..., units)``.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``units`` is not a positive integer; the input has fewer than two axes or an unknown last
            one.

    Example:
        >>> layer = tfk_ext.Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).numpy()
        array([[6., 6.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Dense``.
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = checks.integer(self, "units", units)
        self.activation = activations.get(activation)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self._options("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        if len(input_shape) < 2:
            checks.fail(self, f"the input must have at least 2 axes, got shape {tuple(input_shape)}.")
        size = checks.known(
            self, "the input's last axis", input_shape[-1], "give it in Input or input_shape."
        )
        self.kernel = self._add("kernel", (size, self.units))
        self.bias = self._add("bias", (self.units,)) if self.use_bias else None
        self.input_spec = tf.keras.layers.InputSpec(min_ndim=2, axes={-1: size})
        super().build(input_shape)

    def call(self, inputs):
        if inputs.dtype.is_integer or inputs.dtype.is_bool:
            inputs = tf.cast(inputs, self.compute_dtype)
        outputs = ops.dense(inputs, self.kernel, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "use_bias": self.use_bias}


@register
class Activation(Layer):
    """Apply an activation function to the input: ``f(x) = activation(x)``.

    Args:
        activation: name or callable.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: the activation is not known.

    Example:
        >>> tfk_ext.Activation("hard_sigmoid")(np.array([-3.0, 0.0, 1.0])).numpy()
        array([0. , 0.5, 0.7], dtype=float32)

    Source: the classic documents, ``keras.layers.Activation``.
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs):
        return self.activation(inputs)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
