"""MaxoutDense and Highway: dense layers that only Keras 1 had."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import core as ops
from tfk_ext.ops import legacy
from tfk_ext.registration import register


@register
class MaxoutDense(WeightedLayer):
    """The largest of several dense maps: ``y = max_f(x . kernel[f] + bias[f])``.

    Args:
        units: size of the output.
        nb_feature: number of maps.
        use_bias: whether a bias is added.
        kernel_initializer: initializer of ``kernel``, ``(nb_feature, inputs, units)``.
        bias_initializer: initializer of ``bias``, ``(nb_feature, units)``.
        kernel_regularizer: regularizer of ``kernel``.
        bias_regularizer: regularizer of ``bias``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``kernel``.
        bias_constraint: constraint on ``bias``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, inputs)``.
        output: ``(batch, units)``.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is out of its range; the input has not two axes, or its last is not known.

    Example:
        >>> kernel, bias = np.array([[[1.0]], [[-1.0]]]), np.zeros((2, 1))
        >>> layer = tfk_ext.layers.legacy.MaxoutDense(1, nb_feature=2, weights=[kernel, bias])
        >>> layer(np.array([[-3.0], [2.0]])).numpy()
        array([[3.],
               [2.]], dtype=float32)

    Source: Goodfellow et al. (2013), "Maxout networks".
    """

    def __init__(
        self,
        units,
        nb_feature=4,
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
        self.nb_feature = checks.integer(self, "nb_feature", nb_feature)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self._options("bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape):
        _, size = checks.rank(self, input_shape, 2, "(batch, inputs)")
        size = checks.known(self, "the input's last axis", size, "give it in Input or input_shape.")
        self.kernel = self._add("kernel", (self.nb_feature, size, self.units))
        self.bias = self._add("bias", (self.nb_feature, self.units)) if self.use_bias else None
        super().build(input_shape)

    def call(self, inputs):
        bias = None if self.bias is None else tf.convert_to_tensor(self.bias)
        return legacy.maxout(inputs, tf.convert_to_tensor(self.kernel), bias)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self):
        config = {"units": self.units, "nb_feature": self.nb_feature, "use_bias": self.use_bias}
        return {**super().get_config(), **config}


@register
class Highway(WeightedLayer):
    """A dense layer that a gate mixes with its input: ``y = t * activation(x . W + b) + (1 - t) * x``.

    The gate is ``t = sigmoid(x . V + d)``. The weights are ``W``, ``V``, ``b``, ``d``, in the order of
    Keras 1.

    Args:
        activation: name or callable, ``None`` for the identity.
        use_bias: whether biases are added.
        transform_bias: where the gate's bias starts.
        kernel_initializer: initializer of ``W`` and ``V``, ``(size, size)``.
        bias_initializer: initializer of ``b``, ``(size,)``.
        kernel_regularizer: regularizer of ``W``.
        bias_regularizer: regularizer of ``b``.
        activity_regularizer: regularizer of the output.
        kernel_constraint: constraint on ``W``.
        bias_constraint: constraint on ``b``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, size)``.
        output: the same.

    Masking: refuses a mask.

    Raises:
        ValueError: an argument is not known; the input has not two axes, or its last is not known.

    Example:
        >>> layer = tfk_ext.layers.legacy.Highway(transform_bias=-100.0)
        >>> layer(np.array([[1.0, 2.0]])).numpy()
        array([[1., 2.]], dtype=float32)

    Source: Srivastava, Greff, Schmidhuber (2015), "Highway networks".
    """

    def __init__(
        self,
        activation=None,
        use_bias=True,
        transform_bias=-2.0,
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
        self.activation = activations.get(activation)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self.transform_bias = checks.number(self, "transform_bias", transform_bias)
        self._options("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self._options("bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape):
        _, size = checks.rank(self, input_shape, 2, "(batch, size)")
        size = checks.known(self, "the input's last axis", size, "give it in Input or input_shape.")
        self.kernel = self._add("kernel", (size, size))
        self.gate_kernel = self.add_weight(
            name="gate_kernel", shape=(size, size), initializer=self.kernel_initializer
        )
        self.bias = self.gate_bias = None
        if self.use_bias:
            self.bias = self._add("bias", (size,))
            start = tf.keras.initializers.Constant(self.transform_bias)
            self.gate_bias = self.add_weight(name="gate_bias", shape=(size,), initializer=start)
        super().build(input_shape)

    def call(self, inputs):
        gate = tf.sigmoid(ops.dense(inputs, self.gate_kernel, self.gate_bias))
        return legacy.highway(inputs, self.activation(ops.dense(inputs, self.kernel, self.bias)), gate)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "use_bias": self.use_bias, "transform_bias": self.transform_bias}
