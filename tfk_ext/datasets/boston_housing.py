"""Boston housing prices of the 1970s: 506 districts with 13 attributes."""

from __future__ import annotations

import os
import pathlib

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.datasets import sources, streams
from tfk_ext.datasets.files import DamagedFileError, read_npz
from tfk_ext.datasets.images import Data


def _read(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    x, y = read_npz(path, ("x", "y")).values()
    if x.ndim != 2 or y.shape != (len(x),):
        raise DamagedFileError(f"{path}: attributes {x.shape} and prices {y.shape} don't belong together.")
    return x, y


_SOURCE = sources.Source(
    name="boston_housing",
    what="boston_housing.npz as the Keras project publishes it (its tf-keras-datasets, 57 kB)",
    put="boston_housing.npz",
    read=_read,
    hashes={"boston_housing.npz": "sha256:f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"},
)


def load_data(
    path: str | os.PathLike = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Data:
    """Return the Boston housing data as arrays, shuffled and split.

    Attribute 11 ("B") rests on an assumption about race that its authors should not have made: the data is
    good for old examples, not for conclusions.

    Args:
        path: ``boston_housing.npz``, relative to Keras's cache (``~/.keras/datasets``) or any path.
        test_split: share of the data to test with, from 0 to 1.
        seed: of the shuffling before the split; the order is that of Keras.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: ``float64`` attributes ``(n, 13)`` and prices ``(n,)`` in
        1000 dollars.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: the file is damaged, or ``test_split`` is not from 0 to 1.
    """
    owner = "boston_housing.load_data"
    test_split = checks.number(owner, "test_split", test_split, 0.0, 1.0)
    x, y = sources.load(_SOURCE, path)
    order = np.arange(len(x))
    np.random.RandomState(checks.integer(owner, "seed", seed, 0)).shuffle(order)
    cut = int(len(x) * (1 - test_split))
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])


def load_dataset(
    split: str = "train",
    path: str | os.PathLike = "boston_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> tf.data.Dataset:
    """Return one part of the data as a dataset of pairs: 13 attributes and a price, ``float64``.

    Args:
        split: ``"train"`` or ``"test"``.
        path, test_split, seed: as of :func:`load_data`.
    """
    return streams.of_arrays(*streams.part("boston_housing", load_data(path, test_split, seed), split))
