"""What ``compile`` was given, resolved: names become objects of the classic meaning, dictionaries lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks, losses, metrics, optimizers
from tfk_ext.losses.base import FunctionLoss
from tfk_ext.metrics.base import Reduction

# Names that stand for one of several functions, by the shapes of targets and predictions.
_BY_SHAPE = {
    "accuracy": (
        metrics.binary_accuracy,
        metrics.sparse_categorical_accuracy,
        metrics.categorical_accuracy,
    ),
    "crossentropy": (
        losses.binary_crossentropy,
        losses.sparse_categorical_crossentropy,
        losses.categorical_crossentropy,
    ),
}
_BY_SHAPE["acc"] = _BY_SHAPE["accuracy"]
_BY_SHAPE["ce"] = _BY_SHAPE["crossentropy"]


def _pick(name: str, y_true: Any, y_pred: Any) -> Any:
    """Return the function that a name stands for: binary, sparse or categorical."""
    binary, sparse, categorical = _BY_SHAPE[name.lower()]
    if y_pred.shape[-1] == 1:
        return binary
    if len(y_true.shape) < len(y_pred.shape) or y_true.shape[-1] == 1:
        return sparse
    return categorical


class MetricByShape(Reduction):
    """The mean of the accuracy or crossentropy that fits the shapes of targets and predictions.

    Args:
        kind: ``"accuracy"``, ``"acc"``, ``"crossentropy"`` or ``"ce"``; it is the name in the logs as well.
    """

    def __init__(self, kind):
        super().__init__(name=kind)
        self.kind = kind
        self._direction = "up" if kind.lower() in ("accuracy", "acc") else "down"

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        values = _pick(self.kind, y_true, y_pred)(y_true, y_pred)
        self._add(values, sample_weight, y_pred, values)

    def reset_state(self):
        self.total.assign(0.0)
        self.count.assign(0.0)

    def get_config(self):
        return {"kind": self.kind}


class LossByShape(FunctionLoss):
    """The crossentropy that fits the shapes of targets and predictions."""

    def __init__(self, kind):
        super().__init__(lambda t, p: _pick(kind, t, p)(t, p), "sum_over_batch_size", kind, None)


class CastingMean(metrics.MeanMetricWrapper):
    """The mean of a user's function, which gets targets and predictions in the metric's dtype."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels, predictions, and weights of the samples (or of any leading axes)."""
        mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = tf.cast(y_true, self.dtype), tf.cast(y_pred, self.dtype)
        values = tf.convert_to_tensor(self._function(y_true, y_pred))
        if mask is not None and len(values.shape) >= len(mask.shape):
            weights = tf.cast(mask, self.dtype)
            sample_weight = weights if sample_weight is None else weights * tf.cast(sample_weight, self.dtype)
        self._add(values, sample_weight)


def optimizer(identifier: Any) -> Any:
    """Return the optimizer that ``compile`` was given by name, object or configuration."""
    return None if identifier is None else optimizers.get(identifier)


def loss(identifier: Any) -> Any:
    """Return a loss object for what ``compile`` was given for one output; ``None`` stays."""
    if identifier is None or isinstance(identifier, tf.keras.losses.Loss):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        return LossByShape(identifier)
    found = losses.get(identifier)
    if found is None or isinstance(found, tf.keras.losses.Loss):
        return found
    name = identifier if isinstance(identifier, str) else name_of(found)
    return FunctionLoss(found, "sum_over_batch_size", name, None)


def metric(identifier: Any) -> Any:
    """Return a metric object for one entry of ``metrics=``, named as the logs are to name it."""
    if isinstance(identifier, str) and identifier.lower() in _BY_SHAPE:
        return MetricByShape(identifier)
    found = metrics.get(identifier)
    if isinstance(found, tf.keras.metrics.Metric):
        if isinstance(identifier, str) and identifier != type(found).__name__:
            # The name of a function is the key in the logs ("mse"); a class keeps its default name.
            found.name = identifier
        return found
    if found is None:
        return None
    return CastingMean(found, name=identifier if isinstance(identifier, str) else name_of(found))


def name_of(thing: Any) -> str:
    """Return the name of a function or of an object that is called like one."""
    return getattr(thing, "__name__", None) or getattr(thing, "name", None) or type(thing).__name__.lower()


def for_outputs(
    owner: object,
    argument: str,
    value: Any,
    names: Sequence[str] | None,
    missing: Any = None,
    leaf: Any = lambda value: not isinstance(value, (list, tuple, dict)),
) -> Any:
    """Order the options of the outputs as the outputs are.

    Args:
        owner: the model, for messages.
        argument: name of the argument of ``compile``.
        value: an option for all outputs, a list with one for each, or a dictionary by output name.
        names: the outputs' names, ``None`` if the model does not know them before it is called.
        missing: what stands for an output that a dictionary leaves out.
        leaf: tells whether a value is the option of one output.

    Returns:
        One option if there is one output, a list with one for each output, or the value as it is if it
        is one option for all of them or the names are not known.
    """
    if value is None or names is None or leaf(value):
        return value
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - set(names))
        if unknown:
            checks.fail(
                owner,
                f"{argument} names {', '.join(map(repr, unknown))}, but the outputs are "
                f"{', '.join(map(repr, names))}.",
            )
        value = [value.get(name, missing) for name in names]
    value = list(value)
    if len(value) != len(names):
        checks.fail(
            owner,
            f"{argument} must have one entry for each of the {len(names)} outputs "
            f"({', '.join(names)}), got {len(value)}: {value!r}.",
        )
    return value[0] if len(names) == 1 else value


def metrics_for_outputs(owner: object, argument: str, value: Any, names: Sequence[str] | None) -> Any:
    """Resolve ``metrics=``: a list for a single output, a list of lists for several."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, (list, tuple, Mapping)):
        value = [value]
    if names is None:
        return _map_metrics(value)
    if len(names) == 1:
        if isinstance(value, Mapping):
            value = for_outputs(owner, argument, value, names, missing=[])
        return [metric(item) for item in _flat(value)]
    if isinstance(value, Mapping):
        value = for_outputs(owner, argument, value, names, missing=[])
    elif not any(isinstance(item, (list, tuple)) for item in value):
        # A flat list holds for every output, and each output gets metrics of its own. As many plain entries
        # as there are outputs are no exception in the classic documents.
        value = [list(value) for _ in names]
    elif len(value) != len(names):
        checks.fail(
            owner,
            f"{argument} must have one list for each of the {len(names)} outputs ({', '.join(names)}), "
            f"got {len(value)}: {value!r}.",
        )
    return [[metric(item) for item in _flat(items)] for items in value]


def _flat(items):
    if items is None:
        return []
    if isinstance(items, str) or not isinstance(items, (list, tuple)):
        return [items]
    return [part for item in items for part in _flat(item)]


def _map_metrics(value):
    if isinstance(value, Mapping):
        return {key: _map_metrics(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_map_metrics(item) for item in value]
    return metric(value)


def map_losses(value: Any) -> Any:
    """Resolve ``loss=`` leaf by leaf, whatever its structure."""
    if isinstance(value, Mapping) and not {"class_name", "config"} <= set(value):
        return {key: map_losses(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_losses(item) for item in value]
    return loss(value)
