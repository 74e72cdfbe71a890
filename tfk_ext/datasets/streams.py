"""Data sets as ``tf.data`` pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks

SPLITS = ("train", "test")


def part(owner: str, data: tuple[Any, Any], split: str) -> Any:
    """Return the train or test part of ``(train, test)``."""
    return data[SPLITS.index(checks.one_of(f"{owner}.load_dataset", "split", split, SPLITS))]


def of_arrays(x: np.ndarray, y: np.ndarray) -> tf.data.Dataset:
    """Return a dataset of pairs of the arrays' rows."""
    return tf.data.Dataset.from_tensor_slices((x, y))


def of_sequences(numbers: np.ndarray, lengths: np.ndarray, y: np.ndarray) -> tf.data.Dataset:
    """Return a dataset of pairs: an ``int32`` vector of any length, and its label.

    Args:
        numbers: the elements of all sequences, one after the other.
        lengths: of each sequence.
        y: labels.
    """
    ragged = tf.RaggedTensor.from_row_lengths(numbers.astype(np.int32), lengths)
    dataset = tf.data.Dataset.from_tensor_slices((ragged, y))
    return dataset.map(lambda sequence, label: (tf.ensure_shape(sequence, [None]), label))
