"""Words, hashing and the Tokenizer: exactly what Keras's own give, on random texts and options."""

import itertools
import string
import tracemalloc

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

from tfk_ext.preprocessing import text as ours

KERAS = tf_keras.preprocessing.text
DICTIONARIES = ("word_counts", "word_docs", "index_docs", "word_index", "index_word")

# Few letters, so that words repeat; Kelvin sign, dotted I and sharp s change when set in lower case.
ALPHABET = "abAB '.,-\t\n\r\x0b\x1c\xa0\u2003ßİKжЖ日" + '"!'
TEXTS = st.lists(st.text(ALPHABET, max_size=30), max_size=6)
FILTERS = st.sampled_from(["", ".,", string.punctuation, "aB", "ж,", list(".-"), '!"#$%&()*+,-./\t\n'])
SPLITS = st.sampled_from([" ", "a", "A", ",", "\t", "--", "ж", None])
WORDS = st.lists(st.sampled_from(["a", "A", "b", "?", "İ", ""]), max_size=6)
CALM = settings(max_examples=80, deadline=None)


@CALM
@given(st.text(ALPHABET, max_size=40), FILTERS, st.booleans(), SPLITS)
def test_words(text, filters, lower, split):
    assert ours.text_to_word_sequence(text, filters, lower, split) == KERAS.text_to_word_sequence(
        text, filters, lower, split
    )


