"""Follow the regularized leader."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.ops import updates as ops
from tfk_ext.optimizers.base import Optimizer
from tfk_ext.registration import register


@register
class Ftrl(Optimizer):
    """Follow the regularized leader, for sparse linear models.

    ``g' = g + 2 shrinkage w``, ``n' = n + g ** 2``, ``z += g' - (n' ** -p - n ** -p) / lr * w``,
    ``w = (clip(z, -l1, l1) - z) / (n' ** -p / lr + 2 l2)``, ``n = n'``.

    Args:
        learning_rate: learning rate, a schedule, or a function without arguments.
        learning_rate_power: ``p``, at most 0: how fast the rate falls; 0 for a fixed one.
        initial_accumulator_value: what ``n`` begins with, at least 0.
        l1_regularization_strength: ``l1``, at least 0.
        l2_regularization_strength: ``l2``, at least 0.
        name: name of the optimizer.
        l2_shrinkage_regularization_strength: ``shrinkage``, at least 0.
        beta: adds ``beta / (2 lr)`` to ``l2``.
        **kwargs: ``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``decay``, ``weight_decay``,
            ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``,
            ``gradient_accumulation_steps``.

    Sparse gradients: as documented only the rows of the gradient are touched, by the shrinkage too. A dense
        gradient of 0 is another thing here: the first step sets its weight to 0.

    Raises:
        ValueError: a wrong argument.

    Example:
        >>> opt = tfk_ext.optimizers.Ftrl(learning_rate=0.1)
        >>> var = tf.Variable(10.0)
        >>> step_count = opt.minimize(lambda: (var**2) / 2.0, [var])
        >>> round(float(var), 4)
        9.584

    Source: McMahan and others (2013), "Ad click prediction: a view from the trenches".
    """

    _options = (
        "learning_rate_power",
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
        "beta",
    )

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        name="Ftrl",
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.learning_rate_power = checks.number(
            self, "learning_rate_power", learning_rate_power, maximum=0.0
        )
        self.initial_accumulator_value = checks.number(
            self, "initial_accumulator_value", initial_accumulator_value, 0.0
        )
        self.l1_regularization_strength = checks.number(
            self, "l1_regularization_strength", l1_regularization_strength, 0.0
        )
        self.l2_regularization_strength = checks.number(
            self, "l2_regularization_strength", l2_regularization_strength, 0.0
        )
        self.l2_shrinkage_regularization_strength = checks.number(
            self, "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, 0.0
        )
        self.beta = checks.number(self, "beta", beta, 0.0)

    def _slot_groups(self):
        accumulator = tf.keras.initializers.Constant(self.initial_accumulator_value)
        return [{"accumulator": accumulator, "linear": "zeros"}]

    def _scalars(self, rate):
        return self._shared.once(("scalars", rate.dtype), lambda: self._strengths(rate))

    def _strengths(self, rate):
        power, l1, l2, shrinkage = (tf.cast(getattr(self, name), rate.dtype) for name in _STRENGTHS)
        return power, l1, l2 + tf.cast(self.beta, rate.dtype) / (2.0 * rate), shrinkage

    def _step(self, weight, gradient, rate, accumulator, linear):
        ops.ftrl(weight, accumulator, linear, gradient, rate, *self._scalars(rate))

    def _step_rows(self, weight, gradient, rate, accumulator, linear):
        ops.ftrl_rows(weight, accumulator, linear, gradient, rate, *self._scalars(rate))


_STRENGTHS = (
    "learning_rate_power",
    "l1_regularization_strength",
    "l2_regularization_strength",
    "l2_shrinkage_regularization_strength",
)
