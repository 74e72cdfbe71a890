"""Checks of constructor arguments and input shapes, with messages that a person can act on.

Every check takes the component it speaks for (for its class name), the argument's name and the value, and
returns the value in its normal form. A message names the component, the argument, what it got and what is
accepted.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import tensorflow as tf

DATA_FORMATS = ("channels_last", "channels_first")


def name_of(owner: object) -> str:
    """Return the class name that a message begins with."""
    if isinstance(owner, str):
        return owner
    return owner.__name__ if isinstance(owner, type) else type(owner).__name__


def fail(owner: object, message: str, error: type[Exception] = ValueError) -> NoReturn:
    """Raise ``error`` with a message that begins with the component's name."""
    raise error(f"{name_of(owner)}: {message}")


def is_integer(value: Any) -> bool:
    """Tell whether a value is a whole number (NumPy's integers too, booleans not)."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def integer(owner: object, name: str, value: Any, minimum: int | None = 1) -> int:
    """Return ``value`` as an ``int`` of at least ``minimum``."""
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        value = int(float(value)) if float(value).is_integer() else value
    if not is_integer(value) or (minimum is not None and value < minimum):
        accepted = "an integer" if minimum is None else f"an integer of at least {minimum}"
        fail(owner, f"{name} must be {accepted}, got {value!r}.")
    return int(value)


def number(
    owner: object, name: str, value: Any, minimum: float | None = None, maximum: float | None = None
) -> float:
    """Return ``value`` as a ``float`` within the bounds (both included)."""
    good = isinstance(value, numbers.Real) and not isinstance(value, bool) and not math.isnan(value)
    if good and minimum is not None:
        good = value >= minimum
    if good and maximum is not None:
        good = value <= maximum
    if not good:
        accepted = {
            (False, False): "a number",
            (True, False): f"a number of at least {minimum}",
            (False, True): f"a number of at most {maximum}",
            (True, True): f"a number from {minimum} to {maximum}",
        }[minimum is not None, maximum is not None]
        fail(owner, f"{name} must be {accepted}, got {value!r}.")
    return float(value)


def one_of(owner: object, name: str, value: Any, accepted: Iterable[Any]) -> Any:
    """Return ``value`` if it is one of ``accepted``; strings are compared in lower case."""
    accepted = tuple(accepted)
    value = value.lower() if isinstance(value, str) else value
    if not any(value is option or value == option for option in accepted):
        fail(owner, f"{name} must be one of {', '.join(map(repr, accepted))}, got {value!r}.")
    return value


def boolean(owner: object, name: str, value: Any) -> bool:
    """Return ``value`` if it is true or false (0 and 1, as old files have them, too)."""
    if not (isinstance(value, bool) or (is_integer(value) and value in (0, 1))):
        fail(owner, f"{name} must be True or False, got {value!r}.")
    return bool(value)


def data_format(owner: object, value: Any) -> str:
    """Return the data format, for ``None`` that of the Keras configuration."""
    if value is None:
        return tf.keras.config.image_data_format()
    return one_of(owner, "data_format", value, DATA_FORMATS)


def spatial(owner: object, name: str, value: Any, rank: int, minimum: int = 1) -> tuple[int, ...]:
    """Return ``value`` as a tuple of ``rank`` integers; a single integer stands for all of them."""
    try:
        items: tuple[Any, ...] = (value,) * rank if isinstance(value, numbers.Real) else tuple(value)
    except TypeError:
        items = ()
    if len(items) != rank or not all(is_integer(item) and item >= minimum for item in items):
        what = f"an integer of at least {minimum}"
        if rank > 1:
            what += f" or a tuple of {rank} of them"
        fail(owner, f"{name} must be {what}, got {value!r}.")
    return tuple(int(item) for item in items)


def rank(
    owner: object, input_shape: Sequence[int | None], accepted: int, axes: str
) -> tuple[int | None, ...]:
    """Return the input's shape as a tuple if it has ``accepted`` axes; ``axes`` names them in the message."""
    shape = tuple(input_shape)
    if len(shape) != accepted:
        fail(owner, f"the input must have {accepted} axes {axes}, got shape {shape}.")
    return shape


def known(owner: object, what: str, value: int | None, hint: str) -> int:
    """Return a dimension that has to be known when the layer is built."""
    if value is None:
        fail(owner, f"{what} must be known to build the layer, got None; {hint}")
    return int(value)
