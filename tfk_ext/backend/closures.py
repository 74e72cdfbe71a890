"""What a function that is given to a backend function uses of the program around it: variables and layers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf


def used(value: Any) -> list[Any]:
    """Return the Keras variables and layers that the functions in a value use by name, each once.

    Args:
        value: a function, or a nested structure of arguments with functions in it.

    Raises:
        TypeError: a function uses a ``tf.Variable`` that trains, which no optimizer of Keras takes.
    """
    found: dict[int, Any] = {}
    for function in _functions(value):
        for name, item in _names(function):
            if isinstance(item, tf.Variable) and item.trainable:
                raise TypeError(
                    f"the function uses the tf.Variable {name!r}, which Keras's optimizers do not train: "
                    "make it by K.variable(...), or with trainable=False."
                )
            if isinstance(item, (tf.keras.Variable, tf.keras.layers.Layer)):
                found[id(item)] = item
    return list(found.values())


def _functions(value: Any) -> Iterator[Callable]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _functions(item)
    elif isinstance(value, dict):
        yield from _functions(list(value.values()))
    elif isinstance(value, functools.partial):
        yield from _functions(value.func)
    elif inspect.isfunction(value) or inspect.ismethod(value):
        yield value


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
