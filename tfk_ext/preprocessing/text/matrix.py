"""From sequences of word numbers to a matrix of counts or weights."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tfk_ext import checks

MODES = ("binary", "count", "freq", "tfidf")

_CELLS = 1 << 20  # cells counted at a time: 8 MB, about what a cache holds


def to_matrix(
    sequences: Sequence[Sequence[int]], width: int, mode: str, weights: np.ndarray | None = None
) -> np.ndarray:
    """Return the matrix ``(sequences, width)`` of one mode.

    Args:
        sequences: word numbers; those from ``width`` on are passed over.
        width: number of columns.
        mode: one of ``MODES``.
        weights: for ``"tfidf"`` the weight of each column.

    Raises:
        ValueError: a number is negative or no integer.
    """
    matrix = np.zeros((len(sequences), width))
    flat = matrix.reshape(-1)
    rows = max(1, _CELLS // width)
    for first in range(0, len(sequences), rows):
        part = sequences[first : first + rows]
        lengths = np.fromiter(map(len, part), np.int64, len(part))
        numbers = _numbers(part, int(lengths.sum()))
        inside = numbers < width
        cells = np.repeat(np.arange(len(part)) * width, lengths)[inside] + numbers[inside]
        _fill(flat[first * width : (first + len(part)) * width], cells, width, mode, weights, lengths)
    return matrix


def _numbers(sequences: Sequence[Sequence[int]], count: int) -> np.ndarray:
    try:
        numbers = np.fromiter(itertools.chain.from_iterable(sequences), np.int64, count)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"Tokenizer: a sequence must hold integers only ({error}).") from error
    if count and numbers.min() < 0:
        checks.fail("Tokenizer", f"a sequence must hold integers of at least 0, got {numbers.min()}.")
    return numbers


def _fill(
    flat: np.ndarray,
    cells: np.ndarray,
    width: int,
    mode: str,
    weights: np.ndarray | None,
    lengths: np.ndarray,
) -> None:
    """Write the values of some rows, given as one flat array, at the cells that occur."""
    if mode == "binary":
        flat[cells] = 1
        return
    counts = np.bincount(cells, minlength=len(flat))
    if mode == "count":
        flat[:] = counts
        return
    used = np.flatnonzero(counts)
    counts = counts[used]
    if mode == "freq":
        flat[used] = counts / lengths[used // width]
    else:
        flat[used] = (1 + np.log(counts)) * weights[used % width]  # type: ignore[index]
