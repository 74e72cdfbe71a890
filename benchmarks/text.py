"""Tokenizer and word vectors beside Keras 3's Tokenizer and the loop of the tutorials."""

from __future__ import annotations

import functools
import pathlib
import tempfile
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.case import KERAS, OURS, Bar, Case, Contest
from tfk_ext.preprocessing import text as ours

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


@functools.cache
def _texts():
    return _corpus(np.random.default_rng(0))


def _tokenizers(**options):
    peers = {OURS: ours, KERAS: tf.keras.preprocessing.text}
    return {name: _fitted(module, _texts(), **options) for name, module in peers.items()}


def _fits():
    peers = {OURS: ours, KERAS: tf.keras.preprocessing.text}
    return Contest(
        {name: functools.partial(_fitted, module, _texts()) for name, module in peers.items()},
        results=lambda first: {name: tokenizer.to_json() for name, tokenizer in first.items()},
    )


def _sequences(options):
    made = _tokenizers(**options)
    return Contest(
        {name: functools.partial(t.texts_to_sequences, _texts()) for name, t in made.items()},
        results=lambda first: {name: repr(rows) for name, rows in first.items()},
    )


def _matrices(mode):
    made, some = _tokenizers(num_words=10_000, oov_token="?"), _texts()[:400]
    return Contest({name: functools.partial(t.texts_to_matrix, some, mode) for name, t in made.items()})


@functools.cache
def _file():
    """Return a folder with a file of word vectors, which is removed at the end."""
    folder = tempfile.TemporaryDirectory()
    matrix = np.random.default_rng(0).normal(0, 0.4, (VECTORS, DIMENSIONS))
    with open(pathlib.Path(folder.name, "vectors.txt"), "w", encoding="utf-8") as file:
        for number, row in enumerate(matrix):
            print(f"word{number}", *(f"{value:.5g}" for value in row), file=file)
    return folder


def _vectors(wanted=False, cached=False):
    path = pathlib.Path(_file().name, "vectors.txt")
    options = {"cache": path.with_name("kept")} if cached else {}
    if cached:
        ours.load_word_vectors(path, **options)
    index = {f"word{number}": number // 4 + 1 for number in range(0, VECTORS, 4)}

    def load():
        return ours.load_word_vectors(path, **options, **({"words": index} if wanted else {}))

    def values(first):
        found, expected = first[OURS], first[LOOP]
        expected = {word: expected[word] for word in found.words} if wanted else expected
        return {
            OURS: (np.array(list(found.words)), np.asarray(found.matrix)),
            LOOP: (np.array(list(expected)), np.stack(list(expected.values()))),
        }

    return Contest({OURS: load, LOOP: lambda: by_the_tutorial(path)}, results=values)


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = [Case("Tokenizer.fit_on_texts", _fits, (Bar(KERAS, 1.4, 2),))]
    for name, options in (("all words", {}), ("num_words, oov", {"num_words": 10_000, "oov_token": "?"})):
        item = f"texts_to_sequences, {name}"
        found.append(Case(item, functools.partial(_sequences, options), (Bar(KERAS, 1.4, 2),)))
    for mode in ("tfidf", "count", "binary", "freq"):
        item = f"texts_to_matrix, {mode}"
        found.append(Case(item, functools.partial(_matrices, mode), (Bar(KERAS, 1.6, 2),)))
    item = f"word vectors {VECTORS}x{DIMENSIONS}"
    return [
        *found,
        Case(f"{item}, first read", _vectors, (Bar(LOOP, 2),)),
        Case(f"{item}, words wanted", functools.partial(_vectors, wanted=True), (Bar(LOOP, 2),)),
        Case(f"{item}, cached", functools.partial(_vectors, cached=True), (Bar(LOOP, 20),)),
    ]
