"""Calls in an old spelling: read by the table, warned of once, with the caller's line.

:func:`accept_old_spellings` is the one decorator, of classes, methods and functions.
"""

from __future__ import annotations

import difflib
import functools
import importlib.util
import inspect
import os
import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from tfk_ext.compat.spellings import TABLE, canonical
from tfk_ext.compat.spellings.rows import Entry, Note
from tfk_ext.compat.spellings.training import LOSS_NAMES, METRIC_NAMES, REMOVED_METRICS

T = TypeVar("T")

_NOTHING = Entry()
# The class that a program names where the object is of another.
_SHOWN = {"Functional": "Model"}
_warned: set[tuple[str, str]] = set()


class OldSpellingWarning(UserWarning):
    """A program uses a spelling of Keras 1 or 2; it works, and the message says what is written today."""


class OldSpellingError(TypeError):
    """A program uses a spelling of Keras 1 or 2 that can't be honoured; the message says what to write."""


def _folders() -> tuple[str, ...]:
    """Return the folders whose frames are never the caller's: the package's own, and Keras's."""
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    found = [own]
    for name in ("keras", "tensorflow"):
        spec = importlib.util.find_spec(name)
        found += list(spec.submodule_search_locations or ()) if spec else []
    return tuple(os.path.join(folder, "") for folder in found)


_FOLDERS = _folders()


def stack_level() -> int:
    """Return the ``stacklevel`` with which a warning of the function that asks points at the user's line.

    Frames of this package and of Keras (which makes layers of a configuration) are left out.
    """
    frame = inspect.currentframe()
    frame = frame.f_back if frame else None
    level = 1
    while frame is not None and frame.f_back is not None:
        if not frame.f_code.co_filename.startswith(_FOLDERS):
            return level
        frame = frame.f_back
        level += 1
    return level


def forget_warnings() -> None:
    """Warn again of every old spelling, as in a fresh process."""
    _warned.clear()


