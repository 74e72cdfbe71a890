"""IMDB: film reviews as lists of word numbers, 25,000 to train with and 25,000 to test with."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.datasets import sequences, sources, streams
from tfk_ext.datasets.files import DamagedFileError, read_npz, read_word_index
from tfk_ext.preprocessing.text import Tokenizer

# Word numbers and labels of the training and the test part, in the order of the file.
Raw = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _read(path: pathlib.Path) -> Raw:
    keys = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = read_npz(path, keys, lists=("x_train", "x_test")).values()
    for x, y in ((x_train, y_train), (x_test, y_test)):
        if x.shape != y.shape or x.ndim != 1:
            raise DamagedFileError(f"{path}: reviews {x.shape} and labels {y.shape} don't match.")
    return x_train, y_train, x_test, y_test


def _texts(parts: sources.Parts, split: str) -> list[str]:
    return [text.decode("utf-8", "replace") for text in parts[split]["text"]]


def _from_tfds(parts: sources.Parts) -> Raw:
    """Number the raw reviews: by Keras's word index if it is there, else by frequency in training."""
    train, test = _texts(parts, "train"), _texts(parts, "test")
    tokenizer = Tokenizer()
    try:
        tokenizer.word_index = sources.load(_WORDS_ON_DISK)
    except sources.DatasetNotFoundError:
        tokenizer.fit_on_texts(train)
    result = []
    for split, texts in (("train", train), ("test", test)):
        rows = np.empty(len(texts), object)
        rows[:] = tokenizer.texts_to_sequences(texts)
        result += [rows, parts[split]["label"]]
    return tuple(result)  # type: ignore[return-value]


def _index_from_tfds(parts: sources.Parts) -> dict[str, int]:
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(_texts(parts, "train"))
    return tokenizer.word_index


_SOURCE = sources.Source(
    name="imdb",
    what="imdb.npz as the Keras project publishes it (its tf-keras-datasets, 17 MB)",
    put="imdb.npz",
    read=_read,
    hashes={"imdb.npz": "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"},
    tfds="imdb_reviews/plain_text",
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    convert=_from_tfds,
)
_WORDS_ON_DISK = sources.Source(
    name="imdb",
    what="imdb_word_index.json as the Keras project publishes it (its tf-keras-datasets, 1.6 MB)",
    put="imdb_word_index.json",
    read=read_word_index,
    hashes={"imdb_word_index.json": "md5:bfafd718b763782e994055a2d397834f"},
)
_WORDS = dataclasses.replace(_WORDS_ON_DISK, tfds=_SOURCE.tfds, url=_SOURCE.url, convert=_index_from_tfds)


def _load(path: str | os.PathLike, download: bool, *options: Any) -> Any:
    """Return ``((texts, labels), (texts, labels))``."""
    owner = "imdb.load_data"
    chosen = sequences.Options.checked(owner, *options)
    x_train, y_train, x_test, y_test = sources.load(_SOURCE, path, download)
    random = np.random.RandomState(chosen.seed)
    parts = []
    for x, y in ((x_train, y_train), (x_test, y_test)):
        order = np.arange(len(x))
        random.shuffle(order)
        texts = chosen.numbered(sequences.Texts.of(x[order]))
        parts.append(chosen.shortened(owner, texts, y[order]))
    (train, y_train), (test, y_test) = parts
    both = sequences.Texts(
        np.concatenate([train.numbers, test.numbers]), np.concatenate([train.lengths, test.lengths])
    )
    train, test = chosen.limited(both).split(len(train.lengths))
    return (train, y_train), (test, y_test)


@accept_old_spellings(owner="imdb.load_data")
def load_data(
    path: str | os.PathLike = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    download: bool = True,
) -> sequences.Lists:
    """Return IMDB's reviews as lists of word numbers, shuffled as Keras does.

    Words are numbered by how often they occur; a word's number is that of :func:`get_word_index` plus
    ``index_from``.

    Args:
        path: ``imdb.npz``, relative to Keras's cache (``~/.keras/datasets``) or any path. The default looks
            into the cache, and then asks tensorflow-datasets for the raw reviews, which are numbered here
            (with Keras's word index if it is in the cache, else by frequency) and come in another order.
        num_words: numbers from it on are replaced by ``oov_char``; ``None`` keeps all (but the rarest word).
        skip_top: numbers below it are replaced too.
        maxlen: reviews of this length and more are left out; they are not cut.
        seed: of the shuffling.
        start_char: set before each review; ``None`` for none.
        oov_char: what stands for a replaced word; ``None`` drops such words.
        index_from: added to each word's number.
        download: whether tensorflow-datasets may download it.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: arrays of lists of integers, and arrays of labels (1 for a
        good review).

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: an option has no sense, or the file is damaged or not what it should be.
    """
    options = (num_words, skip_top, maxlen, seed, start_char, oov_char, index_from)
    (train, y_train), (test, y_test) = _load(path, download, *options)
    return (train.lists(), y_train), (test.lists(), y_test)


def load_dataset(
    split: str = "train",
    path: str | os.PathLike = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    download: bool = True,
) -> tf.data.Dataset:
    """Return one part of IMDB as a dataset of pairs: an ``int32`` vector of any length and a label.

    ``dataset.padded_batch(32)`` makes batches of it, ``dataset.map`` cuts the vectors.

    Args:
        split: ``"train"`` or ``"test"``.
        path, num_words, skip_top, maxlen, seed, start_char, oov_char, index_from, download: as of
            :func:`load_data`.
    """
    options = (num_words, skip_top, maxlen, seed, start_char, oov_char, index_from)
    texts, labels = streams.part("imdb", _load(path, download, *options), split)
    return streams.of_sequences(texts.numbers, texts.lengths, labels)


def get_word_index(path: str | os.PathLike = "imdb_word_index.json", download: bool = True) -> dict[str, int]:
    """Return the number of each word; in the reviews ``index_from`` is added to it.

    Args:
        path: ``imdb_word_index.json``, relative to Keras's cache (``~/.keras/datasets``) or any path. The
            default looks into the cache, and then numbers the words of the reviews of tensorflow-datasets by
            their frequency.
        download: whether tensorflow-datasets may download them.

    Returns:
        A dictionary from word to number; the most frequent word is 1.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: the file is damaged.
    """
    return sources.load(_WORDS, path, download)