@pytest.mark.parametrize("hash_function", [None, "md5", len])
def test_hashing(hash_function):
    text = "The Cat -- Ünïcode, \ttabs. the cat"
    for n in (2, 7, 1000):
        expected = KERAS.hashing_trick(text, n, hash_function)
        assert ours.hashing_trick(text, n, hash_function) == expected
        assert ours.one_hot(text, n) == KERAS.one_hot(text, n)
    analyzer = str.split
    assert ours.hashing_trick(text, 9, "md5", analyzer=analyzer) == KERAS.hashing_trick(
        text, 9, "md5", analyzer=analyzer
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ours.text_to_word_sequence("a", filters=["ab"]), "filters must be"),
        (lambda: ours.text_to_word_sequence("a", filters=None), "filters must be"),
        (lambda: ours.text_to_word_sequence("a", split=""), "split must be"),
        (lambda: ours.hashing_trick("a", 1), "n must be an integer of at least 2, got 1"),
        (lambda: ours.hashing_trick("a", 5, "sha1"), "hash_function must be None, 'md5' or a function"),
        (lambda: ours.Tokenizer(num_words=-1), "num_words must be"),
        (lambda: ours.Tokenizer(analyzer="x"), "analyzer must be a function"),
        (lambda: ours.Tokenizer(split=""), "split must be"),
        (lambda: ours.Tokenizer().texts_to_matrix(["a"]), "give num_words"),
        (lambda: ours.Tokenizer(num_words=3).texts_to_matrix(["a"], "tf-idf"), "mode must be one of"),
        (lambda: ours.Tokenizer(num_words=3).texts_to_matrix(["a"], "tfidf"), "counts of documents"),
        (lambda: ours.Tokenizer(num_words=3).sequences_to_matrix([[-1]]), "at least 0, got -1"),
        (lambda: ours.Tokenizer(num_words=3).sequences_to_matrix([[None]]), "integers only"),
        (lambda: ours.Tokenizer(oov_token="?").texts_to_sequences(["a"]), "call fit_on_texts first"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_unknown_arguments():
    with pytest.raises(TypeError, match="unknown keyword 'num_word'.*'num_words'"):
        ours.Tokenizer(num_word=3)
    with pytest.raises(TypeError, match="the text must be a string, got int"):
        ours.text_to_word_sequence(3)
    assert ours.Tokenizer(nb_words=3).num_words == 3


def pair(**options):
    return ours.Tokenizer(**options), KERAS.Tokenizer(**options)


def assert_same(tokenizer, keras):
    for name in DICTIONARIES:
        assert getattr(tokenizer, name) == getattr(keras, name), name
        assert list(getattr(tokenizer, name)) == list(getattr(keras, name)), f"order of {name}"
    assert tokenizer.document_count == keras.document_count
    assert tokenizer.get_config() == keras.get_config()
    assert tokenizer.to_json() == keras.to_json()


@CALM
@given(
    st.lists(st.one_of(st.text(ALPHABET, max_size=30), WORDS), max_size=6),
    st.one_of(TEXTS, st.lists(WORDS, max_size=4)),
    st.fixed_dictionaries(
        {},
        optional={
            "num_words": st.sampled_from([None, 0, 1, 2, 3, 5]),
            "filters": FILTERS,
            "lower": st.booleans(),
            "split": SPLITS,
            "char_level": st.booleans(),
            "oov_token": st.sampled_from([None, "?", "a", "<unknown>"]),
            "document_count": st.integers(0, 3),
            "analyzer": st.sampled_from([None, str.split]),
        },
    ),
)
def test_tokenizer(texts, others, options):
    analyzer = options.get("analyzer")
    tokenizer, keras = pair(**options)
    for corpus in (texts, others):  # the second time adds to the first
        tokenizer.fit_on_texts(corpus)
        keras.fit_on_texts(corpus)
    if analyzer is None:
        assert_same(tokenizer, keras)
    sequences = keras.texts_to_sequences(others)
    assert tokenizer.texts_to_sequences(others) == sequences
    assert list(tokenizer.texts_to_sequences_generator(iter(others))) == sequences
    numbers = [*sequences, [0, 1, 2, 99], []]
    assert tokenizer.sequences_to_texts(numbers) == keras.sequences_to_texts(numbers)
    tokenizer.fit_on_sequences(numbers)
    keras.fit_on_sequences(numbers)
    assert tokenizer.index_docs == keras.index_docs
    if keras.num_words or keras.word_index:
        for mode in ("binary", "count", "freq", "tfidf"):
            matrix = tokenizer.texts_to_matrix(others, mode)
            np.testing.assert_array_equal(matrix, keras.texts_to_matrix(others, mode), mode)
            assert matrix.dtype == np.float64


@pytest.mark.parametrize(
    "options", [{}, {"num_words": 50}, {"oov_token": "?"}, {"num_words": 9, "oov_token": "?"}]
)
def test_many_texts(options, rng):
    """More texts than a look-up table of their own is made for, and a matrix of more than one part."""
    words = np.array([f"w{n}" for n in range(2000)])
    texts = [" ".join(words[rng.zipf(1.3, 20) % 2000]) for _ in range(700)]
    tokenizer, keras = pair(**options)
    tokenizer.fit_on_texts(texts[:400])
    keras.fit_on_texts(texts[:400])
    assert_same(tokenizer, keras)
    assert tokenizer.texts_to_sequences(texts) == keras.texts_to_sequences(texts)
    for mode in ("count", "tfidf"):
        np.testing.assert_array_equal(
            tokenizer.texts_to_matrix(texts, mode), keras.texts_to_matrix(texts, mode)
        )


@pytest.mark.parametrize("count", [1, 300])
def test_a_vocabulary_that_was_changed_by_hand(count):
    """Old programs edit word_index: to keep the frequent words only, to number a padding word 0."""
    tokenizers = pair(oov_token="?")
    for tokenizer in tokenizers:
        tokenizer.fit_on_texts(["a a a b b c"])
        tokenizer.word_index = {word: index for word, index in tokenizer.word_index.items() if index <= 3}
        tokenizer.word_index["?"] = 4
        tokenizer.word_index["pad"] = 0
        tokenizer.index_word[0] = "pad"
    mine, keras = (t.texts_to_sequences(["a b c pad d"] * count) for t in tokenizers)
    assert mine == keras == [[2, 3, 4, 0, 4]] * count
    plain = pair()
    for tokenizer in plain:
        tokenizer.word_index = {"pad": 0, "a": 1}
    mine, keras = (t.texts_to_sequences(["a pad x"] * count) for t in plain)
    assert mine == keras == [[1, 0]] * count


def test_a_string_is_a_corpus_of_characters():
    """As old programs fit a character model: tokenizer.fit_on_texts(text)."""
    tokenizer, keras = pair(char_level=True)
    tokenizer.fit_on_texts("To be or not")
    keras.fit_on_texts("To be or not")
    assert_same(tokenizer, keras)
    assert tokenizer.document_count == 12


@pytest.mark.parametrize("form", ["bytes", "tensor", "array", "dataset", "batches", "labelled", "tuples"])
def test_forms_of_texts(form):
    texts = ["the cat", "the dög"]
    tokenizer, keras = pair()
    keras.fit_on_texts(texts)
    dataset = tf.data.Dataset.from_tensor_slices(texts)
    given_texts = {
        "bytes": [text.encode() for text in texts],
        "tensor": tf.constant(texts),
        "array": np.array(texts),
        "dataset": dataset,
        "batches": dataset.batch(3),
        "labelled": tf.data.Dataset.zip((dataset, tf.data.Dataset.range(2))),
        "tuples": [tuple(text.split()) for text in texts],
    }[form]
    tokenizer.fit_on_texts(given_texts)
    assert_same(tokenizer, keras)
    assert tokenizer.texts_to_sequences(given_texts) == [[1, 2], [1, 3]]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "text number 1 must be a string or a list of words, got NoneType None"),
        (["a", "b", float("nan")], "text number 2 must be .* got float nan"),
        (["a", [1, 2]], "text number 1 holds int 1, which has no lower case"),
        (3, "texts must be an iterable of strings, got int"),
    ],
)
def test_a_faulty_text_is_named_and_changes_nothing(texts, message):
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["x"])
    with pytest.raises(TypeError, match=message):
        tokenizer.fit_on_texts(texts)
    assert tokenizer.word_index == {"x": 1}
    assert tokenizer.document_count == 1


