"""Graphs for TensorBoard: the layers of a model, and its forward computation."""

from __future__ import annotations

import json
from typing import Any

import tensorflow as tf


def write_forward(model: Any) -> None:
    """Write the graph of the forward computation to the current writer, if the model's inputs are known."""
    inputs = getattr(model, "input", None) if hasattr(model, "inputs") else None
    if inputs is None:
        return
    specs = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), inputs)
    traced = tf.function(lambda x: model(x, training=False), autograph=False)
    tf.summary.graph(traced.get_concrete_function(specs).graph)


def write_layers(model: Any) -> None:
    """Write the graph of the layers to the current writer, for a Sequential or functional model."""
    layers = layer_graph(model)
    if layers is None:
        return
    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = "graph_keras_model"
    metadata.plugin_data.content = b"1"
    tf.summary.write(tag="keras", tensor=json.dumps(layers), step=0, metadata=metadata)


def layer_graph(model: Any) -> dict[str, Any] | None:
    """Return a model as TensorBoard reads it: layers with names, classes and the layers that they follow.

    It is the form in which Keras 3 writes models, reduced to what is shown. ``None`` for a model that is
    neither Sequential nor functional.
    """
    if isinstance(model, tf.keras.Sequential):
        # Without `inbound_nodes` each layer follows the one before.
        layers = [_layer(layer, None) for layer in model.layers]
        return {"class_name": "Sequential", "config": {"name": model.name, "layers": layers}}
    try:
        config = model.get_config()
    except Exception:  # a subclassed model may have none
        return None
    if not isinstance(config, dict) or "output_layers" not in config or "layers" not in config:
        return None
    by_name = {layer.name: layer for layer in model.layers}
    layers = []
    for entry in config["layers"]:
        layer = by_name.get(entry["name"])
        if layer is None:
            return None
        tensors = [history for node in entry.get("inbound_nodes", []) for history in _sources(node)]
        layers.append(_layer(layer, [{"args": [_tensor(*history) for history in tensors], "kwargs": {}}]))
    ends = {
        # By name alone: that is what TensorBoard joins models inside models by.
        "input_layers": [name for name, *_ in _histories(config["input_layers"])],
        "output_layers": [list(history) for history in _histories(config["output_layers"])],
    }
    return {"class_name": "Functional", "config": {"name": model.name, "layers": layers, **ends}}


def _layer(layer, inbound_nodes):
    """Return a layer with what leads to it; a model inside a model with its own layers."""
    inner = layer_graph(layer) if hasattr(layer, "layers") else None
    made = inner or {
        "class_name": type(layer).__name__,
        "config": {"name": layer.name, "dtype": str(layer.compute_dtype)},
    }
    made["name"] = layer.name
    if inbound_nodes is not None:
        made["inbound_nodes"] = inbound_nodes
    return made


def _tensor(name, node, index):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, node, index]}}


def _sources(node):
    """Yield the tensors that feed a call, as ``[layer, node, index]``."""
    if isinstance(node, dict):
        history = (
            node.get("config", {}).get("keras_history") if isinstance(node.get("config"), dict) else None
        )
        if history:
            yield history
        else:
            for value in node.values():
                yield from _sources(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _sources(value)


def _histories(structure):
    """Yield the entries ``[name, node, tensor]`` of a nested structure."""
    if isinstance(structure, (list, tuple)) and structure and isinstance(structure[0], str):
        yield structure
    elif isinstance(structure, dict):
        for value in structure.values():
            yield from _histories(value)
    elif isinstance(structure, (list, tuple)):
        for value in structure:
            yield from _histories(value)
