"""What every loss class shares: dtypes, sample weights, masks and the reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.ops import weighting


class FunctionLoss(tf.keras.losses.Loss):
    """Base of the package's losses: a function, its options, and the reduction of what it returns.

    Differs from ``tf.keras.losses.Loss`` in its weights: one weight for each sample (or for any number of
    leading axes) goes with values that have further axes, as in Keras 2.

    Args:
        function: ``(y_true, y_pred, **options) -> values``.
        reduction: what becomes of the values, see the subclasses.
        name: name of the loss.
        dtype: dtype of the computation, ``None`` for the Keras configuration's.
        **options: arguments of the function, kept as attributes and in the configuration.
    """

    def __init__(self, function: Callable, reduction: Any, name: str | None, dtype: Any, **options: Any):
        reduction = checks.one_of(self, "reduction", reduction, (*weighting.REDUCTIONS, "auto"))
        super().__init__(
            name=name, reduction="sum_over_batch_size" if reduction == "auto" else reduction, dtype=dtype
        )
        self._function = function
        self._options = options
        self._given_dtype = dtype
        for option, value in options.items():
            setattr(self, option, value)

    def call(self, y_true, y_pred):
        return self._function(y_true, y_pred, **self._options)

    def __call__(self, y_true, y_pred, sample_weight=None):
        mask = getattr(y_pred, "_keras_mask", None)
        y_true = tf.cast(tf.convert_to_tensor(y_true), self.dtype)
        y_pred = tf.cast(tf.convert_to_tensor(y_pred), self.dtype)
        values = tf.convert_to_tensor(self.call(y_true, y_pred))
        inner = getattr(values, "_keras_mask", None)
        masks = [tf.cast(tf.convert_to_tensor(m), values.dtype) for m in (mask, inner) if m is not None]
        return weighting.reduce_values(values, sample_weight, masks, self.reduction)

    def get_config(self):
        dtype = self._given_dtype
        if dtype is not None and not isinstance(dtype, str):
            dtype = self.dtype
        return {**super().get_config(), "dtype": dtype, **self._options}
