"""Old values: of data formats, initializers, regularizers and constraints, by name or as a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DATA_FORMATS = {"tf": "channels_last", "th": "channels_first", "default": None}

INITIALIZERS = {
    "normal": "random_normal",
    "uniform": "random_uniform",
    "zero": "zeros",
    "one": "ones",
}

# The names that an initializer can have where an old positional form is told from today's.
INITIALIZER_NAMES = frozenset(
    [
        "uniform",
        "lecun_uniform",
        "normal",
        "identity",
        "orthogonal",
        "zero",
        "one",
        "zeros",
        "ones",
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "he_uniform",
        "lecun_normal",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "variance_scaling",
        "constant",
    ]
)

REGULARIZER_CLASSES = {"WeightRegularizer", "ActivityRegularizer", "L1L2Regularizer", "L1L2"}

CONSTRAINTS = {"maxnorm": "max_norm", "nonneg": "non_neg", "unitnorm": "unit_norm"}


def initializer(value: Any) -> Any:
    """Return an initializer of today for one of Keras 1: a name, or a dictionary with ``name``."""
    if isinstance(value, str):
        return INITIALIZERS.get(value, value)
    if isinstance(value, Mapping) and "name" in value and "class_name" not in value:
        return initializer(value["name"])
    return value


def regularizer(value: Any) -> Any:
    """Return a regularizer of today for one of Keras 1: ``{"name": "WeightRegularizer", "l2": 0.01}``."""
    if isinstance(value, str):
        return {"l1l2": "l1_l2"}.get(value, value)
    if not (isinstance(value, Mapping) and "name" in value and "class_name" not in value):
        return value
    name = value["name"]
    if name in REGULARIZER_CLASSES:
        return {
            "class_name": "L1L2",
            "config": {part: float(value.get(part) or 0.0) for part in ("l1", "l2")},
        }
    rest = {key: item for key, item in value.items() if key != "name"}
    return {"class_name": name, "config": rest}


def constraint(value: Any) -> Any:
    """Return a constraint of today for one of Keras 1: ``{"name": "MaxNorm", "m": 2, "axis": 0}``."""
    if isinstance(value, str):
        return CONSTRAINTS.get(value, value)
    if not (isinstance(value, Mapping) and "name" in value and "class_name" not in value):
        return value
    config = {{"m": "max_value"}.get(key, key): item for key, item in value.items() if key != "name"}
    return {"class_name": value["name"], "config": config}


def data_format(value: Any) -> Any:
    """Return ``channels_last`` for ``tf``, ``channels_first`` for ``th``."""
    return DATA_FORMATS.get(value, value) if isinstance(value, str) else value
