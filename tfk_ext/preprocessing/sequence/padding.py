"""Bringing sequences of different lengths to one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sized
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks

_SIDES = ("pre", "post")
_SHORT = 64  # rows of fewer elements are written all at once, which is up to 10 times as fast


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
    truncation: str | None = None,
) -> np.ndarray:
    """Make one array of sequences of different lengths: short ones are filled up, long ones are cut.

    Args:
        sequences: a list of sequences (lists, arrays, of numbers or strings, or of vectors of one shape), an
            array, or a ``tf.RaggedTensor``.
        maxlen: the common length; ``None`` takes the longest sequence's.
        dtype: type of the result; ``object`` or ``str`` for strings.
        padding: ``"pre"`` or ``"post"``: whether a short sequence is filled up at its beginning or its end.
        truncating: ``"pre"`` or ``"post"``: whether a long sequence loses its beginning or its end.
        value: what short sequences are filled up with.
        truncation: another name of ``truncating``, which some documents use.

    Returns:
        An array ``(sequences, maxlen)``, behind which stands the shape of a sequence's elements if they are
        vectors.

    Raises:
        ValueError: an option is unknown, the sequences are none or differ in the shape of their elements, or
            ``value`` doesn't fit ``dtype``.

    Example:
        >>> tfk_ext.preprocessing.sequence.pad_sequences([[1], [2, 3], [4, 5, 6]])
        array([[0, 0, 1],
               [0, 2, 3],
               [4, 5, 6]], dtype=int32)
        >>> tfk_ext.preprocessing.sequence.pad_sequences([[1], [2, 3], [4, 5, 6]], 2, truncating="post")
        array([[0, 1],
               [2, 3],
               [4, 5]], dtype=int32)
    """
    owner = "pad_sequences"
    padding = checks.one_of(owner, "padding", padding, _SIDES)
    truncating = checks.one_of(owner, "truncating", truncation or truncating, _SIDES)
    maxlen = None if maxlen is None else checks.integer(owner, "maxlen", maxlen)
    _check_value(owner, dtype, value)
    if isinstance(sequences, tf.RaggedTensor):
        sequences = _rows(sequences)
    elif isinstance(sequences, tf.Tensor):
        sequences = sequences.numpy()
    elif not isinstance(sequences, (Sized, np.ndarray)):
        try:
            sequences = list(sequences)
        except TypeError:
            checks.fail(owner, f"sequences must be a list of sequences, got {type(sequences).__name__}.")
    lengths = _lengths(owner, sequences)
    if maxlen is None:
        if not len(lengths):
            checks.fail(owner, "there are no sequences: give maxlen.")
        maxlen = int(lengths.max())
    kept = np.minimum(lengths, maxlen)
    first = next((row for row, length in enumerate(lengths) if length), None)
    shape = () if first is None else np.shape(_array(owner, first, sequences[first], None))[1:]
    result = np.full((len(lengths), maxlen, *shape), value, dtype)
    if first is None:
        return result
    cut = slice(-maxlen, None) if truncating == "pre" else slice(0, maxlen)
    total = int(kept.sum())

    def rows() -> Iterator[Any]:
        # One after the other: what a row was cut to is still in the processor's cache when it is read.
        return (row[cut] if length > maxlen else row for row, length in zip(sequences, lengths.tolist()))

    starts = np.zeros_like(kept) if padding == "post" else maxlen - kept
    flat = _flat(owner, rows, set(map(type, sequences)), total, shape, result.dtype, dtype)
    if total == len(kept) * maxlen:  # nothing to fill up
        return flat.reshape(result.shape).astype(result.dtype, copy=False)
    ends = np.cumsum(kept)
    if total < _SHORT * len(kept):
        # Short rows: all elements at once, each to its place.
        shifts = np.arange(len(kept)) * maxlen + starts - (ends - kept)
        result.reshape(-1, *shape)[np.repeat(shifts, kept) + np.arange(total)] = flat
    else:
        for row, start, length, end in zip(result, starts.tolist(), kept.tolist(), ends.tolist()):
            row[start : start + length] = flat[end - length : end]
    return result


def _check_value(owner: str, dtype: Any, value: Any) -> None:
    kind = np.dtype(dtype).kind
    if isinstance(value, str) and kind not in "OUS":
        checks.fail(owner, f"value {value!r} is no {np.dtype(dtype).name}: give dtype=object for strings.")


def _rows(ragged: tf.RaggedTensor) -> list[np.ndarray]:
    if ragged.ragged_rank != 1:
        checks.fail("pad_sequences", f"a ragged tensor must be ragged in one axis, not {ragged.ragged_rank}.")
    values, splits = ragged.values.numpy(), ragged.row_splits.numpy()
    return [values[start:end] for start, end in zip(splits, splits[1:])]


def _lengths(owner: str, sequences: Any) -> np.ndarray:
    try:
        return np.fromiter(map(len, sequences), np.int64, len(sequences))
    except TypeError:
        for row, sequence in enumerate(sequences):
            if not isinstance(sequence, Sized) or (isinstance(sequence, np.ndarray) and not sequence.ndim):
                checks.fail(
                    owner, f"sequence {row} must be a list or an array, got {type(sequence).__name__}."
                )
        raise


def _array(owner: str, row: int, sequence: Any, dtype: Any) -> np.ndarray:
    try:
        return np.asarray(sequence, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        what = "one array" if dtype is None else np.dtype(dtype).name
        kind = next(kind for kind in (TypeError, OverflowError, ValueError) if isinstance(error, kind))
        raise kind(f"{owner}: sequence {row} can't be made {what}: {error}.") from error


def _flat(
    owner: str,
    rows: Callable[[], Iterator[Any]],
    types: set[type],
    count: int,
    shape: tuple[int, ...],
    kind: np.dtype,
    dtype: Any,
) -> np.ndarray:
    """Return the elements of all rows, one after the other, as a new array."""
    if types == {np.ndarray}:
        arrays = list(rows())
        if all(row.shape[1:] == shape for row in arrays) and "O" not in {row.dtype.kind for row in arrays}:
            return np.concatenate(arrays, dtype=kind, casting="unsafe")
    elif shape == () and kind.kind in "iuf" and types <= {list, tuple}:
        try:
            return np.fromiter(itertools.chain.from_iterable(rows()), kind, count)
        except (TypeError, ValueError, OverflowError):
            pass  # what is wrong, and where, is found row by row
    arrays = []
    for row, sequence in enumerate(rows()):
        items = _array(owner, row, sequence, dtype)
        if not len(sequence):
            continue
        if items.ndim == 0 or items.shape[1:] != shape:
            found = "a single string" if items.ndim == 0 else f"elements of shape {items.shape[1:]}"
            checks.fail(owner, f"sequence {row} has {found}, those before have shape {shape}.")
        arrays.append(items)
    return np.concatenate(arrays)
