"""What every metric shares: both spellings of the reset."""

from __future__ import annotations

import tensorflow as tf


class Metric(tf.keras.metrics.Metric):
    """Base of the package's metrics: ``tf.keras.metrics.Metric`` that answers to ``reset_states`` too.

    A subclass written the classic way, which overrides ``reset_states`` alone, is reset by today's ``fit`` as
    well: ``reset_state`` calls it.

    Args:
        name: name under which the value is logged.
        dtype: dtype of state and result, ``None`` for the Keras configuration's.

    Example:
        >>> class Steps(tfk_ext.metrics.Metric):
        ...     def __init__(self, name="steps", **kwargs):
        ...         super().__init__(name=name, **kwargs)
        ...         self.count = self.add_weight(name="count", initializer="zeros")
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
    """

    def __init__(self, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)

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
