"""StatelessNormalization: the modes 1 and 2 of Keras 1's BatchNormalization."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import legacy
from tfk_ext.ops import normalization as ops
from tfk_ext.registration import register


@register
class StatelessNormalization(WeightedLayer):
    """Normalization by the input at hand: ``y = gamma * (x - mean) / std + beta``, in training and
    inference alike.

    ``mode=1`` takes mean and deviation over the last axis of each sample, ``std = sqrt(variance + epsilon)
    + epsilon``;
    ``mode=2`` those of each feature over the batch, ``std = sqrt(variance + epsilon)``. The moving
    statistics are kept
    as Keras 1 stored them, and not used.

    Args:
        axis: the axis whose features are normalized.
        epsilon: small number against a division by zero.
        momentum: accepted as Keras 1 stored it; nothing moves.
        mode: 1 or 2.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        beta_regularizer: regularizer of ``beta``.
        gamma_regularizer: regularizer of ``gamma``.
        beta_constraint: constraint on ``beta``.
        gamma_constraint: constraint on ``gamma``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; with ``mode=1`` two axes.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: an argument is out of its range; the axis is not one of the input's, or its size is not
            known.

    Example:
        >>> layer = tfk_ext.layers.legacy.StatelessNormalization(mode=1, epsilon=1e-6)
        >>> layer(np.array([[1.0, 3.0]])).numpy().round(3)
        array([[-1.,  1.]], dtype=float32)

    Source: Keras 1.2, ``keras.layers.BatchNormalization(mode=...)``.
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        momentum=0.99,
        mode=2,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = checks.integer(self, "axis", axis, None)
        self.epsilon = checks.number(self, "epsilon", epsilon, 0.0)
        self.momentum = checks.number(self, "momentum", momentum, 0.0, 1.0)
        self.mode = checks.one_of(self, "mode", mode, (1, 2))
        self._options("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self._options("beta", beta_initializer, beta_regularizer, beta_constraint)
        self.supports_masking = True

    def build(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape):
            checks.fail(self, f"axis {self.axis} is not one of an input of shape {tuple(input_shape)}.")
        size = checks.known(
            self, f"axis {self.axis} of the input", input_shape[self.axis], "give it in Input."
        )
        self.gamma = self._add("gamma", (size,))
        self.beta = self._add("beta", (size,))
        self.moving_mean = self.add_weight(
            name="moving_mean", shape=(size,), initializer="zeros", trainable=False
        )
        self.moving_variance = self.add_weight(
            name="moving_variance", shape=(size,), initializer="ones", trainable=False
        )
        super().build(input_shape)

    def call(self, inputs):
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        if self.mode == 1:
            return gamma * legacy.normalize_samples(inputs, self.epsilon) + beta
        rank = inputs.shape.rank
        axis = self.axis % rank
        mean, variance = tf.nn.moments(inputs, [i for i in range(rank) if i != axis], keepdims=True)
        shape = [-1 if i == axis else 1 for i in range(rank)]
        gamma, beta = tf.reshape(gamma, shape), tf.reshape(beta, shape)
        return ops.batch_normalization(inputs, mean, variance, gamma, beta, self.epsilon)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        config = {"axis": self.axis, "epsilon": self.epsilon, "momentum": self.momentum, "mode": self.mode}
        return {**super().get_config(), **config}
