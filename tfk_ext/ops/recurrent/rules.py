"""The cells as back-propagation through time wants them: a step forward, a step back, what steps share.

A rule has

- ``gates``: the size of the projected input, and ``saves``: those of what a step saves on the way forward, as
  multiples of the state's last axis;
- ``prepare(weights)``: what the steps take of the weights, done once;
- ``forward(x, states, prepared)``: the new states and what is saved;
- ``factors(saved, before, after)``: what a step back multiplies with, for several steps at once;
- ``turn(weights)``: what the steps back take of the weights;
- ``backward(d, factors, turned)``: from the gradients by the new states, what is kept of the step and the
  gradients by the states before;
- ``gradients(kept, factors, saved, before, weights)``: the gradients by the projected inputs and by the
  weights, for several steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext.ops import convolution
from tfk_ext.ops.recurrent import derivatives

Tensors = Sequence[tf.Tensor]


def _merged(x: tf.Tensor, rank: int) -> tf.Tensor:
    """Merge the leading axes so that ``rank`` are left."""
    shape = x.shape[x.shape.rank - rank + 1 :]
    if shape.is_fully_defined():
        return tf.reshape(x, (-1, *shape))
    return tf.reshape(x, tf.concat([[-1], tf.shape(x)[x.shape.rank - rank + 1 :]], axis=0))


class Product:
    """The recurrent product of a dense cell: ``h . kernel``."""

    def __call__(self, h: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(h, kernel)

    def turn(self, kernel: tf.Tensor) -> tf.Tensor:
        return tf.transpose(kernel)

    def back(self, d: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        return tf.matmul(d, turned)

    def gradient(self, h: tf.Tensor, d: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(_merged(h, 2), _merged(d, 2), transpose_a=True)


class Convolution(Product):
    """The recurrent product of a convolutional cell: a convolution that keeps the size."""

    def __call__(self, h: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return convolution.conv(h, kernel, strides=(1, 1), padding="same")

    def turn(self, kernel: tf.Tensor) -> tf.Tensor:
        return kernel

    def back(self, d: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        shape = tf.concat([tf.shape(d)[:-1], [turned.shape[2]]], axis=0)
        return tf.nn.conv2d_transpose(d, turned, shape, strides=1, padding="SAME")

    def gradient(self, h: tf.Tensor, d: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=_merged(h, 4),
            filter_sizes=kernel.shape,
            out_backprop=_merged(d, 4),
            strides=[1, 1, 1, 1],
            padding="SAME",
        )


class Rule:
    """What all rules share: the dropout of the state on its way into the recurrent product."""

    gates = 1
    saves: tuple[int, ...] = ()

    def __init__(self, keep: tf.Tensor | None = None):
        self.keep = keep

    def kept(self, h: tf.Tensor) -> tf.Tensor:
        return h if self.keep is None else h * self.keep

    def prepare(self, weights: Tensors) -> Any:
        return weights

    def turn(self, weights: Tensors) -> Any:
        return tf.transpose(weights[0])


class Simple(Rule):
    """``h' = activation(x + h . U)``."""

    def __init__(self, activation, keep=None):
        super().__init__(keep)
        self.activation = activation
        self.derivative: Any = derivatives.of(activation)

    def forward(self, x, states, prepared):
        (h,), (kernel,) = states, prepared
        return [self.activation(x + tf.matmul(self.kept(h), kernel))], []

    def factors(self, saved, before, after):
        return [self.derivative(after[0])]

    def backward(self, d, factors, turned):
        d_sum = d[0] * factors[0]
        return [d_sum], [self.kept(tf.matmul(d_sum, turned))]

    def gradients(self, kept, factors, saved, before, weights):
        (d_sum,) = kept
        return d_sum, [Product().gradient(self.kept(before[0]), d_sum, weights[0])]


class LSTM(Rule):
    """``c' = f * c + i * g`` and ``h' = o * activation(c')``, with the gates in the order i, f, o, g."""

    gates = 4
    saves = (4,)

    def __init__(self, activation, recurrent_activation, keep=None, product=None):
        super().__init__(keep)
        self.activation, self.recurrent_activation = activation, recurrent_activation
        self.derivative: Any = derivatives.of(activation)
        self.recurrent_derivative: Any = derivatives.of(recurrent_activation)
        self.product = product or Product()

    def forward(self, x, states, prepared):
        (h, c), (kernel,) = states, prepared
        sums = x + self.product(self.kept(h), kernel)
        units = h.shape[-1]
        sums, candidate = tf.split(sums, [3 * units, units], axis=-1)
        gates, g = self.recurrent_activation(sums), self.activation(candidate)
        i, f, o = tf.split(gates, 3, axis=-1)
        c = f * c + i * g
        return [o * self.activation(c), c], [tf.concat([gates, g], axis=-1)]

    def factors(self, saved, before, after):
        i, f, o, g = tf.split(saved[0], 4, axis=-1)
        c = self.activation(after[1])
        slope = self.recurrent_derivative
        by_sums = [g * slope(i), before[1] * slope(f), c * slope(o), i * self.derivative(g)]
        return [tf.concat(by_sums, axis=-1), o * self.derivative(c), f]

    def turn(self, weights):
        return self.product.turn(weights[0])

    def backward(self, d, factors, turned):
        dh, dc = d
        by_sums, by_carry, f = factors
        dc = dc + dh * by_carry
        d_sums = tf.concat([dc, dc, dh, dc], axis=-1) * by_sums
        return [d_sums], [self.kept(self.product.back(d_sums, turned)), dc * f]

    def gradients(self, kept, factors, saved, before, weights):
        (d_sums,) = kept
        return d_sums, [self.product.gradient(self.kept(before[0]), d_sums, weights[0])]


