"""Saved tokenizers: JSON, pickles of real old versions, hostile pickles."""

import collections
import os
import pathlib
import pickle
import pickletools
import time

import pytest
import tf_keras

from tfk_ext.preprocessing.text import Tokenizer, tokenizer_from_json, tokenizer_from_pickle
from tfk_ext.preprocessing.unpickling import UnsafePickleError

GOLDEN = pathlib.Path(__file__).parent / "golden"
TEXTS = ["The cat sat on the mat.", "The dog -- which was big -- sat, too!", "Über naïve café: the cat"]
DICTIONARIES = ("word_counts", "word_docs", "index_docs", "word_index", "index_word")


def fitted(**options):
    tokenizer = Tokenizer(**options)
    tokenizer.fit_on_texts(TEXTS)
    return tokenizer


def assert_equal(one, other):
    for name in DICTIONARIES:
        assert getattr(one, name) == getattr(other, name), name
        assert type(getattr(one, name)) is type(getattr(other, name)), name
    for name in ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.texts_to_sequences(TEXTS) == other.texts_to_sequences(TEXTS)
    more = ["a new word, and the cat"]
    one.fit_on_texts(more)
    other.fit_on_texts(more)
    assert one.word_index == other.word_index
    assert one.word_docs == other.word_docs


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.*")), ids=lambda p: p.name)
def test_what_old_versions_saved(path):
    expected = fitted(num_words=8, oov_token=None if "1.2.2" in path.name else "<oov>")
    if path.suffix == ".json":
        assert_equal(tokenizer_from_json(path.read_text()), expected)
    elif path.suffix == ".pickle":
        assert_equal(tokenizer_from_pickle(path), expected)


@pytest.mark.parametrize("protocol", range(6))
def test_own_pickles(protocol, tmp_path):
    for tokenizer in (fitted(), fitted(num_words=5, oov_token="?", char_level=True), Tokenizer()):
        data = pickle.dumps(tokenizer, protocol)
        (tmp_path / "t.pickle").write_bytes(data)
        assert b"tfk_ext.preprocessing.text" in data
        assert b"tokenizer" not in data.replace(b"Tokenizer", b"")  # the public module is named, not the file
        assert_equal(tokenizer_from_pickle(str(tmp_path / "t.pickle")), pickle.loads(data))


def test_json_goes_to_keras_and_back():
    tokenizer = fitted(num_words=6, oov_token="?")
    keras = tf_keras.preprocessing.text.tokenizer_from_json(tokenizer.to_json())
    assert keras.texts_to_sequences(TEXTS) == tokenizer.texts_to_sequences(TEXTS)
    assert_equal(tokenizer_from_json(keras.to_json(indent=2)), tokenizer)


def test_an_analyzer_has_to_be_given_again():
    tokenizer = fitted(analyzer=str.split)
    with pytest.warns(UserWarning, match="give analyzer= again"):
        saved = tokenizer.to_json()
    assert tokenizer_from_json(saved, analyzer=str.split).texts_to_sequences(
        TEXTS
    ) == tokenizer.texts_to_sequences(TEXTS)
    data = pickle.dumps(fitted(analyzer=os.path.basename))
    with pytest.raises(UnsafePickleError, match="names posixpath.basename"):
        tokenizer_from_pickle(data)
    assert tokenizer_from_pickle(data, analyzer=str.split).analyzer is str.split


def test_strings_of_python_2():
    """Python 2 wrote its strings as bytes."""
    data = pickle.dumps(fitted(), 2)
    for name in ("filters", "word_index", "lower", "cat", "split"):
        text = name.encode()
        unicode_form = b"X" + len(text).to_bytes(4, "little") + text
        assert unicode_form in data
        data = data.replace(unicode_form, b"U" + bytes([len(text)]) + text)
    text = "café".encode()
    for coded in (text, "café".encode("latin-1")):
        changed = data.replace(
            b"X" + len(text).to_bytes(4, "little") + text, b"U" + bytes([len(coded)]) + coded
        )
        assert changed != data
        assert_equal(tokenizer_from_pickle(changed), fitted())


