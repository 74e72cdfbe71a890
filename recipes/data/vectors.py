"""Word vectors for an embedding: of a GloVe file, or made from a few texts."""

from __future__ import annotations

import dataclasses
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from recipes.shared.program import RecipeError

WHOLE = 400_000  # words of glove.6B
CACHED = ("glove.6B.100d.txt", "glove.6B/glove.6B.100d.txt")


@dataclasses.dataclass(frozen=True)
class Vectors:
    """The matrix of an embedding, and how much of the vocabulary and of the texts it knows."""

    source: str
    matrix: np.ndarray
    in_file: int
    known: int
    words: int
    running: float

    def digest(self) -> str:
        return hashlib.sha256(self.matrix.tobytes()).hexdigest()

    def describe(self) -> str:
        cut = ""
        if 0 < self.in_file < WHOLE:
            cut = f", which holds only {self.in_file:,} words where the whole glove.6B has {WHOLE:,}"
        return (
            f"word vectors: {self.source}{cut}; it has {self.known:,} of the {self.words:,} words of the "
            f"vocabulary, which are {self.running:.0%} of the running words. The other rows are 0."
        )


def find(path: str | None) -> Path | None:
    """Return the GloVe file: ``path``, or the one in Keras's cache, or ``None``.

    Raises:
        RecipeError: there is no file at ``path``.
    """
    from tfk_ext.datasets import sources

    if path is not None:
        place = Path(path).expanduser()
        if not place.is_file():
            raise RecipeError(f"--glove {path} is no file: give glove.6B.100d.txt.")
        return place
    found = (sources.cache() / name for name in CACHED)
    return next((place for place in found if place.is_file()), None)


def check_dimensions(path: Path, dimensions: int) -> None:
    """Look at the first lines of a file, before anything long begins.

    Raises:
        RecipeError: they are no words with vectors of so many numbers.
    """
    with open(path, "rb") as file:
        lines = [line.split() for line in (file.readline(100_000), file.readline(100_000))]
    fields = lines[1] or lines[0]  # a file of word2vec has a header
    found = 0
    for field in reversed(fields[1:]):  # a word may have blanks in it
        if not _is_number(field):
            break
        found += 1
    if not found:
        raise RecipeError(f"--glove {path} is no file of words and their vectors: give glove.6B.100d.txt.")
    if found != dimensions:
        raise RecipeError(
            f"--glove {path} holds vectors of {found} numbers, not of {dimensions}: give "
            f"glove.6B.{dimensions}d.txt, or --embedding {found}."
        )


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def read(path: Path, numbers: Mapping[str, int], rows: int, counts: Mapping[str, int]) -> Vectors:
    """Read the vectors of some words.

    Args:
        path: the file.
        numbers: the number of each word: its row in the matrix.
        rows: of the matrix.
        counts: how often each word occurs.

    Raises:
        RecipeError: the file is damaged or has none of the words.
    """
    from tfk_ext.preprocessing.text import load_word_vectors

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = load_word_vectors(path, words=numbers)
    except ValueError as error:
        raise RecipeError(f"{error} Give glove.6B.100d.txt with --glove.") from error
    if not len(found):
        raise RecipeError(f"--glove {path} has none of the words of the messages: give glove.6B.100d.txt.")
    if found.skipped:
        print(f"passed over {found.skipped} damaged lines of {path}", flush=True)
    with open(path, "rb") as file:
        in_file = sum(1 for _ in file)
    return _vectors(str(path), found.matrix_for(numbers, rows), in_file, set(found.words), numbers, counts)


def make(texts: Sequence[Sequence[int]], numbers: Mapping[str, int], rows: int, dimensions: int) -> Vectors:
    """Make vectors from which words occur in the same texts: the singular vectors of that table."""
    table = np.zeros((rows, len(texts)))
    for place, text in enumerate(texts):
        np.add.at(table[:, place], text, 1.0)
    left, sizes, _ = np.linalg.svd(np.log1p(table), full_matrices=False)
    matrix = np.zeros((rows, dimensions), np.float32)
    count = min(dimensions, len(sizes))
    matrix[:, :count] = (left * np.sqrt(sizes))[:, :count]
    return _vectors("made from the messages themselves, no GloVe", matrix, 0, set(numbers), numbers, {})


def _vectors(
    source: str,
    matrix: np.ndarray,
    in_file: int,
    known: set[str],
    numbers: Mapping[str, int],
    counts: Mapping[str, int],
) -> Vectors:
    every = sum(counts.values())
    running = sum(counts.get(word, 0) for word in known) / every if every else 1.0
    return Vectors(source, matrix, in_file, len(known), len(numbers), running)
