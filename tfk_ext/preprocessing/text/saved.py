"""Tokenizers that were saved: as JSON, or as a pickle by any version of Keras."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tfk_ext import checks
from tfk_ext.preprocessing import unpickling
from tfk_ext.preprocessing.text.tokenizer import Tokenizer

LIMIT = 500_000_000  # bytes of a file

_OPTIONS = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
_COUNTS = ("word_counts", "word_docs", "word_index")  # from words to integers
_MODULE = re.compile(r"(\w+\.)*(keras_preprocessing|preprocessing)\.text(\.tokenizer)?")

Analyzer = Callable[[str], Iterable[Any]]


def tokenizer_from_json(json_string: str, analyzer: Analyzer | None = None) -> Tokenizer:
    """Make a tokenizer from the string that ``Tokenizer.to_json`` gave, here or in any version of Keras.

    Args:
        json_string: the string.
        analyzer: the function that the tokenizer splits texts with, if it had one: functions are not saved.

    Returns:
        A ``Tokenizer``, which may be fitted further.

    Raises:
        ValueError: the string is no saved tokenizer.

    Example:
        >>> tokenizer = tfk_ext.preprocessing.text.Tokenizer()
        >>> tokenizer.fit_on_texts(["one two two"])
        >>> tfk_ext.preprocessing.text.tokenizer_from_json(tokenizer.to_json()).word_index
        {'two': 1, 'one': 2}
    """
    owner = "tokenizer_from_json"
    try:
        state = dict(json.loads(json_string)["config"])
        for name in ("word_counts", "word_docs", "word_index"):
            state[name] = json.loads(state[name])
        for name in ("index_docs", "index_word"):  # JSON has strings for keys
            state[name] = {int(key): value for key, value in json.loads(state[name]).items()}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{owner}: the string is no saved Tokenizer ({type(error).__name__}: {error})."
        ) from error
    return _restored(owner, state, analyzer)


def tokenizer_from_pickle(source: str | os.PathLike | bytes, analyzer: Analyzer | None = None) -> Tokenizer:
    """Load a tokenizer that any version of Keras (1, 2, 3) has pickled, without running the pickle.

    A pickle can run any code when it is loaded. Here it is looked through first, and then read with stand-ins
    that
    only keep data: nothing that it names is imported or called, and the ``Tokenizer`` is built from the
    dictionaries that were found.

    Args:
        source: path of the file, or its bytes.
        analyzer: the function that the tokenizer splits texts with, if it had one. Without it a
            pickle that names any function is refused.

    Returns:
        A ``Tokenizer``, which may be fitted further.

    Raises:
        UnsafePickleError: the pickle is something else than a tokenizer, or damaged (a ``ValueError``).
        FileNotFoundError: there is no such file.

    Example:
        >>> import pickle
        >>> tokenizer = tfk_ext.preprocessing.text.Tokenizer()
        >>> tokenizer.fit_on_texts(["one two two"])
        >>> tfk_ext.preprocessing.text.tokenizer_from_pickle(pickle.dumps(tokenizer)).word_index
        {'two': 1, 'one': 2}
    """
    owner = "tokenizer_from_pickle"
    if isinstance(source, bytes):
        what, data = f"{owner}: the pickle", source
    else:
        what = f"{owner}: {os.fspath(source)}"
        if os.path.getsize(source) > LIMIT:
            raise unpickling.UnsafePickleError(f"{what} is larger than {LIMIT:,} bytes.")
        with open(source, "rb") as file:
            data = file.read()
    unpickling.check_plain(data, what)
    state = None
    for encoding in ("utf-8", "latin-1"):  # of the strings that Python 2 wrote
        try:
            state = _state(data, encoding, what, analyzer is not None)
            break
        except UnicodeDecodeError:
            continue
    if not isinstance(state, dict):
        raise unpickling.UnsafePickleError(f"{what} holds no Tokenizer.")
    return _restored(what, {_text(key): value for key, value in state.items()}, analyzer)


def _state(data: bytes, encoding: str, what: str, functions: bool) -> Any:
    """Return the attributes of the pickled tokenizer; with ``functions`` it may name others, to no effect."""

    class Pickled:
        state: Any = None

        def __setstate__(self, state: Any) -> None:
            self.state = state

    class Dictionary(dict):
        def __init__(self, *arguments: Any) -> None:
            # An OrderedDict of Python 2 is given its items; a defaultdict its factory, which is left aside.
            super().__init__(arguments[0] if arguments and isinstance(arguments[0], list) else ())

        def __setstate__(self, state: Any) -> None:
            pass

    integer, base = object(), object()

    def reconstructor(cls: Any, *arguments: Any) -> Any:
        return cls() if cls is Pickled else None

    def find(module: str, name: str) -> Any:
        if name == "Tokenizer" and _MODULE.fullmatch(module):
            return Pickled
        known = {
            ("collections", "OrderedDict"): Dictionary,
            ("collections", "defaultdict"): Dictionary,
            ("int",): integer,
            ("long",): integer,
            ("object",): base,
            ("_reconstructor",): reconstructor,
        }
        if module in ("builtins", "__builtin__", "copyreg", "copy_reg"):
            return known.get((name,))
        return known.get((module, name), object() if functions else None)

    found = unpickling.read_pickle(data, find, encoding, what)
    return found.state if isinstance(found, Pickled) else None


def _restored(owner: str, state: Mapping[str, Any], analyzer: Analyzer | None) -> Tokenizer:
    """Build a tokenizer from the attributes of a saved one, whose types are checked."""
    options = {name: state[name] for name in _OPTIONS if name in state}
    if "num_words" not in options and "nb_words" in state:  # Keras 1
        options["num_words"] = state["nb_words"]
    if not isinstance(options.get("oov_token"), (str, int, type(None))):
        checks.fail(owner, "oov_token is neither a word nor None.")
    state = {**dict.fromkeys(_COUNTS, {}), **state}  # Keras 1 made some of them in fit_on_texts only
    for name in _COUNTS:
        _check_counts(owner, name, state[name], (str, int))
    _check_counts(owner, "index_docs", state.get("index_docs", {}), int)
    words = state.get("index_word")
    if words is None:  # before Keras 2.2
        words = {index: word for word, index in state["word_index"].items()}
    if not isinstance(words, dict) or not all(
        isinstance(index, int) and isinstance(word, (str, int)) for index, word in words.items()
    ):
        checks.fail(owner, "index_word is no dictionary from integers to words.")
    tokenizer = Tokenizer(**options, analyzer=analyzer)
    tokenizer.word_counts.update(state["word_counts"])
    tokenizer.word_docs.update(state["word_docs"])
    tokenizer.word_index.update(state["word_index"])
    tokenizer.index_docs.update(state.get("index_docs", {}))
    tokenizer.index_word.update(words)
    return tokenizer


def _check_counts(owner: str, name: str, counts: Any, keys: type | tuple[type, ...]) -> None:
    if not isinstance(counts, dict):
        checks.fail(owner, f"{name} is no dictionary.")
    if not all(isinstance(key, keys) and isinstance(value, int) for key, value in counts.items()):
        checks.fail(owner, f"{name} holds something else than words and integers.")


def _text(name: Any) -> Any:
    return name.decode("latin-1") if isinstance(name, bytes) else name