class Call:
    """Something whose pickle calls a function when it is loaded."""

    def __init__(self, function, *arguments):
        self.how = function, arguments

    def __reduce__(self):
        return self.how


def hostile():
    yield "a call", lambda path: pickle.dumps(Call(os.system, f"touch {path}"))
    yield (
        "a call in an attribute",
        lambda path: pickle.dumps(with_attribute(Call(os.system, f"touch {path}"))),
    )
    yield "eval", lambda path: pickle.dumps(with_attribute(Call(eval, f"open({str(path)!r}, 'w')")))
    yield "a factory", lambda path: pickle.dumps(collections.defaultdict(list))
    yield "global by name", lambda path: f"cposix\nsystem\n(S'touch {path}'\ntR.".encode()
    yield "builtins", lambda path: f'c__builtin__\neval\n(S\'open("{path}", "w")\'\ntR.'.encode()
    yield "an old instance", lambda path: f"(S'touch {path}'\niposix\nsystem\n.".encode()
    yield "an extension code", lambda path: b"\x80\x02\x82\x01)R."
    yield "a persistent id", lambda path: b"\x80\x02K\x01Q."
    yield "no tokenizer", lambda path: pickle.dumps({"word_index": {}})
    yield "a dotted name", lambda path: b"\x80\x04\x8c\x08builtins\x8c\x09int.__mro\x93."
    yield "truncated", lambda path: pickle.dumps(fitted())[:-30]
    yield "nothing", lambda path: b""
    yield "no pickle", lambda path: b"word,count\n"
    yield "a call of the class", lambda path: b"\x80\x02ckeras.preprocessing.text\nTokenizer\nK\x03\x85R."
    yield "a huge memory slot", lambda path: b"\x80\x02K\x01r\xff\xff\xff\x7f."
    yield "a huge string", lambda path: b"\x80\x04\x8d\xff\xff\xff\xff\xff\x00\x00\x00abc."
    yield "a huge integer", lambda path: b"\x80\x02\x8a\xff" + b"\x7f" * 255 + b"."
    # The hash of a deep tuple would overflow the stack.
    yield "a deep key", lambda path: b"\x80\x02})" + b"\x85" * 100_000 + b"K\x01s."
    yield "wrong dictionaries", lambda path: pickle.dumps(with_attribute([1], "word_index"))
    yield "wrong counts", lambda path: pickle.dumps(with_attribute({"a": "b"}, "word_counts"))
    yield "wrong words", lambda path: pickle.dumps(with_attribute({1: 2.5}, "index_word"))
    yield "wrong options", lambda path: pickle.dumps(with_attribute("many", "num_words"))


def with_attribute(value, name="oov_token"):
    tokenizer = fitted()
    setattr(tokenizer, name, value)
    return tokenizer


@pytest.mark.parametrize(("name", "make"), list(hostile()), ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("analyzer", [None, str.split], ids=["", "analyzer"])
def test_hostile_pickles_are_refused(name, make, analyzer, tmp_path):
    path = tmp_path / "touched"
    began = time.monotonic()
    with pytest.raises(ValueError):
        tokenizer_from_pickle(make(path), analyzer=analyzer)
    assert not path.exists()
    assert time.monotonic() - began < 5


def test_nothing_stays_behind_a_refused_pickle():
    """A pickle may change what it is given: the stand-ins of one reading are not those of the next."""
    poisoned = b"\x80\x02ckeras.preprocessing.text\nTokenizer\nN}U\x0c__setstate__c__builtin__\nint\ns\x86b."
    assert "BUILD" in [opcode.name for opcode, _, _ in pickletools.genops(poisoned)]
    with pytest.raises(ValueError):
        tokenizer_from_pickle(poisoned)
    assert_equal(tokenizer_from_pickle(pickle.dumps(fitted())), fitted())


def test_a_missing_file():
    with pytest.raises(FileNotFoundError):
        tokenizer_from_pickle("nowhere.pickle")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"config": {}}', '{"config": {"word_counts": "["}}', "null"]
)
def test_bad_json(text):
    with pytest.raises(ValueError, match="the string is no saved Tokenizer"):
        tokenizer_from_json(text)
