"""Optimizers that scale the gradient by its mean square: Adagrad, RMSprop, Adadelta."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.ops import updates as ops
from tfk_ext.optimizers.base import Optimizer
from tfk_ext.registration import register


@register
class Adagrad(Optimizer):
    """Gradient descent by the gradient over the root of all its squares.

    ``a += g ** 2``, ``w -= lr * g / (sqrt(a) + epsilon)``. (Keras 3 takes the root of ``a + epsilon``.)

    Args:
        learning_rate: learning rate, a schedule, or a function without arguments.
        initial_accumulator_value: what ``a`` begins with, at least 0.
        epsilon: fuzz factor, ``None`` for the Keras configuration's.
        name: name of the optimizer.
        **kwargs: ``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``decay``, ``weight_decay``,
            ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``,
            ``gradient_accumulation_steps``.

    Sparse gradients: only the rows of the gradient are touched.

    Raises:
        ValueError: a wrong argument.

    Example:
        >>> opt = tfk_ext.optimizers.Adagrad(learning_rate=0.1, initial_accumulator_value=0.0)
        >>> var = tf.Variable(10.0)
        >>> step_count = opt.minimize(lambda: (var**2) / 2.0, [var])
        >>> round(float(var), 4)
        9.9

    Source: Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and stochastic
        optimization".
    """

    _options = ("initial_accumulator_value", "epsilon")

    def __init__(
        self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, name="Adagrad", **kwargs
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.initial_accumulator_value = checks.number(
            self, "initial_accumulator_value", initial_accumulator_value, 0.0
        )
        self.epsilon = self._epsilon(epsilon)

    def _slot_groups(self):
        return [{"accumulator": tf.keras.initializers.Constant(self.initial_accumulator_value)}]

    def _step(self, weight, gradient, rate, accumulator):
        ops.adagrad(weight, accumulator, gradient, rate, self._value("epsilon", weight.dtype))

    def _step_rows(self, weight, gradient, rate, accumulator):
        ops.adagrad_rows(weight, accumulator, gradient, rate, self._value("epsilon", weight.dtype))


@register
class RMSprop(Optimizer):
    """Gradient descent by the gradient over its root mean square.

    ``v = rho * v + (1 - rho) * g ** 2``, ``w -= lr * g / sqrt(v + epsilon)``.

    Args:
        learning_rate: learning rate, a schedule, or a function without arguments.
        rho: decay of the mean square.
        momentum: how much of the last step is kept.
        epsilon: fuzz factor, ``None`` for the Keras configuration's.
        centered: whether the square of the gradient's mean is taken from ``v``, which leaves its variance.
        name: name of the optimizer.
        **kwargs: ``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``decay``, ``weight_decay``,
            ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``,
            ``gradient_accumulation_steps``.

    Sparse gradients: the means decay everywhere; without momentum, weights change in the rows of the gradient
        only, with it every weight moves on.

    Raises:
        ValueError: a wrong argument.

    Example:
        >>> opt = tfk_ext.optimizers.RMSprop(learning_rate=0.1)
        >>> var1 = tf.Variable(10.0)
        >>> step_count = opt.minimize(lambda: (var1**2) / 2.0, [var1]).numpy()  # d(loss) / d(var1) = var1
        >>> round(float(var1), 6)
        9.683772

    Source: Hinton (2012), "Neural networks for machine learning", lecture 6.
    """

    _options = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        name="RMSprop",
        **kwargs,
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.rho = self._fraction("rho", rho)
        self.momentum = checks.number(self, "momentum", momentum, 0.0, 1.0)
        self.epsilon = self._epsilon(epsilon)
        self.centered = checks.boolean(self, "centered", centered)

    @property
    def _writes_out(self):  # type: ignore[override]
        # With momentum all three arrays change everywhere: one fused pass with the zeros, or four without.
        return bool(self.momentum)

    def _slot_groups(self):
        used = {"velocity": True, "momentum": self.momentum, "average_gradient": self.centered}
        return [{name: "zeros"} for name, needed in used.items() if needed]

    def _step(self, weight, gradient, rate, velocity, momentum=None, average_gradient=None):
        scalars = self._scalars(weight.dtype)
        ops.rmsprop(weight, velocity, average_gradient, momentum, gradient, rate, *scalars)

    def _step_rows(self, weight, gradient, rate, velocity, average_gradient=None):
        rho, _, epsilon = self._scalars(weight.dtype)
        ops.rmsprop_rows(weight, velocity, average_gradient, gradient, rate, rho, epsilon)

    def _scalars(self, dtype):
        return [self._value(name, dtype) for name in ("rho", "momentum", "epsilon")]


@register
class Adadelta(Optimizer):
    """Gradient descent by the gradient over its root mean square, times that of the changes.

    ``a = rho * a + (1 - rho) * g ** 2``, ``d = g * sqrt(c + epsilon) / sqrt(a + epsilon)``, ``w -= lr * d``,
    ``c = rho * c + (1 - rho) * d ** 2``.

    Args:
        learning_rate: learning rate, a schedule, or a function without arguments; 1 as in the paper.
        rho: decay of the mean squares.
        epsilon: fuzz factor, ``None`` for the Keras configuration's.
        name: name of the optimizer.
        **kwargs: ``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``decay``, ``weight_decay``,
            ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``,
            ``gradient_accumulation_steps``.

    Sparse gradients: the means decay everywhere, weights change in the rows of the gradient only.

    Raises:
        ValueError: a wrong argument.

    Example:
        >>> opt = tfk_ext.optimizers.Adadelta(learning_rate=1.0, epsilon=1e-2)
        >>> var = tf.Variable(10.0)
        >>> step_count = opt.minimize(lambda: (var**2) / 2.0, [var])
        >>> round(float(var), 4)
        9.5532

    Source: Zeiler (2012), "ADADELTA: an adaptive learning rate method".
    """

    _options = ("rho", "epsilon")
    _slots = ("accumulated_grad", "accumulated_delta_var")
    # Both means decay everywhere: in one fused pass with the zeros, or in four without.
    _writes_out = True

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name="Adadelta", **kwargs):
        super().__init__(learning_rate, name, **kwargs)
        self.rho = self._fraction("rho", rho)
        self.epsilon = self._epsilon(epsilon)

    def _step(self, weight, gradient, rate, accumulated_grad, accumulated_delta_var):
        scalars = [self._value(name, weight.dtype) for name in ("rho", "epsilon")]
        ops.adadelta(weight, accumulated_grad, accumulated_delta_var, gradient, rate, *scalars)
