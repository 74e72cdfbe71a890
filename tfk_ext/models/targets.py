"""Targets and weights made to fit the outputs: by name or position, as many axes, weights of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks


def in_order(owner: object, what: str, value: Any, names: Sequence[str] | None) -> Any:
    """Turn a dictionary by output names into a list in the outputs' order (one entry: the entry itself)."""
    if not isinstance(value, Mapping) or names is None:
        return value
    unknown = sorted(set(value) - set(names))
    if unknown:
        checks.fail(
            owner,
            f"{what} names {', '.join(map(repr, unknown))}, "
            f"but the outputs are {', '.join(map(repr, names))}.",
        )
    ordered = [value.get(name) for name in names]
    return ordered[0] if len(ordered) == 1 else ordered


def align(
    owner: object, y: Any, y_pred: Any, names: Sequence[str] | None, with_loss: Sequence[bool] | None
) -> Any:
    """Give targets the structure and the number of axes of the predictions.

    A dictionary is ordered by the outputs' names, a list of one is its entry, the outputs without a loss
    need no target, and labels of shape ``(batch,)`` for predictions ``(batch, n)`` become ``(batch, 1)``.

    Args:
        owner: the model, for messages.
        y: the targets.
        y_pred: the predictions.
        names: names of the outputs, ``None`` for a model that does not know them.
        with_loss: for each output, whether it has a loss.
    """
    if y is None or isinstance(y_pred, Mapping):
        return y
    y = in_order(owner, "the targets", y, names)
    if isinstance(y_pred, (list, tuple)):
        if not isinstance(y, (list, tuple)):
            y = [y]
        y = list(y)
        if with_loss is not None and len(y) == sum(with_loss) < len(y_pred):
            given = iter(y)
            y = [next(given) if used else None for used in with_loss]
        if len(y) != len(y_pred):
            checks.fail(owner, f"the model has {len(y_pred)} outputs, got targets for {len(y)}.")
        return [_same_rank(t, p) for t, p in zip(y, y_pred)]
    if isinstance(y, (list, tuple)) and len(y) == 1:
        y = y[0]
    return _same_rank(y, y_pred)


def _same_rank(target, prediction):
    shape = getattr(target, "shape", None)
    if shape is not None and len(shape) == 1 and len(prediction.shape) == 2:
        return tf.expand_dims(target, -1)
    return target


def weights_in_order(owner: object, weights: Any, y_pred: Any, names: Sequence[str] | None) -> Any:
    """Give sample weights the structure of the predictions; one array stands for all outputs."""
    if weights is None or isinstance(y_pred, Mapping):
        return weights
    weights = in_order(owner, "sample_weight", weights, names)
    if isinstance(y_pred, (list, tuple)):
        if not isinstance(weights, (list, tuple)):
            return [weights] * len(y_pred)
        if len(weights) != len(y_pred):
            checks.fail(
                owner, f"the model has {len(y_pred)} outputs, got {len(weights)} arrays of sample weights."
            )
        return list(weights)
    return weights[0] if isinstance(weights, (list, tuple)) and len(weights) == 1 else weights


def class_weights_of(owner: object, class_weight: Any, names: Sequence[str] | None) -> list[Any]:
    """Return the class weights of each output: dictionaries from class to weight, or ``None``.

    Args:
        owner: the model, for messages.
        class_weight: ``{class: weight}`` for a single output, a list with one such dictionary for each
            output, or a dictionary of them by output name.
        names: names of the outputs.
    """
    if isinstance(class_weight, (list, tuple)):
        found = list(class_weight)
        if names is not None and len(found) != len(names):
            checks.fail(
                owner,
                f"class_weight must have one entry for each of the {len(names)} outputs, got {len(found)}.",
            )
    elif not isinstance(class_weight, Mapping):
        checks.fail(owner, f"class_weight must be a dictionary from class to weight, got {class_weight!r}.")
    elif any(isinstance(value, Mapping) or value is None for value in class_weight.values()):
        unknown = sorted(set(class_weight) - set(names or class_weight))
        if unknown:
            checks.fail(
                owner,
                f"class_weight names {', '.join(map(repr, unknown))}, but the outputs are "
                f"{', '.join(map(repr, names or ()))}.",
            )
        found = [class_weight.get(name) for name in names or class_weight]
    elif names is not None and len(names) > 1:
        checks.fail(
            owner,
            f"the model has {len(names)} outputs: class_weight must be a list with one dictionary for each, "
            f"or a dictionary by output name ({', '.join(names)}), got {class_weight!r}.",
        )
    else:
        found = [class_weight]
    return [None if one is None else {int(key): float(value) for key, value in one.items()} for one in found]


