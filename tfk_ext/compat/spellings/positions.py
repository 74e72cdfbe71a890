"""Old positional forms: which calls are one, and the keywords that the arguments stood for."""

from __future__ import annotations

import numbers
from typing import Any

from tfk_ext.compat.spellings.rows import Note, Positional
from tfk_ext.compat.spellings.values import INITIALIZER_NAMES

_PADDINGS = ("valid", "same", "full", "causal")

_OPTIONS = ("W_regularizer", "b_regularizer", "activity_regularizer", "W_constraint", "b_constraint", "bias")

_CONVOLUTIONS = {
    1: ("filter_length",),
    2: ("nb_row", "nb_col"),
    3: ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
}

# Keywords that only today's form of a convolution has.
_MODERN = frozenset(
    [
        "strides",
        "padding",
        "data_format",
        "dilation_rate",
        "groups",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
        "kernel_constraint",
        "bias_constraint",
        "depth_multiplier",
        "output_padding",
        "depthwise_initializer",
        "pointwise_initializer",
        "depthwise_regularizer",
        "pointwise_regularizer",
        "recurrent_activation",
    ]
)
_OLD = frozenset(
    [
        "border_mode",
        "subsample",
        "subsample_length",
        "dim_ordering",
        "init",
        "W_regularizer",
        "b_regularizer",
        "W_constraint",
        "b_constraint",
        "bias",
        "atrous_rate",
        "output_shape",
        "inner_init",
        "inner_activation",
        "dropout_W",
        "dropout_U",
    ]
)


def _integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _initializer(value: Any) -> bool:
    return isinstance(value, str) and value in INITIALIZER_NAMES


def _named(order: tuple[str, ...], args: tuple, kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """Return the keywords of positional arguments, ``None`` where one is given twice or too many are."""
    if len(args) > len(order) or any(name in kwargs for name in order[: len(args)]):
        return None
    return {**dict(zip(order, args)), **kwargs}


def _is_kernel(rank: int, args: tuple, kwargs: dict[str, Any]) -> bool:
    """Tell whether ``Conv2D(64, 3, 3)`` means a 3x3 kernel, as in Keras 1, and not strides of 3.

    A keyword decides where one is given. Without any, strides smaller than the kernel are strides, and
    equal numbers or a larger second one, which no program of today writes, are the kernel.
    """
    if len(args) > 3:
        return not (isinstance(args[3], str) and args[3] in _PADDINGS)
    if kwargs.keys() & _OLD:
        return True
    kernel, second = args[1], args[2]
    return not (kwargs.keys() & _MODERN) and second >= kernel and (kernel, second) != (1, 1)


def convolution(rank: int, *middle: str) -> Positional:
    """Return the rule of a convolution of Keras 1: filters, the sizes of the kernel, then ``middle``."""
    sizes = _CONVOLUTIONS[rank]
    order = ("nb_filter", *sizes, *middle, *_OPTIONS)

    def rule(args, kwargs):
        if len(args) < 2:
            return None
        if not kwargs.keys().isdisjoint(sizes) or "nb_filter" in kwargs:
            named = _named(order, args, kwargs)
            return None if named is None else ((), named, None)
        spread = args[1 : 1 + rank]
        if len(spread) < rank or not all(map(_integer, spread)):
            return None
        if rank == 1 and not (len(args) > 2 and _initializer(args[2])):
            return None
        if rank == 2 and not _is_kernel(rank, args, kwargs):
            return None
        named = _named(order, args, kwargs)
        if named is None or "kernel_size" in named:
            return None
        for name in sizes:
            del named[name]
        named["filters"] = named.pop("nb_filter")
        named["kernel_size"] = spread[0] if rank == 1 else tuple(spread)
        old = ", ".join(map(repr, args[: 1 + rank]))
        new = f"{args[0]!r}, kernel_size={named['kernel_size']!r}"
        note = None if rank == 1 else Note("translated", f"({old})", f"({new})")
        return (), named, note

    return rule


CONV_1D = convolution(1, "init", "activation", "weights", "border_mode", "subsample_length")
CONV_2D = convolution(2, "init", "activation", "weights", "border_mode", "subsample", "dim_ordering")
CONV_3D = convolution(3, "init", "activation", "weights", "border_mode", "subsample", "dim_ordering")
SEPARABLE_2D = convolution(
    2, "init", "activation", "weights", "border_mode", "subsample", "depth_multiplier", "dim_ordering"
)
CONV_LSTM_2D = convolution(
    2,
    *(
        "init",
        "inner_init",
        "forget_bias_init",
        "activation",
        "inner_activation",
        "dim_ordering",
        "border_mode",
    ),
    "subsample",
)
_DECONV_2D = convolution(
    2, "output_shape", "init", "activation", "weights", "border_mode", "subsample", "dim_ordering"
)


def deconv_2d(args, kwargs):
    """``Deconvolution2D(64, 3, 3, output_shape, ...)``."""
    return _DECONV_2D(args, kwargs)


def _by_initializer(place: int, *order: str) -> Positional:
    """Return the rule of a layer whose old form had an initializer's name at ``place``."""

    def rule(args, kwargs):
        if len(args) <= place or not _initializer(args[place]):
            return None
        named = _named(order, args, kwargs)
        return None if named is None else ((), named, None)

    return rule


_DENSE = _by_initializer(1, "output_dim", "init", "activation", "weights", *_OPTIONS, "input_dim")


def dense(args, kwargs):
    """``Dense(64, "uniform", "relu")`` of Keras 1; ``Dense(784, 64)`` of Keras 0."""
    if len(args) > 1 and _integer(args[0]) and _integer(args[1]):
        note = Note(
            "blocks", f"({args[0]}, {args[1]})", f"Keras 0's order; write ({args[1]}, input_dim={args[0]})"
        )
        return args, kwargs, note
    return _DENSE(args, kwargs)


_RECURRENT = ("W_regularizer", "U_regularizer", "b_regularizer", "dropout_W", "dropout_U")
SIMPLE_RNN = _by_initializer(1, "output_dim", "init", "inner_init", "activation", *_RECURRENT)
GRU = _by_initializer(1, "output_dim", "init", "inner_init", "activation", "inner_activation", *_RECURRENT)
LSTM = _by_initializer(
    1, "output_dim", "init", "inner_init", "forget_bias_init", "activation", "inner_activation", *_RECURRENT
)


def embedding(args, kwargs):
    """``Embedding(1000, 64, "uniform", 10)``: the fourth was the input's length."""
    order = ("input_dim", "output_dim", "init", "input_length", "W_regularizer", "activity_regularizer")
    if len(args) < 4 or not _integer(args[3]):
        return None
    named = _named(order, args, kwargs)
    return None if named is None else ((), named, None)


def batch_normalization(args, kwargs):
    """``BatchNormalization(1e-5, 0, 1)``: epsilon, mode, axis."""
    if not args or not isinstance(args[0], float) or args[0].is_integer():
        return None
    named = _named(
        ("epsilon", "mode", "axis", "momentum", "weights", "beta_init", "gamma_init"), args, kwargs
    )
    note = Note("translated", f"({args[0]!r}, ...)", f"(epsilon={args[0]!r}, ...)")
    return None if named is None else ((), named, note)
