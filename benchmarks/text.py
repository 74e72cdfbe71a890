"""Tokenizer and word vectors beside Keras 3's Tokenizer and the loop of the tutorials."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.measure import Timing, interleaved
from tfk_ext.preprocessing import text as ours

PEER = "keras 3"
LOOP = "tutorial's loop"
WORDS, TEXTS, LENGTH = 40_000, 4_000, 200
VECTORS, DIMENSIONS = 20_000, 100


def _corpus(rng: np.random.Generator) -> list[str]:
    """Return texts whose words follow Zipf's law, with capitals and punctuation as in newsgroups."""
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    words = np.array(["".join(rng.choice(letters, rng.integers(1, 11))) for _ in range(WORDS)])
    words = np.where(rng.random(WORDS) < 0.1, np.char.capitalize(words), words)
    ranks = rng.zipf(1.2, TEXTS * LENGTH) % WORDS
    ends = rng.choice(["", "", "", "", "", "", ",", ".", "!\n", "\n"], TEXTS * LENGTH)
    spoken = np.char.add(words[ranks], ends).reshape(TEXTS, LENGTH)
    return [" ".join(row) for row in spoken]


def _fitted(module: Any, texts: list[str], **options: Any) -> Any:
    tokenizer = module.Tokenizer(**options)
    tokenizer.fit_on_texts(texts)
    return tokenizer


def by_the_tutorial(path: pathlib.Path) -> dict[str, np.ndarray]:
    """Read word vectors as the tutorials do."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            values = line.split()
            found[values[0]] = np.asarray(values[1:], dtype="float32")
    return found


def _tokenizers(seconds: float, rng: np.random.Generator) -> Iterator[tuple[str, list[Timing], str]]:
    texts = _corpus(rng)
    peers = {"tfk_ext": ours, PEER: tf.keras.preprocessing.text}
    some = texts[:400]
    for name, options in (("all words", {}), ("num_words, oov", {"num_words": 10_000, "oov_token": "?"})):
        fitted = {label: _fitted(module, texts, **options) for label, module in peers.items()}
        mine, keras = fitted.values()
        assert mine.to_json() == keras.to_json()
        assert mine.texts_to_sequences(texts) == keras.texts_to_sequences(texts)
        if not options:
            fits = {label: lambda m=module: _fitted(m, texts) for label, module in peers.items()}
            yield "Tokenizer.fit_on_texts", interleaved(fits, seconds), PEER
        sequences = {label: lambda t=t: t.texts_to_sequences(texts) for label, t in fitted.items()}
        yield f"texts_to_sequences, {name}", interleaved(sequences, seconds), PEER
    for mode in ("tfidf", "count", "binary", "freq"):
        np.testing.assert_array_equal(mine.texts_to_matrix(some, mode), keras.texts_to_matrix(some, mode))
        matrices = {label: lambda t=t, m=mode: t.texts_to_matrix(some, m) for label, t in fitted.items()}
        yield f"texts_to_matrix, {mode}", interleaved(matrices, seconds), PEER


def _vectors(seconds: float, rng: np.random.Generator) -> Iterator[tuple[str, list[Timing], str]]:
    with tempfile.TemporaryDirectory() as folder:
        path, kept = pathlib.Path(folder, "vectors.txt"), pathlib.Path(folder, "kept")
        matrix = rng.normal(0, 0.4, (VECTORS, DIMENSIONS))
        with open(path, "w", encoding="utf-8") as file:
            for number, row in enumerate(matrix):
                print(f"word{number}", *(f"{value:.5g}" for value in row), file=file)
        expected = by_the_tutorial(path)
        for found in (ours.load_word_vectors(path), *(ours.load_word_vectors(path, cache=kept),) * 2):
            assert found.words == list(expected)
            np.testing.assert_array_equal(found.matrix, np.stack(list(expected.values())))
        index = {f"word{number}": number // 4 + 1 for number in range(0, VECTORS, 4)}
        candidates = {
            "tfk_ext": lambda: ours.load_word_vectors(path),
            "tfk_ext, words wanted": lambda: ours.load_word_vectors(path, words=index),
            "tfk_ext, cached": lambda: ours.load_word_vectors(path, cache=kept),
            "tfk_ext, cached, matrix": lambda: ours.load_word_vectors(path, cache=kept).matrix_for(index),
            LOOP: lambda: by_the_tutorial(path),
        }
        yield f"word vectors {VECTORS}x{DIMENSIONS}", interleaved(candidates, seconds), LOOP


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    rng = np.random.default_rng(0)
    yield from _tokenizers(seconds, rng)
    yield from _vectors(seconds, rng)
