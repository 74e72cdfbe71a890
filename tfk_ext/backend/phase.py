"""The learning phase: whether a function computes as in training or as in inference."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

_fixed: int | None = None


def learning_phase() -> Any:
    """Return 1 in training and 0 in inference.

    Inside a layer's ``call`` it is what the layer was called with. Outside it is what
    :func:`set_learning_phase` said, or 0.

    Example:
        >>> print(tfk_ext.backend.learning_phase())
        0
    """
    training = _training_of_the_call()
    if training is None:
        return 0 if _fixed is None else _fixed
    return training if tf.is_tensor(training) else int(training)


def set_learning_phase(value: int) -> None:
    """Fix the learning phase for what is called without ``training``: the package's layers and functions.

    What says ``training`` itself - ``fit``, ``evaluate``, ``predict``, ``model(x, training=...)`` - keeps its
    word, as in Keras 2 on TensorFlow 2. :func:`clear_session` undoes it.

    Args:
        value: 0 for inference, 1 for training.

    Raises:
        ValueError: ``value`` is neither.

    Example:
        >>> tfk_ext.backend.set_learning_phase(1)
        >>> print(tfk_ext.backend.learning_phase())
        1
        >>> tfk_ext.backend.clear_session()
        >>> print(tfk_ext.backend.learning_phase())
        0
    """
    global _fixed
    if value not in (0, 1):
        raise ValueError(f"set_learning_phase: value must be 0 or 1, got {value!r}.")
    _fixed = int(value)


@contextlib.contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Fix the learning phase within a ``with`` block.

    Example:
        >>> with tfk_ext.backend.learning_phase_scope(1):
        ...     print(tfk_ext.backend.learning_phase())
        1
    """
    global _fixed
    before = _fixed
    set_learning_phase(value)
    try:
        yield
    finally:
        _fixed = before


def reset() -> None:
    """Forget what was fixed."""
    global _fixed
    _fixed = None


def fixed() -> int | None:
    """Return the phase that was fixed, ``None`` if there is none."""
    return _fixed


class _Probe(tf.keras.layers.Layer):
    """Tells what ``training`` is inside the layer that is being called: Keras hands it on to inner layers."""

    def __init__(self):
        super().__init__(autocast=False, name="learning_phase_probe")
        self.supports_masking = True
        self.seen = None
        self.built = True

    def call(self, inputs, training=None):
        self.seen = training
        return inputs


_local = threading.local()


def _training_of_the_call() -> Any:
    """Return the ``training`` of the layer call around, ``None`` outside of one or where it is not said."""
    probe = getattr(_local, "probe", None)
    if probe is None:
        probe = _local.probe = _Probe()
    probe.seen = None
    probe(tf.zeros(()))
    seen, probe.seen = probe.seen, None
    return seen
