"""Rows that many layers share."""

from __future__ import annotations

from tfk_ext.compat.spellings import values
from tfk_ext.compat.spellings.rows import Drop, Join, Refuse, Rename, Row, Value


def options(old: str, new: str) -> list[Row]:
    """Return the rows for a weight's initializer, regularizer and constraint, ``W_...`` and the like."""
    return [
        Rename(f"{old}_regularizer", f"{new}_regularizer", values.regularizer),
        Rename(f"{old}_constraint", f"{new}_constraint", values.constraint),
        Refuse(
            f"{old}_learning_rate",
            "a rate for one weight alone: train the layers with optimizers of their own",
        ),
    ]


ANY_LAYER: list[Row] = [
    Rename("input_dtype", "dtype"),
    Value("activity_regularizer", values.regularizer),
    Drop("create_input_layer", "models make their input layer themselves"),
    Drop("cache_enabled", "there is no cache"),
]

BIAS: list[Row] = [
    Rename("bias", "use_bias"),
    *options("b", "bias"),
]

KERNEL: list[Row] = [
    Rename("init", "kernel_initializer", values.initializer),
    *options("W", "kernel"),
]

DATA_FORMAT: list[Row] = [Rename("dim_ordering", "data_format", values.data_format)]


def padding(new: str = "padding") -> list[Row]:
    """Return the row for ``border_mode``."""
    return [Rename("border_mode", new)]


FILTERS: list[Row] = [Rename("nb_filter", "filters")]

KERNEL_SIZE: dict[int, list[Row]] = {
    1: [Rename("filter_length", "kernel_size"), Rename("subsample_length", "strides")],
    2: [Join(("nb_row", "nb_col"), "kernel_size"), Rename("subsample", "strides")],
    3: [
        Join(("kernel_dim1", "kernel_dim2", "kernel_dim3"), "kernel_size"),
        Rename("subsample", "strides"),
    ],
}

DILATION: list[Row] = [Rename("atrous_rate", "dilation_rate")]

RATE: list[Row] = [Rename("p", "rate")]

# How a recurrent layer multiplies: the result is the same whichever way.
IMPLEMENTATIONS = {"cpu": 1, "mem": 1, "gpu": 2}
