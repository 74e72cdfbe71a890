"""Learning rate schedules: those of Keras, for which ``fit`` and the optimizers look by their class.

Example:
    >>> schedule = tfk_ext.optimizers.schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)
    >>> optimizer = tfk_ext.optimizers.SGD(learning_rate=schedule)
    >>> round(float(schedule(200)), 4)
    0.025
"""

from typing import Any

import tensorflow as _tf

from tfk_ext.registration import restored as _restored

_schedules = _tf.keras.optimizers.schedules

LearningRateSchedule = _schedules.LearningRateSchedule
CosineDecay = _schedules.CosineDecay
CosineDecayRestarts = _schedules.CosineDecayRestarts
ExponentialDecay = _schedules.ExponentialDecay
InverseTimeDecay = _schedules.InverseTimeDecay
PiecewiseConstantDecay = _schedules.PiecewiseConstantDecay
PolynomialDecay = _schedules.PolynomialDecay
serialize = _schedules.serialize


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the schedule that :func:`serialize` wrote."""
    return _restored(config, custom_objects)
