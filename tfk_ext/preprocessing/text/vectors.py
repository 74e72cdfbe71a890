"""Word vectors from text files: GloVe, fastText and word2vec write a word and its numbers in each line."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import os
import pathlib
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.progress import track

_OWNER = "load_word_vectors"
_BLOCK = 1 << 23  # bytes of lines that are parsed at once


@dataclasses.dataclass(frozen=True)
class WordVectors:
    """Words and their vectors.

    Attributes:
        words: the words, in the order of the file.
        matrix: ``float32`` array ``(words, dimensions)``; of a cached file it stays on disk until it is used.
        skipped: how many lines of the file were left out because they were damaged.
    """

    words: list[str]
    matrix: np.ndarray
    skipped: int = 0

    @functools.cached_property
    def rows(self) -> dict[str, int]:
        """The row of each word."""
        return dict(zip(self.words, range(len(self.words))))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.rows

    def __getitem__(self, word: str) -> np.ndarray:
        return self.matrix[self.rows[word]]

    def matrix_for(self, word_index: Mapping[str, int], num_words: int | None = None) -> np.ndarray:
        """Return the matrix for an ``Embedding`` layer: row ``i`` is the vector of the word numbered ``i``.

        Args:
            word_index: a ``Tokenizer``'s ``word_index``.
            num_words: rows of the matrix; ``None`` takes the largest number + 1.

        Returns:
            A ``float32`` array ``(num_words, dimensions)``; rows of words without a vector are 0.

        Example:
            >>> matrix = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
            >>> vectors = tfk_ext.preprocessing.text.WordVectors(["a", "b"], matrix)
            >>> vectors.matrix_for({"b": 1, "c": 2})
            array([[0., 0.],
                   [3., 4.],
                   [0., 0.]], dtype=float32)
        """
        owner = "WordVectors.matrix_for"
        if num_words is None:
            num_words = max(word_index.values(), default=-1) + 1
        num_words = checks.integer(owner, "num_words", num_words, 0)
        rows = self.rows
        found = [
            (index, rows[word]) for word, index in word_index.items() if word in rows and index < num_words
        ]
        result = np.zeros((num_words, self.matrix.shape[1]), np.float32)
        if found:
            targets, sources = np.array(found).T
            if targets.min() < 0:
                checks.fail(owner, f"word_index must hold integers of at least 0, got {targets.min()}.")
            result[targets] = self.matrix[sources]
        return result


def load_word_vectors(
    path: str | os.PathLike,
    words: Collection[str] | None = None,
    cache: bool | str | os.PathLike = False,
    progress: bool = False,
) -> WordVectors:
    """Read word vectors from a text file such as ``glove.6B.100d.txt``.

    A header line (``count dimensions``) is passed over, words with blanks in them are understood. Damaged
    lines are left out, counted, and reported once.

    Args:
        path: the file: in each line a word and its numbers, separated by blanks.
        words: the words that are wanted, such as a ``Tokenizer``'s ``word_index``: the numbers of others are
            not parsed, which saves most of the time. ``None`` takes all.
        cache: whether to keep all vectors in binary form (``<path>.vectors.npy`` and ``<path>.words``), from
            which the next call maps them into memory at once; or a folder for those files. They are made
            anew when the file changes.
        progress: whether to print a progress bar.

    Returns:
        The :class:`WordVectors`.

    Raises:
        ValueError: the file has no line of a word and numbers.
        FileNotFoundError: there is no such file.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
        >>> _ = file.write_text("the 0.1 0.2\\nof -0.3 4\\n")
        >>> tfk_ext.preprocessing.text.load_word_vectors(file)["of"]
        array([-0.3,  4. ], dtype=float32)

    Source: Pennington, Socher, Manning (2014), "GloVe: Global vectors for word representation" (the file's
    form).
    """
    path = pathlib.Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{_OWNER}: {path} is no file: check the path.")
    if cache is False or cache is None:
        return _read(path, words, progress)
    folder = path.parent if cache is True else pathlib.Path(cache).expanduser()
    found = _cached(path, folder)
    if found is None:
        found = _read(path, None, progress)
        _keep(path, folder, found)
    if words is None:
        return found
    wanted = set(words)
    rows = [row for row, word in enumerate(found.words) if word in wanted]
    return WordVectors([found.words[row] for row in rows], found.matrix[rows], found.skipped)


# ------------------------------------------------------------------------------------------------ parsing


def _read(path: pathlib.Path, words: Collection[str] | None, progress: bool) -> WordVectors:
    wanted = None if words is None else {word.encode() for word in words}
    found: list[bytes] = []
    blocks: list[np.ndarray] = []
    bad: list[str] = []
    dimensions = 0
    for first, lines in track(_blocks(path), progress, "block"):
        if not blocks and not dimensions:
            if first == 1 and _is_header(lines[0]):
                lines[0] = b""
            dimensions = _dimensions(path, lines)
        names, numbers, places = _columns(lines, first, dimensions, wanted, bad)
        kept, block = _parse(names, numbers, places, dimensions, bad)
        found += kept
        blocks.append(block)
    if not dimensions:
        checks.fail(_OWNER, f"{path} is empty.")
    if bad:
        warnings.warn(
            f"{_OWNER}: {path}: {len(bad)} lines were left out: {'; '.join(bad[:5])}"
            f"{' ...' if len(bad) > 5 else '.'}",
            stacklevel=3,
        )
    return WordVectors([name.decode() for name in found], np.concatenate(blocks), len(bad))


def _blocks(path: pathlib.Path) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the file's lines in blocks, with the number of the first one."""
    first = 1
    with open(path, "rb") as file:
        while lines := file.readlines(_BLOCK):
            yield first, lines
            first += len(lines)