def _table(class_weight: Mapping[int, float]) -> np.ndarray:
    if any(key < 0 for key in class_weight):
        raise ValueError(f"class_weight: classes are integers of at least 0, got {sorted(class_weight)}.")
    table = np.ones(max(class_weight, default=0) + 1, np.float32)
    for key, value in class_weight.items():
        table[key] = value
    return table


def _classes(labels, one_hot_of, squeeze, rank, last):
    """Return the classes of labels ``(batch,)``, ``(batch, 1)`` or one-hot ``(batch, n)``."""
    if rank > 1:
        return squeeze(labels) if last == 1 else one_hot_of(labels)
    return labels


def sample_weights_of_classes(labels: Any, class_weight: Mapping[int, float]) -> np.ndarray:
    """Return the weight of each sample, by the class that its label names.

    Args:
        labels: classes of shape ``(batch,)`` or ``(batch, 1)``, or one-hot ``(batch, classes)``.
        class_weight: weights by class; a class that is left out weighs 1.
    """
    labels = np.asarray(labels)
    classes = _classes(
        labels,
        lambda y: y.argmax(-1),
        lambda y: y[..., 0],
        labels.ndim,
        labels.shape[-1] if labels.ndim else 1,
    )
    classes = np.rint(classes).astype(np.int64)
    table = _table(class_weight)
    inside = (classes >= 0) & (classes < len(table))
    return np.where(inside, table[np.where(inside, classes, 0)], np.float32(1))


def sample_weights_in_graph(labels: tf.Tensor, class_weight: Mapping[int, float]) -> tf.Tensor:
    """Do the same as :func:`sample_weights_of_classes` with tensors, for a ``tf.data`` pipeline."""
    rank = labels.shape.rank
    classes = _classes(
        labels, lambda y: tf.argmax(y, -1), lambda y: y[..., 0], rank, labels.shape[-1] if rank else 1
    )
    if classes.dtype.is_floating:
        classes = tf.round(classes)
    classes = tf.cast(classes, tf.int64)
    table = tf.constant(_table(class_weight))
    inside = (classes >= 0) & (classes < tf.size(table, tf.int64))
    return tf.where(inside, tf.gather(table, tf.where(inside, classes, 0)), 1.0)


def combine(y: Any, sample_weight: Any, class_weights: Sequence[Any], of_classes: Any) -> Any:
    """Multiply sample weights and class weights, output by output.

    Args:
        y: the targets, a list if there are several outputs.
        sample_weight: the sample weights, structured like the targets, or one for all, or ``None``.
        class_weights: what :func:`class_weights_of` returned.
        of_classes: :func:`sample_weights_of_classes` or :func:`sample_weights_in_graph`.

    Returns:
        The weights of the single output, or a list with those of each.
    """
    several = isinstance(y, (list, tuple))
    targets = list(y) if several else [y]
    given = (
        list(sample_weight) if isinstance(sample_weight, (list, tuple)) else [sample_weight] * len(targets)
    )
    joined = []
    for target, weight, classes in zip(targets, given, class_weights):
        if classes is None:
            if weight is None:
                weight = of_classes(target[:, ...], {})
            joined.append(weight)
            continue
        by_class = of_classes(target, classes)
        if weight is None:
            joined.append(by_class)
        else:
            cast = tf.cast(weight, tf.float32) if isinstance(by_class, tf.Tensor) else np.asarray(weight)
            joined.append(by_class * cast)
    return joined if several else joined[0]
