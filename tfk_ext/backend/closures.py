"""What a function that is given to a backend function uses of the program around it: variables and layers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

_LIBRARIES = ("tensorflow", "keras", "tfk_ext", "numpy")  # whose functions have no variables of their own
_MAY_TRAIN = (tf.keras.Variable, tf.keras.layers.Layer, functools.partial)


def used(value: Any) -> list[Any]:
    """Return the Keras variables and layers that the functions in a value are or use, each once.

    Args:
        value: a function, or a nested structure of arguments with functions in it. Functions of the program
            that these call by name are looked into as well.

    Raises:
        TypeError: a function uses a ``tf.Variable`` that trains, which no optimizer of Keras takes.
    """
    found: dict[int, Any] = {}
    waiting, seen = [value], set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, (tf.keras.Variable, tf.keras.layers.Layer)):
            found[id(item)] = item
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, functools.partial):
            waiting += [item.func, item.args, item.keywords]
        elif (inspect.isfunction(item) or inspect.ismethod(item)) and id(item.__code__) not in seen:
            seen.add(id(item.__code__))
            waiting += _read_by(item)
    return list(found.values())


def _read_by(function: Callable) -> Iterator[Any]:
    """Yield what a function reads of the program around it and may train, functions among it."""
    for name, item in _names(function):
        if isinstance(item, tf.Variable) and item.trainable:
            raise TypeError(
                f"the function uses the tf.Variable {name!r}, which Keras's optimizers do not train: "
                "make it by K.variable(...), or with trainable=False."
            )
        if isinstance(item, _MAY_TRAIN) or _is_of_the_program(item):
            yield item


def _is_of_the_program(item: Any) -> bool:
    root = (getattr(item, "__module__", None) or "").partition(".")[0]
    return (inspect.isfunction(item) or inspect.ismethod(item)) and root not in _LIBRARIES


def _names(function: Callable) -> Iterator[tuple[str, Any]]:
    code, defaults = function.__code__, function.__defaults__ or ()
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults)
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not filled yet
            continue
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]
    if inspect.ismethod(function):
        yield "self", function.__self__
