"""How far two results are apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


class Unequal(Exception):
    """Candidates of a contest don't compute the same."""


def difference(ours: Any, theirs: Any) -> float:
    """Return the largest difference of two tensors of the structures, as a share of their largest value.

    Whatever is no number must be equal.
    """
    ours, theirs = tf.nest.flatten(ours), tf.nest.flatten(theirs)
    if len(ours) != len(theirs):
        return float("inf")
    return max((_of_two(a, b) for a, b in zip(ours, theirs)), default=0.0)


def _of_two(a, b):
    a, b = (tf.convert_to_tensor(v) if isinstance(v, tf.IndexedSlices) else v for v in (a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return float("inf")
    if not np.issubdtype(b.dtype, np.number):
        return 0.0 if np.array_equal(a, b) else float("inf")
    a, b = a.astype("float64"), b.astype("float64")
    if not b.size:
        return 0.0
    error = float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-12))
    return error if np.isfinite(error) else float("inf")


def check(results: dict[str, Any], differ: Any, tolerance: float) -> None:
    """Raise :class:`Unequal` unless all results equal the first within the tolerance."""
    (name, first), *others = results.items()
    for other, result in others:
        error = differ(first, result)
        if not error <= tolerance:
            raise Unequal(f"{name} and {other} differ by {error:.1e}, more than {tolerance:.0e}")