def _is_header(line: bytes) -> bool:
    return len(line.split()) == 2 and line.replace(b" ", b"").strip().isdigit()


def _dimensions(path: pathlib.Path, lines: list[bytes]) -> int:
    """Return how many numbers most lines have."""
    counts = collections.Counter(line.rstrip().count(b" ") for line in lines[:1000] if line.strip())
    dimensions = counts.most_common(1)[0][0] if counts else 0
    if not dimensions:
        checks.fail(_OWNER, f"{path} has no lines of a word and numbers, separated by blanks.")
    return dimensions


def _columns(
    lines: list[bytes], first: int, dimensions: int, wanted: set[bytes] | None, bad: list[str]
) -> tuple[list[bytes], list[bytes], list[int]]:
    """Return words, their numbers as text, and the numbers of their lines."""
    names, numbers, places = [], [], []
    for place, line in enumerate(lines, first):
        line = line.rstrip()
        blanks = line.count(b" ")
        if blanks == dimensions:
            name, _, rest = line.partition(b" ")
        elif blanks > dimensions:  # a word with blanks in it
            name = line.rsplit(b" ", dimensions)[0]
            rest = line[len(name) + 1 :]
        else:
            if line:
                bad.append(f"line {place} has {blanks} numbers, not {dimensions}")
            continue
        if wanted is None or name in wanted:
            names.append(name)
            numbers.append(rest)
            places.append(place)
    return names, numbers, places


def _parse(
    names: list[bytes], numbers: list[bytes], places: list[int], dimensions: int, bad: list[str]
) -> tuple[list[bytes], np.ndarray]:
    if not names:
        return [], np.zeros((0, dimensions), np.float32)
    try:
        b"\n".join(names).decode()
        # 1.5 times as fast as NumPy's reader of text. An empty default makes a missing number an error.
        defaults = [tf.constant([], tf.float32)] * dimensions
        columns = tf.io.decode_csv(numbers, defaults, field_delim=" ", use_quote_delim=False)
        return names, np.stack(columns, axis=1)
    except (ValueError, tf.errors.InvalidArgumentError):
        pass  # which line it is, is found one by one
    kept, rows = [], []
    for name, rest, place in zip(names, numbers, places):
        try:
            name.decode()
            row = np.array(rest.split(b" "), np.float32)
        except ValueError as error:
            bad.append(f"line {place}: {error}")
            continue
        kept.append(name)
        rows.append(row)
    return kept, np.stack(rows) if rows else np.zeros((0, dimensions), np.float32)


# ------------------------------------------------------------------------------------------------ caching


def _places(path: pathlib.Path, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    return folder / f"{path.name}.vectors.npy", folder / f"{path.name}.words"


def _stamp(path: pathlib.Path) -> dict[str, Any]:
    status = path.stat()
    return {"format": 1, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _cached(path: pathlib.Path, folder: pathlib.Path) -> WordVectors | None:
    """Return what was kept of the file, or ``None`` if it is missing, old or damaged."""
    matrix_file, words_file = _places(path, folder)
    try:
        head, _, text = words_file.read_text(encoding="utf-8").partition("\n")
        meta = json.loads(head)
        words = text.split("\n")
        matrix = np.load(matrix_file, mmap_mode="r", allow_pickle=False)
        fits = meta.pop("shape") == list(matrix.shape) == [len(words), matrix.shape[-1]]
        skipped = int(meta.pop("skipped"))
    except (OSError, EOFError, ValueError, KeyError, AttributeError, TypeError):
        return None
    if not fits or matrix.dtype != np.float32 or meta != _stamp(path):
        return None
    return WordVectors(words, matrix, skipped)


def _keep(path: pathlib.Path, folder: pathlib.Path, vectors: WordVectors) -> None:
    """Write both files and move them to their places; a folder that can't be written to is no error."""
    matrix_file, words_file = _places(path, folder)
    meta = {**_stamp(path), "shape": list(vectors.matrix.shape), "skipped": vectors.skipped}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=folder) as place:
            new_matrix, new_words = pathlib.Path(place, "matrix.npy"), pathlib.Path(place, "words")
            np.save(new_matrix, vectors.matrix)
            new_words.write_text("\n".join([json.dumps(meta), *vectors.words]), encoding="utf-8")
            os.replace(new_matrix, matrix_file)
            os.replace(new_words, words_file)
    except OSError as error:
        warnings.warn(f"{_OWNER}: the vectors are not kept: {error}.", stacklevel=3)
