"""Splitting texts into words, and hashing words into a fixed number of buckets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any

from tfk_ext import checks

# The documented default: punctuation without the apostrophe, tabs and line breaks.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

# What `str.split()` takes for a separator within ASCII, apart from the blank itself.
_OTHER_BLANKS = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"


def word_splitter(
    filters: str | Iterable[str] = FILTERS,
    lower: bool = True,
    split: str | None = " ",
    owner: object = "text_to_word_sequence",
) -> Callable[[str], list[str]]:
    """Return a function that splits one text as :func:`text_to_word_sequence` does.

    What depends on the options alone is worked out once, so that it costs nothing for each text.

    Args:
        filters: characters that separate words, a string or a list of single characters.
        lower: whether words are set in lower case.
        split: the separator of words; with ``None`` filtered characters are dropped and words are separated
            by any white space.
        owner: whom an error message speaks for.

    Raises:
        ValueError: ``filters`` holds something else than single characters, or ``split`` is empty.
    """
    characters = _characters(owner, filters)
    if split is not None and (not isinstance(split, str) or not split):
        checks.fail(owner, f"split must be a separator of at least one character, or None, got {split!r}.")
    table = str.maketrans(dict.fromkeys(characters, split))

    def by_table(text: str) -> list[str]:
        text = text.lower() if lower else text
        return list(filter(None, text.translate(table).split(split)))

    if split is None or len(split) > 1 or not split.isascii():
        return by_table

    # ASCII texts go through a table of bytes: 3 times as fast as str.translate. For other texts one regular
    # expression is faster than a dictionary look-up for each character.
    cased = [chr(code).lower() if lower else chr(code) for code in range(128)]
    target = "".join(split if character in characters else character for character in cased)
    lookup = target.encode() + bytes(range(128, 256))
    words = re.compile(f"[^{re.escape(''.join(characters) + split)}]+").findall
    others = [blank for blank in _OTHER_BLANKS if blank in target] if split == " " else None

    def split_text(text: str) -> list[str]:
        if not text.isascii():
            return words(text.lower() if lower else text)
        text = text.encode().translate(lookup).decode()
        if others is not None:
            for blank in others:
                if blank in text:
                    break
            else:
                return text.split()
        return list(filter(None, text.split(split)))

    return split_text


def _characters(owner: object, filters: Any) -> list[str]:
    characters: list[Any] = list(filters) if isinstance(filters, Iterable) else [None]
    if not all(isinstance(character, str) and len(character) == 1 for character in characters):
        checks.fail(owner, f"filters must be a string or a list of single characters, got {filters!r}.")
    return list(dict.fromkeys(characters))


def _checked_text(owner: str, text: Any) -> str:
    if not isinstance(text, str):
        checks.fail(owner, f"the text must be a string, got {type(text).__name__}.", TypeError)
    return text


def text_to_word_sequence(
    input_text: str, filters: str | Iterable[str] = FILTERS, lower: bool = True, split: str | None = " "
) -> list[str]:
    """Split a text into words; filtered characters separate words too.

    Args:
        input_text: the text.
        filters: characters that never belong to a word, a string or a list.
        lower: whether the words are set in lower case.
        split: the separator of words. With ``None`` filtered characters are dropped, and any white space
            separates words.

    Returns:
        The list of words, without empty ones.

    Raises:
        TypeError: the text is no string.
        ValueError: ``filters`` holds something else than single characters, or ``split`` is empty.

    Example:
        >>> tfk_ext.preprocessing.text.text_to_word_sequence("It's red, isn't it?")
        ["it's", 'red', "isn't", 'it']
    """
    owner = "text_to_word_sequence"
    return word_splitter(filters, lower, split, owner)(_checked_text(owner, input_text))


def one_hot(
    input_text: str,
    n: int,
    filters: str | Iterable[str] = FILTERS,
    lower: bool = True,
    split: str | None = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Number the words of a text with Python's ``hash``: ``hash(word) % (n - 1) + 1``.

    Two words may have the same number. Python's hash of strings changes from one run to the next unless
    ``PYTHONHASHSEED`` is set: numbers that are to be kept come from
    ``hashing_trick(..., hash_function="md5")``.

    Args:
        input_text: the text.
        n: size of the vocabulary, at least 2.
        filters, lower, split: as of :func:`text_to_word_sequence`.
        analyzer: a function from the text to its words, in place of :func:`text_to_word_sequence`.

    Returns:
        A list of integers from 1 to ``n - 1``, one for each word.

    Example:
        >>> one, two, three = tfk_ext.preprocessing.text.one_hot("tick tock tick", 1000)
        >>> one == three
        True
    """
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str | Iterable[str] = FILTERS,
    lower: bool = True,
    split: str | None = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """Number the words of a text by a hash function: ``hash_function(word) % (n - 1) + 1``.

    0 is no word's number. Two words may have the same number; the larger ``n``, the fewer do.

    Args:
        text: the text.
        n: number of buckets, at least 2.
        hash_function: ``None`` for Python's ``hash`` (its values change from one run to the next), ``"md5"``
            for a hash that always gives the same, or a function from a string to an integer.
        filters, lower, split: as of :func:`text_to_word_sequence`.
        analyzer: a function from the text to its words, in place of :func:`text_to_word_sequence`.

    Returns:
        A list of integers from 1 to ``n - 1``, one for each word.

    Raises:
        TypeError: the text is no string.
        ValueError: ``n`` is below 2, or ``hash_function`` is unknown.

    Example:
        >>> tfk_ext.preprocessing.text.hashing_trick("tick tock tick", 1000, hash_function="md5")
        [495, 471, 495]
    """
    owner = "hashing_trick"
    n = checks.integer(owner, "n", n, 2)
    if hash_function is None:
        number: Callable[[str], int] = hash
    elif hash_function == "md5":
        number = _md5
    elif callable(hash_function):
        number = hash_function
    else:
        checks.fail(owner, f"hash_function must be None, 'md5' or a function, got {hash_function!r}.")
    text = _checked_text(owner, text)
    words = list((analyzer or word_splitter(filters, lower, split, owner))(text))
    numbers = {word: number(word) % (n - 1) + 1 for word in dict.fromkeys(words)}
    return [numbers[word] for word in words]


def _md5(word: str) -> int:
    # Only a bucket number: nothing is protected by it.
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)
