"""Labels as vectors, and vectors of length one (``keras.utils.np_utils``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings(owner="to_categorical")
def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Turn numbers of classes into vectors with a 1 at the class's place and 0 elsewhere.

    Args:
        y: whole numbers from 0 to ``num_classes - 1``, of any shape; a last axis of length 1 is left out.
        num_classes: number of classes, ``None`` for the highest number and one.
        dtype: the result's.

    Returns:
        Array of the shape of ``y`` with an axis of ``num_classes`` behind.

    Raises:
        ValueError: a number is negative, too high, or not whole.

    Example:
        >>> tfk_ext.utils.to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    labels = np.asarray(y)
    numbers = labels.astype(np.int64)
    if labels.dtype.kind not in "biuf" or not np.array_equal(numbers, labels):
        checks.fail("to_categorical", f"y must hold whole numbers, got an array of {labels.dtype}.")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    highest = int(numbers.max()) if numbers.size else -1
    classes = (
        highest + 1 if num_classes is None else checks.integer("to_categorical", "num_classes", num_classes)
    )
    if numbers.size and (numbers.min() < 0 or highest >= classes):
        checks.fail(
            "to_categorical",
            f"y must hold numbers from 0 to {classes - 1} (num_classes={classes}), "
            f"got {numbers.min()} to {highest}.",
        )
    result = np.zeros((numbers.size, classes), dtype)
    result[np.arange(numbers.size), numbers.ravel()] = 1
    return result.reshape((*numbers.shape, classes))


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """Divide by the norm along an axis; what has norm 0 is left as it is.

    Args:
        x: an array.
        axis: along which the norm is taken.
        order: of the norm: 2 is the Euclidean length, 1 the sum of absolute values.

    Example:
        >>> tfk_ext.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    values = np.atleast_1d(np.asarray(x))
    norms = np.atleast_1d(np.linalg.norm(values, order, axis))
    norms[norms == 0] = 1
    return values / np.expand_dims(norms, axis)


def to_ordinal(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Turn numbers of classes that have an order into vectors: a 1 for each class that lies below.

    Args:
        y: whole numbers from 0 to ``num_classes - 1``.
        num_classes: number of classes, ``None`` for the highest number and one.
        dtype: the result's.

    Returns:
        Array of the shape of ``y`` with an axis of ``num_classes - 1`` behind.

    Example:
        >>> tfk_ext.utils.to_ordinal([0, 1, 2], num_classes=3)
        array([[0., 0.],
               [1., 0.],
               [1., 1.]], dtype=float32)
    """
    vectors = to_categorical(y, num_classes, dtype)
    return np.cumsum(vectors[..., ::-1], axis=-1, dtype=vectors.dtype)[..., ::-1][..., 1:]


def probas_to_classes(y_pred: Any) -> np.ndarray:
    """Return the class of each row of probabilities: the likeliest, or whether one alone is over a half."""
    scores = np.asarray(y_pred)
    if scores.ndim > 1 and scores.shape[1] > 1:
        return categorical_probas_to_classes(scores)
    return (scores.ravel() > 0.5).astype(np.int64)


def categorical_probas_to_classes(p: Any) -> np.ndarray:
    """Return the likeliest class of each row of probabilities."""
    return np.argmax(p, axis=1)
