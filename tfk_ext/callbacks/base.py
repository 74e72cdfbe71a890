"""What the callbacks share: logged values, what is an improvement, the learning rate, state that is kept."""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks

# Parts of metric names for which more is better; every other metric is better when it is less.
_RISING = ("acc", "auc", "precision", "recall", "fmeasure", "f1", "r2", "true_positives", "cosine_similarity")

# The callbacks with a state that each model is trained with, for the callback that saves the training. Weak
# on both sides: a callback knows its model, and would keep it alive.
_stateful: weakref.WeakKeyDictionary[Any, list[weakref.ref]] = weakref.WeakKeyDictionary()


def logged(owner: object, logs: Mapping[str, Any] | None, key: str, hint: str) -> float:
    """Return ``logs[key]`` as a float; if it is missing, say what there is and what to do about it."""
    logs = logs or {}
    if key not in logs:
        there = ", ".join(sorted(logs)) or "nothing"
        checks.fail(owner, f"the logs hold no {key!r}, only {there}; {hint}")
    return float(logs[key])


def monitored(owner: object, logs: Mapping[str, Any] | None, monitor: str) -> float | None:
    """Return the monitored value; if it is missing, warn and return ``None``."""
    logs = logs or {}
    if monitor in logs:
        return float(logs[monitor])
    there = ", ".join(sorted(logs)) or "nothing"
    hint = " Give fit validation data." if monitor.startswith("val_") else ""
    warnings.warn(
        f"{checks.name_of(owner)}: the logs hold no {monitor!r}, only {there}; nothing is done.{hint}",
        stacklevel=2,
    )
    return None


def rises(model: Any, monitor: str, mode: str) -> bool:
    """Tell whether more of a metric is better: by the mode, the metric's own word, or its name.

    Args:
        model: the model in training.
        monitor: key of the logs.
        mode: ``"min"``, ``"max"`` or ``"auto"``.
    """
    if mode != "auto":
        return mode == "max"
    name = monitor.removeprefix("val_")
    for metric in _metrics_of(model):
        direction = getattr(metric, "_direction", None)
        if metric.name == name and direction is not None:
            return direction == "up"
    return any(part in name.lower() for part in _RISING)


def _metrics_of(model: Any) -> list[Any]:
    found, waiting = [], list(getattr(model, "metrics", None) or [])
    while waiting:
        metric = waiting.pop()
        found.append(metric)
        waiting += list(getattr(metric, "metrics", None) or [])
    return found


def learning_rate(owner: object, model: Any) -> float:
    """Return the current learning rate of a model's optimizer."""
    optimizer = getattr(model, "optimizer", None)
    if not hasattr(optimizer, "learning_rate"):
        checks.fail(owner, "the model has no optimizer with a learning_rate; compile it first.")
    return float(np.asarray(optimizer.learning_rate))  # type: ignore[union-attr]


def set_learning_rate(owner: object, model: Any, value: float) -> None:
    """Give a model's optimizer another learning rate."""
    try:
        model.optimizer.learning_rate = value
    except TypeError as error:
        raise TypeError(
            f"{checks.name_of(owner)}: the optimizer was made with a learning rate schedule, which nothing "
            "else can change; make it with a number."
        ) from error


def schedule_value(owner: object, value: Any) -> float:
    """Check what a schedule returned: a number, or a scalar tensor or array."""
    array = np.asarray(value) if not isinstance(value, (str, bool, type(None))) else np.asarray("")
    if array.shape != () or array.dtype.kind not in "fiu" or not math.isfinite(float(array)):
        checks.fail(owner, f"schedule must return a finite number, got {value!r}.")
    return float(array)


class StatefulCallback(tf.keras.callbacks.Callback):
    """Base of the callbacks whose counters a resumed training needs.

    A subclass names them in ``_state``; ``BackupAndRestore`` stores and restores them.
    """

    _state: tuple[str, ...] = ()

    def set_model(self, model):
        super().set_model(model)
        if model is not None:
            others = [member for member in _stateful.get(model, []) if member() not in (self, None)]
            _stateful[model] = [*others, weakref.ref(self)]

    def get_state(self) -> dict[str, Any]:
        """Return the counters by name: numbers, ``None``, or lists of arrays."""
        return {name: getattr(self, name) for name in self._state}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`get_state` returned."""
        for name in self._state:
            if name in state:
                setattr(self, name, state[name])


def stateful_callbacks(model: Any) -> list[StatefulCallback]:
    """Return the callbacks with a state that were given to ``fit`` of this model, in their order."""
    alive = (member() for member in _stateful.get(model, []))
    return [member for member in alive if member is not None]


class Monitoring(StatefulCallback):
    """Base of the callbacks that watch whether a logged value improves."""

    def __init__(self, monitor, mode, min_delta=0):
        super().__init__()
        if not isinstance(monitor, str):
            checks.fail(self, f"monitor must be the name of a logged value, got {monitor!r}.")
        self.monitor = monitor
        self.mode = checks.one_of(self, "mode", mode, ("auto", "min", "max"))
        self.min_delta = abs(checks.number(self, "min_delta", min_delta))
        self.best: float | None = None

    def _improves(self, value, reference):
        """Tell whether a value is better than another by more than ``min_delta``; anything beats ``None``."""
        if reference is None:
            return not math.isnan(value)
        if rises(self.model, self.monitor, self.mode):
            return value - self.min_delta > reference
        return value + self.min_delta < reference
