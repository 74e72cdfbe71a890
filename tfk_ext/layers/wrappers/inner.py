"""What a wrapper asks of the layer inside, whoever wrote it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import tensorflow as tf


def accepted(layer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return those arguments that a layer's ``call`` names."""
    names = inspect.signature(layer.call).parameters
    return {name: value for name, value in arguments.items() if name in names}


def output_shape(layer: Any, shape: Any) -> Any:
    """Return the output shape of a layer, also of one that has no ``compute_output_shape``."""
    if type(layer).compute_output_shape is not tf.keras.layers.Layer.compute_output_shape:
        return layer.compute_output_shape(shape)
    spec = layer.compute_output_spec(symbols(shape, layer.compute_dtype))
    return tf.nest.map_structure(lambda x: tuple(x.shape), spec)


def symbols(shape: Any, dtype: str) -> Any:
    """Return KerasTensors for a shape or nested shapes."""
    return map_shapes(lambda s: tf.keras.KerasTensor(s, dtype), shape)


def map_shapes(function: Any, shapes: Any) -> Any:
    """Apply a function to a shape, or to every shape of a list, tuple or dictionary."""
    if isinstance(shapes, Mapping):
        return {key: map_shapes(function, shape) for key, shape in shapes.items()}
    if shapes and any(isinstance(item, (list, tuple, Mapping)) for item in shapes):
        return [map_shapes(function, shape) for shape in shapes]
    return function(tuple(shapes))


def build(layer: Any, shape: Any) -> None:
    """Build a layer that is not built yet; one without a ``build`` is built by a symbolic call."""
    if layer.built:
        return
    if type(layer).build is tf.keras.layers.Layer.build:
        layer(symbols(shape, layer.compute_dtype))
    else:
        layer.build(shape)
    layer.built = True


def cast(structure: Any, dtype: str) -> Any:
    """Cast the floating tensors of a nested structure: what is inside may compute in another precision."""
    return tf.nest.map_structure(lambda x: tf.cast(x, dtype) if x.dtype.is_floating else x, structure)


def mask_of(inputs: Any, mask: Any) -> Any:
    """Return the mask given, else the one that the first input carries."""
    found = [mask] if mask is not None else inputs
    if mask is None:
        found = [getattr(x, "_keras_mask", None) for x in tf.nest.flatten(inputs)]
    found = [m for m in tf.nest.flatten(found) if m is not None]
    return found[0] if found else None


def first_of(shapes):
    """Return the first shape of a nested structure of shapes."""
    found: list[Any] = []
    map_shapes(found.append, shapes)
    return found[0]