class GRU(Rule):
    """``h' = z * h + (1 - z) * g`` with ``g = activation(x_g + (r * h) . U_g)``."""

    gates = 3
    saves = (3,)

    def __init__(self, activation, recurrent_activation, keep=None):
        super().__init__(keep)
        self.activation, self.recurrent_activation = activation, recurrent_activation
        self.derivative: Any = derivatives.of(activation)
        self.recurrent_derivative: Any = derivatives.of(recurrent_activation)

    def prepare(self, weights):
        units = weights[0].shape[0]
        return tf.split(weights[0], [2 * units, units], axis=1)

    def forward(self, x, states, prepared):
        (h,), (of_gates, of_candidate) = states, prepared
        units, kept = h.shape[-1], self.kept(h)
        x_gates, x_candidate = tf.split(x, [2 * units, units], axis=-1)
        gates = self.recurrent_activation(x_gates + tf.matmul(kept, of_gates))
        z, r = tf.split(gates, 2, axis=-1)
        g = self.activation(x_candidate + tf.matmul(r * kept, of_candidate))
        return [g + z * (h - g)], [tf.concat([gates, g], axis=-1)]

    def factors(self, saved, before, after):
        z, r, g = tf.split(saved[0], 3, axis=-1)
        slope, h = self.recurrent_derivative, before[0]
        return [(h - g) * slope(z), self.kept(h) * slope(r), (1 - z) * self.derivative(g), z, r]

    def turn(self, weights):
        return [tf.transpose(part) for part in self.prepare(weights)]

    def backward(self, d, factors, turned):
        by_z, by_r, by_g, z, r = factors
        d_z, d_g = d[0] * by_z, d[0] * by_g
        d_reset = tf.matmul(d_g, turned[1])
        d_gates = tf.concat([d_z, d_reset * by_r], axis=-1)
        d_kept = d_reset * r + tf.matmul(d_gates, turned[0])
        return [d_gates, d_g], [d[0] * z + self.kept(d_kept)]

    def gradients(self, kept, factors, saved, before, weights):
        d_gates, d_g = kept
        h, product = self.kept(before[0]), Product()
        parts = [
            product.gradient(h, d_gates, weights[0]),
            product.gradient(factors[4] * h, d_g, weights[0]),
        ]
        return tf.concat([d_gates, d_g], axis=-1), [tf.concat(parts, axis=1)]


class GRUResetAfter(Rule):
    """``h' = z * h + (1 - z) * g`` with ``g = activation(x_g + r * (h . U_g + b_g))``."""

    gates = 3
    saves = (3, 1)

    def __init__(self, activation, recurrent_activation, keep=None):
        super().__init__(keep)
        self.activation, self.recurrent_activation = activation, recurrent_activation
        self.derivative: Any = derivatives.of(activation)
        self.recurrent_derivative: Any = derivatives.of(recurrent_activation)

    def forward(self, x, states, prepared):
        (h,), (kernel, *bias) = states, prepared
        units = h.shape[-1]
        recurrent = tf.matmul(self.kept(h), kernel)
        if bias:
            recurrent = tf.nn.bias_add(recurrent, bias[0])
        x_gates, x_candidate = tf.split(x, [2 * units, units], axis=-1)
        of_gates, of_candidate = tf.split(recurrent, [2 * units, units], axis=-1)
        gates = self.recurrent_activation(x_gates + of_gates)
        z, r = tf.split(gates, 2, axis=-1)
        g = self.activation(x_candidate + r * of_candidate)
        return [g + z * (h - g)], [tf.concat([gates, g], axis=-1), of_candidate]

    def factors(self, saved, before, after):
        z, r, g = tf.split(saved[0], 3, axis=-1)
        slope = self.recurrent_derivative
        by_g = (1 - z) * self.derivative(g)
        by_recurrent = [(before[0] - g) * slope(z), by_g * saved[1] * slope(r), by_g * r]
        return [tf.concat(by_recurrent, axis=-1), z, by_g]

    def backward(self, d, factors, turned):
        d_recurrent = tf.concat([d[0]] * 3, axis=-1) * factors[0]
        return [d[0]], [d[0] * factors[1] + self.kept(tf.matmul(d_recurrent, turned))]

    def gradients(self, kept, factors, saved, before, weights):
        (d,) = kept
        d_recurrent = tf.concat([d] * 3, axis=-1) * factors[0]
        units = d.shape[-1]
        d_x = tf.concat([d_recurrent[..., : 2 * units], d * factors[2]], axis=-1)
        found = [Product().gradient(self.kept(before[0]), d_recurrent, weights[0])]
        if len(weights) > 1:
            found.append(tf.reduce_sum(_merged(d_recurrent, 2), axis=0))
        return d_x, found


def rule(kind: type[Rule], *activations: Callable, **options: Any) -> Rule | None:
    """Return a rule, ``None`` where the derivative of an activation is not known by its value.

    Args:
        kind: the class of the rule.
        *activations: those of the cell.
        **options: further arguments of the rule.
    """
    if any(derivatives.of(activation) is None for activation in activations):
        return None
    return kind(*activations, **options)
