"""Keras 1's ``keras.initializations``: functions of a shape that return the values.

A program of that time wrote ``lambda shape, name=None: normal(shape, scale=0.01, name=name)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.initializers import get as get


def _function(name: str, make: Callable[[Any], Any]) -> Callable:
    def values(shape, scale=None, name=None, dim_ordering="tf"):
        if dim_ordering == "th":
            raise ValueError(f"{values.__name__}: kernels have the filters last; write dim_ordering='tf'.")
        return tf.convert_to_tensor(make(scale)(tuple(shape), dtype=tf.keras.backend.floatx()))

    values.__name__ = values.__qualname__ = name
    values.__doc__ = f"Return the values of ``{name}`` for a shape; ``scale`` as in Keras 1."
    return values


_make = tf.keras.initializers
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "uniform": lambda scale: _make.RandomUniform(-(scale or 0.05), scale or 0.05),
    "normal": lambda scale: _make.RandomNormal(0.0, scale or 0.05),
    "lecun_uniform": lambda scale: _make.LecunUniform(),
    "glorot_normal": lambda scale: _make.VarianceScaling(1.0, "fan_avg", "untruncated_normal"),
    "glorot_uniform": lambda scale: _make.GlorotUniform(),
    "he_normal": lambda scale: _make.VarianceScaling(2.0, "fan_in", "untruncated_normal"),
    "he_uniform": lambda scale: _make.HeUniform(),
    "orthogonal": lambda scale: _make.Orthogonal(scale or 1.1),
    "identity": lambda scale: _make.Identity(scale or 1.0),
    "zero": lambda scale: _make.Zeros(),
    "one": lambda scale: _make.Ones(),
}
uniform, normal, lecun_uniform, glorot_normal, glorot_uniform, he_normal, he_uniform, orthogonal = (
    _function(name, _FUNCTIONS[name]) for name in list(_FUNCTIONS)[:8]
)
identity, zero, one = (_function(name, _FUNCTIONS[name]) for name in ("identity", "zero", "one"))
