"""Reuters: 11,228 news of 46 topics as lists of word numbers."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.datasets import sequences, sources, streams
from tfk_ext.datasets.files import DamagedFileError, read_npz, read_word_index

# The topics, by their labels.
_NAMES = """
cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr
gas silver wpi hog lead
"""
LABEL_NAMES = tuple(_NAMES.split())


def _read(path: pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    x, y = read_npz(path, ("x", "y"), lists=("x",)).values()
    if x.shape != y.shape or x.ndim != 1:
        raise DamagedFileError(f"{path}: news {x.shape} and topics {y.shape} don't match.")
    return x, y


_SOURCE = sources.Source(
    name="reuters",
    what="reuters.npz as the Keras project publishes it (its tf-keras-datasets, 2 MB)",
    put="reuters.npz",
    read=_read,
    hashes={"reuters.npz": "sha256:d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"},
)
_WORDS = sources.Source(
    name="reuters",
    what="reuters_word_index.json as the Keras project publishes it (its tf-keras-datasets, 550 kB)",
    put="reuters_word_index.json",
    read=read_word_index,
    hashes={"reuters_word_index.json": "md5:4d44cc38712099c9e383dc6e5f11a921"},
)


def _load(path: str | os.PathLike, test_split: float, *options: Any) -> Any:
    """Return ``((texts, labels), (texts, labels))``."""
    owner = "reuters.load_data"
    test_split = checks.number(owner, "test_split", test_split, 0.0, 1.0)
    chosen = sequences.Options.checked(owner, *options)
    x, y = sources.load(_SOURCE, path)
    order = np.arange(len(x))
    np.random.RandomState(chosen.seed).shuffle(order)
    texts, labels = chosen.shortened(owner, chosen.numbered(sequences.Texts.of(x[order])), y[order])
    cut = int(len(labels) * (1 - test_split))
    train, test = chosen.limited(texts).split(cut)
    return (train, labels[:cut]), (test, labels[cut:])


@accept_old_spellings(owner="reuters.load_data")
def load_data(
    path: str | os.PathLike = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> sequences.Lists:
    """Return Reuters' news as lists of word numbers, shuffled and split as Keras does.

    Words are numbered by how often they occur; a word's number is that of :func:`get_word_index` plus
    ``index_from``.

    Args:
        path: ``reuters.npz``, relative to Keras's cache (``~/.keras/datasets``) or any path.
        num_words: numbers from it on are replaced by ``oov_char``; ``None`` keeps all (but the rarest word).
        skip_top: numbers below it are replaced too.
        maxlen: news of this length and more are left out; they are not cut.
        test_split: share of the news to test with, from 0 to 1.
        seed: of the shuffling before the split.
        start_char: set before each text; ``None`` for none.
        oov_char: what stands for a replaced word; ``None`` drops such words.
        index_from: added to each word's number.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of lists of integers, and arrays of topics from 0 to
        45, whose names :func:`get_label_names` gives.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: an option has no sense, or the file is damaged or not what it should be.
    """
    options = (num_words, skip_top, maxlen, seed, start_char, oov_char, index_from)
    (train, y_train), (test, y_test) = _load(path, test_split, *options)
    return (train.lists(), y_train), (test.lists(), y_test)


def load_dataset(
    split: str = "train",
    path: str | os.PathLike = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> tf.data.Dataset:
    """Return one part of Reuters as a dataset of pairs: an ``int32`` vector of any length and a topic.

    Args:
        split: ``"train"`` or ``"test"``.
        path, num_words, skip_top, maxlen, test_split, seed, start_char, oov_char, index_from: as of
            :func:`load_data`.
    """
    options = (num_words, skip_top, maxlen, seed, start_char, oov_char, index_from)
    texts, labels = streams.part("reuters", _load(path, test_split, *options), split)
    return streams.of_sequences(texts.numbers, texts.lengths, labels)


def get_word_index(path: str | os.PathLike = "reuters_word_index.json") -> dict[str, int]:
    """Return the number of each word; in the news ``index_from`` is added to it.

    Args:
        path: ``reuters_word_index.json``, relative to Keras's cache (``~/.keras/datasets``) or any path.

    Returns:
        A dictionary from word to number; the most frequent word is 1.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: the file is damaged.
    """
    return sources.load(_WORDS, path)


def get_label_names() -> tuple[str, ...]:
    """Return the names of the 46 topics, by their labels.

    Example:
        >>> tfk_ext.datasets.reuters.get_label_names()[3]
        'earn'
    """
    return LABEL_NAMES
