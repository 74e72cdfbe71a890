"""IMDB's film reviews, as numbers of words, from wherever they can be had."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recipes.data import folders, made
from recipes.shared.program import RecipeError
from recipes.shared.vocabulary import Vocabulary

WHAT = "imdb.npz, or aclImdb_v1.tar.gz or its folder (train/pos, train/neg, test/pos, test/neg)"
LABELS = ["negative", "positive"]
LOUD = (
    "NO IMDB HERE, AND NONE TO BE HAD: these are 800 reviews that a few rules put together. What is learned "
    "from them MEANS NOTHING, it only shows that the recipe runs: give imdb.npz with --data."
)
# As in imdb.npz: words are numbered from 4 on.
START, UNKNOWN, OFFSET = 1, 2, 3
LEAST = 20


@dataclasses.dataclass(frozen=True)
class Reviews:
    """Reviews as lists of numbers, their labels (1 is positive), and where they are from.

    ``vocabulary`` is ``None`` where nothing tells which word a number stands for.
    """

    name: str
    source: str
    train: Any
    train_labels: np.ndarray
    test: Any
    test_labels: np.ndarray
    vocabulary: Vocabulary | None
    embedded: bool = False

    def about(self) -> dict[str, Any]:
        """Return name, source and what tells these training data from others."""
        hasher = hashlib.sha256(np.asarray(self.train_labels, np.int8).tobytes())
        for numbers in self.train:
            hasher.update(np.asarray(numbers, np.int32).tobytes() + b".")
        return {"name": self.name, "source": self.source, "sha256": hasher.hexdigest()}

    def describe(self) -> str:
        return (
            f"{self.name}, {len(self.train):,} training and {len(self.test):,} test reviews ({self.source})"
        )


def load(path: str | None, words: int, download: bool = True) -> Reviews:
    """Return reviews from ``path``, else Keras's cache, else tensorflow-datasets, else made-up ones.

    Args:
        path: ``imdb.npz``, a folder of texts, or an archive of such a folder.
        words: how many numbers are used; rarer words are all number 2.
        download: whether tensorflow-datasets may fetch IMDB if the network answers.

    Raises:
        RecipeError: ``path`` is missing, damaged, or holds something else.
    """
    from tfk_ext.datasets.sources import DatasetNotFoundError

    if path is None:
        try:
            return _from_npz("imdb.npz", words, download)
        except DatasetNotFoundError:
            return _made(words)
    place = Path(path).expanduser()
    if (place / "imdb.npz").is_file():
        place /= "imdb.npz"
    if place.is_file() and not place.name.endswith(folders.ARCHIVES):
        return _from_npz(str(place.resolve()), words, download=False)
    with folders.opened(place, WHAT) as folder:
        return _from_folder(folder, place, words)


def _from_npz(path: str, words: int, download: bool) -> Reviews:
    from tfk_ext.datasets import imdb

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            parts = imdb.load_data(path, num_words=words, download=download)
    except ValueError as error:
        raise RecipeError(f"{error} Give {WHAT}.") from error
    for warning in caught:
        if "passed over" in str(warning.message):  # a damaged file in the cache
            print(warning.message, flush=True)
    (train, train_labels), (test, test_labels) = parts
    source = path if os.path.isabs(path) else "Keras's cache or tensorflow-datasets"
    return _checked(Reviews("IMDB", source, train, train_labels, test, test_labels, _index(path, words)))


def _index(path: str, words: int) -> Vocabulary | None:
    """Return the words of the numbers: from the file beside ``imdb.npz``, or from Keras's cache."""
    from tfk_ext.datasets import imdb

    beside = Path(path).with_name("imdb_word_index.json")
    for place in ([str(beside)] if os.path.isabs(path) and beside.is_file() else []) + [
        "imdb_word_index.json"
    ]:
        try:
            index = imdb.get_word_index(place, download=False)
        except (ValueError, FileNotFoundError):
            continue
        return _vocabulary(index, words)
    return None


def _vocabulary(ranks: dict[str, int], words: int) -> Vocabulary:
    known = {word: rank + OFFSET for word, rank in ranks.items() if rank + OFFSET < words}
    return Vocabulary(known, LABELS, START, UNKNOWN)


def _from_texts(name: str, source: str, parts: Sequence[tuple[list[str], Any]], words: int) -> Reviews:
    """Number the words of texts by how often they occur in the training part."""
    from tfk_ext.preprocessing.text import Tokenizer

    (train, train_labels), (test, test_labels) = parts
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(train)
    vocabulary = _vocabulary(tokenizer.word_index, words)
    return _checked(
        Reviews(
            name,
            source,
            vocabulary.numbers(train),
            np.asarray(train_labels, np.int64),
            vocabulary.numbers(test),
            np.asarray(test_labels, np.int64),
            vocabulary,
        )
    )


def _from_folder(folder: Path, path: Path, words: int) -> Reviews:
    root = folders.only_child(folder)
    parts = []
    for part in ("train", "test"):
        texts: list[str] = []
        labels: list[int] = []
        for label, name in enumerate(("neg", "pos")):
            place = root / part / name
            if not place.is_dir():
                raise RecipeError(f"--data {path} lacks the folder {part}/{name}: give {WHAT}.")
            found, _ = folders.read_texts(place, (".txt",), "utf-8")
            texts += found
            labels += [label] * len(found)
        parts.append((texts, labels))
    name = "IMDB" if "imdb" in str(path).lower() else path.name
    return _from_texts(name, str(path), parts, words)


def _made(words: int) -> Reviews:
    found = _from_texts(
        "made-up reviews",
        "put together by rules",
        (made.reviews(600, seed=1), made.reviews(200, seed=2)),
        words,
    )
    return dataclasses.replace(found, embedded=True)


def _checked(found: Reviews) -> Reviews:
    if min(len(found.train), len(found.test)) < LEAST:
        raise RecipeError(
            f"{found.source} holds {len(found.train)} training and {len(found.test)} test reviews: give "
            f"{LEAST} of each at least, in {WHAT}."
        )
    for labels in (found.train_labels, found.test_labels):
        if set(np.unique(labels)) != {0, 1}:
            raise RecipeError(f"{found.source} has other labels than 0 and 1: give {WHAT}.")
    return found