def test_bytes_that_are_no_utf8():
    with pytest.raises(ValueError, match="text number 1 is no UTF-8"):
        ours.Tokenizer().fit_on_texts(["a", "é".encode("latin-1")])


@pytest.mark.slow
def test_a_stream_is_read_once_and_not_kept():
    """2 MB of texts pass through less memory than an eighth of them takes."""

    def stream():
        for number in range(300):
            yield f"word{number % 50} " * 900

    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["warm up"])
    tracemalloc.start()
    tokenizer.fit_on_texts(stream())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tokenizer.document_count == 301
    assert peak < 250_000
    endless = itertools.repeat("a b")
    tokenizer.fit_on_texts(["a b"])
    first = list(itertools.islice(tokenizer.texts_to_sequences_generator(endless), 3))
    assert first == [[tokenizer.word_index["a"], tokenizer.word_index["b"]]] * 3


def test_progress(capsys):
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["a b"] * 40, progress=True)
    tokenizer.texts_to_sequences((text for text in ["a"] * 7), progress=True)
    tokenizer.fit_on_texts(["a"])
    printed = capsys.readouterr().out
    assert "40/40" in printed
    assert "7/Unknown" in printed
    assert tokenizer.document_count == 41


def test_texts_to_dataset():
    texts = ["a b c", "", "a é"]
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(texts)
    expected = [[1, 2, 3], [], [1, 4]]
    dataset = tf.data.Dataset.from_tensor_slices(texts)
    for form in (texts, lambda: iter(texts), dataset, dataset.batch(2)):
        result = tokenizer.texts_to_dataset(form)
        assert result.element_spec == tf.TensorSpec([None], tf.int32)
        assert [row.tolist() for row in result.as_numpy_iterator()] == expected
        assert [row.tolist() for row in result.as_numpy_iterator()] == expected  # a second pass
    labelled = tf.data.Dataset.zip((dataset, tf.data.Dataset.range(3))).batch(2)
    padded = tokenizer.texts_to_dataset(labelled).padded_batch(3)
    numbers, labels = next(iter(padded))
    assert numbers.numpy().tolist() == [[1, 2, 3], [0, 0, 0], [1, 4, 0]]
    assert labels.numpy().tolist() == [0, 1, 2]
