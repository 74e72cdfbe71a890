"""The Tokenizer: numbers the words of a corpus by how often they occur."""

from __future__ import annotations

import collections
import itertools
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.preprocessing.progress import track
from tfk_ext.preprocessing.text.matrix import MODES, to_matrix
from tfk_ext.preprocessing.text.words import FILTERS, word_splitter

_MANY = 256  # texts from which on a look-up table of their own is worth its making


@accept_old_spellings
class Tokenizer:
    """Turn texts into sequences of integers, or into vectors: word ``w`` is ``rank(w)`` by frequency.

    The most frequent word is 1 (2 if there is an ``oov_token``, which is 1 then), and 0 stands for no word.
    Words of the same frequency keep the order in which they were first seen.

    Args:
        num_words: how many numbers are used: words from ``num_words`` on are dropped, or replaced by the
            ``oov_token``. ``None`` keeps all words.
        filters: characters that never belong to a word, a string or a list.
        lower: whether words are set in lower case.
        split: the separator of words.
        char_level: whether each character is a word.
        oov_token: what stands for a word that is not in the vocabulary; ``None`` drops such words.
        document_count: how many texts have been seen before, which tf-idf counts with.
        analyzer: a function from a text to its words, in place of ``filters``, ``lower`` and ``split``. It is
            not saved.

    Attributes:
        word_counts: how often each word was seen, in the order of first sight.
        word_docs: in how many texts each word was seen.
        word_index: the number of each word.
        index_word: the word of each number.
        index_docs: in how many texts the word of each number was seen.
        document_count: how many texts were seen.

    Raises:
        ValueError: an argument has no sense.
        TypeError: an unknown argument, or a text that is none.

    Example:
        >>> tokenizer = tfk_ext.preprocessing.text.Tokenizer(oov_token="?")
        >>> tokenizer.fit_on_texts(["The cat sat.", "The dog sat, too."])
        >>> tokenizer.texts_to_sequences(["The cow sat"])
        [[2, 1, 3]]
        >>> tokenizer.sequences_to_texts([[2, 4, 3]])
        ['the cat sat']
        >>> tokenizer.texts_to_matrix(["too too"], mode="count")
        array([[0., 0., 0., 0., 0., 0., 2.]])

    Source: Salton, Buckley (1988), "Term-weighting approaches in automatic text retrieval" (the tf-idf mode).
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str | Iterable[str] = FILTERS,
        lower: bool = True,
        split: str | None = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        analyzer: Callable[[str], Iterable[Any]] | None = None,
    ) -> None:
        if analyzer is not None and not callable(analyzer):
            checks.fail(self, f"analyzer must be a function or None, got {analyzer!r}.")
        word_splitter(filters, lower, split, self)  # raises what is wrong with them
        self.num_words = None if num_words is None else checks.integer(self, "num_words", num_words, 0)
        self.filters = filters
        self.lower = checks.boolean(self, "lower", lower)
        self.split = split
        self.char_level = checks.boolean(self, "char_level", char_level)
        self.oov_token = oov_token
        self.document_count = checks.integer(self, "document_count", document_count, 0)
        self.analyzer = analyzer
        self.word_counts: dict[Any, int] = collections.OrderedDict()
        self.word_docs: dict[Any, int] = collections.defaultdict(int)
        self.index_docs: dict[int, int] = collections.defaultdict(int)
        self.word_index: dict[Any, int] = {}
        self.index_word: dict[int, Any] = {}

    # ---------------------------------------------------------------------------------------------- fitting

    def fit_on_texts(self, texts: Iterable[Any], progress: bool = False) -> None:
        """Add texts to the vocabulary and number its words anew.

        Nothing but the counts is kept, so that a generator of any length may be given. If a text is faulty,
        the tokenizer stays as it was.

        Args:
            texts: an iterable of strings, or of lists of words; or a ``tf.data.Dataset`` of strings, batched
                or not, with labels (which are left aside) or without.
            progress: whether to print a progress bar.

        Raises:
            TypeError: a text is none; the message says which.
        """
        # A Counter counts a list in one step in C, 4 times as fast as a loop.
        word_counts, word_docs = collections.Counter(self.word_counts), collections.Counter(self.word_docs)
        seen = 0
        for seen, words in enumerate(self._words(texts, progress), 1):  # noqa: B007
            word_counts.update(words)
            word_docs.update(set(words))
        ranked = sorted(word_counts, key=word_counts.__getitem__, reverse=True)
        if self.oov_token is not None:
            ranked.insert(0, self.oov_token)
        self.document_count += seen
        self.word_counts = collections.OrderedDict(word_counts)
        self.word_docs = collections.defaultdict(int, word_docs)
        self.word_index = dict(zip(ranked, range(1, len(ranked) + 1)))
        self.index_word = {index: word for word, index in self.word_index.items()}
        self.index_docs = collections.defaultdict(int, self.index_docs)
        self.index_docs.update(zip(map(self.word_index.__getitem__, word_docs), word_docs.values()))

    def fit_on_sequences(self, sequences: Iterable[Sequence[int]], progress: bool = False) -> None:
        """Count in how many sequences each number occurs, which ``sequences_to_matrix`` needs for tf-idf.

        Args:
            sequences: an iterable of sequences of integers.
            progress: whether to print a progress bar.
        """
        index_docs = collections.Counter(self.index_docs)
        seen = 0
        for seen, sequence in enumerate(track(sequences, progress, "sequence"), 1):  # noqa: B007
            index_docs.update(set(_plain(sequence)))
        self.document_count += seen
        self.index_docs = collections.defaultdict(int, index_docs)

    # -------------------------------------------------------------------------------- texts and sequences

    def texts_to_sequences(self, texts: Iterable[Any], progress: bool = False) -> list[list[int]]:
        """Turn each text into the list of its words' numbers.

        Args:
            texts: as of :meth:`fit_on_texts`.
            progress: whether to print a progress bar.

        Returns:
            A list of lists. Unknown words are left out, or have the number of the ``oov_token``.
        """
        return list(self.texts_to_sequences_generator(texts, progress))

    def texts_to_sequences_generator(
        self, texts: Iterable[Any], progress: bool = False
    ) -> Iterator[list[int]]:
        """Yield what :meth:`texts_to_sequences` returns, one text after the other."""
        limit, oov = self.num_words or None, None
        if self.oov_token is not None:
            oov = self.word_index.get(self.oov_token)
            if oov is None:
                checks.fail(self, f"oov_token {self.oov_token!r} has no number: call fit_on_texts first.")
        # For many texts a table that knows of num_words already is worth its making: one step in C for each
        # text.
        many = not isinstance(texts, Sized) or isinstance(texts, tf.data.Dataset) or len(texts) >= _MANY
        lookup = _large_lookup if many else _small_lookup
        yield from map(lookup(self.word_index, limit, oov), self._words(texts, progress))

    def sequences_to_texts(self, sequences: Iterable[Sequence[int]], progress: bool = False) -> list[str]:
        """Turn each sequence of numbers into its words, joined by blanks.

        Args:
            sequences: an iterable of sequences of integers.
            progress: whether to print a progress bar.

        Returns:
            A list of strings. A number without a word is left out, or becomes the ``oov_token``.
        """
        return list(self.sequences_to_texts_generator(sequences, progress))

    def sequences_to_texts_generator(
        self, sequences: Iterable[Sequence[int]], progress: bool = False
    ) -> Iterator[str]:
        """Yield what :meth:`sequences_to_texts` returns, one sequence after the other."""
        known: Mapping[int, Any] = self.index_word
        if self.num_words:
            known = {index: word for index, word in known.items() if index < self.num_words}
        unknown = self.index_word.get(self.word_index.get(self.oov_token, -1))
        if self.oov_token is not None and unknown is None:
            checks.fail(self, f"oov_token {self.oov_token!r} has no number: call fit_on_texts first.")
        for sequence in track(sequences, progress, "sequence"):
            words = (known.get(index, unknown) for index in _plain(sequence))
            yield " ".join(word for word in words if word is not None)

    def texts_to_dataset(self, texts: Iterable[Any] | Callable[[], Iterable[Any]]) -> tf.data.Dataset:
        """Return a ``tf.data`` pipeline of the texts' sequences, so that a corpus can be streamed.

        Args:
            texts: as of :meth:`fit_on_texts`, or a function that returns such an iterable for each pass (a
                generator can be read only once). A dataset of ``(text, label)`` keeps its labels.

        Returns:
            A ``tf.data.Dataset`` of ``int32`` vectors of different lengths; ``padded_batch`` makes batches of
            them.

        Example:
            >>> tokenizer = tfk_ext.preprocessing.text.Tokenizer()
            >>> tokenizer.fit_on_texts(["one two", "one"])
            >>> for batch in tokenizer.texts_to_dataset(["one two", "one"]).padded_batch(2):
            ...     print(batch.numpy())
            [[1 2]
             [1 0]]
        """

        def numbered(items: Any) -> Iterator[np.ndarray]:
            for sequence in self.texts_to_sequences_generator(items):
                yield np.asarray(sequence, np.int32)

        def number(text: Any) -> Any:
            sequence = tf.numpy_function(lambda value: next(numbered([value])), [text], tf.int32)
            sequence.set_shape([None])
            return sequence

        if isinstance(texts, tf.data.Dataset):
            dataset: Any = texts
            spec = dataset.element_spec
            if (spec[0] if isinstance(spec, tuple) else spec).shape.rank:
                dataset = dataset.unbatch()
            if isinstance(spec, tuple):
                return dataset.map(lambda text, *rest: (number(text), *rest))
            return dataset.map(number)
        return tf.data.Dataset.from_generator(
            lambda: numbered(texts() if callable(texts) else texts),
            output_signature=tf.TensorSpec([None], tf.int32),
        )

    # ------------------------------------------------------------------------------------------- matrices

    def texts_to_matrix(
        self, texts: Iterable[Any], mode: str = "binary", progress: bool = False
    ) -> np.ndarray:
        """Turn each text into a vector with one entry for each word of the vocabulary.

        Args:
            texts: as of :meth:`fit_on_texts`.
            mode: ``"binary"`` (1 if the word occurs), ``"count"`` (how often), ``"freq"`` (that, divided by
                the text's length) or ``"tfidf"``:
                ``(1 + log(count)) * log(1 + documents / (1 + documents with the word))``.
            progress: whether to print a progress bar.

        Returns:
            A ``float64`` array ``(texts, num_words)``; without ``num_words`` its width is the vocabulary's
            size + 1.

        Raises:
            ValueError: ``mode`` is unknown, or what it needs has not been fitted.
        """
        return self.sequences_to_matrix(self.texts_to_sequences(texts, progress), mode)

    def sequences_to_matrix(self, sequences: Iterable[Sequence[int]], mode: str = "binary") -> np.ndarray:
        """Turn each sequence of numbers into a vector; see :meth:`texts_to_matrix`.

        Args:
            sequences: an iterable of sequences of integers; numbers from ``num_words`` on are passed over.
            mode: ``"binary"``, ``"count"``, ``"freq"`` or ``"tfidf"``.

        Returns:
            A ``float64`` array ``(sequences, num_words)``.
        """
        mode = checks.one_of(self, "mode", mode, MODES)
        width = self.num_words or (len(self.word_index) + 1 if self.word_index else 0)
        if not width:
            checks.fail(self, "the matrix has no width yet: give num_words, or call fit_on_texts first.")
        weights = None
        if mode == "tfidf":
            if not self.document_count:
                checks.fail(self, "mode 'tfidf' needs counts of documents: call fit_on_texts first.")
            indices = np.fromiter(self.index_docs.keys(), np.int64, len(self.index_docs))
            counts = np.fromiter(self.index_docs.values(), np.int64, len(self.index_docs))
            inside = (indices >= 0) & (indices < width)
            documents = np.zeros(width)
            documents[indices[inside]] = counts[inside]
            weights = np.log(1 + self.document_count / (1 + documents))
        return to_matrix([_plain(sequence) for sequence in sequences], width, mode, weights)

    # --------------------------------------------------------------------------------------------- saving

    def get_config(self) -> dict[str, Any]:
        """Return the options and, as JSON strings, the five dictionaries."""
        if self.analyzer is not None:
            warnings.warn(
                "Tokenizer: a function can't be saved; give analyzer= again when this tokenizer is loaded.",
                stacklevel=2,
            )
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return the tokenizer as a JSON string, which :func:`tokenizer_from_json` reads.

        Args:
            **kwargs: options of ``json.dumps``, such as ``indent``.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)

    # ---------------------------------------------------------------------------------------- the words

    def _words(self, texts: Iterable[Any], progress: bool) -> Iterator[Sequence[Any]]:
        """Yield each text as the sequence of its words."""
        split = self.analyzer or word_splitter(self.filters, self.lower, self.split, self)
        for position, text in enumerate(track(each_text(texts), progress)):
            if isinstance(text, bytes):
                text = self._decoded(position, text)
            if isinstance(text, str):
                if not self.char_level:
                    words = split(text)
                    yield words if isinstance(words, list) else list(words)
                    continue
                yield text.lower() if self.lower else text
            elif isinstance(text, (list, tuple)):
                yield self._lowered(position, text) if self.lower else text
            else:
                self._no_text(position, text)

    def _lowered(self, position: int, words: Sequence[Any]) -> list[str]:
        try:
            return [word.lower() for word in words]
        except AttributeError:
            other = next(word for word in words if not hasattr(word, "lower"))
            checks.fail(
                self,
                f"text number {position} holds {type(other).__name__} {other!r}, which has no lower case: "
                "give words, or lower=False.",
                TypeError,
            )
            raise

    def _decoded(self, position: int, text: bytes) -> str:
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Tokenizer: text number {position} is no UTF-8 ({error.reason} at byte {error.start}): "
                "decode it before, or read it with text_dataset_from_directory(..., encoding=...)."
            ) from error

    def _no_text(self, position: int, text: Any) -> None:
        shown = repr(text)
        checks.fail(
            self,
            f"text number {position} must be a string or a list of words, got {type(text).__name__} "
            f"{shown if len(shown) < 60 else shown[:57] + '...'}.",
            TypeError,
        )


# A pickle names the class by the module where the documents have it.
Tokenizer.__module__ = "tfk_ext.preprocessing.text"


def each_text(texts: Iterable[Any]) -> Iterable[Any]:
    """Return an iterable of single texts; a ``tf.data.Dataset`` is unbatched, its labels left aside."""
    if isinstance(texts, tf.data.Dataset):
        return _from_dataset(texts)
    if isinstance(texts, tf.Tensor):
        return texts.numpy().ravel().tolist()
    if not isinstance(texts, Iterable):
        checks.fail(
            "Tokenizer", f"texts must be an iterable of strings, got {type(texts).__name__}.", TypeError
        )
    return texts


def _from_dataset(dataset: tf.data.Dataset) -> Iterator[Any]:
    for element in dataset.as_numpy_iterator():
        text = element[0] if isinstance(element, tuple) else element
        if isinstance(text, np.ndarray):
            yield from text.ravel().tolist()
        else:
            yield text


def _plain(sequence: Any) -> Any:
    """Return a sequence with Python's integers: NumPy's are other keys for JSON."""
    return sequence.tolist() if isinstance(sequence, np.ndarray) else sequence


def _small_lookup(index: Mapping[Any, int], limit: int | None, oov: int | None) -> Callable[..., list[int]]:
    """Return a function from words to numbers that needs no preparation."""
    get = index.get
    if oov is not None:
        unknown = itertools.repeat(oov)
        if limit is None:
            return lambda words: list(map(get, words, unknown))
        return lambda words: [i if i < limit else oov for i in map(get, words, unknown)]
    if limit is None:
        return lambda words: [i for i in map(get, words) if i is not None]
    return lambda words: [i for i in map(get, words) if i is not None and i < limit]


def _large_lookup(index: Mapping[Any, int], limit: int | None, oov: int | None) -> Callable[..., list[int]]:
    """Return the same function with a table of its own, made once for many texts."""
    if limit is not None:
        index = {word: number for word, number in index.items() if number < limit}
    get = index.get
    if oov is not None:
        unknown = itertools.repeat(oov)
        return lambda words: list(map(get, words, unknown))
    if 0 in index.values():  # somebody has put a word there by hand
        return lambda words: [i for i in map(get, words) if i is not None]
    return lambda words: list(filter(None, map(get, words)))
