"""What every metric shares: both spellings of the reset, weights and masks, means of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.ops import metrics as ops
from tfk_ext.ops import weighting


class Metric(tf.keras.metrics.Metric):
    """Base of the package's metrics: ``tf.keras.metrics.Metric`` that answers to ``reset_states`` too.

    A subclass written the classic way, which overrides ``reset_states`` alone, is reset by today's ``fit`` as
    well: ``reset_state`` calls it. ``add_weight`` takes its name first, as in Keras 2.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Example:
        >>> class Steps(tfk_ext.metrics.Metric):
        ...     def __init__(self, name="steps", **kwargs):
        ...         super().__init__(name=name, **kwargs)
        ...         self.count = self.add_weight("count", initializer="zeros")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.count.assign_add(1)
        ...
        ...     def result(self):
        ...         return self.count
        ...
        ...     def reset_states(self):
        ...         self.count.assign(0)
        >>> steps = Steps()
        >>> steps.update_state([1], [1])
        >>> float(steps.result())
        1.0
        >>> steps.reset_state()
        >>> float(steps.result())
        0.0

    Source: Keras, ``keras.metrics.Metric``.
    """

    # Keras's own callbacks read here whether more is better ("up") or less ("down").
    _direction: str | None = None

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)

    def add_weight(self, name=None, shape=(), initializer="zeros", dtype=None):
        """Create a variable of the state, in the metric's dtype unless another is given."""
        if isinstance(name, (tuple, list)):  # today's Keras puts the shape first
            name, shape = (shape if isinstance(shape, str) else None), name
        return super().add_weight(
            shape=tuple(shape), initializer=initializer, dtype=dtype or self.dtype, name=name
        )

    def reset_state(self):
        if type(self).reset_states is not Metric.reset_states:
            self.reset_states()
        else:
            super().reset_state()

    def reset_states(self):
        """The classic name of :meth:`reset_state`."""
        if type(self).reset_state is not Metric.reset_state:
            self.reset_state()
        else:
            super().reset_state()

    def _weights(self, values, sample_weight, *masked):
        """Join sample weights and the masks of tensors to weights of the leading axes of ``values``.

        Returns ``None`` where nothing is weighted.
        """
        found = [getattr(tensor, "_keras_mask", None) for tensor in masked]
        parts = [tf.convert_to_tensor(part) for part in (sample_weight, *found) if part is not None]
        if not parts:
            return None
        expanded = [weighting.expand_weights(values, part) for part in parts]
        rank = max(min(part.shape.rank, values.shape.rank) for part in parts)
        weights = expanded[0] if len(expanded) == 1 else expanded[0] * expanded[1]
        return tf.reshape(weights, tf.shape(weights)[:rank])


class Reduction(Metric):
    """Base of the means: keeps the weighted sum of all values and the sum of their weights."""

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.total = self.add_weight("total")
        self.count = self.add_weight("count")

    def _add(self, values, sample_weight, *masked):
        values = tf.cast(values, self.dtype)
        total, count = ops.sums(values, self._weights(values, sample_weight, *masked))
        self.total.assign_add(total)
        self.count.assign_add(count)

    def result(self):
        return tf.math.divide_no_nan(tf.convert_to_tensor(self.total), tf.convert_to_tensor(self.count))


class FunctionMean(Reduction):
    """Base of the metrics that are the mean of a function ``(y_true, y_pred) -> values``.

    Args:
        function: the function.
        name: name under which the value is logged.
        dtype: dtype of state and result.
        **options: arguments of the function, kept as attributes and in the configuration.
    """

    def __init__(self, function: Callable, name: str | None, dtype: Any, **options: Any):
        super().__init__(name=name, dtype=dtype)
        self._function = function
        self._options = options
        for option, value in options.items():
            setattr(self, option, value)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        values = self._function(y_true, y_pred, **self._options)
        self._add(values, sample_weight, y_pred, values)

    def get_config(self):
        return {**super().get_config(), **self._options}