def respell(owner: str, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """Return the arguments of a call in today's spelling; warn of old ones.

    Args:
        owner: name of the class or function: a key of the table, or an alias of one.
        args: positional arguments, without ``self``.
        kwargs: keyword arguments.

    Raises:
        OldSpellingError: a keyword or value that can't be honoured; the message says what to write.

    Example:
        >>> import warnings
        >>> from tfk_ext.compat.spellings import calls
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     calls.respell("Dense", (), {"output_dim": 3})
        ((), {'units': 3})
    """
    return _respell(owner, TABLE.get(canonical(owner), _NOTHING), args, kwargs)


def _respell(owner: str, entry: Entry, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    notes = []
    if entry.positional is not None and (found := entry.positional(args, kwargs)) is not None:
        args, kwargs, note = found
        notes += [note] if note else []
    if not entry.triggers.isdisjoint(kwargs):
        kwargs, more = entry.applied(kwargs)
        notes += more
    for note in notes:
        _tell(_SHOWN.get(owner, owner.rsplit(".", 1)[-1]), note)
    return args, kwargs


def _tell(owner: str, note: Note) -> None:
    if note.kind == "quiet":
        return
    if note.kind == "blocks":
        raise OldSpellingError(f"{owner}: {note.old} is an old spelling that can't be honoured: {note.text}.")
    if (owner, note.old) in _warned:
        return
    _warned.add((owner, note.old))
    if note.kind == "dropped":
        message = f"{owner}: {note.old} is an old spelling without effect: {note.text}."
    elif note.old.startswith("no "):
        message = f"{owner}: the call is of Keras 1 and gives {note.old}: read as {note.text}."
    elif note.old.startswith("("):
        message = f"{owner}{note.old} is an old spelling, read as {owner}{note.text}."
    else:
        message = f"{owner}: {note.old} is an old spelling; write {note.text.removesuffix('=...')}."
    warnings.warn(message, OldSpellingWarning, stacklevel=stack_level())


def tell_once(owner: str, old: str, new: str) -> None:
    """Warn once of an old spelling that a function reads by itself."""
    _tell(owner, Note("translated", old, new))


def name_of_today(kind: str, name: Any) -> Any:
    """Return what a loss or a metric of an old name is called today; anything else as it is.

    Args:
        kind: ``"loss"`` or ``"metric"``.
        name: what a program gave.

    Raises:
        OldSpellingError: a metric of Keras 1 that was no metric of the whole, only of a batch.

    Example:
        >>> from tfk_ext.compat.spellings import calls
        >>> calls.name_of_today("loss", "mse")
        'mse'
    """
    if not isinstance(name, str):
        return name
    if kind == "metric" and name in REMOVED_METRICS:
        _tell(kind, Note("blocks", repr(name), f"Keras 2 removed it; use {REMOVED_METRICS[name]}"))
    new = (LOSS_NAMES if kind == "loss" else METRIC_NAMES).get(name, name)
    if new != name:
        tell_once(kind, repr(name), repr(new))
    return new


def _names(function: Callable) -> tuple[list[str], bool]:
    """Return the names of a function's keywords, and whether it takes any other."""
    parameters = list(inspect.signature(function).parameters.values())
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return named, any(p.kind is p.VAR_KEYWORD for p in parameters)


def _accepted_from(cls: type, kind: type) -> frozenset[str] | None:
    """Return every keyword that the constructors name from a class on, ``None`` where they take any.

    Args:
        cls: the class whose constructor is called.
        kind: the class of the object, which may have further bases behind ``cls``.
    """
    names: list[str] = []
    takes_more = True
    for base in kind.__mro__[kind.__mro__.index(cls) : -1]:
        if base.__name__ in TABLE and TABLE[base.__name__].open:
            break
        if "__init__" not in base.__dict__:
            continue
        more, takes_more = _names(base.__dict__["__init__"])
        names += more[1:]
        if not takes_more:
            break
    return frozenset(names) if not takes_more or _is_strict(cls) else None


def _is_strict(cls: type) -> bool:
    """Tell whether Keras's base class itself refuses keywords that no constructor names."""
    from tensorflow import keras

    return issubclass(cls, keras.optimizers.Optimizer)


def _unknown(owner: str, unknown: list[str], accepted: frozenset[str], entry: Entry) -> TypeError:
    """Return the error that names the component, the keywords, what is near to them and what is accepted."""
    known = sorted(accepted - {"self"})
    hints = []
    for name in unknown:
        near = difflib.get_close_matches(name, [*known, *entry.triggers], 1, 0.6)
        hints.append(f"{name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    plural = "s" if len(unknown) > 1 else ""
    return TypeError(f"{owner}: unknown keyword{plural} {', '.join(hints)}; accepted are {', '.join(known)}.")


def accept_old_spellings(thing: Any = None, *, owner: str | None = None) -> Any:
    """Decorate a class, method or function so that it takes the old spellings that the table has for it.

    The signature stays as documented. An unknown keyword is a ``TypeError`` with a suggestion.

    Args:
        thing: the class, method or function; leave it out to use the decorator with arguments.
        owner: its name in the table, by default the class's name, ``Class.method``, or the function's name.

    Example:
        >>> from tfk_ext.compat.spellings import calls
        >>> @calls.accept_old_spellings(owner="to_categorical")
        ... def one_hot(y, num_classes=None):
        ...     return num_classes
        >>> one_hot([0], num_classes=2)
        2
    """
    if thing is None or isinstance(thing, str):
        return functools.partial(accept_old_spellings, owner=thing or owner)
    if inspect.isclass(thing):
        return _class(thing, owner or thing.__name__)
    return _function(thing, owner or thing.__qualname__.rsplit("<locals>.", 1)[-1])


def _class(cls: type, owner: str) -> type:
    entry = TABLE.get(canonical(owner), _NOTHING)
    shown = owner.rsplit(".", 1)[-1]
    original = cls.__init__  # type: ignore[misc]
    triggers, positional = entry.triggers, entry.positional
    accepted_by: weakref.WeakKeyDictionary[type, frozenset[str] | None] = weakref.WeakKeyDictionary()

    @functools.wraps(original)
    def __init__(self, *args, **kwargs):  # noqa: N807
        if (positional is not None and args) or not triggers.isdisjoint(kwargs):
            args, kwargs = _respell(owner, entry, args, kwargs)
        if kwargs:
            kind = type(self)
            try:
                accepted = accepted_by[kind]
            except KeyError:
                accepted = accepted_by[kind] = _accepted_from(cls, kind)
            if accepted is not None and not accepted.issuperset(kwargs):
                raise _unknown(shown, sorted(kwargs.keys() - accepted), accepted, entry)
        original(self, *args, **kwargs)

    # Keras reads a constructor's signature in two ways, of which one does not look behind a wrapper.
    __init__.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    cls.__init__ = __init__  # type: ignore[misc]
    return cls


def _function(function: Callable, owner: str) -> Callable:
    entry = TABLE.get(canonical(owner), _NOTHING)
    names, takes_more = _names(function)
    accepted = frozenset(names)
    is_method = bool(names) and names[0] == "self"
    check = not takes_more and not entry.open

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        rest = args[1:] if is_method else args
        if entry.positional is not None or not entry.triggers.isdisjoint(kwargs):
            rest, kwargs = _respell(owner, entry, rest, kwargs)
        if check and kwargs and not accepted.issuperset(kwargs):
            raise _unknown(owner, sorted(kwargs.keys() - accepted), accepted, entry)
        return function(*args[:1], *rest, **kwargs) if is_method else function(*rest, **kwargs)

    return wrapper
