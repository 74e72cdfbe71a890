"""Functions of TensorFlow 1's graphs and sessions, which can't be had: each says what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn


def _gone(name: str, instead: str) -> NoReturn:
    raise NotImplementedError(f"K.{name}: TensorFlow 2 has no sessions and no global graph; {instead}")


def get_session(*args: Any, **kwargs: Any) -> NoReturn:
    """Raise: there are no sessions.

    Raises:
        NotImplementedError: always, with what to do instead.
    """
    _gone(
        "get_session",
        "read a variable with K.get_value(x), compute a tensor with K.function([inputs], [outputs]).",
    )


def set_session(session: Any) -> NoReturn:
    """Raise: there are no sessions; options of one are options of ``tf.config`` today.

    Raises:
        NotImplementedError: always, with what to do instead.
    """
    _gone(
        "set_session",
        "what its ConfigProto said is said by tf.config: experimental.set_memory_growth(gpu, True) for "
        "allow_growth, threading for numbers of threads, set_visible_devices for devices.",
    )


def get_graph() -> NoReturn:
    """Raise: there is no global graph.

    Raises:
        NotImplementedError: always, with what to do instead.
    """
    _gone("get_graph", "inside a tf.function, tf.compat.v1.get_default_graph() is its graph.")


def get_variable_shape(x: Any) -> tuple[int | None, ...]:
    """Return a variable's shape: the older name of ``int_shape``."""
    from tfk_ext.backend.tensors import int_shape

    return int_shape(x)  # type: ignore[return-value]


def set_backend(value: str) -> None:
    """Accept ``"tensorflow"``; this package computes with nothing else."""
    if value != "tensorflow":
        raise ValueError(f"set_backend: only 'tensorflow' can be had, got {value!r}.")
