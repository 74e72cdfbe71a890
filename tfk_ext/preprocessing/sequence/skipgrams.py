"""Pairs of words for word2vec."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfk_ext import checks

_EULER = 0.577


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """Return how likely :func:`skipgrams` takes each word: ``min(1, sqrt(sampling_factor / frequency))``.

    Frequencies are those of Zipf's law: ``1 / frequency = r * (log(r) + 0.577) + 1/2 - 1/(12 r)`` for rank
    ``r``.

    Args:
        size: number of words.
        sampling_factor: the smaller, the fewer of the frequent words are taken.

    Returns:
        A ``float64`` array ``(size,)``; entry 0 stands for no word and has the value of entry 1.

    Raises:
        ValueError: ``size`` is below 1, or ``sampling_factor`` not above 0.

    Example:
        >>> tfk_ext.preprocessing.sequence.make_sampling_table(4).round(5)
        array([0.00315, 0.00315, 0.00548, 0.00742])
    """
    owner = "make_sampling_table"
    size = checks.integer(owner, "size", size)
    if not checks.number(owner, "sampling_factor", sampling_factor, 0.0):
        checks.fail(owner, "sampling_factor must be above 0.")
    rank = np.maximum(np.arange(size), 1)
    relative = sampling_factor * (rank * (np.log(rank) + _EULER) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, relative / np.sqrt(relative))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Make pairs of words for word2vec: neighbours with label 1, random pairs with label 0.

    Args:
        sequence: word numbers; 0 stands for no word and is passed over.
        vocabulary_size: random words are from 1 to ``vocabulary_size - 1``.
        window_size: how far apart neighbours may be.
        negative_samples: random pairs for each pair of neighbours.
        shuffle: whether the pairs are put in random order.
        categorical: whether labels are ``[1, 0]`` and ``[0, 1]`` in place of 0 and 1.
        sampling_table: how likely each word is taken, as :func:`make_sampling_table` gives it; ``None`` takes
            all.
        seed: of the order of the pairs, after which Python's ``random`` goes on from it, as in Keras. What is
            drawn before, random words and sampling, comes from ``random`` as it is: call ``random.seed`` to
                repeat it.

    Returns:
        Two lists of the same length: pairs ``[word, other]``, and their labels.

    Raises:
        ValueError: an argument has no sense, or a word's number is not below that of words in
            ``sampling_table``.

    Example:
        >>> make = tfk_ext.preprocessing.sequence.skipgrams
        >>> make([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])

    Source: Mikolov et al. (2013), "Efficient estimation of word representations in vector space".
    """
    owner = "skipgrams"
    vocabulary_size = checks.integer(owner, "vocabulary_size", vocabulary_size)
    window_size = checks.integer(owner, "window_size", window_size, 0)
    negative_samples = checks.number(owner, "negative_samples", negative_samples, 0.0)
    words = list(sequence)
    if sampling_table is not None and words and max(words) >= len(sampling_table):
        checks.fail(
            owner, f"sampling_table has {len(sampling_table)} entries, too few for word {max(words)}."
        )
    couples: list[list[int]] = []
    for place, word in enumerate(words):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        window = words[max(0, place - window_size) : place] + words[place + 1 : place + window_size + 1]
        couples += [[word, other] for other in window if other]
    positive: Any = [0, 1] if categorical else 1
    negative: Any = [1, 0] if categorical else 0
    labels = [positive] * len(couples)
    if negative_samples > 0 and couples:
        if vocabulary_size < 2:
            checks.fail(owner, "vocabulary_size must be at least 2 to draw random words, got 1.")
        firsts = [couple[0] for couple in couples]
        random.shuffle(firsts)
        count = int(len(labels) * negative_samples)
        couples += [
            [firsts[number % len(firsts)], random.randint(1, vocabulary_size - 1)] for number in range(count)
        ]
        labels += [negative] * count
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        for items in (couples, labels):  # the same order for both
            random.seed(seed)
            random.shuffle(items)
    return couples, labels
