"""The cells as back-propagation through time wants them: a step forward, a step back, what steps share.

A rule works on each gate by itself: their products run side by side, and nothing has to be joined or parted
in a step. It has

- ``gates``: how many parts the projected input has; ``saves`` and ``keeps``: how many tensors of a state's
  shape a step saves on the way forward, and keeps on the way back;
- ``prepare(weights)``: what the steps take of the weights, done once;
- ``forward(x, states, prepared)``: the new states and what is saved; ``x`` has a tensor for each gate;
- ``factors(saved, before, after)``: what a step back multiplies with, for several steps at once;
- ``turn(weights)``: what the steps back take of the weights;
- ``backward(d, factors, turned)``: from the gradients by the new states, what is kept of the step and the
  gradients by the states before;
- ``gradients(kept, saved, before, weights, apart)``: the gradients by each gate's projected inputs, and for
  each of the weights a list, by each gate's part (``apart``) or by those of ``groups``; for many steps at
  once. ``saved(i)`` is what was saved as the ``i``-th.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext.ops import adjoints, convolution
from tfk_ext.ops.recurrent import derivatives

Tensors = Sequence[tf.Tensor]


def merged(x: tf.Tensor, rank: int) -> tf.Tensor:
    """Merge the leading axes so that ``rank`` are left."""
    shape = x.shape[x.shape.rank - rank + 1 :]
    if shape.is_fully_defined():
        return tf.reshape(x, (-1, *shape))
    return tf.reshape(x, tf.concat([[-1], tf.shape(x)[x.shape.rank - rank + 1 :]], axis=0))


class Product:
    """The recurrent product of a dense cell: ``h . kernel``, each gate's part by itself."""

    def joined(self) -> Product:
        """Return the same as one product for all gates."""
        return Joined()

    def parts(self, kernel: tf.Tensor, gates: int) -> Any:
        return tf.split(kernel, gates, axis=-1)

    def __call__(self, h: tf.Tensor, parts: Any) -> list[tf.Tensor]:
        return [tf.matmul(h, part) for part in parts]

    def turned(self, kernel: tf.Tensor, gates: int) -> Any:
        return [tf.transpose(part) for part in tf.split(kernel, gates, axis=-1)]

    def back(self, d: Tensors, turned: Any) -> tf.Tensor:
        return tf.add_n([tf.matmul(one, part) for one, part in zip(d, turned)])

    def gradient(self, h: tf.Tensor, d: Tensors, kernel: tf.Tensor, apart: bool) -> list[tf.Tensor]:
        """Return the kernel's gradient, for each gate ``apart`` or for all in one."""
        d = d if apart else [tf.concat(d, axis=-1)]
        return [tf.matmul(merged(h, 2), merged(one, 2), transpose_a=True) for one in d]


