"""From sequences of word numbers to a matrix of counts or weights."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tfk_ext import checks

MODES = ("binary", "count", "freq", "tfidf")

_ROWS = 4096  # rows filled at a time, which bounds the memory beside the matrix


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
    for first in range(0, len(sequences), _ROWS):
        part = sequences[first : first + _ROWS]
        lengths = np.fromiter(map(len, part), np.int64, len(part))
        numbers = _numbers(part, int(lengths.sum()))
        rows = np.repeat(np.arange(first, first + len(part)), lengths)
        if len(numbers) and numbers.max() >= width:
            inside = numbers < width
            rows, numbers = rows[inside], numbers[inside]
        cells = rows * width + numbers
        if mode == "binary":
            flat[cells] = 1
            continue
        # Counted in the matrix itself: what it costs depends on the words, not on the cells.
        np.add.at(flat, cells, 1.0)
        if mode == "freq":
            flat[cells] = flat[cells] / lengths[rows - first]
        elif mode == "tfidf":
            flat[cells] = (1 + np.log(flat[cells])) * weights[numbers]  # type: ignore[index]
    return matrix


def _numbers(sequences: Sequence[Sequence[int]], count: int) -> np.ndarray:
    try:
        numbers = np.fromiter(itertools.chain.from_iterable(sequences), np.int64, count)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"Tokenizer: a sequence must hold integers only ({error}).") from error
    if count and numbers.min() < 0:
        checks.fail("Tokenizer", f"a sequence must hold integers of at least 0, got {numbers.min()}.")
    return numbers
