"""What IMDB and Reuters share: texts as lists of word numbers."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np

from tfk_ext import checks
from tfk_ext.datasets.files import DamagedFileError

Lists = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Texts:
    """Sequences of integers as two arrays: all elements one after the other, and the lengths."""

    numbers: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, rows: Any) -> Texts:
        """Return lists as two arrays."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = itertools.chain.from_iterable(rows)
        try:
            return cls(np.fromiter(flat, np.int64, int(lengths.sum())), lengths)
        except (TypeError, ValueError, OverflowError) as error:
            raise DamagedFileError(f"the texts are no lists of word numbers ({error}).") from error

    def lists(self) -> np.ndarray:
        """Return an array of lists, as Keras gives them."""
        numbers, ends = self.numbers.tolist(), np.cumsum(self.lengths).tolist()
        result = np.empty(len(self.lengths), object)
        start = 0
        for place, end in enumerate(ends):
            result[place] = numbers[start:end]
            start = end
        return result

    def split(self, count: int) -> tuple[Texts, Texts]:
        """Return the first ``count`` sequences, and the others."""
        cut = int(self.lengths[:count].sum())
        return (
            Texts(self.numbers[:cut], self.lengths[:count]),
            Texts(self.numbers[cut:], self.lengths[count:]),
        )

    def of_rows(self) -> np.ndarray:
        """Return for each element which sequence it belongs to."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


@dataclasses.dataclass(frozen=True)
class Options:
    """How words are numbered: the arguments that both data sets document."""

    num_words: int | None
    skip_top: int
    maxlen: int | None
    seed: int
    start_char: int | None
    oov_char: int | None
    index_from: int

    @classmethod
    def checked(
        cls,
        owner: str,
        num_words: Any,
        skip_top: Any,
        maxlen: Any,
        seed: Any,
        start_char: Any,
        oov_char: Any,
        index_from: Any,
    ) -> Options:
        """Return the options in their normal form."""

        def optional(name: str, value: Any) -> int | None:
            return None if value is None else checks.integer(owner, name, value, 0)

        return cls(
            optional("num_words", num_words) or None,
            checks.integer(owner, "skip_top", skip_top, 0),
            optional("maxlen", maxlen) or None,
            checks.integer(owner, "seed", seed, 0),
            optional("start_char", start_char),
            optional("oov_char", oov_char),
            optional("index_from", index_from) or 0,
        )

    def numbered(self, texts: Texts) -> Texts:
        """Add ``index_from`` to each number, and set ``start_char`` before each text."""
        if self.start_char is None:
            return Texts(texts.numbers + self.index_from, texts.lengths)
        lengths = texts.lengths + 1
        numbers = np.empty(len(texts.numbers) + len(lengths), np.int64)
        words = np.ones(len(numbers), bool)
        words[np.cumsum(lengths) - lengths] = False
        numbers[words] = texts.numbers + self.index_from
        numbers[~words] = self.start_char
        return Texts(numbers, lengths)

    def shortened(self, owner: str, texts: Texts, labels: np.ndarray) -> tuple[Texts, np.ndarray]:
        """Leave out texts of ``maxlen`` words and more, as Keras does."""
        if self.maxlen is None:
            return texts, labels
        kept = texts.lengths < self.maxlen
        if not kept.any():
            checks.fail(owner, f"no text has fewer than maxlen={self.maxlen} words: give a larger one.")
        return Texts(texts.numbers[np.repeat(kept, texts.lengths)], texts.lengths[kept]), labels[kept]

    def limited(self, texts: Texts) -> Texts:
        """Replace words outside of ``skip_top`` to ``num_words`` by ``oov_char``, or drop them.

        Without ``num_words`` the largest number that occurs is the limit, and is itself outside: so does
            Keras.
        """
        numbers = texts.numbers
        limit = self.num_words or (int(numbers.max()) if len(numbers) else 0)
        kept = (numbers >= self.skip_top) & (numbers < limit)
        if self.oov_char is not None:
            return Texts(np.where(kept, numbers, self.oov_char), texts.lengths)
        return Texts(numbers[kept], np.bincount(texts.of_rows()[kept], minlength=len(texts.lengths)))