class Joined(Product):
    """The same as one product for all gates, whose result is parted and not the kernel."""

    def joined(self):
        return self

    def parts(self, kernel, gates):
        return kernel, gates

    def __call__(self, h, parts):
        kernel, gates = parts
        return tf.split(self.whole(h, kernel), gates, axis=-1)

    def whole(self, h: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        return tf.matmul(h, kernel)


class Convolution(Joined):
    """The recurrent product of a convolutional cell: one convolution for all gates, which keeps the size."""

    def whole(self, h, kernel):
        return convolution.conv(h, kernel, strides=(1, 1), padding="same")

    def turned(self, kernel, gates):
        return kernel

    def back(self, d, turned):
        joined = tf.concat(d, axis=-1)
        return adjoints.spread(joined, turned, convolution.sizes(joined)[1:3], (1, 1), "SAME")

    def gradient(self, h, d, kernel, apart):
        joined = merged(tf.concat(d, axis=-1), 4)
        return [adjoints.kernel_gradient(merged(h, 4), joined, kernel, (1, 1), "SAME")]


class Rule:
    """What all rules share: the product, and the dropout of the state on its way into it."""

    gates = 1
    saves = 0
    keeps = 1

    @property
    def groups(self) -> tuple[int, ...]:
        """How many gates there are for each thing that the recurrent kernel is multiplied with."""
        return (self.gates,)

    def __init__(self, activation, *, keep: tf.Tensor | None = None, product: Product | None = None):
        self.activation = activation
        self.derivative: Any = derivatives.of(activation)
        self.keep = keep
        self.product = product or Product()

    def kept(self, h: tf.Tensor) -> tf.Tensor:
        return h if self.keep is None else h * self.keep

    # What a rule is; the subclasses hold the mathematics.
    forward: Callable[..., Any]
    factors: Callable[..., Any]
    backward: Callable[..., Any]
    gradients: Callable[..., Any]

    @property
    def differentiable(self) -> bool:
        """Whether the way back is known: the derivatives of the activations by their values."""
        return self.derivative is not None

    def once(self, weights: Tensors) -> Callable[..., Any]:
        """Return :meth:`step` for a single step: parting the kernel would take as long as the product."""
        alone = copy.copy(self)
        alone.product = self.product.joined()
        return alone.step(weights)

    def step(self, weights: Tensors) -> Callable[..., Any]:
        """Return a step by itself, ``output, states = step(projected, states)``, of gates in one tensor."""
        prepared = self.prepare(weights)

        def step(projected, states):
            new, _ = self.forward(tf.split(projected, self.gates, axis=-1), states, prepared)
            return new[0], new

        return step

    def prepare(self, weights: Tensors) -> Any:
        return self.product.parts(weights[0], self.gates)

    def turn(self, weights: Tensors) -> Any:
        return self.product.turned(weights[0], self.gates)


class Simple(Rule):
    """``h' = activation(x + h . U)``."""

    def forward(self, x, states, prepared):
        (product,) = self.product(self.kept(states[0]), prepared)
        return [self.activation(x[0] + product)], []

    def factors(self, saved, before, after):
        return [self.derivative(after[0])]

    def backward(self, d, factors, turned):
        d_sum = [d[0] * factors[0]]
        return d_sum, [self.kept(self.product.back(d_sum, turned))]

    def gradients(self, kept, saved, before, weights, apart):
        return kept, [self.product.gradient(self.kept(before[0]), kept, weights[0], apart)]


class _Gated(Rule):
    """A rule with gates: they have an activation of their own."""

    def __init__(self, activation, recurrent_activation, **options):
        super().__init__(activation, **options)
        self.recurrent_activation = recurrent_activation
        self.slope: Any = derivatives.of(recurrent_activation)

    @property
    def differentiable(self):
        return super().differentiable and self.slope is not None


class LSTM(_Gated):
    """``c' = f * c + i * g`` and ``h' = o * activation(c')``; the gates are i, f, g, o."""

    gates = saves = keeps = 4

    def forward(self, x, states, prepared):
        h, c = states
        sums = [a + b for a, b in zip(x, self.product(self.kept(h), prepared))]
        i, f, o = (self.recurrent_activation(sums[gate]) for gate in (0, 1, 3))
        g = self.activation(sums[2])
        c = f * c + i * g
        return [o * self.activation(c), c], [i, f, g, o]

    def factors(self, saved, before, after):
        i, f, g, o = saved
        c = self.activation(after[1])
        by_sums = [g * self.slope(i), before[1] * self.slope(f), i * self.derivative(g), c * self.slope(o)]
        return [*by_sums, o * self.derivative(c), f]

    def backward(self, d, factors, turned):
        dh, dc = d
        by_i, by_f, by_g, by_o, by_carry, f = factors
        dc = dc + dh * by_carry
        d_sums = [dc * by_i, dc * by_f, dc * by_g, dh * by_o]
        return d_sums, [self.kept(self.product.back(d_sums, turned)), dc * f]

    def gradients(self, kept, saved, before, weights, apart):
        return kept, [self.product.gradient(self.kept(before[0]), kept, weights[0], apart)]


class GRU(_Gated):
    """``h' = z * h + (1 - z) * g`` with ``g = activation(x_g + (r * h) . U_g)``; the gates are z, r, g."""

    gates = saves = keeps = 3
    groups = (2, 1)

    def once(self, weights):
        return self.step(weights)  # the reset state is multiplied with a part of the kernel

    def forward(self, x, states, prepared):
        (h,), kept = states, self.kept(states[0])
        by_z, by_r = self.product(kept, prepared[:2])
        z, r = self.recurrent_activation(x[0] + by_z), self.recurrent_activation(x[1] + by_r)
        (by_g,) = self.product(r * kept, prepared[2:])
        g = self.activation(x[2] + by_g)
        return [g + z * (h - g)], [z, r, g]

    def factors(self, saved, before, after):
        (z, r, g), h = saved, before[0]
        return [(h - g) * self.slope(z), self.kept(h) * self.slope(r), (1 - z) * self.derivative(g), z, r]

    def backward(self, d, factors, turned):
        by_z, by_r, by_g, z, r = factors
        d_z, d_g = d[0] * by_z, d[0] * by_g
        d_reset = self.product.back([d_g], turned[2:])
        d_r = d_reset * by_r
        d_kept = d_reset * r + self.product.back([d_z, d_r], turned[:2])
        return [d_z, d_r, d_g], [d[0] * z + self.kept(d_kept)]

    def gradients(self, kept, saved, before, weights, apart):
        h, (kernel,) = self.kept(before[0]), weights
        gates, reset = self.product.gradient(h, kept[:2], kernel, apart), saved(1) * h
        return kept, [[*gates, *self.product.gradient(reset, kept[2:], kernel, apart)]]


class GRUResetAfter(_Gated):
    """``h' = z * h + (1 - z) * g``, ``g = activation(x_g + r * (h . U_g + b_g))``; the gates are z, r, g."""

    gates = keeps = 3
    saves = 4

    def prepare(self, weights):
        kernel, *bias = weights
        return self.product.parts(kernel, 3), tf.split(bias[0], 3) if bias else None

    def forward(self, x, states, prepared):
        (h,), (parts, bias) = states, prepared
        products = self.product(self.kept(h), parts)
        if bias is not None:
            products = [tf.nn.bias_add(product, part) for product, part in zip(products, bias)]
        z, r = (self.recurrent_activation(x[gate] + products[gate]) for gate in (0, 1))
        g = self.activation(x[2] + r * products[2])
        return [g + z * (h - g)], [z, r, g, products[2]]

    def factors(self, saved, before, after):
        z, r, g, product = saved
        by_g = (1 - z) * self.derivative(g)
        return [(before[0] - g) * self.slope(z), by_g * product * self.slope(r), by_g, by_g * r, z]

    def backward(self, d, factors, turned):
        by_z, by_r, by_g, by_product, z = factors
        d_z, d_r = d[0] * by_z, d[0] * by_r
        d_kept = self.product.back([d_z, d_r, d[0] * by_product], turned)
        return [d_z, d_r, d[0] * by_g], [d[0] * z + self.kept(d_kept)]

    def gradients(self, kept, saved, before, weights, apart):
        d_z, d_r, d_g = kept
        d_products = [d_z, d_r, d_g * saved(1)]
        found = [self.product.gradient(self.kept(before[0]), d_products, weights[0], apart)]
        if len(weights) > 1:
            d_products = d_products if apart else [tf.concat(d_products, axis=-1)]
            found.append([tf.reduce_sum(merged(d, 2), axis=0) for d in d_products])
        return kept, found
